"""What a passage tells without saying that it is so: rumours, plans and denials, for a question that wants yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.asked_kind import asked_of
from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.passages import Quote, sentences_of
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.roles import turned_round
from kgfuse.retrieve.words import content_stems, is_content, words_of

_UNCONFIRMED = re.compile(
    r"\b(?:reportedly|allegedly|supposedly|rumou?r(?:s|ed)?|speculat\w+|claim(?:s|ed)?|said to|"
    r"(?-i:may)(?!\s+\d)|might|could|would|about to|"
    r"(?-i:will|shall)|(?:going|agreed|agrees|expected|expects|set|likely|unlikely|seeks|aims|offered|offers|ready) to|"
    r"plans?|planned|planning|propos\w+|considers?|considering|intends?|intended|wants? to|wanted to|hopes?|"
    r"den(?:y|ies|ied)|never|not|no truth|"
    r"false|untrue|incorrect)\b|n['’]t\b",
    re.IGNORECASE,
)
"""'May' with a capital, or before a number, is the month, 'Will' a name."""

_ASKS_POSSIBLE = re.compile(
    r"^\s*(?:(?:will|shall|would|might|may|could|can)\b|(?:is|are|was|were|does|do|did|has|have|had)\b.*\b(?:"
    r"(?P<word>plan|planned|planning|intend|intending|intended|consider|considering|propose|proposing|proposed|hope|hoping|want|"
    r"wanting|wanted|expected|going|likely|set|about|seek|seeking|aim|aiming|offer|offering|agree|agreed)(?:\s+to)?)\b)",
    re.IGNORECASE,
)
"""What asks whether something may be, is planned or is to come: for that such a sentence is the answer."""


def hearsay(question: Question, links: Sequence[Link], hits: Iterable[Hit]) -> Quote | None:
    """Return the first sentence that names everything named and the asked relation, and does not say that it is so.

    A sentence that says it plainly is no hearsay: `None` then, for it stands against those that do not. Nor is one that
    tells of it the other way round.
    """
    if len(links) < 2 or not question.relations or question.unexplained:
        return None
    asked = {question.words[at].stem for at in question.relations[0].used}
    way = _way(question.text, links, asked, question)
    found: Quote | None = None
    for hit in hits:
        if not isinstance(hit.item, Chunk):
            continue
        for start, sentence in sentences_of(hit.item.text):
            if not asked <= set(content_stems(sentence)) or not all(_named(one, question, sentence) for one in links):
                continue
            if sentence.endswith("?"):
                continue
            if not _UNCONFIRMED.search(sentence):
                return None
            if _way(sentence, links, asked, question) == way:
                found = found or Quote(hit.item, start, start + len(sentence), sentence, 1.0)
    return found


def is_unconfirmed(question: Question, sentence: str) -> bool:
    """Whether a sentence tells what a question asks as a plan, a rumour or a possibility."""
    asked = asked_of(question)
    return any(_UNCONFIRMED.search(one.text) for one in clauses(sentence) if asked & {word.stem for word in one.words})


def asks_possible(question: str) -> bool:
    """Whether a question asks if something may be, is planned or is to come."""
    return _ASKS_POSSIBLE.match(question) is not None


def foretold(question: Question, links: Sequence[Link], hits: Iterable[Hit]) -> Quote | None:
    """Return the sentence that answers a question which asks if something may be, is planned or is to come."""
    asked = _ASKS_POSSIBLE.match(question.text)
    if asked is None:
        return None
    rest = question.without(content_stems(asked["word"] or ""))
    return hearsay(rest, links, hits) or _with_all_words(rest, asked["word"] or "", hits)


def _with_all_words(question: Question, modal: str, hits: Iterable[Hit]) -> Quote | None:
    """Return the first sentence of what may be that has every word of a question, and its names on the same side."""
    names = [question.text[start:end] for start, end in question.names]
    spans = (*question.names, *question.time.spans)
    words = [word for word in question.words if not any(a <= word.start and word.end <= b for a, b in spans)]
    wanted = {word.stem for word in words if is_content(word.text)} - set(content_stems(modal))
    if not names or not wanted or question.time.period is not None:
        return None
    for chunk in (hit.item for hit in hits if isinstance(hit.item, Chunk)):
        for start, sentence in sentences_of(chunk.text):
            if (
                sentence.endswith("?")
                or not all(name in sentence for name in names)
                or not _UNCONFIRMED.search(sentence)
            ):
                continue
            if wanted <= set(content_stems(sentence)) and not turned_round(
                question, wanted, sentence, clauses(sentence)
            ):
                return Quote(chunk, start, start + len(sentence), sentence, 1.0)
    return None


def _named(one: Link, question: Question, sentence: str) -> bool:
    return _place(one, question, sentence) is not None


def _place(one: Link, question: Question, sentence: str) -> int | None:
    """Where a sentence first names what a link names."""
    names = {question.text[one.start : one.end], *(n for e in one.entities for n in (e.name, *e.aliases))}
    return min((sentence.index(name) for name in names if name in sentence), default=None)


def _way(text: str, links: Sequence[Link], asked: set[str], question: Question) -> bool:
    """Which of two things a text tells to do it to the other; 'A bought B' and 'B was bought by A' are one way."""
    first, second = (_place(one, question, text) or 0 for one in links[:2])
    verb = max((word.start for word in words_of(text) if word.stem in asked), default=0)
    turned = any(word.text.lower() == "by" and word.start > verb for word in words_of(text))
    return (first < second) != turned
