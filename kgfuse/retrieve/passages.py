"""The sentence of a passage that may answer a question, when no fact does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Chunk, Citation, Hit
from kgfuse.retrieve.linking import LEGAL_FORMS
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.roles import names_stand_free
from kgfuse.retrieve.stating import asks_denial, asks_measure, says_in_one, states, without_own
from kgfuse.retrieve.words import Word, content_stems, holds_name, is_content, stem, within, words_of

_TITLES = r"St Dr Mr Mrs Ms Prof Rev Gen Col Capt Lt Sgt Gov Nos Mt Ft vs ca approx e\.g i\.e"
_ABBREVIATED = "".join(rf"(?<!\b{word})" for word in _TITLES.split())
"""Words before a full stop that ends no sentence: 'St. Brigid'."""

_SENTENCE = re.compile(rf"[^\n]+?(?:(?=[.!?])(?<![A-Z]){_ABBREVIATED}[.!?](?=\s|$)|(?=\n|$))")
_LEAST_COVERED = 0.75
"""How much of a question's words a sentence must hold. Set by judgement, not fitted: of three telling words none may be
missing, of four one may."""

_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in order to|so that|so as to|as a result|result(?:ed|ing|s) (?:from|of)|"
    r"caused?|reasons?|therefore|led to|since|(?-i:to (?!(?:the|an?|its?|his|her|their)\b)[a-z]+))\b",
    re.IGNORECASE,
)

_NAME = r"(?:[A-Z][\w’'.-]*,?\s+)*"
_PLACED = re.compile(
    rf"\b(?:in|at|on|near|into|outside|off|along|over|across|via)\s+(?:(?:the|a|an)\s+)?{_NAME}(?:(?:and|or)\s+{_NAME})?$"
)
_MOVED = re.compile(rf"\b(?:to|from)\s+(?:(?:the|a|an)\s+)?{_NAME}$")
_MOVES = frozenset(
    map(stem, "move go come travel sail fly flee walk drive send return emigrate transfer relocate bring take".split())
)

_SUPPOSED = re.compile(
    r"\b(?:few|nobody|no one|none|hardly|barely|nearly|almost|tr(?:y|ies|ied|ying) to|attempt\w*|whether|if|unless|wrong|"
    r"stop(?:s|ped)? short|believe[sd]?|thinks?|thought|assum\w+|suppos\w+|pretend\w*|hope[sd]?|wish\w*|wants? to|wanted to|"
    r"fear\w*|would have|could have|as though|suggest\w*)\b",
    re.IGNORECASE,
)
"""Words of a sentence that does not plainly say that something is so."""

_LASTS = re.compile(r"\bhow long (?:do|does|did|will|has|have|had)\b", re.IGNORECASE)
"""What asks for how long something lasts, and not how long it is."""

_SHORT = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_MONTH = (
    r"(?:January|February|March|April|June|July|August|September|October|November|December|"
    rf"{_SHORT}\.?(?=\s+\d)|(?<=\d ){_SHORT}|(?<=in )May)"
)
_DATED = re.compile(
    rf"\b(?:1\d\d\d|20\d\d)\b|\b{_MONTH}\b|\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\bcentury\b|"
    r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|\b(?:yesterday|today|tomorrow|tonight|ago)\b|"
    r"\b(?:last|next|this) (?:week|month|year|spring|summer|autumn|winter)\b|\b\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m|p\.m)\b"
)
"""What a sentence has that says when."""

_DURATION = re.compile(r"\b(?:second|minute|hour|day|night|week|month|year|decade)s?\b")
_RELATIVE = re.compile(
    r"\b(?:later|earlier|afterwards|thereafter|the (?:same|following|next|previous)|that (?:day|night|week|month|year))\b",
    re.IGNORECASE,
)
"""Words that tell a time from one told before."""

_NUMBERS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen".split()
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a chunk, at ``[start, end)`` of the chunk's text, and how much of the question it covers (0 to 1)."""

    chunk: Chunk
    start: int
    end: int
    text: str
    covered: float


