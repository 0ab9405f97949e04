"""The sentence of a passage that may answer a question, when no fact does."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from kgfuse.model import Chunk, Citation, Hit
from kgfuse.retrieve.asked_kind import asked_of, has_answer, has_date
from kgfuse.retrieve.cells import is_row
from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.roles import names_stand_free
from kgfuse.retrieve.stating import asks_denial, says_in_one, states, without_own
from kgfuse.retrieve.words import Word, content_stems, holds_name, is_past

_TITLES = r"St Dr Mr Mrs Ms Prof Rev Gen Col Capt Lt Sgt Gov Sen Rep Hon Mt Ft vs ca approx e\.g i\.e"
_COUNTED = "No Nos Vol pp Art Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec"
_ABBREVIATED = "".join(rf"(?<!\b{word})" for word in _TITLES.split())
"""Words before a full stop that ends no sentence: 'St. Brigid'."""
_BEFORE_NUMBER = "".join(rf"(?!(?<=\b{word})\.\s+\d)" for word in _COUNTED.split())
"""A full stop between such a word and a number ends none either: 'No. 7', 'Oct. 5'."""

_SENTENCE = re.compile(rf"[^\n]+?(?:(?=[.!?])(?<![A-Z]){_ABBREVIATED}{_BEFORE_NUMBER}[.!?](?=\s|$)|(?=\n|$))")
_LEAST_COVERED = 0.75
"""How much of a question's words a sentence must hold. Set by judgement, not fitted: of three telling words none may be
missing, of four one may."""

_SUPPOSED = re.compile(
    r"(?<!\ba )(?<!\ban )\b(?:few|nobody|no one|none|hardly|barely|nearly|almost)\b(?!\s+\d)|"
    r"\b(?:told|asked|ordered|urged|invited|advised|begged|promised|threatened|vowed|swore) (?:\w+ )?to\b|"
    r"\b(?:tr(?:y|ies|ied|ying) to|attempt\w*|whether|if|unless|wrong|doubt\w*|"
    r"stop(?:s|ped)? short|believe[sd]?|thinks?|thought|assum\w+|suppos\w+|pretend\w*|hope[sd]?|wish\w*|wants? to|wanted to|"
    r"fear\w*|would have|could have|as though|suggest\w*)\b",
    re.IGNORECASE,
)
"""Words of a clause that does not plainly say that something is so."""

_RELATIVE = re.compile(
    r"\b(?:later|earlier|afterwards|thereafter|the (?:same|following|next|previous)|that (?:day|night|week|month|year))\b",
    re.IGNORECASE,
)
"""Words that tell a time from one told before."""


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
        if is_row(quote.text):
            continue  # words of different cells say nothing together: `rows.asked_row` reads them
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
        if _is_supposed(quote.text, wanted) or not names_stand_free(question, quote.text):
            continue
        whole = says_in_one(question, wanted, quote.text)
        for denied in (False, True) if whole else ():
            if states(question, wanted, quote.text, quote.chunk.text, year=year, denies=denied):
                said.setdefault(not denied, quote)
    return None if len(said) != 1 else next((quote, true) for true, quote in said.items())


def _is_supposed(sentence: str, wanted: Collection[str]) -> bool:
    """Whether a clause that has words of a question does not plainly say that it is so."""
    return any(_SUPPOSED.search(one.text) for one in clauses(sentence) if any(w.stem in wanted for w in one.words))


def _covering(
    question: Question,
    wanted: Collection[str],
    hits: Iterable[Hit],
    year: int | None,
    told_of: Mapping[tuple[int, int], Sequence[Citation]],
) -> Iterator[Quote]:
    """Yield the sentences of passages that name what a question names and hold enough of its other words.

    What was done must be among them: 'How many were injured?' is not told by how many died.
    """
    names = {place: question.text[slice(*place)].lower() for place in question.names}
    done = {word.stem for word in _done(question) if word.stem in wanted}
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
            held = {*wanted} & {*content_stems(f"{context} {without_own(sentence)}")}
            covered = len(held) / len(wanted)
            if covered >= _LEAST_COVERED and done <= held:
                yield Quote(hit.item, start, start + len(sentence), sentence, covered)


def _done(question: Question) -> Iterator[Word]:
    """Yield the words of a question that say what was done; 'the enlarged Acme' says none."""
    for before, word in pairwise(question.words):
        if is_past(word.text.lower()) and before.text.lower() not in ("the", "a", "an"):
            yield word


def _with_sentence_before(quote: Quote) -> Quote:
    """A quote that tells when from another time ('two days later'), with the sentence that it goes on from."""
    if has_date(quote.text) or not _RELATIVE.search(quote.text):
        return quote
    text = quote.chunk.text
    before = [place for place, _ in sentences_of(text) if place < quote.start and "\n" not in text[place : quote.start]]
    return replace(quote, start=before[-1], text=text[before[-1] : quote.end]) if before else quote


def _within(here: tuple[str, int, int], places: Iterable[Citation]) -> bool:
    """Whether one of some places lies in a sentence."""
    document, start, end = here
    return any(place.document_id == document and place.start < end and start < place.end for place in places)
