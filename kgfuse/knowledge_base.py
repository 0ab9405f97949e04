"""The Python face of kgfuse: a ledger, its graph, and everything one does with them.

with KnowledgeBase.open("kgfuse.db") as kb:
    kb.ingest(["./docs"])
    kb.ask("Who ran Acme in June 2021?").text
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from kgfuse import pipeline
from kgfuse.config import Settings, load_settings
from kgfuse.errors import Ambiguous, NotFound, UsageError
from kgfuse.extract import extractor_kind, extractor_version, make_extractor
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import export
from kgfuse.graph.queries import fold
from kgfuse.ledger import Counts, Ledger
from kgfuse.model import (
    Answer,
    Chunk,
    Citation,
    Document,
    Entity,
    Fact,
    FactStatus,
    Hit,
    Moment,
    Triple,
)
from kgfuse.ontology import Ontology, load_ontology
from kgfuse.pipeline import IngestSummary, Preview
from kgfuse.protocols import (
    Changes,
    Embedder,
    Extractor,
    FactFilter,
    GraphCounts,
    LanguageModel,
    Paths,
    Progress,
    Retriever,
    Usage,
)
from kgfuse.wording import fact_words

When = datetime | date | Moment | str
"""A point in time: a datetime (UTC when naive), a date, or ISO 8601 text; a period means its first instant."""

_HOLDING = (FactStatus.ACCEPTED, FactStatus.INFERRED)
_HELD = (*_HOLDING, FactStatus.SUPERSEDED)
_EVERY = (*_HELD, FactStatus.DISPUTED, FactStatus.RETRACTED)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement that speaks for or against a fact, and the document (without text) that makes it."""

    triple: Triple
    document: Document


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a fact has its status: in words, and with every statement for and against it, earliest document first."""

    fact: Fact
    words: str
    supporting: tuple[Statement, ...]
    opposing: tuple[Statement, ...]
    premises: tuple[tuple[Fact, str], ...]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting a document removed (attachments included) and how the graph changed."""

    documents: tuple[Document, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class Status:
    """What a knowledge base holds."""

    path: Path
    ledger: Counts
    graph: GraphCounts
    size: int


class KnowledgeBase:
    """A ledger and the graph that follows from it. Any method may raise a leaf of LedgerError.

    Not for several threads at once; open one per thread, the file may be shared.
    """

    def __init__(
        self,
        settings: Settings,
        ontology: Ontology,
        ledger: Ledger,
        graph: EmbeddedGraphStore,
        model: LanguageModel | None = None,
    ) -> None:
        self.settings = settings
        self.ontology = ontology
        self.ledger = ledger
        self.graph = graph
        self._given_model = model

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        settings: Settings | None = None,
        read_only: bool = False,
        model: LanguageModel | None = None,
    ) -> KnowledgeBase:
        """Open the knowledge base at `path` (default: the setting `kb`), making it unless `read_only`.

        `settings` default to those of the environment and of ``kgfuse.toml``; `model` replaces the configured LLM.
        Raises ConfigurationError, OntologyError, NotFound (nothing to read) or a leaf of LedgerError.
        """
        settings = settings or load_settings()
        path = Path(path) if path is not None else settings.kb
        ontology = load_ontology(settings.ontology)
        ledger = Ledger.open(path, read_only=read_only)
        try:
            graph = EmbeddedGraphStore.open(path, read_only=read_only)
        except BaseException:
            ledger.close()
            raise
        return cls(settings, ontology, ledger, graph, model)

    def close(self) -> None:
        """Close the file and the connection to the LLM server."""
        model = self.__dict__.get("_model")
        if model is not None and hasattr(model, "close"):
            model.close()
        self.graph.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -------------------------------------------------------------------------------------------------------- writing

    def ingest(self, paths: Paths | Path | str, *, progress: Progress | None = None) -> IngestSummary:
        """Read files, folders and globs, extract what is new, and bring the graph up to date.

        A file known by size and time, or by its bytes, is not read again. What cannot be read is in the summary's
        `failures` and stops nothing. Raises PathMissing, and leaves of LanguageModelError once the server fails for good:
        what was done until then is kept.
        """
        paths = [paths] if isinstance(paths, Path | str) else list(paths)
        return pipeline.ingest(
            self.ledger,
            self.graph,
            paths,
            self.settings,
            self.ontology,
            self._models,
            progress,
        )

    def forget(self, document: str) -> Forgotten:
        """Forget a document (by id, prefix of it, path or file name) and fuse again: as if it had never been read.

        Raises NotFound or Ambiguous.
        """
        removed = self.ledger.forget(self.ledger.find_document(document).id)
        return Forgotten(tuple(removed), self.refresh())

    def refresh(self) -> Changes:
        """Fuse the graph from the ledger again, if the ledger, the ontology or the fusion settings changed."""
        changes = pipeline.refresh(self.ledger, self.graph, self.settings, self.ontology)
        pipeline.embed(self.graph, self.settings, self._embedder)
        return changes

    # -------------------------------------------------------------------------------------------------------- reading

    def status(self) -> Status:
        """Count what is there."""
        return Status(self.ledger.path, self.ledger.counts(), self.graph.counts(), self.ledger.path.stat().st_size)

    def search(
        self,
        query: str,
        *,
        limit: int | None = None,
        as_of: When | None = None,
        known_at: When | None = None,
        mode: str = "hybrid",
        minimum_confidence: float = 0.0,
    ) -> list[Hit]:
        """Find facts and passages, best first; `mode` is hybrid, full_text, vector or graph."""
        filter = FactFilter(as_of=instant(as_of), known_at=instant(known_at), minimum_confidence=minimum_confidence)
        return self.retriever(mode).retrieve(query, limit or self.settings.retrieve.limit, filter)

    def ask(
        self, question: str, *, as_of: When | None = None, known_at: When | None = None, limit: int | None = None
    ) -> Answer:
        """Answer a question with citations, or abstain. `as_of` overrides a date in the question."""
        from kgfuse.retrieve import answer

        return answer(
            question,
            self.graph,
            self.ontology,
            self.retriever(),
            limit=limit or self.settings.retrieve.limit,
            cite=self.cite,
            filter=FactFilter(as_of=instant(as_of), known_at=instant(known_at)),
            model=self._model,
            embedder=self._embedder,
        )

    def retriever(self, mode: str = "hybrid") -> Retriever:
        """Return a retriever for RAG: ``retrieve(query, limit, FactFilter(as_of=…))`` gives hits, `cite` their places."""
        from kgfuse.retrieve import make_retriever

        return make_retriever(self.graph, self.settings.retrieve, mode, self._embedder)

    def entity(self, name: str) -> Entity:
        """Return the entity with this id (or a prefix of it), name or alias. Raises NotFound or Ambiguous."""
        known = self.graph.entity(name if name.startswith("entity:") else f"entity:{name}")
        if known is not None:
            return known
        found = self.graph.find_entities(name, 8)
        exact = [entity for entity, score in found if score == 1.0] or self._by_prefix(name)
        if not exact:  # 'Acme Energy' for 'Acme Energy AS', where nothing else begins so
            exact = [
                entity for entity, _ in found if any(fold(n).startswith(f"{fold(name)} ") for n in _names_of(entity))
            ]
        if len(exact) == 1:
            return exact[0]
        if exact:
            choices = "; ".join(f"{entity.id[:15]} {self.describe(entity)}" for entity in exact)
            raise Ambiguous(f"{name!r} names {len(exact)} entities: {choices}", hint="Give the id instead of the name.")
        near = ", ".join(entity.name for entity, _ in found[:3])
        raise NotFound(f"no entity is called {name!r}", hint=f"Did you mean {near}?" if near else None)

    def _by_prefix(self, text: str) -> list[Entity]:
        digits = text.removeprefix("entity:").lower()
        if len(digits) < 8 or set(digits) - set("0123456789abcdef"):
            return []
        return [entity for entity in self.graph.entities() if entity.id.startswith(f"entity:{digits}")]

    def describe(self, entity: Entity) -> str:
        """Return a few words that tell an entity from its namesakes: its type and what is best known of it."""
        facts = self.graph.facts_of([entity.id], FactFilter(statuses=_HELD))
        best = sorted((f for f in facts if f.subject == entity.id), key=lambda f: (-f.confidence, f.id))[:2]
        names = self.names(best)
        return f"{entity.name} ({'; '.join([entity.type or 'untyped', *(fact_words(f, names) for f in best)])})"

    def facts(
        self, entity: str, *, as_of: When | None = None, history: bool = False, relation: str | None = None
    ) -> list[Fact]:
        """Return the facts about an entity, in order of relation and time, those of open relations last.

        Without more: what holds now as far as is known. `as_of`: what held then. `history`: everything, also what was
        superseded, disputed or retracted. Raises NotFound or Ambiguous.
        """
        found = self.entity(entity)
        statuses = _EVERY if history else _HELD if as_of is not None else _HOLDING
        facts = self.graph.facts_of([found.id], FactFilter(as_of=instant(as_of), statuses=statuses, relation=relation))
        return sorted(
            facts, key=lambda fact: (fact.relation not in self.ontology.relations, *_by_relation_and_time(fact))
        )

    def conflicts(self) -> list[Fact]:
        """Return what somebody said and we do not believe, since it lost or tied against something else.

        The best supported first; each fact's `reason` says what it lost to. Bare denials are no conflict.
        """
        disputed = self.graph.facts(FactFilter(statuses=(FactStatus.DISPUTED,)))
        lost = (fact for fact in disputed if fact.opposed_by and fact.supported_by)
        return sorted(lost, key=lambda fact: (-fact.confidence, -len(fact.supported_by), fact.id))

    def why(self, fact: str) -> Explanation:
        """Explain a fact, given by its id or a prefix of it. Raises NotFound or Ambiguous."""
        found = self.graph.fact(fact)
        if found is None:
            raise NotFound(f"no fact {fact!r}", hint="`kgfuse facts ENTITY` and `kgfuse search` show the ids of facts.")
        premises = list(self.graph.facts(ids=found.premises)) if found.premises else []
        names = self.names([found, *premises])
        return Explanation(
            found,
            fact_words(found, names),
            self._statements(found.supported_by),
            self._statements(found.opposed_by),
            tuple((premise, fact_words(premise, names)) for premise in premises),
        )

    def _statements(self, triple_ids: Sequence[str]) -> tuple[Statement, ...]:
        triples = self.ledger.triples(triple_ids)
        documents = self.ledger.documents_by_id(triple.evidence.document_id for triple in triples)
        found = [Statement(triple, documents[triple.evidence.document_id]) for triple in triples]
        return tuple(sorted(found, key=_by_date))

    def cite(self, item: Fact | Chunk) -> tuple[Citation, ...]:
        """Return the places that carry a fact (the most confident reading first) or a chunk."""
        if isinstance(item, Chunk):
            document = self.ledger.documents_by_id([item.document_id]).get(item.document_id)
            if document is None:
                return ()
            place = (item.start, item.end, item.text, item.page)
            return (Citation(item.document_id, document.uri, document.title, *place),)
        supported_by = item.supported_by or tuple(
            triple for premise in self.graph.facts(ids=item.premises) for triple in premise.supported_by
        )
        citations: dict[tuple[str, int, int], Citation] = {}
        best = sorted(self._statements(supported_by), key=lambda said: (-said.triple.confidence, _by_date(said)))
        for said in best:
            where = said.triple.evidence
            citations.setdefault(
                (where.document_id, where.start, where.end),
                Citation(
                    where.document_id,
                    said.document.uri,
                    said.document.title,
                    where.start,
                    where.end,
                    where.quote,
                    where.page,
                ),
            )
        return tuple(citations.values())

    def names(self, facts: Sequence[Fact]) -> dict[str, str]:
        """Return the names of the entities in these facts, by id."""
        ids = {fact.subject for fact in facts} | {fact.object for fact in facts if isinstance(fact.object, str)}
        return {entity.id: entity.name for entity in self.graph.entities(sorted(ids))}

    def export(self, format: str, out: Path | TextIO) -> None:
        """Write the graph as graphml, jsonl (the canonical dump), csv (into a folder) or cypher. Raises UsageError."""
        export(self.graph, format, out)

    # --------------------------------------------------------------------------------------------------------- stages

    @cached_property
    def _model(self) -> LanguageModel | None:
        if self._given_model is not None or self.settings.llm.model is None:
            return self._given_model
        from kgfuse.llm.client import OpenAIModel

        cache = self.ledger.reply_cache() if os.access(self.ledger.path, os.W_OK) else None
        return OpenAIModel(self.settings.llm, cache)

    @property
    def _models(self) -> pipeline.Models:
        return pipeline.Models(
            self._make_extractor,
            extractor_version(self.settings, self.ontology),
            self._embedder,
            lambda: self._model.usage() if self._model else Usage(),
        )

    def _make_extractor(self) -> tuple[Extractor, bool]:
        remote = extractor_kind(self.settings) == "llm"
        return make_extractor(self.settings, self.ontology, self._model if remote else None), remote

    @cached_property
    def _loaded_embedder(self) -> Embedder:
        from kgfuse.embedding import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(self.settings.embedding)

    @property
    def _embedder(self) -> Callable[[], Embedder]:
        return lambda: self._loaded_embedder


