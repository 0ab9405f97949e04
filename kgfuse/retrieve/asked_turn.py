"""Whether a question asks for what began or ended at a time: 'Who became chief executive in 2015?' is not 'Who was …?'."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from kgfuse.model import Fact
from kgfuse.retrieve.sentences import Bound, end_of, start_of

_BEGINS = re.compile(
    r"\b(?:bec[ao]mes?|becoming|join(?:s|ed|ing)?|start(?:s|ed|ing)?|beg[aiu]n(?:s|ning)?|appoint(?:s|ed|ing)?|"
    r"(?:is|was|were|been|being|got|get) (?:newly )?(?:elected|named|hired|promoted|chosen|sworn in)|"
    r"(?:take[sn]?|taking|took) (?:over|up|office))\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:leaves?|left|leaving|resign(?:s|ed|ing)?|quits?|retire[sd]?|retiring|ceased?|stop(?:s|ped)?|ended|"
    r"(?:step(?:s|ped)?|stepping|stand|stood) down|"
    r"(?:was|were|been|being|got|get) (?:dismissed|fired|sacked|ousted|removed))\b",
    re.IGNORECASE,
)


class Turn(StrEnum):
    """Which end of a fact's time is asked for."""

    BEGINNING = "beginning"
    END = "end"


def read_turn(text: str, spans: Iterable[tuple[int, int]] = ()) -> Turn | None:
    """Return the turn that a question asks for; the words in `spans`, its names and times, do not count."""
    for start, end in spans:
        text = text[:start] + "_" * (end - start) + text[end:]
    if _BEGINS.search(text):
        return Turn.BEGINNING
    return Turn.END if _ENDS.search(text) else None


def turns_within(fact: Fact, turn: Turn, interval: tuple[datetime, datetime]) -> bool | None:
    """Whether a fact began, or ended, in an interval; `None` where nobody says when it did."""
    begins = turn is Turn.BEGINNING
    when = fact.validity.valid_from if begins else fact.validity.valid_to
    if when is None or (start_of(fact) if begins else end_of(fact)) is Bound.SEEN:
        return None
    return when.at < interval[1] and interval[0] < when.end
