"""The wiring of topics: passages, read or remembered -> topics -> seeds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.config import Settings
from kgfuse.extract.phrases import Phrase, noun_phrases
from kgfuse.extract.seeds import choose_seeds
from kgfuse.extract.topics import Passage, Topic, find_topics
from kgfuse.ingest import chunk, discover, token_counter
from kgfuse.ledger import Ledger
from kgfuse.model import Chunk
from kgfuse.pipeline import NoProgress
from kgfuse.protocols import Embedder, Paths, Progress
from kgfuse.reading import ReadingProcess, Task

if TYPE_CHECKING:
    from kgfuse.protocols import Vectors

MOST = 20_000
"""Passages looked at; of more, an even sample that depends on the passages alone."""

_EMBED_AT_ONCE = 256
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Survey:
    """What the documents are about: topics, largest first, and the seeds chosen from them and from the user's list.

    `passages` counts those looked at, `of` those that there are.
    """

    topics: tuple[Topic, ...]
    seeds: tuple[str, ...]
    passages: int
    of: int


def survey(
    chunks: Sequence[Chunk],
    settings: Settings,
    embedder: Callable[[], Embedder],
    given: Sequence[str] = (),
    progress: Progress | None = None,
) -> Survey:
    """Find the topics of passages and choose seeds. Raises ModelError."""
    progress = progress or NoProgress()
    told = [one for one in chunks if not one.quoted and len(one.text.split()) >= _FEWEST_WORDS]
    seen = _sample(told)
    if not seen:
        return Survey((), choose_seeds((), given), 0, 0)
    phrases = _phrases([one.text for one in seen], settings, progress)
    model = embedder()
    vectors = _vectors([one.text for one in seen], model, progress)
    topics = find_topics(
        [Passage(one.document_id, tuple(found)) for one, found in zip(seen, phrases, strict=True)], vectors, model.embed
    )
    return Survey(topics, choose_seeds(topics, given), len(seen), len(told))


def _sample(chunks: Sequence[Chunk]) -> list[Chunk]:
    """At most `MOST` passages, those whose text hashes lowest, in order of their hash: equal texts once."""
    by_hash = {hashlib.sha256(one.text.encode()).digest(): one for one in sorted(chunks, key=lambda one: one.id)}
    return [by_hash[key] for key in sorted(by_hash)[:MOST]]


def _phrases(texts: Sequence[str], settings: Settings, progress: Progress) -> list[list[Phrase]]:
    from kgfuse.extract.spacy_model import load_model

    progress.start("terms", len(texts))
    found = []
    for phrases in noun_phrases(texts, load_model(settings.extract.spacy_model)):
        found.append(phrases)
        progress.advance("terms")
    progress.finish("terms")
    return found


def _vectors(texts: Sequence[str], model: Embedder, progress: Progress) -> Vectors:
    import numpy as np

    progress.start("embed", len(texts))
    parts = []
    for start in range(0, len(texts), _EMBED_AT_ONCE):
        batch = texts[start : start + _EMBED_AT_ONCE]
        parts.append(model.embed(batch))
        progress.advance("embed", len(batch))
    progress.finish("embed")
    return np.concatenate(parts)


def chunks_of_files(paths: Paths, settings: Settings, progress: Progress | None = None) -> Iterator[Chunk]:
    """Read and chunk files without keeping them; what cannot be read is left out. Raises PathMissing."""
    progress = progress or NoProgress()
    found = discover(paths, settings.ingest)
    progress.start("read", len(found.files))
    with ReadingProcess(settings, "") as reader:
        for path, uri in found.files:
            _, reading = reader.read(Task(path, uri))
            for document in reading.documents if reading else ():
                yield from chunk(document, settings.chunk, token_counter(settings.tokenizer))
            progress.advance("read", 1, path.name)
    progress.finish("read")


def chunks_of_ledger(ledger: Ledger) -> Iterator[Chunk]:
    """The passages of every document in the knowledge base."""
    for document in ledger.documents():
        yield from ledger.chunks(document.id)
