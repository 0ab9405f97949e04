"""The part of a knowledge base that takes decisions: who is who, and what an LLM advises."""

from __future__ import annotations

import heapq
from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kgfuse.errors import ConfigurationError, UsageError
from kgfuse.knowledge_view import KnowledgeView
from kgfuse.model import Advice, Entity, Fact, Judgement, MatchDecision
from kgfuse.protocols import Changes, LanguageModel, Notebook

if TYPE_CHECKING:
    from kgfuse.advising import PairAdvice, Reading
    from kgfuse.deciding import Decided, Decision, Desk, Question
    from kgfuse.fuse.decisions import Row
    from kgfuse.ledger import Ledger


class KnowledgeDecisions(KnowledgeView):
    """What a `KnowledgeBase` can be told about entities. Decisions are rows of the ledger: revocable, never overwritten."""

    ledger: Ledger

    @abstractmethod
    def refresh(self) -> Changes:
        """Fuse again what changed."""

    def entities(self, text: str | None = None, *, limit: int = 50) -> list[Entity]:
        """Return the entities that match a text, best first; without one the most mentioned."""
        if text is not None:
            return [entity for entity, _ in self.graph.find_entities(text, limit)]
        return heapq.nsmallest(limit, self.graph.entities(), key=lambda entity: (-entity.mention_count, entity.id))

    def questions(self, limit: int = 20) -> tuple[Question, ...]:
        """Return the pairs of names that may or may not be one thing and that nobody decided, the most worthwhile first.

        Resolves the whole ledger again to see where it hesitated: seconds, for large ones minutes.
        """
        return self._desk().questions(self.settings, self.ledger, limit)

    def answer(self, question: Question, judgement: Judgement | str, *, by: str = "person") -> None:
        """Record whether a pair is one thing (``same``, ``different``); `unsure` records nothing. `refresh` applies it."""
        from kgfuse.deciding import record

        rows = self._desk().rows_for(question, Judgement(judgement))
        if rows:
            record(self.ledger, rows, by)

    def merge(self, one: str, other: str, *, by: str = "person") -> Decided:
        """Decide that two entities (by name or id) are one, and fuse again. Raises NotFound, Ambiguous and UsageError."""
        from kgfuse.fuse.decisions import merging

        left, right = self.entity(one), self.entity(other)
        if left.id == right.id:
            raise UsageError(f"{one!r} and {other!r} are one entity already: {left.name}")
        return self._decide(merging(left.members, right.members, self._desk().standing), by)

    def split(self, entity: str, part: str, *, by: str = "person") -> Decided:
        """Decide that what an entity is called `part`, or what the document `part` calls so, is another; fuse again.

        Raises NotFound, Ambiguous and UsageError (it is the whole entity).
        """
        from kgfuse.fuse.decisions import taking_out

        desk = self._desk()
        inside, rest = desk.part_of(self.entity(entity), part, self.ledger)
        return self._decide(taking_out(inside, rest, desk.standing), by)

    def undo(self, decision: str | None = None) -> Decided:
        """Revoke a decision (by id or a prefix of it; without one the latest that stands) and fuse again.

        Raises NotFound, Ambiguous and UsageError (it was revoked before).
        """
        from kgfuse.deciding import find_decision, revoke

        return self._decided(revoke(self.ledger, find_decision(self.ledger, decision)))

    def decisions(self) -> list[Decision]:
        """Return every decision about entities, a person's or an LLM's, the revoked included, the latest first."""
        return self._desk().decisions()

    def advise_entities(self, *, limit: int = 40) -> list[PairAdvice]:
        """Let the LLM decide pairs in doubt, as `questions` gives them, and fuse again; a pair is asked about once.

        Raises ConfigurationError without a model, and leaves of LanguageModelError.
        """
        from kgfuse.advising import advise_pairs, adviser, as_shown
        from kgfuse.deciding import record

        model, notes = self._required_model(), self._reply_cache()
        notebook = notes if isinstance(notes, Notebook) else None
        desk = self._desk()
        advice = advise_pairs(desk.questions(self.settings, self.ledger, limit), model, notebook)
        for one in advice:
            record(self.ledger, desk.rows_as_shown(as_shown(one.question), one.judgement), adviser(model))
        if advice:
            self.refresh()
        return advice

    def advise_conflicts(self, *, limit: int = 40) -> list[Advice]:
        """Ask the LLM about the facts that lost or tied, and fuse again with what it says as slight evidence; once each.

        Raises ConfigurationError without a model, and leaves of LanguageModelError.
        """
        from kgfuse.advising import advise_conflicts

        model = self._required_model()
        conflicts = self._readings(limit)
        facts = [reading.fact for readings in conflicts for reading in readings]
        advice = advise_conflicts(conflicts, self.names(facts), model, self.ledger.advice())
        if advice:
            self.ledger.advise(*advice)
            self.refresh()
        return advice

    def advice(self) -> list[Advice]:
        """Return what an LLM said of conflicts, the revoked included."""
        return self.ledger.advice()

    def revoke_advice(self, id: str) -> Advice:
        """Withdraw what an LLM said of a conflict, and fuse again. Raises NotFound or Ambiguous."""
        withdrawn = self.ledger.revoke_advice(id, datetime.now(UTC))
        self.refresh()
        return withdrawn

    def _required_model(self) -> LanguageModel:
        if self._model is None:
            raise ConfigurationError("no model is set", hint="Set KGFUSE_LLM__MODEL.")
        return self._model

    def _readings(self, limit: int) -> list[tuple[Reading, ...]]:
        """Return the conflicts, each with its readings: a fact that lost or tied, and the facts it lost to."""
        from kgfuse.advising import Reading

        by_triple = {triple: fact for fact in self.graph.facts() for triple in fact.supported_by}
        found: dict[frozenset[str], tuple[Reading, ...]] = {}
        for fact in self.conflicts():
            rivals = {by_triple[triple].id: by_triple[triple] for triple in fact.opposed_by if triple in by_triple}
            facts = [one for _, one in sorted({**rivals, fact.id: fact}.items())]
            if len(facts) > 1:
                readings = tuple(Reading(one, self._claims(one)) for one in facts)
                found.setdefault(frozenset(one.id for one in facts), readings)
        return list(found.values())[:limit]

    def _claims(self, fact: Fact) -> tuple[tuple[str, str, float, str], ...]:
        return tuple(
            (
                said.document.source,
                str(said.document.published_at or "undated"),
                said.triple.confidence,
                said.triple.evidence.quote,
            )
            for said in self.why(fact.id).supporting
        )

    def _desk(self) -> Desk:
        from kgfuse.deciding import Desk

        return Desk(self.ledger, self.ontology, self.graph)

    def _decide(self, rows: Sequence[Row], by: str) -> Decided:
        from kgfuse.deciding import record

        return self._decided(record(self.ledger, rows, by))

    def _decided(self, rows: Sequence[MatchDecision]) -> Decided:
        from kgfuse.deciding import Decided

        before = self.graph.counts()
        changes = self.refresh()
        return Decided(self._desk().decision(rows), changes, before, self.graph.counts())
