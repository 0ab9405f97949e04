"""Everything that can be asked of a knowledge base, wherever its graph stands.

with KnowledgeView.connect("neo4j://localhost:7687") as view:
    view.ask("Who ran Acme in June 2021?").text
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, TypeVar, Unpack

from kgfuse.asked import Narrowing, When, how_many, instant, narrowed, text_asked
from kgfuse.citing import Statement, by_date, places
from kgfuse.config import Settings, load_settings
from kgfuse.errors import Ambiguous, NotFound, UsageError
from kgfuse.graph.export import export
from kgfuse.graph.queries import fold
from kgfuse.model import (
    Answer,
    Chunk,
    Citation,
    Entity,
    Fact,
    FactStatus,
    Hit,
)
from kgfuse.ontology import Ontology, load_ontology
from kgfuse.protocols import (
    Embedder,
    FactFilter,
    GraphReader,
    LanguageModel,
    Provenance,
    ReplyCache,
    Reranker,
    Retriever,
)
from kgfuse.view_thread import ViewThread
from kgfuse.wording import fact_words

if TYPE_CHECKING:
    from kgfuse.protocols import Progress
    from kgfuse.retrieve.themes import Theme
    from kgfuse.retrieve.written import Room
    from kgfuse.translating import Translation

R = TypeVar("R")

_MOST_PLACES = 3
"""Places that a hit is given with; `KnowledgeView.cite` gives all."""

_NEVER = datetime.max.replace(tzinfo=UTC)

_HOLDING = (FactStatus.ACCEPTED, FactStatus.INFERRED)
_HELD = (*_HOLDING, FactStatus.SUPERSEDED)
_EVERY = (*_HELD, FactStatus.DISPUTED, FactStatus.RETRACTED)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a fact has its status: in words, and with every statement for and against it, earliest document first."""

    fact: Fact
    words: str
    supporting: tuple[Statement, ...]
    opposing: tuple[Statement, ...]
    premises: tuple[tuple[Fact, str], ...]


