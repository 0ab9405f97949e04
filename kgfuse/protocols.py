"""The seams of kgfuse: what each stage takes and gives. Stages know these, not each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from kgfuse.errors import IngestError
from kgfuse.model import (
    Advice,
    Chunk,
    Claim,
    Document,
    Entity,
    Fact,
    FactStatus,
    FusedGraph,
    Hit,
    MatchDecision,
    Mention,
    Proposal,
    Triple,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kgfuse.config import IngestSettings
    from kgfuse.parameters import Parameters

    Vectors = NDArray[np.float32]


# --------------------------------------------------------------------------------------------------------------- ingest


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a part of one, that could not be read, and why."""

    uri: str
    error: IngestError


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file held: the document, its attachments as child documents (parents first), and what failed."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of a file or of an attachment, and what is known about it from outside.

    `name` is the file's own name and decides nothing but the guess of its format. `modified_at` is the file's modification
    time (UTC) or `None`. `settings` holds passwords, limits and the choice of OCR; `None`: the defaults.
    """

    uri: str
    name: str
    content: bytes
    media_type: str | None = None
    modified_at: datetime | None = None
    parent: Document | None = None
    settings: IngestSettings | None = None


class Ingestor(Protocol):
    """Reads one format. Raises a leaf of IngestError when nothing can be read; reports what fails in part."""

    def __call__(self, file: RawFile) -> Reading: ...


# -------------------------------------------------------------------------------------------------------------- extract


@dataclass(frozen=True, slots=True)
class Extraction:
    """What an extractor found in one document.

    `mentions` holds every named entity read, in a triple or not. `quarantined` counts the triples that could not be
    grounded in the text, by reason; they are stored nowhere.
    """

    triples: tuple[Triple, ...]
    mentions: tuple[Mention, ...] = ()
    quarantined: tuple[tuple[str, int], ...] = ()


class Extractor(Protocol):
    """Turns the chunks of one document into triples."""

    @property
    def version(self) -> str:
        """Everything that determines the output (name, model, prompt version, settings): a change means extract again."""
        ...

    def extract(self, document: Document, chunks: Sequence[Chunk]) -> Extraction: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens spent, as the server counts them; replies taken from the cache count in `cached` and cost nothing.

    `known_tokens` are those of `prompt_tokens` that the server knew from earlier requests (their common beginning, the
    ontology), for which some charge less. `failed` counts the requests that were answered with an error or not at all;
    `cost` is in the currency of the settings, 0 without prices.
    """

    requests: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    known_tokens: int = 0
    failed: int = 0
    cost: float = 0.0


class ReplyCache(Protocol):
    """Keeps raw LLM replies, keyed by the hash of everything that determines them. Safe to use from several threads."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, model: str, request: str, reply: str) -> None: ...


@runtime_checkable
class Notebook(Protocol):
    """Keeps small texts by name across runs: what was learned about a server, which batches are under way."""

    def note(self, name: str) -> str | None: ...

    def notes(self, prefix: str) -> list[tuple[str, str]]:
        """Return ``(name, text)`` of all notes whose name begins so, in order of name."""
        ...

    def set_note(self, name: str, text: str | None) -> None:
        """Keep a note, replacing an older one; `None` removes it."""
        ...


Turns = tuple[tuple[str, str], ...]
"""A conversation: (role, text), the last one the user's. Roles are those of the OpenAI protocol."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply: its text and, where the server gives them, its tokens with their natural log-probabilities, in order."""

    text: str
    tokens: tuple[tuple[str, float], ...] = ()


class LanguageModel(Protocol):
    """Answers a prompt with JSON that fits a schema, or with text."""

    @property
    def name(self) -> str: ...

    def complete(self, system: str, user: str, schema: Mapping[str, Any] | None = None) -> str:
        """Return the reply's text; with a JSON schema, JSON that fits it. Raises a leaf of LanguageModelError."""
        ...

    def usage(self) -> Usage: ...


