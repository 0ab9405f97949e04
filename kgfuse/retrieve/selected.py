"""What is selected to answer a question, and the graph as a question sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kgfuse.model import Fact
from kgfuse.ontology import Ontology
from kgfuse.protocols import FactFilter, GraphReader

UNDATED = 0.7
"""What it takes off that a time is asked for and the fact has none, as a factor."""

LOCAL = ("_in", "_at", "_to", "_from")
"""How relations end that say where something is or goes."""

Interval = tuple[datetime, datetime]


class Outcome(StrEnum):
    """How far the graph answers."""

    FOUND = "found"
    STALE = "stale"  # only values of the past are known
    ENDED = "ended"  # asked whether, and it is over
    ELSEWHEN = "elsewhen"  # values are known, but not for the asked time
    CONTESTED = "contested"  # only disputed values are known
    REFUTED = "refuted"  # asked whether, and another value holds


@dataclass(frozen=True, slots=True)
class Selection:
    """The facts that answer a question, in order of time; `against` are notable disputed facts on the same data item.

    `shared` is the place of a name in the question when several things that are called so have an answer.
    """

    outcome: Outcome
    facts: tuple[Fact, ...]
    against: tuple[Fact, ...] = ()
    trust: float = 1.0
    shared: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The store as the caller's filter shows it; statuses and time are judged here, not by the store."""

    store: GraphReader
    ontology: Ontology
    filter: FactFilter

    def facts(self, ids: Iterable[str], relation: str) -> list[Fact]:
        """Return the facts of a relation that have one of the entities as subject or object, of any time."""
        if self.filter.relation not in (None, relation):
            return []
        narrowed = replace(self.filter, relation=relation, as_of=None, valid_during=None)
        return self.store.facts_of(list(ids), narrowed)
