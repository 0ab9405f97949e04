"""What a passage tells without saying that it is so: rumours, plans and denials, for a question that wants yes or no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kgfuse.model import Chunk, Hit
from kgfuse.retrieve.linking import Link
from kgfuse.retrieve.passages import Quote, sentences_of
from kgfuse.retrieve.question import Question
from kgfuse.retrieve.words import content_stems

_UNCONFIRMED = re.compile(
    r"\b(?:reportedly|allegedly|supposedly|rumou?r(?:s|ed)?|speculat\w+|claim(?:s|ed)?|said to|"
    r"may|might|could|would|about to|"
    r"plans?|planned|planning|considers?|considering|intends?|wants? to|wanted to|hopes?|den(?:y|ies|ied)|"
    r"never|not|no truth|"
    r"false|untrue|incorrect)\b|n['’]t\b",
    re.IGNORECASE,
)


def hearsay(question: Question, links: Sequence[Link], hits: Iterable[Hit]) -> Quote | None:
    """Return the first sentence that names everything named and the asked relation, and does not say that it is so.

    A sentence that says it plainly is no hearsay: `None` then, for it stands against those that do not.
    """
    if len(links) < 2 or not question.relations or question.unexplained:
        return None
    asked = {question.words[at].stem for at in question.relations[0].used}
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
            found = found or Quote(hit.item, start, start + len(sentence), sentence, 1.0)
    return found


def _named(one: Link, question: Question, sentence: str) -> bool:
    names = {question.text[one.start : one.end], *(n for e in one.entities for n in (e.name, *e.aliases))}
    return any(name in sentence for name in names)