def preview(paths: Paths, settings: Settings, progress: Progress | None = None) -> Preview:
    """Say what `ingest` would do, in files, chunks, LLM requests, tokens and money; write nothing. Raises PathMissing."""
    ontology = load_ontology(settings.ontology)
    recipe = pipeline.recipe_of(settings, extractor_version(settings, ontology))
    estimate = None
    if extractor_kind(settings) == "llm":
        from kgfuse.extract import estimate as costs

        estimate = partial(costs.estimate, ontology=ontology)
    if not settings.kb.exists():
        return pipeline.preview(None, paths, settings, recipe, estimate, progress)
    with Ledger.open(settings.kb, read_only=True) as ledger:
        return pipeline.preview(ledger, paths, settings, recipe, estimate, progress)


def instant(when: When | None) -> datetime | None:
    """Return a point in time as a UTC instant. Raises UsageError."""
    if when is None or isinstance(when, datetime):
        return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)
    if isinstance(when, date):
        return datetime(when.year, when.month, when.day, tzinfo=UTC)
    if isinstance(when, Moment):
        return when.at
    try:
        return Moment.parse(when).at
    except (ValueError, OverflowError) as error:
        raise UsageError(str(error), hint="Write a date as 2021, 2021-06 or 2021-06-03.") from error


def _names_of(entity: Entity) -> tuple[str, ...]:
    return (entity.name, *entity.aliases)


def _by_relation_and_time(fact: Fact) -> tuple[str, bool, str, str]:
    start = fact.validity.valid_from
    return (fact.relation, start is not None, str(start or ""), fact.id)


def _by_date(said: Statement) -> tuple[bool, str, str]:
    when = said.document.published_at
    return (when is None, str(when or ""), said.triple.id)