def sentences_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of a text with the places where they begin."""
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        if sentence:
            yield match.start() + match[0].index(sentence), sentence


def best_sentence(
    question: Question, hits: Iterable[Hit], year: int | None, told_of: Mapping[tuple[int, int], Sequence[Citation]]
) -> Quote | None:
    """Return the sentence that covers the question best, or `None` when none carries an answer.

    It must name every name of the question (its headings may, and so do the places in `told_of`, by the name's place in the
    question: what was read there is about what it names), hold three quarters of the other content words, state what is
    asked and not deny it or tell it of something else or of another year than the asked `year`, and have something of the
    kind that is asked for: a date, a number, a name that the question lacks.
    """
    wanted = asked_of(question)
    if not wanted or (denies(question) and not asks_denial(question.text)):
        return None  # 'besides', 'except': no sentence tells of all the others
    best: Quote | None = None
    for quote in _covering(question, wanted, hits, year, told_of):
        whole = _with_sentence_before(quote) if question.datatype == "date" else quote
        if (best is None or quote.covered > best.covered) and has_answer(question, whole.text):
            best = whole if states(question, wanted, quote.text, quote.chunk.text, year=year) else best
    return best


def plain_sentence(
    question: Question, hits: Iterable[Hit], year: int | None, told_of: Mapping[tuple[int, int], Sequence[Citation]]
) -> tuple[Quote, bool] | None:
    """Return the sentence that says all the words of a question for a yes or no, and whether it says so or denies it.

    `None` where there is none, or one says it and another denies it.
    """
    wanted = asked_of(question)
    if not wanted or not question.names or denies(question):
        return None
    said: dict[bool, Quote] = {}
    for quote in _covering(question, wanted, hits, year, told_of):
        if _SUPPOSED.search(quote.text) or not names_stand_free(question, quote.text):
            continue
        whole = says_in_one(question, wanted, quote.text)
        for denied in (False, True) if whole else ():
            if states(question, wanted, quote.text, quote.chunk.text, year=year, denies=denied):
                said.setdefault(not denied, quote)
    return None if len(said) != 1 else next((quote, true) for true, quote in said.items())


def _covering(
    question: Question,
    wanted: Collection[str],
    hits: Iterable[Hit],
    year: int | None,
    told_of: Mapping[tuple[int, int], Sequence[Citation]],
) -> Iterator[Quote]:
    """Yield the sentences of passages that name what a question names and hold enough of its other words."""
    names = {place: question.text[slice(*place)].lower() for place in question.names}
    for hit in hits:
        if not isinstance(hit.item, Chunk):
            continue
        context = " ".join(hit.item.heading_path)
        for start, sentence in sentences_of(hit.item.text):
            around = f"{context} {sentence}".lower()
            here = (hit.item.document_id, hit.item.start + start, hit.item.start + start + len(sentence))
            lacking = [place for place, name in names.items() if not holds_name(around, name)]
            if sentence.endswith("?") or any(not _within(here, told_of.get(place, ())) for place in lacking):
                continue
            if year is not None and str(year) not in sentence:
                continue
            covered = len({*wanted} & {*content_stems(f"{context} {without_own(sentence)}")}) / len(wanted)
            if covered >= _LEAST_COVERED:
                yield Quote(hit.item, start, start + len(sentence), sentence, covered)


def _with_sentence_before(quote: Quote) -> Quote:
    """A quote that tells when from another time ('two days later'), with the sentence that it goes on from."""
    if _DATED.search(quote.text) or not _RELATIVE.search(quote.text):
        return quote
    text = quote.chunk.text
    before = [place for place, _ in sentences_of(text) if place < quote.start and "\n" not in text[place : quote.start]]
    return replace(quote, start=before[-1], text=text[before[-1] : quote.end]) if before else quote


def _within(here: tuple[str, int, int], places: Iterable[Citation]) -> bool:
    """Whether one of some places lies in a sentence."""
    document, start, end = here
    return any(place.document_id == document and place.start < end and start < place.end for place in places)


def asked_of(question: Question) -> frozenset[str]:
    """Return the stems of what a question asks about the things that it names."""
    spans = (*question.names, *question.time.spans)
    asked = (word.stem for word in question.words if is_content(word.text) and not within(word, spans))
    lasts = {"long"} if _LASTS.search(question.text) else set()
    return frozenset(asked) - {"person", "company", "year", "many", "much"} - lasts


def has_answer(question: Question, sentence: str) -> bool:
    """Whether a sentence has something of the asked kind that the question lacks: a date, a number, a name."""
    known = set(content_stems(question.text))
    fresh = [word for word in words_of(sentence) if word.stem not in known and is_content(word.text)]
    if question.datatype == "date" and _LASTS.search(question.text):
        return _DURATION.search(sentence) is not None or _DATED.search(sentence) is not None
    if question.datatype == "date" and not asks_measure(question.text):
        return _DATED.search(sentence) is not None
    if question.datatype == "quantity" or asks_measure(question.text):
        return any(word.text[0].isdigit() or word.text.lower() in _NUMBERS for word in fresh)
    if question.wh == "why":
        return _REASON.search(sentence) is not None
    if question.wh == "where":
        moves = any(word.stem in _MOVES for word in question.words)
        return any(_is_placed(word, sentence, moves=moves) for word in fresh)
    if question.wh == "who":
        return any(word.text[0].isupper() and word.text.lower() not in LEGAL_FORMS for word in fresh)
    return bool(fresh)


def _is_placed(word: Word, sentence: str, *, moves: bool) -> bool:
    """Whether a word with a capital, that is no time, stands after a preposition of place: 'in Oslo', 'at the Elm Inn'.

    Where the question `moves` something, 'to' and 'from' lead to a place as well.
    """
    before = sentence[: word.start]
    if not word.text[0].isupper() or _DATED.match(sentence, word.start):
        return False
    return _PLACED.search(before) is not None or (moves and _MOVED.search(before) is not None)
