"""The sentences that come nearest to a question that nothing answers: no answer, but where a reader would look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from kgfuse.model import Chunk, Hit
from kgfuse.protocols import Embedder
from kgfuse.retrieve.asked_kind import asked_of, has_answer
from kgfuse.retrieve.passages import Quote, sentences_of
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import content_stems, holds_name

_MOST, _COMPARED = 3, 16
"""Sentences that are told, and those, of the most words and names, whose meaning is compared: to embed one takes 15 ms."""

_PASSAGES = 10
"""Passages among the hits whose sentences are looked at, the best first, however many facts come between them."""

_SHORTEST = 15
"""Characters of a sentence; what is shorter is a label."""

_ALIKE, _ALIKE_OF_OTHERS = 0.2, 0.4
"""Least likeness of a sentence that is told (cosine similarity), and where no passage has a name of the question. One in
twenty sentences that hold the answer has less than the first, one in twenty questions about other documents the second."""

_WORDS, _KIND, _NAMED, _AROUND, _WHOLE = 0.5, 0.2, 0.1, 0.2, 0.1
"""What counts beside the likeness: the asked words, a value of the asked kind, the names in the sentence, the names in its
passage, and that it ends as a sentence does. Set by hand on 144 questions about twelve made-up documents."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    quote: Quote
    place: str  # the headings above
    passage: str


def nearest_sentences(
    question: Question, hits: Iterable[Hit], embedder: Callable[[], Embedder] | None
) -> tuple[Quote, ...]:
    """Return up to three sentences of the passages among the hits, the nearest first. Raises ModelError.

    A sentence is measured by its likeness to the question with and without its names (cosine similarity of embeddings), and
    by how many of the asked words it holds, the rarer counting more. What stands in several passages is told once.
    """
    found = _once(_candidates(hits))
    wanted = asked_of(question)
    held = [_held(wanted, f"{one.place} {one.quote.text}") for one in found]
    common = Counter(word for words in held for word in words)
    whole = sum(_rarity(common[word]) for word in wanted) or 1.0
    worth = [
        (_WORDS * sum(_rarity(common[word]) for word in words) / whole + _beside(question, one), -at)
        for at, (one, words) in enumerate(zip(found, held, strict=True))
    ]
    first = [(score, found[-at].quote) for score, at in sorted(worth, reverse=True)[:_COMPARED]]
    if embedder is None:
        return tuple([quote for _, quote in first if _held(wanted, quote.text)][:_MOST])
    alike = _alike(question, [quote.text for _, quote in first], embedder())
    named = not question.names or any(_share_named(question, f"{one.place} {one.passage}") for one in found)
    told = [
        (score + likeness, quote)
        for (score, quote), likeness in zip(first, alike, strict=True)
        if likeness >= (_ALIKE if named else _ALIKE_OF_OTHERS)
    ]
    best = sorted(told, key=lambda item: (-item[0], item[1].chunk.id, item[1].start))
    return tuple(quote for _, quote in best[:_MOST])


def _candidates(hits: Iterable[Hit]) -> Iterable[_Candidate]:
    chunks = (hit.item for hit in hits if isinstance(hit.item, Chunk))
    for chunk in islice(chunks, _PASSAGES):
        place = " ".join(chunk.heading_path)
        for start, text in sentences_of(chunk.text):
            if len(text) >= _SHORTEST and not text.endswith("?"):
                yield _Candidate(Quote(chunk, start, start + len(text), text, 0.0), place, chunk.text)


def _once(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The first of those that read alike."""
    first: dict[str, _Candidate] = {}
    for one in candidates:
        first.setdefault(" ".join(one.quote.text.lower().split()), one)
    return list(first.values())


def _share_named(question: Question, text: str) -> float:
    """The share of the names of a question that stand in a text."""
    names, text = [question.text[start:end].lower() for start, end in question.names], text.lower()
    return sum(holds_name(text, name) for name in names) / max(1, len(names))


def _held(wanted: Collection[str], text: str) -> set[str]:
    return {*wanted} & {*content_stems(text)}


def _rarity(sentences: int) -> float:
    return 1 / (1 + sentences)


def _alike(question: Question, sentences: Sequence[str], embedder: Embedder) -> list[float]:
    """How alike each sentence is to the question, the mean of with its names and without."""
    bare = question.text
    for start, end in sorted(question.names, reverse=True):
        bare = f"{bare[:start]}it{bare[end:]}"
    vectors = embedder.embed([question.text, bare, *sentences])
    return [float(vector @ (vectors[0] + vectors[1])) / 2 for vector in vectors[2:]]


def _beside(question: Question, one: _Candidate) -> float:
    """What a sentence is worth for its kind, for the names in it and around it, and for being one."""
    here, around = (_share_named(question, f"{one.place} {text}") for text in (one.quote.text, one.passage))
    ends = one.quote.text[-1] in ".!\"”')"
    return _KIND * has_answer(question, one.quote.text) + _NAMED * here + _AROUND * around + _WHOLE * ends
