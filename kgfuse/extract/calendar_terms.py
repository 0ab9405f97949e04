"""The grammar of single dates in English prose: years, months, days, quarters, seasons, decades, relative terms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgfuse.extract import calendar_fields as meaning
from kgfuse.extract.calendar_fields import Reader
from kgfuse.extract.periods import Period
from kgfuse.model import Moment


@dataclass(frozen=True, slots=True)
class Reading:
    """A date read at ``[start, end)``: what it means looking back and looking ahead (they differ without a year)."""

    start: int
    end: int
    past: Period
    future: Period
    yearless: bool = False
    needs_preposition: bool = False

    @property
    def is_end(self) -> bool:
        """Whether it names the close of a period."""
        return self.past.is_end


_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?"
    r"|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)\b"
_WORD_OF = r"(?:\s+of)?,?\s+"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_NOT_A_YEAR = (
    r"(?!\s*(?:%|percent|per\s?cent|people|employees|persons|workers|staff|units|shares|euros?|dollars|kroner|pounds|MW|GW|kW|"
    r"MWh|GWh|TWh|km|m\b|kg|tonnes|tons|million|billion|thousand|homes|households|patients|participants|customers))"
)
_COUNT = r"(?P<count>\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_WHICH = r"(?P<which>last|this|next)\s+"
_EDGE = r"(?:early|late|mid|the\s+(?:beginning|start|middle)\s+of)[\s-]+"
_CLOSE = r"(?P<close>(?:[Tt]he\s+)?(?:end|close)\s+of\s+)?"
_DAYNAME = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_ON_DAYNAME = rf"(?:(?:last\s+)?{_DAYNAME},?\s+(?:the\s+)?)?(?<![\d.,:/–-])"  # 'Monday 3 May', not '16.10. May'
_DAYNAME_FIRST = re.compile(rf"(?:last\s+)?{_DAYNAME},?\s")
_NOT_OVER = r"(?<!more than )(?<!over )(?<!least )(?<!less than )"
_TERMS: tuple[tuple[re.Pattern[str], Reader, bool, bool], ...] = tuple(
    (re.compile(pattern, flags), reader, yearless, needs)
    for pattern, reader, yearless, needs, flags in (
        (rf"(?<![\d.,/-]){_YEAR[:-2]}-(?P<number>[01]\d)(?:-(?P<day>[0-3]\d))?(?![\d-])", meaning.iso, False, False, 0),
        (
            rf"(?<![\d.,:/–-])(?P<first>[0-3]?\d)\s?(?:[–—-]|\bto\b)\s?{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}",
            meaning.days,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\b{_MONTH}\s+(?P<first>[0-3]?\d)\s?[–—-]\s?{_DAY},?\s+{_YEAR}", meaning.days, False, False, re.IGNORECASE),
        (rf"\b{_ON_DAYNAME}{_DAY}(?:\s+of)?,?\s+{_MONTH},?\s+{_YEAR}", meaning.full, False, False, re.IGNORECASE),
        (rf"\b{_ON_DAYNAME}{_MONTH}\s+{_DAY},?\s+{_YEAR}", meaning.full, False, False, re.IGNORECASE),
        (
            r"(?<![\d/.-])(?P<first>\d{1,2})(?P<mark>[/.])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)(?![\d/])",
            meaning.numeric,
            False,
            False,
            0,
        ),
        (rf"\b(?:{_EDGE})?{_CLOSE}(?<!\d\s)(?<!\d\s\s){_MONTH}{_WORD_OF}{_YEAR}", meaning.month_year, False, False, 0),
        (
            r"\b(?:the\s+)?(?P<part>early|late|mid|end of|end-|close of|year[- ]end|beginning of|start of|middle of)"
            rf"[\s-]*(?:in\s+)?{_YEAR}",
            meaning.part_of_year,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?:early\s+|late\s+|mid-?)?(?P<decade>(?:1[5-9]|20)\d0)s\b",
            meaning.decade,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?P<ordinal>first|second|third|fourth|final|[1-4](?:st|nd|rd|th))[\s-]quarter\b(?!-)"
            rf"(?:\s+(?:of\s+)?(?:fiscal\s+|the\s+year\s+)?{_YEAR})?",
            meaning.quarter,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"(?<![–—-])\bQ(?P<ordinal>[1-4])\s*(?:of\s+|/)?{_YEAR}", meaning.quarter, False, False, 0),
        (rf"\b{_YEAR}\s+Q(?P<ordinal>[1-4])\b", meaning.quarter, False, False, 0),
        (
            rf"\b(?:the\s+)?(?P<ordinal>first|second)\s+half(?:\s+(?:of\s+)?{_YEAR})?",
            meaning.half,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\bH(?P<ordinal>[12])\s*{_YEAR}", meaning.half, False, False, 0),
        (
            rf"\b(?:the\s+)?(?:{_WHICH})?(?P<season>spring|summer|autumn|fall)(?:\s+of)?\s+{_YEAR}",
            meaning.season,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\b{_WHICH}(?P<season>spring|summer|autumn|fall|winter)\b", meaning.season, False, False, re.IGNORECASE),
        (r"\bthe\s+(?P<season>spring|summer|autumn)\b(?!\s+of\b|\s+\w+ing\b)", meaning.season, True, True, 0),
        (
            rf"\b(?:fiscal|financial)\s+(?:year\s+)?{_YEAR}(?:\s*[/-]\s*\d{{2,4}}\b)?",
            meaning.fiscal,
            False,
            False,
            re.IGNORECASE,
        ),
        (r"\bFY\s?'?(?P<year>(?:20)?\d\d)\b", meaning.fiscal, False, False, 0),
        (rf"\b{_YEAR}\s?[–—-]\s?(?P<close>(?:1[5-9]|20)?\d\d)\b(?!-)", meaning.short_range, False, False, 0),
        (rf"(?<![\d.,/$€£#-]){_YEAR}/(?P<close>(?:20)?\d\d)\b(?![/\d-])", meaning.split_year, False, False, 0),
        (rf"(?<![\d.,/$€£#-]){_YEAR}(?![.,/]\d|-\d\d\b){_NOT_A_YEAR}", meaning.year, False, False, 0),
        (
            rf"\b(?:{_DAY}(?:\s+of)?\s+)?{_MONTH},?\s+(?:of\s+)?(?P<which>last|this|next)\s+year\b",
            meaning.in_relative_year,
            False,
            False,
            0,
        ),
        (
            r"\b(?:the\s+)?(?P<ordinal>first|second|third|fourth|[1-4](?:st|nd|rd|th))[\s-]quarter,?\s+(?:of\s+)?"
            r"(?P<which>last|this|next)\s+year\b",
            meaning.in_relative_year,
            False,
            False,
            0,
        ),
        (rf"\b(?:{_WHICH})?{_ON_DAYNAME}{_DAY}(?:\s+of)?\s+{_MONTH}(?!,?\s+\d)", meaning.yearless, True, True, 0),
        (rf"\b(?:{_WHICH})?{_ON_DAYNAME}{_MONTH}\s+{_DAY}\b(?!\s*[\d%,]\d|,\s+\d)", meaning.yearless, True, True, 0),
        (rf"\b{_WHICH}{_MONTH}", meaning.yearless, False, False, 0),
        (rf"\b(?:{_EDGE})?{_CLOSE}(?<!\d\s){_MONTH}(?!\s+\d)", meaning.yearless, True, True, 0),
        (rf"\b{_WHICH}(?P<weekday>{_DAYNAME})\b(?!,?\s+(?:the\s+)?\d)", meaning.weekday, False, False, 0),
        (
            rf"\b(?P<weekday>{_DAYNAME})\b(?:,?\s+(?P<week>last|this|next)\s+week)?(?!,?\s+(?:the\s+)?\d)",
            meaning.weekday,
            True,
            True,
            0,
        ),
        (
            r"\b(?P<twice>the\s+day\s+(?:before|after)\s+)?(?P<named>yesterday|today|tonight|tomorrow)\b",
            meaning.named_day,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:(?P<edge>early|late|mid|the\s+(?:beginning|start|end|middle)\s+of)[\s-]+|earlier\s+|later\s+)?"
            rf"(?P<which>last|this|next|previous|coming)\s+{_UNIT}\b(?!-)",
            meaning.relative,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            r"\b(?:the\s+)?(?P<edge>end|close|beginning|start)\s+of\s+the\s+(?P<unit>month|quarter|year)\b(?!\s+(?:of\s+)?\d|\s+ended)",
            meaning.edge_of_this,
            True,
            True,
            re.IGNORECASE,
        ),
        (r"\byear[- ]end\b(?!\s+(?:of\s+|in\s+)?\d)", meaning.edge_of_this, True, True, re.IGNORECASE),
        (
            rf"{_NOT_OVER}\b(?:about\s+|some\s+|almost\s+|nearly\s+)?(?P<half>half\s+)?{_COUNT}\s+{_UNIT}s?\s+ago\b",
            meaning.ago,
            False,
            False,
            re.IGNORECASE,
        ),
        (
            rf"\bfor\s+(?:about\s+|almost\s+|nearly\s+)?(?:the\s+)?(?:past|last)\s+(?:{_COUNT}\s+)?"
            r"(?P<unit>day|week|month|quarter|year|decade)s?\b",
            meaning.going_on,
            False,
            False,
            re.IGNORECASE,
        ),
        (rf"\bin\s+{_COUNT}\s+{_UNIT}s?['’]?\s+time\b", meaning.ahead, False, False, re.IGNORECASE),
    )
)


def read_terms(text: str, reference: Moment | None) -> tuple[Reading, ...]:
    """Return the dates in `text` from left to right, the longest where several begin; none overlap."""
    found: list[Reading] = []
    for pattern, reader, yearless, needs in _TERMS:
        for match in pattern.finditer(text):
            try:
                meant = reader(match.groupdict(), reference)
            except (ValueError, OverflowError):  # 31 February, year 10000
                continue
            if meant is None:
                continue
            past, future = meant if isinstance(meant, tuple) else (meant, meant)
            if past.first.at < past.until.at:
                named = reader is meaning.yearless and _DAYNAME_FIRST.match(match[0]) is not None
                reading = Reading(match.start(), match.end(), past, future, yearless, needs and not named)
                found.append(reading)
    found.sort(key=lambda reading: (reading.start, -reading.end))
    chosen: list[Reading] = []
    for reading in found:
        if not chosen or reading.start >= chosen[-1].end:
            chosen.append(reading)
    return tuple(chosen)
