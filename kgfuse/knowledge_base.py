"""The Python face of kgfuse: a ledger, its graph, and everything one does with them.

with KnowledgeBase.open("kgfuse.db") as kb:
    kb.ingest(["./docs"])
    kb.ask("Who ran Acme in June 2021?").text
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kgfuse import pipeline
from kgfuse.asked import When, instant
from kgfuse.citing import Statement
from kgfuse.config import Settings, load_settings, with_seeds
from kgfuse.errors import ConfigurationError, NotFound
from kgfuse.extract import extractor_kind, extractor_version, make_extractor
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.keeping import Fitting, Keeper
from kgfuse.knowledge_decisions import KnowledgeDecisions
from kgfuse.knowledge_view import Explanation
from kgfuse.ledger import Counts, Ledger
from kgfuse.model import Document, Entity, Fact, FactStatus
from kgfuse.ontology import Ontology, load_ontology
from kgfuse.pipeline import IngestSummary, Preview
from kgfuse.protocols import (
    Changes,
    Extractor,
    FactFilter,
    GraphCounts,
    LanguageModel,
    Paths,
    Progress,
    ReplyCache,
    Usage,
)

if TYPE_CHECKING:
    from kgfuse.document_graph import MetadataFact
    from kgfuse.drafting import Coverage, Draft
    from kgfuse.graph.neo4j.bulk import BulkSummary
    from kgfuse.graph.neo4j.push import PushSummary
    from kgfuse.llm.batch import BatchReport
    from kgfuse.proposing import Proposed
    from kgfuse.seeding import Survey

__all__ = [
    "Explanation",
    "Forgotten",
    "KnowledgeBase",
    "Statement",
    "Status",
    "When",
    "instant",
    "preview",
]


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


class KnowledgeBase(KnowledgeDecisions):
    """A ledger and the graph that follows from it. Any method may raise a leaf of LedgerError.

    Not for several threads at once; open one per thread, the file may be shared.
    """

    graph: EmbeddedGraphStore

    def __init__(
        self,
        settings: Settings,
        ontology: Ontology,
        ledger: Ledger,
        graph: EmbeddedGraphStore,
        model: LanguageModel | None = None,
    ) -> None:
        super().__init__(with_seeds(settings, ledger.seeds), ontology, graph, ledger, model)
        self._given_settings = settings
        self.ledger = ledger
        self._keeper = Keeper(graph)

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

    # -------------------------------------------------------------------------------------------------------- writing

    def ingest(self, paths: Paths | Path | str, *, progress: Progress | None = None) -> IngestSummary:
        """Read files, folders and globs, extract what is new, and bring the graph up to date.

        A file known by size and time, or by its bytes, is not read again. What cannot be read is in the summary's
        `failures` and stops nothing. Raises PathMissing, and leaves of LanguageModelError once the server fails for good:
        what was done until then is kept.
        """
        paths = [paths] if isinstance(paths, Path | str) else list(paths)
        summary = pipeline.ingest(
            self.ledger,
            self.graph,
            paths,
            self.settings,
            self.ontology,
            self._models,
            progress,
        )
        if self.settings.fuse.ask_model and self._model is not None and summary.changes.any:
            self.advise_entities()
        return summary

    def ask_in_batches(self, paths: Paths | Path | str, *, progress: Progress | None = None) -> BatchReport:
        """Collect what finished batches answered and submit what an ingest of `paths` would still have to ask.

        Once its `waiting` is empty, `ingest` finds the replies in the ledger. Raises ConfigurationError without an LLM,
        PathMissing, and leaves of LanguageModelError.
        """
        from kgfuse.batching import ask_in_batches

        paths = [paths] if isinstance(paths, Path | str) else list(paths)
        return ask_in_batches(self.ledger, paths, self.settings, self.ontology, progress)

    def metadata(self, document: str | None = None, *, names: Sequence[str] = ()) -> list[MetadataFact]:
        """Return what files say of themselves (who sent a mail to whom, when, what it answers), with the line that says so.

        Of one document (as `forget` takes it) or of all, under these names or any. Raises NotFound or Ambiguous.
        """
        from kgfuse.document_graph import metadata

        id = self.ledger.find_document(document).id if document is not None else None
        return metadata(self.ledger, id, names)

    def forget(self, document: str) -> Forgotten:
        """Forget a document (by id, prefix of it, path or file name) and fuse again: as if it had never been read.

        An archive is forgotten with all that it holds, and a document that only earlier states of a file held, too. Raises
        NotFound or Ambiguous.
        """
        try:
            removed = self.ledger.forget(self.ledger.find_document(document).id)
        except NotFound:
            removed = self.ledger.forget_file(document)
        return Forgotten(tuple(removed), self.refit())  # what was learned from it goes, too

    def refresh(self) -> Changes:
        """Fuse the graph from the ledger again, if the ledger, the ontology or the fusion settings changed."""
        return self._refresh(refit=False)

    def refit(self) -> Changes:
        """Fit the parameters of fusion anew and fuse again: the graph then depends on nothing but the ledger.

        Happens by itself with every change of a small ledger, and when a large one has grown (`FuseSettings.refit_growth`).
        """
        return self._refresh(refit=True)

    def _refresh(self, *, refit: bool) -> Changes:
        changes = pipeline.refresh(
            self.ledger,
            self.graph,
            self.settings,
            self.ontology,
            fitting=Fitting(self._embedder, self._keeper, refit),
        )
        pipeline.embed(self.graph, self.settings, self._embedder)
        return changes

    def topics(
        self, paths: Paths | Path | str | None = None, *, given: Sequence[str] = (), progress: Progress | None = None
    ) -> Survey:
        """Find what the documents are about and choose seed entities; `given` names are seeds in any case.

        Looks at the files in `paths`, which need not be in the knowledge base, or else at what is there. Takes seconds to
        minutes: passages are embedded and clustered. Raises PathMissing and ModelError.
        """
        from kgfuse import seeding

        if isinstance(paths, Path | str):
            paths = [paths]
        chunks = (
            seeding.chunks_of_files(paths, self.settings, progress) if paths else seeding.chunks_of_ledger(self.ledger)
        )
        return seeding.survey(list(chunks), self.settings, self._embedder, given, progress)

    def keep_seeds(self, seeds: Sequence[str]) -> None:
        """Let these names guide extraction from now on, in place of those kept before: files are then read again.

        With an LLM only the passages are paid for again in or beside which a name stands that was not asked for before.
        """
        self.ledger.put_seeds(seeds)
        self.settings = with_seeds(self._given_settings, seeds)

    def known_terms(self, survey: Survey) -> dict[str, Entity]:
        """Return the seeds that are the name or an alias of an entity of the graph, each with the most mentioned one."""
        from kgfuse.extract.seeds import key_of

        found = {}
        for seed in survey.seeds:
            named = [
                entity
                for entity, _ in self.graph.find_entities(seed, limit=10)
                if key_of(seed) in map(key_of, (entity.name, *entity.aliases))
            ]
            if named:
                found[seed] = max(named, key=lambda entity: (entity.mention_count, entity.id))
        return found

    def draft_ontology(self, *, llm: bool = False) -> Draft:
        """Propose relations and types that the documents use and the ontology lacks; with `llm`, named by the model.

        Raises ConfigurationError (no model is set) and leaves of LanguageModelError.
        """
        from kgfuse.drafting import draft
        from kgfuse.drafting.advice import advise

        entities = {entity.id: entity for entity in self.graph.entities()}
        found = draft(self.graph.facts(), entities, self.ontology)
        if not llm:
            return found
        if self._model is None:
            raise ConfigurationError("no model is set", hint="Set KGFUSE_LLM__MODEL, or draft without --llm.")
        return advise(found, self.ontology, self._model)

    def ontology_coverage(self, ontology: Ontology | None = None) -> Coverage:
        """Compare an ontology (default: the one in use) with the facts of the graph."""
        from kgfuse.drafting import coverage

        entities = {entity.id: entity for entity in self.graph.entities()}
        return coverage(self.graph.facts(), entities, ontology or self.ontology)

    def novel(self) -> list[Fact]:
        """Return the facts that no source states, the surest first: by the ontology, by learned rules, by an LLM."""
        facts = self.graph.facts(FactFilter(statuses=(FactStatus.INFERRED,)))
        return sorted(facts, key=lambda fact: (-fact.confidence, fact.id))

    def propose(self, limit: int) -> Proposed:
        """Ask the LLM about the `limit` most promising pairs of entities without a fact between them, and fuse again.

        What it concludes with quotes becomes `inferred` facts, never evidence. Raises ConfigurationError without an LLM, and
        leaves of LanguageModelError: what was answered until then is kept.
        """
        from kgfuse.proposing import propose, questions

        if self._model is None:
            raise ConfigurationError("no LLM is configured", hint="Set KGFUSE_LLM__MODEL and KGFUSE_LLM__BASE_URL.")
        try:
            return propose(self.ledger, questions(self.graph, self.ontology, limit), self.ontology, self._model)
        finally:
            self.refresh()

    def undo_proposal(self, id: str) -> Changes:
        """Withdraw what an LLM proposed, by its id or a prefix of it, and fuse again. Raises NotFound or Ambiguous."""
        self.ledger.revoke_proposal(id, datetime.now(UTC))
        return self.refresh()

    def push(self, *, to: str | None = None, verify: bool = False, progress: Progress | None = None) -> PushSummary:
        """Bring Neo4j (the settings ``neo4j``, at the address `to` if given) up to date with the graph.

        Only what changed since the last push is written. `verify` compares what is there element by element and puts it
        right. Raises ConfigurationError or a leaf of GraphStoreError; the ledger is whole in any case, and the next push
        goes on.
        """
        from kgfuse.graph.neo4j.push import push

        settings = self.settings.neo4j
        target = settings.model_copy(update={"uri": to}) if to else settings
        return push(self.ledger.path, self.ontology, target, verify=verify, progress=progress)

    def write_bulk(self, folder: Path, *, progress: Progress | None = None) -> BulkSummary:
        """Write the graph as files for ``neo4j-admin database import``: for a first load of millions. Raises UsageError."""
        from kgfuse.graph.neo4j.bulk import write_bulk

        return write_bulk(self.ledger.path, self.ontology, self.settings.neo4j, folder, progress)

    # -------------------------------------------------------------------------------------------------------- reading

    def status(self) -> Status:
        """Count what is there."""
        return Status(self.ledger.path, self.ledger.counts(), self.graph.counts(), self.ledger.path.stat().st_size)

    # --------------------------------------------------------------------------------------------------------- stages

    def _reply_cache(self) -> ReplyCache | None:
        return self.ledger.reply_cache() if os.access(self.ledger.path, os.W_OK) else None

    @property
    def _models(self) -> pipeline.Models:
        return pipeline.Models(
            self._make_extractor,
            extractor_version(self.settings, self.ontology),
            self._embedder,
            lambda: self._model.usage() if self._model else Usage(),
            self._keeper,
        )

    def _make_extractor(self) -> tuple[Extractor, bool]:
        remote = extractor_kind(self.settings) == "llm"
        return make_extractor(self.settings, self.ontology, self._model if remote else None), remote


def preview(paths: Paths, settings: Settings, progress: Progress | None = None) -> Preview:
    """Say what `ingest` would do, in files, chunks, LLM requests, tokens and money; write nothing. Raises PathMissing."""
    ontology = load_ontology(settings.ontology)
    recipe = pipeline.recipe_of(settings, extractor_version(settings, ontology))
    estimate = None
    if extractor_kind(settings) == "llm":
        from kgfuse.extract import estimate as costs

        estimate = partial(costs.estimate, ontology=ontology, settings=settings.llm)
    if not settings.kb.exists():
        return pipeline.preview(None, paths, settings, recipe, estimate, progress)
    with Ledger.open(settings.kb, read_only=True) as ledger:
        settings = with_seeds(settings, ledger.seeds)
        recipe = pipeline.recipe_of(settings, extractor_version(settings, ontology))
        return pipeline.preview(ledger, paths, settings, recipe, estimate, progress)
