"""What kind of thing a question asks for, and whether a sentence has one: a date, a number, a place, a name, a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kgfuse.retrieve.asked_time import read_time
from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.counted import is_version, unit_after
from kgfuse.retrieve.dates import MONTHS
from kgfuse.retrieve.linking import LEGAL_FORMS
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import Word, content_stems, is_content, stem, within, words_of

_MEASURED = re.compile(
    r"\bhow\s+(?:deep|wide|broad|thick|long|far|fast|quick|heavy|hot|cold|warm|tall|high|old|young|big|large|small|close|"
    r"near|loud|steep|expensive|frequent|often)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in order to|so that|so as to|as a result|result(?:ed|ing|s) (?:from|of)|"
    r"caused?|reasons?|therefore|led to|(?-i:since (?!(?:the|last|early|late|mid|then)\b|\d|[A-Z]))|"
    r"(?-i:to (?!(?:the|an?|its?|his|her|their)\b)[a-z]+))\b",
    re.IGNORECASE,
)

_CAUSED = re.compile(r"^\s*what (?:caused|led to|triggered|prompted|made)\b", re.IGNORECASE)
_FIGURE = re.compile(
    r"\bwhat (?:is|was|are|were) (?:the |its |their |\S+['’]s )?(?:[\w-]+ ){0,2}"
    r"(?:score|price|cost|height|length|width|weight|depth|speed|temperature|rate|number|amount|sum|total|size|"
    r"(?<!first )(?<!last )(?<!that )time)\b",
    re.IGNORECASE,
)
"""What asks for a number without 'how': 'What was the winning time?'."""

_NAME = r"(?:[A-Z][\w’'.-]*,?\s+)*"
_PLACED = re.compile(
    rf"\b(?:in|at|on|near|into|outside|off|along|over|across|via)\s+(?:(?:the|a|an)\s+)?{_NAME}(?:(?:and|or)\s+{_NAME})?$"
)
_MOVED = re.compile(rf"\b(?:to|from)\s+(?:(?:the|a|an)\s+)?{_NAME}$")
_MOVES = frozenset(
    map(stem, "move go come travel sail fly flee walk drive send return emigrate transfer relocate bring take".split())
)

_LASTS = re.compile(r"\bhow long (?:do|does|did|will|has|have|had)\b", re.IGNORECASE)
"""What asks for how long something lasts, and not how long it is."""

_SHORT = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_MONTH = (
    rf"\b(?:{'|'.join(name.capitalize() for name in MONTHS if name != 'may')}|"
    r"(?<=\bin )May|(?<=\bof )May|(?<=\bby )May|(?<=\bsince )May|(?<=\blast )May)\b|"
    rf"\b{_SHORT}(?:\.|\b)(?=\s+\d)|(?<=\d ){_SHORT}\b"
)
_DATED = re.compile(
    rf"\b(?:1\d\d\d|20\d\d)(?:s\b|\b)|{_MONTH}|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\bcentury\b|"
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|\b(?i:yesterday|tomorrow|tonight|ago)\b|"
    r"(?<!\bis )(?<!\bare )(?<!\buse )\btoday\b(?!,?\s+(?:it|they|he|she|there|is|are|has|have|the \w+ (?:is|has))\b)|"
    r"\b(?i:(?:last|next|this) (?:night|morning|afternoon|evening|weekend|week|month|year|spring|summer|autumn|winter))\b|"
    r"\b\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m|p\.m)\b"
)
"""What a sentence has that says when."""

_DURATION = re.compile(r"\b(?:second|minute|hour|day|night|week|month|year|decade)s?\b")
_INDEFINITE = frozenset("a an some several various many few other another".split())
_TOLD_AFTER = re.compile(r"\s*(?:,?\s*(?:called|named|known|of|that|which)\b|[:(–—,])", re.IGNORECASE)
"""What goes on to say which: 'a ship called the Alma', 'a disease, typhus'."""

_ASKS_NAME = re.compile(r"\b(?:called|named|what names?|names? of)\b", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)
_ASKS_SHARE = re.compile(r"%|\b(?:per\s?cent|percentage|share|proportion)\b", re.IGNORECASE)

_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen".split()
)


def asked_of(question: Question) -> frozenset[str]:
    """Return the stems of what a question asks about the things that it names."""
    spans = (*question.names, *question.time.spans)
    asked = (word.stem for word in question.words if is_content(word.text) and not within(word, spans))
    lasts = {"long"} if _LASTS.search(question.text) else set()
    return frozenset(asked) - {"person", "company", "year", "many", "much"} - lasts


def has_date(text: str) -> bool:
    """Whether a text says when."""
    return _DATED.search(text) is not None


def has_answer(question: Question, sentence: str) -> bool:
    """Whether a sentence has something of the asked kind that the question lacks: a date, a number, a name."""
    known = set(content_stems(question.text))
    fresh = [word for word in words_of(sentence) if word.stem not in known and is_content(word.text)]
    if _tells_of_some(question, sentence) or _lacks_name(question, fresh, sentence):
        return False
    if question.datatype == "date" and _LASTS.search(question.text):
        return _DURATION.search(sentence) is not None or has_date(sentence)
    figure = asks_measure(question.text) or _FIGURE.search(question.text) is not None
    if question.datatype == "date" and not figure:
        return has_date(sentence)
    if question.datatype == "quantity" or figure:
        times = read_time(sentence).spans
        return any(_counts(word, question, sentence) for word in fresh if not within(word, times))
    if question.wh == "why" or _CAUSED.search(question.text):
        return _REASON.search(sentence) is not None
    if question.wh == "where":
        moves = any(word.stem in _MOVES for word in question.words)
        return any(_is_placed(word, sentence, moves=moves) for word in fresh)
    if question.wh == "who":
        return any(word.text[0].isupper() and word.text.lower() not in LEGAL_FORMS for word in fresh)
    return bool(fresh)


def asks_measure(question: str) -> bool:
    """Whether a question wants to know how deep or how fast something is: a number."""
    return bool(_MEASURED.search(question))


def _tells_of_some(question: Question, sentence: str) -> bool:
    """Whether a sentence says only that there is what a question asks to name: 'after a short illness'."""
    if question.wh not in ("what", "which") or question.datatype is not None or len(question.words) < 2:
        return False
    noun = question.words[1]
    words = words_of(sentence)
    places = [at for at, word in enumerate(words) if word.stem == noun.stem] if is_content(noun.text) else []
    return bool(places) and all(
        any(word.text.lower() in _INDEFINITE for word in words[max(0, at - 2) : at])
        and not any(word.text[:1].isupper() for word in words[max(0, at - 1) : at])
        and not _TOLD_AFTER.match(sentence, words[at].end)
        for at in places
    )


def _lacks_name(question: Question, fresh: Sequence[Word], sentence: str) -> bool:
    """Whether a question asks what something is called, and no clause of a sentence with its words has a name."""
    if not _ASKS_NAME.search(question.text):
        return False
    wanted = asked_of(question)
    names = {word.start for word in fresh if word.text[:1].isupper() and not _DATED.match(sentence, word.start)}
    asked = [one for one in clauses(sentence) if any(word.stem in wanted for word in one.words)]
    return bool(asked) and not any(word.start in names for one in asked for word in one.words)


def _counts(word: Word, question: Question, sentence: str) -> bool:
    """Whether a word is a number that can be the asked amount: for 'how many' no share, no version 4.2, no four hours."""
    if not (word.text[0].isdigit() or word.text.lower() in _NUMBERS):
        return False
    if not _HOW_MANY.search(question.text) or _ASKS_SHARE.search(question.text):
        return True
    unit = unit_after(sentence, word.end)
    return not is_version(word.text, sentence, word.end) and (
        unit is None or stem(unit) in {w.stem for w in question.words}
    )


def _is_placed(word: Word, sentence: str, *, moves: bool) -> bool:
    """Whether a word with a capital, that is no time, stands after a preposition of place: 'in Oslo', 'at the Elm Inn'.

    Where the question `moves` something, 'to' and 'from' lead to a place as well.
    """
    before = sentence[: word.start]
    if not word.text[0].isupper() or _DATED.match(sentence, word.start):
        return False
    return _PLACED.search(before) is not None or (moves and _MOVED.search(before) is not None)
