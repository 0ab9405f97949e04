"""Numbers written in a sentence, with magnitude words, currencies and units: '€12.4m', 'NOK 300 million', '450 MW', '12 %'."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kgfuse.model import Datatype, Literal


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at ``[start, end)`` of the sentence.

    `unit` is an ISO 4217 code, an SI symbol, ``%`` or `None` (then a noun may follow). `bound` holds the words that make
    the number a limit rather than a value ('more than'); `scaled` says that it has a magnitude word or a unit of its own.
    """

    start: int
    end: int
    value: str
    unit: str | None
    bound: str | None = None
    scaled: bool = False

    def literal(self, text: str, unit: str | None = None) -> Literal:
        """Return the number as a literal; `unit` is used where it has none of its own."""
        unit = self.unit or unit
        datatype = Datatype.QUANTITY if unit else Datatype.NUMBER
        return Literal(" ".join(text[self.start : self.end].split()), datatype, self.value, unit)


_MAGNITUDE = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mln": 6, "mio": 6, "million": 6, "millions": 6, "bn": 9, "b": 9, "billion": 9,
    "billions": 9, "tn": 12, "trillion": 12,
}  # fmt: skip
_SYMBOLS = {
    "€": "EUR",
    "$": "USD",
    "US$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "A$": "AUD",
    "C$": "CAD",
    "HK$": "HKD",
}
_CODES = "EUR USD GBP NOK SEK DKK CHF JPY CNY INR AUD CAD NZD PLN CZK HUF ISK BRL MXN ZAR SGD HKD KRW TRY RUB ILS THB".split()
_CURRENCY_WORDS = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "us dollars": "USD", "u.s. dollars": "USD",
    "pounds sterling": "GBP", "pounds": "GBP", "pound": "GBP", "norwegian kroner": "NOK", "kroner": "NOK",
    "norwegian krone": "NOK", "swedish kronor": "SEK", "kronor": "SEK", "danish kroner": "DKK", "swiss francs": "CHF",
    "francs": "CHF", "yen": "JPY", "yuan": "CNY", "rupees": "INR", "australian dollars": "AUD", "canadian dollars": "CAD",
}  # fmt: skip
UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "pct": "%", "percentage points": "percentage point",
    "percentage point": "percentage point", "basis points": "basis point",
    "MW": "MW", "GW": "GW", "kW": "kW", "MWh": "MWh", "GWh": "GWh", "TWh": "TWh", "kWh": "kWh", "megawatts": "MW",
    "megawatt": "MW", "gigawatts": "GW", "kilowatts": "kW", "megawatt-hours": "MWh", "gigawatt-hours": "GWh",
    "terawatt-hours": "TWh", "km": "km", "kilometres": "km", "kilometers": "km", "kilometre": "km", "kilometer": "km", "metres": "m", "meters": "m",
    "metre": "m", "meter": "m", "cm": "cm", "centimetres": "cm", "centimeters": "cm", "centimetre": "cm", "mm": "mm",
    "millimetres": "mm", "millimeters": "mm", "nm": "nm", "miles": "mile", "mile": "mile", "feet": "ft", "foot": "ft", "ft": "ft",
    "knots": "kn", "acres": "acre", "acre": "acre", "grams": "g", "gram": "g", "cubic metres": "m3", "cubic meters": "m3", "m3": "m3", "m³": "m3", "kg": "kg", "kilograms": "kg", "mg": "mg", "tonnes": "t", "tons": "t", "tonne": "t",
    "hectares": "ha", "hectare": "ha", "ha": "ha", "km2": "km2", "km²": "km2", "square kilometres": "km2", "square kilometers": "km2",
    "square metres": "m2", "square meters": "m2", "m2": "m2", "m²": "m2", "litres": "l", "liters": "l", "°C": "°C", "GB": "GB",
    "TB": "TB", "MB": "MB", "ms": "ms", "Hz": "Hz", "kHz": "kHz", "MHz": "MHz", "GHz": "GHz", "kV": "kV", "V": "V", "volts": "V", "W": "W", "watts": "W",
    "watt": "W", "Wh": "Wh", "watt-hours": "Wh", "Nm": "Nm", "km/h": "km/h", "kilometres per hour": "km/h",
    "kilometers per hour": "km/h", "mph": "mph", "miles per hour": "mph", "m/s": "m/s", "inches": "in", "inch": "in",
}  # fmt: skip
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS, 2)}


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_CODED_MILLIONS = {f"M{code}": code for code in ("NOK", "SEK", "DKK", "EUR", "USD", "GBP", "CHF")}
_DIGITS = (
    r"\d{1,3}(?:[\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?![\d,.]?\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,]\d)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\d)|\d{1,3}\.\d{3},\d+|\d+(?:[.,]\d+)?"
)
_WORD_NUMBER = rf"(?:{_either([*_WORDS])})(?:[ -](?:{_either(_SMALL[1:10])}))?(?:[ -]hundred)?|half a|a hundred"
_SCALE = r"(?P<scale>thousands?|millions?|billions?|trillions?|(?:mio|mln|mn|bn|tn|[mbk])\b(?!\s*[²2]))"
_NUMBER = re.compile(
    rf"(?:(?P<before>(?:US|A|C|HK)?\$|[€£¥₹]|\b(?:{'|'.join([*_CODED_MILLIONS, *_CODES])})\b)\s?)?"
    rf"(?P<sign>(?<![\w)])[-−–]|\bminus\s)?(?:(?<![\w.,])(?P<digits>{_DIGITS})|\b(?P<words>{_WORD_NUMBER})\b)"
    rf"(?:[\s-]?{_SCALE})?"
    rf"(?:[\s-]?(?P<unit>(?:{_either([*UNITS])})(?!\w)|\b(?:{_either([*_CURRENCY_WORDS])})\b|\b(?:{'|'.join([*_CODED_MILLIONS, *_CODES])})\b|[€£]))?"
    r"(?:\s(?P<after>thousand|million|billion|trillion|mn|bn)\b)?",
)
_BOUND = re.compile(
    r"\b(?P<bound>more than|over|at least|less than|fewer than|under|up to|at most|nearly|almost|about|around|roughly|some|"
    r"approximately|approx\.|circa|close to|as many as|as much as|in excess of|an estimated|estimated)\s+(?:the\s+|a\s+|an\s+)?$",
    re.IGNORECASE,
)
_EXACT_ENOUGH = frozenset(
    {"about", "around", "roughly", "some", "approximately", "approx.", "circa", "an estimated", "estimated"}
)
_RANGE = re.compile(r"\s?[–—-]\s?\d")
_SECOND_OF_RANGE = re.compile(
    r"\d\s?[–—/:]\s?$|\d-$|\bbetween\s+\S+(?:\s+(?:thousand|million|billion))?\s+and\s+$", re.IGNORECASE
)
_LOOK_BACK = 60  # characters before a number that can say what it is
_FIRST_OF_RANGE = re.compile(r"\bbetween\s+$", re.IGNORECASE)
# Digits that name something: 'No. 5', 'page 12', 'type 2 diabetes', 'COVID-19', 'version 2.1.3', '5-year'.
_NUMBERED = re.compile(
    r"(?:\b(?:no|nos|nr|page|pages|p|pp|room|section|chapter|figure|fig|table|article|version|note|item|appendix|phase|"
    r"type|chromosome|stage|grade|level|class|step|tier|category|series|season|episode|part|volume|vol|gate|highway|route|clause|"
    r"paragraph|annex|schedule|amendment|#)\.?\s?"
    r"|[^\W\d_]-|#)$",
    re.IGNORECASE,
)
_LENGTH_AFTER = re.compile(r"\s?(?:long|high|tall|wide|deep|above|below|away|from|sea|x)\b")


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Return the numbers in `text` from left to right; ranges ('10-12 million'), ordinals and parts of names are left out."""
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        quantity = _quantity(text, match)
        if quantity is not None:
            found.append(quantity)
    return tuple(found)


def _quantity(text: str, match: re.Match[str]) -> Quantity | None:
    digits = match["digits"]
    end = match.end()
    if (digits is not None and not _stands_alone(text, match)) or text[end : end + 1] in {"/", ":"}:
        return None
    if _SECOND_OF_RANGE.search(text, max(0, match.start() - _LOOK_BACK), match.start()) or _FIRST_OF_RANGE.search(
        text, max(0, match.start() - _LOOK_BACK), match.start()
    ):
        return None
    value = _value(digits, match["words"])
    if value is None:
        return None
    scale, unit = _scale_and_unit(text, match)
    if scale:
        value = value.scaleb(_MAGNITUDE[scale])
    if match["sign"]:
        value = -value
    bound = _BOUND.search(text, max(0, match.start() - _LOOK_BACK), match.start())
    return Quantity(
        match.start(), end, plain(value), unit, bound["bound"].lower() if bound else None, bool(scale or unit)
    )


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    """Whether digits are a number of their own: no range, no part of a name, a version or a word."""
    edge = match.end("digits")
    if _RANGE.match(text, edge) or _NUMBERED.search(text, max(0, match.start() - _LOOK_BACK), match.start()):
        return False
    if match["scale"] or match["unit"]:
        return True
    return not re.match(r"[^\W\d_]|-[^\W\d_]|\.\d", text[edge:])


def _scale_and_unit(text: str, match: re.Match[str]) -> tuple[str | None, str | None]:
    """Return the magnitude word and the unit; a lone 'm' after a space is metres, not millions."""
    scale = (match["scale"] or match["after"] or "").lower()
    if scale and len(scale) > 2 and scale not in _MAGNITUDE:
        scale = scale.rstrip("s")
    unit = _unit(match["before"], match["unit"])
    if {match["before"], match["unit"]} & set(_CODED_MILLIONS):
        return scale or "m", unit
    if (
        scale == "m"
        and unit is None
        and (text[match.start("scale") - 1].isspace() or _LENGTH_AFTER.match(text, match.end("scale")))
    ):
        return None, "m"
    return scale or None, unit


def _value(digits: str | None, words: str | None) -> Decimal | None:
    if words:
        return _word_value(words.lower())
    if digits is None:
        return None
    if re.fullmatch(r"[\d \u00a0\u202f]+,\d{1,2}", digits):  # a decimal comma
        digits = digits.replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", digits) and ("," in digits or digits.count(".") > 1):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        return Decimal(re.sub(r"[,\u00a0\u202f ]", "", digits))
    except InvalidOperation:
        return None


def _word_value(words: str) -> Decimal:
    if words == "half a":
        return Decimal("0.5")
    total = 0
    for word in re.split(r"[ -]", words.replace("a hundred", "one hundred")):
        total = total * 100 if word == "hundred" else total + _WORDS[word]
    return Decimal(total)


def _unit(before: str | None, after: str | None) -> str | None:
    if before:
        return _SYMBOLS.get(before) or _CODED_MILLIONS.get(before, before)
    if after is None:
        return None
    return (
        UNITS.get(after)
        or _CURRENCY_WORDS.get(after.lower())
        or _SYMBOLS.get(after)
        or _CODED_MILLIONS.get(after, after.upper())
    )


def plain(value: Decimal) -> str:
    """Write a decimal without exponent and without trailing zeros ('11900000', '0.5')."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def is_exact(quantity: Quantity) -> bool:
    """Whether the number is meant as the value, not as a limit ('more than 400')."""
    return quantity.bound is None or quantity.bound in _EXACT_ENOUGH
