"""What a heading counts, where it is no measure with a unit: 'Pupils', 'Number of visitors'.

A whole number under a plural noun says how many there were. Plurals that are measured in money or in percent are none: '402'
under 'Receivables' may be kroner or thousands of them.
"""

from __future__ import annotations

import re

from kgfuse.extract.lexicon import FLOWS, STOCKS
from kgfuse.extract.measures import MONEY, Measure, measure_of
from kgfuse.extract.quantities import UNITS, find_quantities, is_exact
from kgfuse.model import Datatype, Literal

_HEAD = re.compile(r"(?:(?:total\s+)?number of\s+|total\s+|no\. of\s+)?(?P<noun>[a-z]+(?:[ -][a-z]+){0,2})")
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
_UNCOUNTED = frozenset(
    "accruals advances allowances amounts annuities benefits bonds borrowings charges contributions creditors debtors deposits "
    "details donations duties facts fees figures finances fines funds gains gifts goods grants hours days holdings inventories "
    "investments legacies levies liabilities loans losses means news notes numbers payables payments pensions percentages points "
    "premiums prices proceeds profits provisions purchases rates ratios receipts receivables references remarks remittances rents "
    "reserves results returns royalties salaries savings scores securities shares stocks subsidies surpluses taxes terms times "
    "tolls totals units values wages weeks weights years series species status sales earnings comments".split()
)
"""Plurals whose numbers are amounts, or nothing that is counted one by one."""


def counted(head: str) -> str | None:
    """Return what a heading counts, in the plural and in lower case, or `None` when it is no plain plural noun."""
    match = _HEAD.fullmatch(head.strip().lower())
    if match is None or measure_of(head) is not None:
        return None
    noun = match["noun"]
    last = re.split(r"[ -]", noun)[-1]
    plural = last in _IRREGULAR or (last.endswith("s") and not last.endswith(("ss", "us", "is")) and len(last) > 3)
    amounts = _UNCOUNTED | MONEY | FLOWS | STOCKS | UNITS.keys()
    return (
        noun if plural and not {last, singular(last)} & amounts and not {"per", "in", "of"} & {*noun.split()} else None
    )


def singular(noun: str) -> str:
    """Return the singular of a plural noun: 'child', 'library', 'match', 'pupil'."""
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh")):
        if noun.endswith(ending) and len(noun) > len(ending) + 1:
            return noun.removesuffix(ending) + single
    return noun.removesuffix("s")


def count(cell: str, things: str) -> Literal | None:
    """Return the whole number that a cell is, counting `things`."""
    found = find_quantities(cell)
    if len(found) != 1 or not is_exact(found[0]) or (found[0].start, found[0].end) != (0, len(cell)):
        return None
    if found[0].unit is not None or not found[0].value.isdigit():
        return None
    return Literal(cell, Datatype.QUANTITY, found[0].value, singular(re.split(r"[ -]", things)[-1]))


def is_bare_money(measure: Measure | None) -> bool:
    """Whether a heading is of money and does not say in what: then all numbers beside it may be in thousands."""
    return measure is not None and measure.money and measure.unit is None
