"""The sentence of a passage that may answer a question, when no fact does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.linking import LEGAL_FORMS
from kgfuse.retrieve.qualifiers import denies
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.stating import asks_denial, asks_measure, states, without_own
from kgfuse.retrieve.words import content_stems, is_content, words_of

_SENTENCE = re.compile(r"[^\n]+?(?:(?<![A-Z])[.!?](?=\s|$)|(?=\n|$))")
_LEAST_COVERED = 0.75
"""How much of a question's words a sentence must hold. Set by judgement, not fitted: of three telling words none may be
missing, of four one may."""

_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in order to|so that|so as to|as a result|result(?:ed|ing|s) (?:from|of)|"
    r"caused?|reasons?|therefore|led to|since|(?-i:to (?!(?:the|an?|its?|his|her|their)\b)[a-z]+))\b",
    re.IGNORECASE,
)

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


def best_sentence(question: Question, hits: Iterable[Hit], year: int | None) -> Quote | None:
    """Return the sentence that covers the question best, or `None` when none carries an answer.

    It must name every name of the question (its headings may), hold three quarters of the other content words, state what is
    asked and not deny it or tell it of something else or of another year than the asked `year`, and have something of the
    kind that is asked for: a date, a number, a name that the question lacks.
    """
    wanted = _wanted(question)
    names = [question.text[start:end].lower() for start, end in question.names]
    if not wanted or (denies(question) and not asks_denial(question.text)):
        return None  # 'besides', 'except': no sentence tells of all the others
    best: Quote | None = None
    for hit in hits:
        if not isinstance(hit.item, Chunk):
            continue
        context = " ".join(hit.item.heading_path)
        for match in _SENTENCE.finditer(hit.item.text):
            sentence = match[0].strip()
            around = f"{context} {sentence}".lower()
            if not all(name in around for name in names) or sentence.endswith("?"):
                continue
            if year is not None and str(year) not in sentence:
                continue
            covered = len(wanted & set(content_stems(f"{context} {without_own(sentence)}"))) / len(wanted)
            if covered < _LEAST_COVERED or not _has_answer(question, sentence):
                continue
            if states(question, wanted, sentence, hit.item.text, year=year):
                start = match.start() + match[0].index(sentence)
                quote = Quote(hit.item, start, start + len(sentence), sentence, covered)
                best = quote if best is None or quote.covered > best.covered else best
    return best


def _wanted(question: Question) -> set[str]:
    spans = (*question.names, *question.time.spans)
    return {
        word.stem
        for word in question.words
        if is_content(word.text) and not any(start <= word.start and word.end <= end for start, end in spans)
    } - {"person", "company", "year", "many", "much"}


def _has_answer(question: Question, sentence: str) -> bool:
    known = set(content_stems(question.text))
    fresh = [word for word in words_of(sentence) if word.stem not in known and is_content(word.text)]
    if question.datatype in ("quantity", "date") or asks_measure(question.text):
        return any(word.text[0].isdigit() or word.text.lower() in _NUMBERS for word in fresh)
    if question.wh == "why":
        return _REASON.search(sentence) is not None
    if question.wh in ("who", "where"):
        return any(word.text[0].isupper() and word.text.lower() not in LEGAL_FORMS for word in fresh)
    return bool(fresh)
