"""The sentence of a passage that may answer a question, when no fact does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Chunk, Citation, Hit
from kgfuse.retrieve.linking import LEGAL_FORMS
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.stating import asks_denial, asks_measure, says_in_one, states, without_own
from kgfuse.retrieve.words import Word, content_stems, is_content, words_of

_TITLES = r"St Dr Mr Mrs Ms Prof Sir Rev Gen Col Capt Lt Sgt Gov Sen Rep Hon No Nos Mt Ft vs ca approx e\.g i\.e"
_ABBREVIATED = "".join(rf"(?<!\b{word})" for word in _TITLES.split())
"""Words before a full stop that ends no sentence: 'St. Brigid'."""

_SENTENCE = re.compile(rf"[^\n]+?(?:(?<![A-Z]){_ABBREVIATED}[.!?](?=\s|$)|(?=\n|$))")
_LEAST_COVERED = 0.75
"""How much of a question's words a sentence must hold. Set by judgement, not fitted: of three telling words none may be
missing, of four one may."""

_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in order to|so that|so as to|as a result|result(?:ed|ing|s) (?:from|of)|"
    r"caused?|reasons?|therefore|led to|since|(?-i:to (?!(?:the|an?|its?|his|her|their)\b)[a-z]+))\b",
    re.IGNORECASE,
)

_PLACED = re.compile(
    r"\b(?:in|at|on|near|to|from|into|outside|off|along|over|across|between|and|via)\s+(?:(?:the|a|an)\s+)?(?:[A-Z][\w’'.-]*,?\s+)*$"
)

_LASTS = re.compile(r"\bhow long (?:do|does|did|will|has|have|had)\b", re.IGNORECASE)
"""What asks for how long something lasts, and not how long it is."""

_DATE = (
    r"\b(?:1\d\d\d|20\d\d)\b|\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)(?:[a-z]{2,7})?\b|"
    r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\bcentury\b"
)
_DATED = re.compile(_DATE)
_TIMED = re.compile(
    rf"{_DATE}|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:yesterday|today|tomorrow|tonight)\b|"
    r"\b(?:day|night|week|month|year|hour|minute|decade|spring|summer|autumn|winter)s?\b"
)
"""What a sentence has that says when, or for how long."""

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
        if (best is None or quote.covered > best.covered) and _has_answer(question, quote.text):
            best = quote if states(question, wanted, quote.text, quote.chunk.text, year=year) else best
    return _with_sentence_before(best) if best and question.datatype == "date" else best


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
        for match in _SENTENCE.finditer(hit.item.text):
            sentence = match[0].strip()
            around = f"{context} {sentence}".lower()
            start = match.start() + match[0].index(sentence)
            here = (hit.item.document_id, hit.item.start + start, hit.item.start + start + len(sentence))
            lacking = [place for place, name in names.items() if name not in around]
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
    asked = (
        word.stem
        for word in question.words
        if is_content(word.text) and not any(start <= word.start and word.end <= end for start, end in spans)
    )
    lasts = {"long"} if _LASTS.search(question.text) else set()
    return frozenset(asked) - {"person", "company", "year", "many", "much"} - lasts


def _has_answer(question: Question, sentence: str) -> bool:
    known = set(content_stems(question.text))
    fresh = [word for word in words_of(sentence) if word.stem not in known and is_content(word.text)]
    if question.datatype == "date" and not asks_measure(question.text):
        return _TIMED.search(sentence) is not None or _RELATIVE.search(sentence) is not None
    if question.datatype == "quantity" or asks_measure(question.text):
        return any(word.text[0].isdigit() or word.text.lower() in _NUMBERS for word in fresh)
    if question.wh == "why":
        return _REASON.search(sentence) is not None
    if question.wh == "where":
        return any(_is_placed(word, sentence) for word in fresh)
    if question.wh == "who":
        return any(word.text[0].isupper() and word.text.lower() not in LEGAL_FORMS for word in fresh)
    return bool(fresh)


def _is_placed(word: Word, sentence: str) -> bool:
    """Whether a word with a capital stands after a preposition of place: 'in Oslo', 'at the Elm Inn'."""
    return word.text[0].isupper() and _PLACED.search(sentence[: word.start]) is not None
