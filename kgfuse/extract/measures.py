"""What a cell of a table measures: the name, the unit and the magnitude of a heading, and the figure in a cell.

A figure without a unit that says what it counts is refused: '402' under 'Revenue' may be kroner or millions of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from kgfuse.extract.lexicon import EVALUATIVE, FLOWS, STOCKS
from kgfuse.extract.quantities import UNITS, find_quantities, is_exact, plain
from kgfuse.model import Datatype, Literal

MONEY = frozenset(
    "revenue sales turnover profit loss income earnings result budget ebitda ebit spending expenditure dividend investment "
    "expense expenses cash-flow price value valuation worth cost costs debt asset assets equity capital backlog orders "
    "deficit surplus capitalisation capitalization funding endowment".split()
)
_COUNTED = {"employees": "employee"}
_BARE = frozenset({"population", "inhabitants", "membership", "age", "employees"})
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "US$": "USD"}
_EXPONENTS = {
    "k": 3,
    "t": 3,
    "'000": 3,
    "’000": 3,
    "000": 3,
    "1000": 3,
    "1 000": 3,
    "1,000": 3,
    "thousand": 3,
    "thousands": 3,
}
_EXPONENTS |= {"m": 6, "mn": 6, "mio": 6, "mill": 6, "million": 6, "millions": 6, "bn": 9, "billion": 9, "billions": 9}
_SCALES = "|".join(sorted(map(re.escape, _EXPONENTS), key=len, reverse=True))
_MONEY_UNIT = re.compile(
    rf"(?i:(?:(?:all|amounts|figures|numbers|stated|values)\s+)*(?:in\s+)?)(?:(?P<before>[MTk])(?=[A-Z]{{3}}\b))?"
    rf"(?P<unit>[A-Z]{{3}}|US\$|[€$£])\s*(?P<scale>(?i:{_SCALES}))?\.?|(?i:in\s+)?(?P<first>(?i:millions?|thousands?|billions?))\s+(?:of\s+)?"
    r"(?P<code>[A-Z]{3}|euros|dollars)",
)
_NOTE = re.compile(r"\s*[*†]+$|(?<=[\d%])\s\d\)$")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit and the power of ten that its figures are written in ('NOK million' is NOK and 6; 'thousands' is none and 3)."""

    name: str
    exponent: int = 0
    money: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, as sentences call it ('operating profit'), and the unit that its heading gives."""

    name: str
    unit: Unit | None = None

    @property
    def money(self) -> bool:
        """Whether it is counted in a currency."""
        return self.name.split()[-1] in MONEY

    @property
    def flow(self) -> bool:
        """Whether it is measured over a period, not at a time."""
        return bool(set(self.name.split()) & FLOWS)


def unit_of(text: str) -> Unit | None:
    """Return the unit that a heading or a table's corner is ('NOK million', 'MNOK', 'Amounts in EUR thousands', 'MW', '%')."""
    text = text.strip(" ()[].:")
    match = _MONEY_UNIT.fullmatch(text)
    scale_only = re.fullmatch(r"(?:in\s+)?(millions?|thousands?|billions?|bn|mill|mn|'000)\.?", text)
    if scale_only and text not in UNITS:
        return Unit("", _EXPONENTS[scale_only[1]])
    if match is None:
        return Unit(UNITS[text]) if text in UNITS else Unit("m") if text == "m" else None
    written = match["unit"] or match["code"]
    code = {"euros": "EUR", "dollars": "USD"}.get(written) or _CURRENCIES.get(written, written)
    scale = (match["scale"] or match["first"] or match["before"] or "").lower()
    return Unit(code, _EXPONENTS.get(scale, 0), money=True)


