"""Whether a four-digit number counts something and is no year: 'Does Acme have 1900 employees?', 'pay 1500 euros'."""

from __future__ import annotations

import re

from kgfuse.retrieve.words import is_content

_SCALES = r"thousand|million|billion"
_UNITS = (
    r"%|per\s?cent|euros?|dollars?|pounds?|kroner|kronor|krone|francs?|yen|yuan|rupees?|EUR|USD|GBP|NOK|SEK|DKK|CHF|JPY|CNY|"
    r"INR|km2?|m2?|cm|mm|kg|ha|[kMGT]Wh?|[MGT]B|(?:square\s+|cubic\s+)?(?:(?:kilo)?met(?:re|er)s?|miles?|feet)|tons?|tonnes?|"
    r"kilograms?|lit(?:re|er)s?|hectares?|(?:mega|giga|kilo)?watts?|seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|points?|times"
)
_AND_SO_MANY = r"(?:\.\d+)?(?:\s*(?:to|and|or|–|-)\s*[1-9]\d*(?:\.\d+)?)?[\s-]?\s*"
_UNIT_AFTER = re.compile(rf"{_AND_SO_MANY}(?:{_SCALES}|{_UNITS})(?!\w)")
_SCALE = re.compile(rf"\s*(?:{_SCALES})\b")
_UNIT = re.compile(rf"[\s-]*(?P<unit>{_UNITS})(?!\w)")
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_NOUN_AFTER = re.compile(
    rf"{_AND_SO_MANY}(?:(?P<kind>[a-z][a-z-]+)\s+)?(?P<noun>[a-z]+(?<![sui])s|people|staff|men|women|children)\b"
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹]|\b(?:EUR|USD|GBP|NOK|SEK|DKK|CHF|JPY|CNY|INR))\s?$")
_CHAIN = re.compile(r"(?:\b\d{4}\s*(?:,|,?\s*\b(?:and|or|to)\b|[–-])\s*)+$")
_TIME_BEFORE = re.compile(
    r"\b(?:in|on|as of|during|before|prior to|until|till|after|since|following|early|late|mid)[\s-]+(?:the\s+)?$",
    re.IGNORECASE,
)
"""Words before a number that make it a year even where a noun follows: 'In 2019 sales rose'."""

_MAYBE_BEFORE = re.compile(r"\b(?:for|at|from)\s+$", re.IGNORECASE)
"""Words before a number that make it a year unless a unit follows: 'for 2019 results', 'for 1500 euros'."""

_ASKS = re.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|had|who|what|which|how|when|where|can|will|would)\b", re.IGNORECASE
)
_YEAR_OF = re.compile(
    r"(?:^|\b(?:the|an?|its|their|our|what|which|whose|list|show|give|all)|['’]s?|"
    r"\b(?!(?:Do|Does|Did|Is|Are|Was|Were|Has|Have|Had|Can|Will|Would)\b)[A-Z][\w.&-]*)\s*$"
)
"""What stands before a number that tells which of some things: 'the 2019 elections', "Acme's 2019 results"."""


def unit_after(text: str, end: int) -> str | None:
    """Return the unit that follows the number which ends at a place, if one does: 'four hours', '12 %'."""
    match = _UNIT.match(text, end)
    return match["unit"] if match else None


def is_version(number: str, text: str, end: int) -> bool:
    """Whether a number that ends at a place is like that of a version, 4.2, and no amount, '4.2 million', '4.2 km'."""
    whole = _VERSION.fullmatch(number) is not None
    return whole and unit_after(text, end) is None and _SCALE.match(text, end) is None


def is_counted(text: str, start: int, end: int) -> bool:
    """Whether the number at ``[start, end)`` counts what follows it."""
    before = _CHAIN.sub("", text[:start])
    if _MONEY_BEFORE.search(before):
        return True
    if _TIME_BEFORE.search(before):
        return False
    if _UNIT_AFTER.match(text, end):
        return True
    noun = _NOUN_AFTER.match(text, end)
    counts = noun is not None and is_content(noun["noun"]) and (noun["kind"] is None or is_content(noun["kind"]))
    asks = _ASKS.search(before) is not None  # and is no list of keywords: 'acme revenue 2019 figures'
    return counts and asks and not _MAYBE_BEFORE.search(before) and not _YEAR_OF.search(before)