@runtime_checkable
class SamplingModel(LanguageModel, Protocol):
    """A language model that can be asked for several replies at once, without waiting for them."""

    def submit(self, turns: Turns, schema: Mapping[str, Any], samples: int = 1) -> Future[tuple[Sample, ...]]:
        """Ask for `samples` replies; the future gives those that are JSON and fit the schema: at least one, perhaps fewer.

        The future raises a leaf of LanguageModelError.
        """
        ...


class Embedder(Protocol):
    """Turns texts into vectors of unit length, shape ``(len(texts), dimensions)``, float32."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors: ...


class Reranker(Protocol):
    """Judges texts against a query: a score per text, higher is better, on a scale of its own."""

    def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]: ...


# ----------------------------------------------------------------------------------------------------------------- fuse


@dataclass(frozen=True, slots=True)
class LedgerContent:
    """Everything fusion sees: what was said, by whom, and what was decided. Documents come without text and blocks.

    `phrases` are the vectors of relation phrases, of unit length before they were rounded to two decimals, sorted by phrase;
    empty without an embedding model. `proposals` are what an LLM concluded, `advice` what it said of conflicts.
    """

    documents: tuple[Document, ...]
    triples: tuple[Triple, ...]
    mentions: tuple[tuple[str, Mention], ...]
    quoted_chunks: frozenset[str]
    decisions: tuple[MatchDecision, ...]
    phrases: tuple[tuple[str, tuple[float, ...]], ...] = ()
    proposals: tuple[Proposal, ...] = ()
    advice: tuple[Advice, ...] = ()


# ---------------------------------------------------------------------------------------------------------------- graph


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts are asked for. `as_of`: when it held in the world; `known_at`: when we believed it; both UTC.

    `statuses` empty means every status but retracted. `valid_during` keeps facts that hold at any time in a half-open
    interval. `as_of` keeps facts whose validity contains the instant; facts whose validity is not known at all stay in.
    `sources` keeps what was read in documents whose source or URI holds one of these texts (in any case): facts that such a
    document supports, and its passages. `types` keeps facts about an entity of one of these types (named one by one, without
    subtypes), and passages that mention one.
    """

    as_of: datetime | None = None
    valid_during: tuple[datetime, datetime] | None = None
    known_at: datetime | None = None
    statuses: tuple[FactStatus, ...] = ()
    minimum_confidence: float = 0.0
    relation: str | None = None
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    @property
    def past(self) -> bool:
        """Whether facts that are believed no more are asked for, or may be."""
        return self.known_at is not None or FactStatus.RETRACTED in self.statuses

    def admits(self, document: Document) -> bool:
        """Whether a document is one of the `sources`; any is, where none are named."""
        told = (document.source.lower(), document.uri.lower())
        return not self.sources or any(text.lower() in one for text in self.sources for one in told)


EVERYTHING = FactFilter()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a write changed, in rows."""

    entities_written: int = 0
    entities_removed: int = 0
    facts_written: int = 0
    facts_retracted: int = 0

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.entities_written or self.entities_removed or self.facts_written or self.facts_retracted)


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """How much the graph holds, in rows; `facts` by status, in order of its name."""

    entities: int
    facts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """All facts."""
        return sum(count for _, count in self.facts)

    def of(self, status: FactStatus) -> int:
        """Facts of one status."""
        return dict(self.facts).get(status.value, 0)


class Edge(NamedTuple):
    """A fact as a walk over the graph sees it; `object` is an entity's id or the text of a literal, as `entity` says."""

    id: str
    subject: str
    relation: str
    object: str
    entity: bool
    confidence: float