def measure_of(text: str) -> Measure | None:
    """Return what a heading measures, when it is a measure that sentences speak of too, with its unit ('Revenue (MNOK)')."""
    bare, unit = _unit_apart(_NOTE.sub("", text.strip()))
    lower = re.sub(r"\bat (?:year[ -]?end|the end of the year)\b|\b(?:31 )?december\b|\(.*?\)", " ", bare.lower())
    words = [word for part in lower.split() if (word := part.strip(".,:*"))]
    words = [word for word in words if word not in EVALUATIVE | {"total", "number", "no"}]
    words = words[1:] if words[:1] == ["of"] else words
    if not words or len(words) > 3 or {"per", "before", "after", "from", "to"} & set(words):
        return None
    last = words[-1]
    if last in {"employees", "headcount", "staff", "workforce"}:
        return Measure("employees", unit if unit and not unit.money else None) if len(words) == 1 else None
    return Measure(" ".join(words), unit) if last in FLOWS | STOCKS | {"inhabitants"} else None


def _unit_apart(text: str) -> tuple[str, Unit | None]:
    """Take a unit in brackets, behind a comma or behind 'in' off a heading."""
    for match in (
        re.fullmatch(r"(?P<bare>.*?)\s*[(\[](?P<unit>[^()\[\]]*)[)\]]", text),
        re.fullmatch(r"(?P<bare>.*?),\s*(?P<unit>[^,]+)", text),
        re.fullmatch(r"(?P<bare>.*?)\s+in\s+(?P<unit>\S+(?:\s\S+)?)", text),
        re.fullmatch(r"(?P<bare>[a-zA-Z ]*?[a-z])\s+(?P<unit>(?:[MTk]?[A-Z]{3}|%)(?:\s\S+)?)", text),
    ):
        if match and (unit := unit_of(match["unit"])) is not None:
            return match["bare"], unit
    return text, None


def figure(cell: str, measure: Measure, table_unit: Unit | None = None) -> Literal | None:
    """Return the figure that a cell is; '(12)' and '−12' are negative. `table_unit` (the corner's) holds for money only."""
    text = _NOTE.sub("", cell.strip()).replace("−", "-").replace("–", "-")
    bracketed = re.fullmatch(r"(?P<unit>\D*?)\s*\((?P<number>[^()]*)\)", text)
    written = f"{bracketed['unit']} {bracketed['number']}".strip() if bracketed else text
    negative = bool(bracketed) or bool(re.match(r"(?:\D*\s)?-\s?\d", written))
    written = re.sub(r"-\s?(?=\d)", "", written, count=1) if negative else written
    found = find_quantities(written)
    if len(found) != 1 or not is_exact(found[0]) or (found[0].start, found[0].end) != (0, len(written)):
        return None
    quantity, value = found[0], Decimal(found[0].value)
    unit = quantity.unit
    if unit is None:
        given = measure.unit or (table_unit if table_unit and _fits(table_unit, measure) else None)
        if given is not None:
            value = value.scaleb(0 if quantity.scaled else given.exponent)
            unit = given.name or _COUNTED.get(measure.name)
            if not given.name and measure.name not in _BARE:
                return None
        elif measure.name in _BARE:
            unit = _COUNTED.get(measure.name)
        else:
            return None
    if measure.money and not _currency(unit):
        return None
    if measure.name in _BARE and unit not in {None, _COUNTED.get(measure.name)}:
        return None
    datatype = Datatype.QUANTITY if unit else Datatype.NUMBER
    return Literal(cell.strip(), datatype, plain(-value if negative else value), unit)


def _fits(unit: Unit, measure: Measure) -> bool:
    """Whether the unit of a table's corner can be meant for a row: money for money, and no unit for what is counted."""
    return unit.money == measure.money and bool(unit.name) and measure.name not in _BARE


def _currency(unit: str | None) -> bool:
    return unit is not None and re.fullmatch(r"[A-Z]{3}", unit) is not None


def plain_figure(cell: str, unit: Unit | None = None) -> Literal | None:
    """Return the figure in a cell of a column that is no known measure: with the unit of the cell or of the heading."""
    found = find_quantities(cell)
    if len(found) != 1 or not is_exact(found[0]) or (found[0].start, found[0].end) != (0, len(cell)):
        return None
    literal = replace(found[0].literal(cell), lexical=cell)
    if literal.unit is None and unit is not None:
        value = plain(Decimal(literal.value).scaleb(0 if found[0].scaled else unit.exponent))
        return Literal(cell, Datatype.QUANTITY if unit.name else Datatype.NUMBER, value, unit.name or None)
    return literal