class KnowledgeView:
    """A graph, the statements it rests on, and everything one asks of them. Any method may raise a leaf of LedgerError or
    GraphStoreError, as the graph stands in a ledger's file or in Neo4j.
    """

    def __init__(
        self,
        settings: Settings,
        ontology: Ontology,
        graph: GraphReader,
        provenance: Provenance,
        model: LanguageModel | None = None,
    ) -> None:
        self.settings = settings
        self.ontology = ontology
        self.graph: GraphReader = graph
        self.provenance = provenance
        self._given_model = model
        self._opened_in = threading.get_ident()
        self._elsewhere = ViewThread(self._second_reader)
        self._lender: KnowledgeView | None = None  # of models, which are loaded once

    @classmethod
    def connect(
        cls,
        uri: str | None = None,
        *,
        kb: str | None = None,
        settings: Settings | None = None,
        model: LanguageModel | None = None,
    ) -> KnowledgeView:
        """Read a knowledge base that was pushed to Neo4j, without its ledger.

        `uri` (such as ``neo4j://localhost:7687``, or with the name, ``neo4j://localhost:7687/NAME``) and `kb`, the name,
        default to the settings ``neo4j.uri`` and ``neo4j.kb``; user, password and database are those of the settings, and
        so are the ontology and the embedding model, which must be those that the graph was made with. Raises
        UsageError, ConfigurationError, OntologyError, NotFound (nothing of this name there) or a leaf of GraphStoreError.
        """
        from kgfuse.graph.neo4j.address import parse_address
        from kgfuse.graph.neo4j.reader import Neo4jGraph

        settings = settings or load_settings()
        target = settings.neo4j
        if uri is not None:
            address = parse_address(uri)
            target = target.model_copy(update={"uri": address.uri, "kb": address.kb or target.kb})
        ontology = load_ontology(settings.ontology)
        graph = Neo4jGraph.open(target, kb or target.kb or settings.kb.stem)
        return KnowledgeView(settings, ontology, graph, graph, model)

    def close(self) -> None:
        """Close the graph, what it rests on, and the connection to the LLM server."""
        held = {id(item): item for item in (self.__dict__.get("_model"), self.graph, self.provenance)}
        self._elsewhere.close()
        for item in held.values():
            if item is not None and hasattr(item, "close"):
                item.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait_for(self, call: Callable[[KnowledgeView], R]) -> R:
        """Ask from whichever thread: ``kb.wait_for(lambda view: view.search("Acme"))``.

        What is read from a file belongs to the thread that opened it; any other is answered, in turn, by a second reader of
        the file in a thread of its own, which this view closes with itself.
        """
        from kgfuse.graph import EmbeddedGraphStore

        if threading.get_ident() == self._opened_in or not isinstance(self.graph, EmbeddedGraphStore):
            return call(self)
        return self._elsewhere.run(call)

    def _second_reader(self) -> KnowledgeView:
        from kgfuse.graph import EmbeddedGraphStore
        from kgfuse.ledger import Ledger

        assert isinstance(self.graph, EmbeddedGraphStore)
        ledger = Ledger.open(self.graph.path, read_only=True)
        try:
            graph = EmbeddedGraphStore.open(self.graph.path, read_only=True)
        except BaseException:
            ledger.close()
            raise
        reader = KnowledgeView(self.settings, self.ontology, graph, ledger, self._given_model)
        reader._lender = self
        return reader

    def search(
        self, query: str, *, limit: int | None = None, mode: str | None = None, **narrow: Unpack[Narrowing]
    ) -> list[Hit]:
        """Find facts and passages, best first; `mode` is auto, hybrid, full_text, vector, graph or pagerank.

        It defaults to the setting ``retrieve.mode``, as `limit` to ``retrieve.limit``.

        `as_of`: what held in the world then; `known_at`: what was believed then. `sources`: only what was read in documents
        whose source or URI holds one of these texts (``author:Jane Roe``, ``/mails/``). `types`: only what is about entities
        of these types or of their subtypes. `statuses` (default: all but retracted), `relation`, `minimum_confidence` and
        `known_at` are about facts: with any of them no passage is found.
        Raises UsageError (an empty query, a limit below 1, no such status) and NotFound for a type that the ontology lacks.
        """
        filter = narrowed(self.ontology, **narrow)
        most = how_many(limit, self.settings.retrieve.limit)
        return self._placed(self.retriever(mode).retrieve(text_asked(query, "query"), most, filter), filter.sources)

    def _placed(self, hits: Sequence[Hit], sources: Sequence[str]) -> list[Hit]:
        """The hits with the places where they were read, and with their paths in words."""
        cited = places([hit.item for hit in hits], sources, self.graph, self.provenance)
        names = self.names([fact for hit in hits for fact in hit.path])
        return [
            replace(hit, path_words=tuple(fact_words(fact, names) for fact in hit.path), citations=found[:_MOST_PLACES])
            for hit, found in zip(hits, cited, strict=True)
        ]

    def ask(self, question: str, *, limit: int | None = None, **narrow: Unpack[Narrowing]) -> Answer:
        """Answer a question with citations, or abstain. `as_of` overrides a date in the question.

        The others narrow what the answer may rest on and cite, as in `search`, and raise the same errors.
        """
        from kgfuse.retrieve import answer

        filter = narrowed(self.ontology, **narrow)
        found = answer(
            text_asked(question, "question"),
            self.graph,
            self.ontology,
            self.retriever(),
            limit=how_many(limit, self.settings.retrieve.limit),
            cite=partial(self.cite, sources=filter.sources),
            filter=filter,
            model=self._model,
            embedder=self._embedder,
            room=self._room() if self._model else None,
        )
        return replace(found, hits=tuple(self._placed(found.hits, filter.sources)))

    def _room(self) -> Room:
        from kgfuse.ingest import token_counter
        from kgfuse.retrieve.written import Room

        return Room(self.settings.retrieve.context_tokens, token_counter(self.settings.tokenizer).counts)

    def ask_in_cypher(
        self, question: str, *, limit: int = 100, seconds: float = 30.0, progress: Progress | None = None
    ) -> Translation:
        """Have the LLM turn a question into Cypher that only reads, run it and return the query with its rows.

        Raises what `kgfuse.translating.translate` raises.
        """
        from kgfuse.translating import translate

        return translate(
            self.settings, self.ontology, self._model, question, limit=limit, seconds=seconds, progress=progress
        )

    def themes(self, *, limit: int = 10, as_of: When | None = None, known_at: When | None = None) -> list[Theme]:
        """Tell what all of it is about: communities of the graph, the one with most weight first.

        With an LLM it writes their summaries, which are checked, and are asked again only where facts have changed. Raises
        leaves of LanguageModelError.
        """
        from kgfuse.retrieve.themes import themes

        filter = FactFilter(as_of=instant(as_of), known_at=instant(known_at))
        return themes(self.graph, self.ontology, self.cite, filter, limit=how_many(limit, 10), model=self._model)

    def retriever(self, mode: str | None = None) -> Retriever:
        """Return a retriever for RAG: ``retrieve(query, limit, FactFilter(as_of=…))`` gives hits, `cite` their places.

        `mode` as in `search`.
        """
        from kgfuse.retrieve import make_retriever

        settings = self.settings.retrieve
        return make_retriever(self.graph, settings, mode or settings.mode, self._embedder, self._reranker)

    def entity(self, name: str, *, past: bool = False) -> Entity:
        """Return the entity with this id (or a prefix of it), name or alias. Raises NotFound or Ambiguous.

        With `past`, one that is no more while the history tells of it, where none that there is now is called so.
        """
        id = name if name.startswith("entity:") else f"entity:{name}"
        known = self.graph.entity(id) or (next(self.graph.entities([id]), None) if past else None)
        if known is not None:
            return known
        found = self.graph.find_entities(name, 8)
        exact = [entity for entity, score in found if score == 1.0] or self._by_prefix(name)
        if not exact:  # 'Acme Energy' for 'Acme Energy AS', where nothing else begins so
            exact = [
                entity for entity, _ in found if any(fold(n).startswith(f"{fold(name)} ") for n in _names_of(entity))
            ]
        if not exact and past:
            exact = self._former(name)[:1]
        if len(exact) == 1:
            return exact[0]
        if exact:
            choices = "; ".join(f"{entity.id[:15]} {self.describe(entity)}" for entity in exact)
            raise Ambiguous(f"{name!r} names {len(exact)} entities: {choices}", hint="Give the id instead of the name.")
        near = ", ".join(entity.name for entity, _ in found[:3])
        raise NotFound(f"no entity is called {name!r}", hint=f"Did you mean {near}?" if near else None)

    def _former(self, name: str) -> list[Entity]:
        """Entities that are no more and were called so: the same thing, before a file that names it changed."""
        found = self.graph.find_entities(name, 50, past=True)
        return [one for one, score in found if score == 1.0 and self.graph.entity(one.id) is None]

    def _by_prefix(self, text: str) -> list[Entity]:
        digits = text.removeprefix("entity:").lower()
        if len(digits) < 8 or set(digits) - set("0123456789abcdef"):
            return []
        start = f"entity:{digits}"  # of the entity, or of one that was merged into it
        return [one for one in self.graph.entities() if any(id.startswith(start) for id in (one.id, *one.members))]

    def describe(self, entity: Entity) -> str:
        """Return a few words that tell an entity from its namesakes: its type and what is best known of it."""
        best = self._best_known(entity, _HELD)
        disputed = [] if best else self._best_known(entity, (FactStatus.DISPUTED,))
        names = self.names([*best, *disputed])
        told = [fact_words(fact, names) for fact in best] + [f"disputed: {fact_words(f, names)}" for f in disputed]
        return f"{entity.name} ({'; '.join([entity.type or 'untyped', *told])})"

    def _best_known(self, entity: Entity, statuses: tuple[FactStatus, ...]) -> list[Fact]:
        facts = self.graph.facts_of([entity.id], FactFilter(statuses=statuses))
        return sorted((f for f in facts if f.subject == entity.id), key=lambda f: (-f.confidence, f.id))[:2]

    def facts(self, entity: str, *, history: bool = False, **narrow: Unpack[Narrowing]) -> list[Fact]:
        """Return the facts about an entity, in order of relation and time, those of open relations last.

        Without more: what holds now as far as is known. `as_of`: what held then; `known_at`: what we believed then.
        `history`: everything, also what was superseded, disputed or retracted; `statuses` says which instead. The others
        narrow as in `search`. Of the past, also facts of former entities of the same name. Raises UsageError, NotFound or
        Ambiguous.
        """
        usual = _EVERY if history else _HELD if narrow.get("as_of") is not None else _HOLDING
        asked: Narrowing = {**narrow, "statuses": narrow.get("statuses") or usual}
        filter = narrowed(self.ontology, **asked)
        found = self.entity(entity, past=filter.past)
        facts = self.graph.facts_of([found.id], filter)
        by_id = entity.removeprefix("entity:").startswith(found.id.removeprefix("entity:")[:8])
        if filter.past and not by_id:
            facts += self._facts_before(found, facts, filter)
        return sorted(
            facts, key=lambda fact: (fact.relation not in self.ontology.relations, *_by_relation_and_time(fact))
        )

    def _facts_before(self, entity: Entity, known: Sequence[Fact], filter: FactFilter) -> list[Fact]:
        """The facts of former entities of the same name: this one, before a file that names it changed. Raises Ambiguous.

        What was believed of two of them at one time is about two things.
        """
        former = [one.id for one in self._former(entity.name) if one.id != entity.id]
        before = {id: [f for f in self.graph.facts_of([id], filter) if id in (f.subject, f.object)] for id in former}
        if _at_one_time([known, *before.values()]):
            told = [id for id, facts in {entity.id: known, **before}.items() if facts]
            raise Ambiguous(
                f"{entity.name!r} named {len(told)} things then: {'; '.join(id[:15] for id in told)}",
                hint="Give the id instead of the name.",
            )
        return [fact for facts in before.values() for fact in facts]

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
            self._weighed(found.relation, self._statements(found.supported_by)),
            self._weighed(found.relation, self._statements(found.opposed_by)),
            tuple((premise, fact_words(premise, names)) for premise in premises),
        )

    def _weighed(self, relation: str, statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
        """Statements of one side with what was learned of their sources."""
        from kgfuse.fuse.support import Trust

        parameters = self.provenance.parameters()
        if parameters is None:
            return statements
        trust = Trust.of(parameters)
        beside = {said.document.source for said in statements}
        return tuple(
            replace(
                said,
                reliability=trust.in_relation(said.document.source, relation),
                copies=tuple(sorted(beside & trust.dependence.get(said.document.source, {}).keys())),
            )
            for said in statements
        )

    def _statements(self, triple_ids: Sequence[str]) -> tuple[Statement, ...]:
        triples = self.provenance.triples(triple_ids)
        documents = self.provenance.documents_by_id(triple.evidence.document_id for triple in triples)
        found = [Statement(triple, documents[triple.evidence.document_id]) for triple in triples]
        return tuple(sorted(found, key=by_date))

    def cite(self, item: Fact | Chunk, *, sources: Sequence[str] = ()) -> tuple[Citation, ...]:
        """Return the places that carry a fact (the most confident reading first) or a chunk.

        `sources` as in `search`: only places in documents of these. A fact's status and dates are the graph's, which weighed
        all of its sources.
        """
        return places([item], sources, self.graph, self.provenance)[0]

    def names(self, facts: Sequence[Fact]) -> dict[str, str]:
        """Return the names of the entities in these facts, by id."""
        ids = {fact.subject for fact in facts} | {fact.object for fact in facts if isinstance(fact.object, str)}
        return {entity.id: entity.name for entity in self.graph.entities(sorted(ids))}

    def export(self, format: str, out: Path | TextIO) -> None:
        """Write the graph as graphml, jsonl (the canonical dump), csv (into a folder) or cypher. Raises UsageError.

        ``browser`` writes, into a folder, what Neo4j Browser shows it with: a style sheet and saved queries.
        """
        if format == "browser":
            from kgfuse.graph.neo4j.browser import write_files

            if not isinstance(out, Path):
                raise UsageError("browser is two files and needs a folder", hint="Add --out FOLDER.")
            write_files(out, self.ontology)
            return
        export(self.graph, format, out)

    # --------------------------------------------------------------------------------------------------------- models

    @cached_property
    def _model(self) -> LanguageModel | None:
        if self._given_model is not None or self.settings.llm.model is None:
            return self._given_model
        from kgfuse.llm.client import OpenAIModel

        return OpenAIModel(self.settings.llm, self._reply_cache())

    def _reply_cache(self) -> ReplyCache | None:
        """Where replies of the LLM are kept; nowhere, without a ledger that may be written."""
        return None

    @cached_property
    def _loaded_embedder(self) -> Embedder:
        if self._lender is not None:
            return self._lender._loaded_embedder
        from kgfuse.embedding import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(self.settings.embedding)

    @property
    def _embedder(self) -> Callable[[], Embedder]:
        return lambda: self._loaded_embedder

    @cached_property
    def _loaded_reranker(self) -> Reranker:
        if self._lender is not None:
            return self._lender._loaded_reranker
        from kgfuse.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(self.settings.retrieve.cross_encoder or "")

    @property
    def _reranker(self) -> Callable[[], Reranker] | None:
        return (lambda: self._loaded_reranker) if self.settings.retrieve.cross_encoder else None


def _names_of(entity: Entity) -> tuple[str, ...]:
    return (entity.name, *entity.aliases)


def _at_one_time(several: Sequence[Sequence[Fact]]) -> bool:
    """Whether facts of two of these were believed at one time."""
    believed = sorted(
        (fact.recorded_at, fact.retracted_at or _NEVER, number)
        for number, facts in enumerate(several)
        for fact in facts
        if fact.recorded_at is not None
    )
    until: dict[int, datetime] = {}
    for start, end, number in believed:
        if any(other > start for one, other in until.items() if one != number):
            return True
        until[number] = max(end, until.get(number, start))
    return False


def _by_relation_and_time(fact: Fact) -> tuple[str, bool, str, str]:
    start = fact.validity.valid_from
    return (fact.relation, start is not None, str(start or ""), fact.id)