class GraphReader(Protocol):
    """Finds things in a fused graph and its history."""

    def entity(self, id: str) -> Entity | None:
        """Return an entity by its id or by the id of any of its members."""
        ...

    def entities(self, ids: Sequence[str] | None = None) -> Iterator[Entity]:
        """Iterate over the entities with these ids, also former ones, or over all there are, in order of id.

        A former entity is one that is no more while the history of facts tells of it.
        """
        ...

    def find_entities(
        self, text: str, limit: int = 10, every: Sequence[str] = (), *, past: bool = False
    ) -> list[tuple[Entity, float]]:
        """Find entities by name or alias: exact first, then full-text; scores in (0, 1].

        With `every`, full-text finds only names that hold all of these words (letters, digits, ``_`` and ``/``). With
        `past`, former entities are found as well.
        """
        ...

    def fact(self, id: str) -> Fact | None:
        """Return a fact by its id or an unambiguous prefix of it (8 hex digits or more). Raises Ambiguous."""
        ...

    def facts(self, filter: FactFilter = ..., ids: Sequence[str] | None = None) -> Iterator[Fact]:
        """Iterate over the facts (with these ids), in order of id."""
        ...

    def facts_of(self, entity_ids: Sequence[str], filter: FactFilter = ...) -> list[Fact]:
        """Return the facts that have one of the entities as subject or object, in order of id."""
        ...

    def edges_of(self, entity_ids: Sequence[str], most: int, filter: FactFilter = ...) -> list[Edge]:
        """Return what `facts_of` does, in brief, in order of id; of the facts on one side of an entity the `most` surest."""
        ...

    def names(self, entity_ids: Sequence[str]) -> dict[str, str]:
        """Return the names of these entities, also of former ones, by id."""
        ...

    def search_facts(self, query: str, limit: int, filter: FactFilter = ...) -> list[tuple[str, float]]:
        """Return ids of facts by full-text search (BM25) over them as sentences, best first; any text is a legal query."""
        ...

    def search_chunks(self, query: str, limit: int, filter: FactFilter = EVERYTHING) -> list[tuple[str, float]]:
        """Return ids of chunks by full-text search (BM25), best first; any text is legal. The filter: sources, types."""
        ...

    def nearest(self, kind: str, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Return ids of the nearest chunks, facts or entities (`kind`) by cosine similarity, best first.

        May be called from another thread, while other methods run in theirs.
        """
        ...

    def chunks_of(self, entity_ids: Sequence[str], most: int | None = None) -> list[tuple[str, str]]:
        """Return ``(entity id, chunk id)`` for every chunk that mentions one of the entities.

        With `most`, an entity that more chunks than that mention is left out.
        """
        ...

    def entities_in(self, chunk_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return ``(chunk id, entity id)`` for every entity that one of the chunks mentions."""
        ...

    def chunks(self, ids: Sequence[str], filter: FactFilter = EVERYTHING) -> dict[str, Chunk]:
        """Return chunks by id, those that the filter's sources and types admit."""
        ...

    def claims(self) -> Iterator[Claim]:
        """Iterate over the claims, in order of their triples' ids."""
        ...

    def counts(self) -> GraphCounts:
        """Count the entities and the facts believed now."""
        ...


class Provenance(Protocol):
    """Knows what facts rest on: the statements of sources, and the documents they stand in."""

    def triples(self, ids: Iterable[str]) -> list[Triple]:
        """Return triples by id, in order of id; unknown ids are left out."""
        ...

    def documents_by_id(self, ids: Iterable[str]) -> dict[str, Document]:
        """Return documents by id, without text and blocks."""
        ...

    def parameters(self) -> Parameters | None:
        """Return the fitted parameters, at least what they say of sources; `None` before anything was fitted."""
        ...


class GraphStore(GraphReader, Protocol):
    """Holds a fused graph with its history, and finds things in it."""

    def write(self, graph: FusedGraph, recorded_at: datetime) -> Changes:
        """Make `graph` the current one; only what changed is written, all of it in one transaction."""
        ...

    def missing_vectors(self, kind: str, model: str) -> list[tuple[str, str]]:
        """Return ``(id, text)`` of the chunks, facts or entities that have no vector of this model yet."""
        ...

    def put_vectors(self, kind: str, model: str, vectors: Sequence[tuple[str, Vectors]]) -> None:
        """Store vectors, replacing older ones."""
        ...


# ------------------------------------------------------------------------------------------------------------- retrieve


class Retriever(Protocol):
    """Finds facts and passages for a question, best first."""

    def retrieve(self, query: str, limit: int, filter: FactFilter = ...) -> list[Hit]: ...


class Progress(Protocol):
    """Is told how far long work has come."""

    def start(self, stage: str, total: int | None) -> None: ...

    def advance(self, stage: str, count: int = 1, detail: str = "") -> None: ...

    def finish(self, stage: str) -> None: ...


Paths = Iterable[Path | str]
