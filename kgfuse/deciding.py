"""Decisions about entities: what is worth asking, what was decided, and how to take it back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kgfuse.config import Settings
from kgfuse.errors import Ambiguous, NotFound, UsageError
from kgfuse.fuse.decisions import Row, Verdicts, keeping_apart, merging, ordered_pair, read_verdicts, taken, taking_out
from kgfuse.fuse.doubts import Doubt, find_doubts
from kgfuse.fuse.mentions import MentionGroup, group_mentions
from kgfuse.fuse.normalise import fold
from kgfuse.ledger import Ledger
from kgfuse.model import Document, Entity, Judgement, MatchDecision, Mention, Triple, content_id
from kgfuse.near_duplicates import families_of, with_families
from kgfuse.ontology import Ontology
from kgfuse.protocols import Changes, GraphCounts, GraphReader, LedgerContent

PERSON = "person"
"""Who decides, where nobody says otherwise."""

_QUOTES = 3
_NAMES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence that mentions something, the document (without text) it stands in, and the mention group it speaks of."""

    text: str
    document: Document
    group: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things that may be one: the names it has in its `groups`, the entity it is now, and sentences."""

    name: str
    type: str | None
    names: tuple[str, ...]
    entity: Entity
    groups: tuple[str, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A pair in doubt with what one needs to decide it; the rest as in `Doubt`. `id` is that of the pair."""

    id: str
    left: Side
    right: Side
    probability: float
    because: str
    joined: bool
    gain: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision that was taken, with its rows in the ledger; `left` and `right` are names, as far as still known."""

    id: str
    judgement: Judgement
    left: tuple[str, ...]
    right: tuple[str, ...]
    decided_by: str
    decided_at: datetime
    revoked_at: datetime | None
    rows: tuple[MatchDecision, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision, or taking one back, did to the graph."""

    decision: Decision
    changes: Changes
    before: GraphCounts
    after: GraphCounts


def decision_id(decided_by: str, decided_at: datetime) -> str:
    """Return the id of what somebody decided at an instant."""
    return content_id("decision", decided_by, decided_at.isoformat(timespec="microseconds"))


class Desk:
    """A snapshot of the ledger, to decide on: groups by id, what stands decided, and where things are mentioned."""

    def __init__(self, ledger: Ledger, ontology: Ontology, graph: GraphReader) -> None:
        self.content: LedgerContent = with_families(ledger.content(), families_of(ledger))
        self.groups: dict[str, MentionGroup]
        self.groups, self._index = group_mentions(self.content, ontology)
        self.documents = {document.id: document for document in self.content.documents}
        self._ontology, self._graph = ontology, graph

    @property
    def standing(self) -> Verdicts:
        """What the decisions come to."""
        return read_verdicts(self.content.decisions, self.groups)

    def names(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return the names that these groups have, the commonest first; of a group that is gone, nothing."""
        counts: Counter[str] = Counter()
        for id in ids:
            if id in self.groups:
                counts.update(dict(self.groups[id].surfaces))
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))

    # ------------------------------------------------------------------------------------------------------------- asking

    def questions(self, settings: Settings, ledger: Ledger, limit: int) -> tuple[Question, ...]:
        """Return the pairs in doubt, the most worthwhile first, `limit` at most."""
        facts: Counter[str] = Counter()
        for fact in self._graph.facts():
            facts.update({end for end in (fact.subject, fact.object) if isinstance(end, str)})
        fitted = ledger.parameters()
        doubts = find_doubts(
            self.content, self._ontology, settings.fuse, facts, fitted.matching if fitted is not None else None
        )[:limit]
        wanted = {id for doubt in doubts for id in (*doubt.left, *doubt.right)}
        said = self._mentioning(wanted)
        found = (self._question(doubt, said, ledger) for doubt in doubts)
        return tuple(question for question in found if question is not None)

    def _mentioning(self, wanted: set[str]) -> Mapping[str, Sequence[Triple]]:
        said: defaultdict[str, list[Triple]] = defaultdict(list)
        for triple in self.content.triples:
            for end in (triple.subject, triple.object):
                if isinstance(end, Mention):
                    id = self._index[triple.evidence.document_id, end.surface, end.entity_type or ""]
                    if id in wanted:
                        said[id].append(triple)
        return said

    def _question(self, doubt: Doubt, said: Mapping[str, Sequence[Triple]], ledger: Ledger) -> Question | None:
        sides = [self._side(ids, said, ledger) for ids in (doubt.left, doubt.right)]
        if sides[0] is None or sides[1] is None:
            return None  # the graph is older than the ledger
        id = content_id("question", *doubt.left, "|", *doubt.right)
        return Question(id, sides[0], sides[1], doubt.probability, doubt.because, doubt.joined, doubt.gain)

    def _side(self, ids: Sequence[str], said: Mapping[str, Sequence[Triple]], ledger: Ledger) -> Side | None:
        entity = self._graph.entity(ids[0])
        if entity is None:
            return None
        names = self.names(ids)
        types = Counter(kind for id in ids for kind, count in self.groups[id].types for _ in range(count))
        kind = min(types, key=lambda name: (-types[name], name), default=None)
        return Side(
            names[0], kind or entity.type, names[:_NAMES_SHOWN], entity, tuple(ids), self._quotes(ids, said, ledger)
        )

    def _quotes(self, ids: Sequence[str], said: Mapping[str, Sequence[Triple]], ledger: Ledger) -> tuple[Quote, ...]:
        """Return the surest sentence of each of the first documents; where none states anything, what stands around."""
        quotes: list[Quote] = []
        for id in ids:
            if len(quotes) == _QUOTES:
                break
            document = self.documents.get(self.groups[id].document_id)
            if document is None:
                continue
            best = min(said.get(id, ()), key=lambda triple: (-triple.confidence, triple.id), default=None)
            text = best.evidence.quote if best else _around(ledger.document(document.id).text, self.groups[id].first)
            quotes.append(Quote(" ".join(text.split()), document, id))
        return tuple(quotes)

    # ----------------------------------------------------------------------------------------------------------- deciding

    def part_of(self, entity: Entity, part: str, ledger: Ledger) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the groups of an entity that bear a name, or stand in a document, and the others.

        Raises NotFound (no such part) and UsageError (it is the whole).
        """
        inside = tuple(
            id for id in entity.members if any(fold(name) == fold(part) for name, _ in self.groups[id].surfaces)
        )
        if not inside:
            try:
                document = ledger.find_document(part)
            except NotFound as error:
                raise NotFound(
                    f"nothing that {entity.name} is called or named in is called {part!r}",
                    hint=f"Its names: {', '.join((entity.name, *entity.aliases))}.",
                ) from error
            inside = tuple(id for id in entity.members if self.groups[id].document_id == document.id)
            if not inside:
                raise NotFound(f"{document.uri} does not mention {entity.name}")
        rest = tuple(id for id in entity.members if id not in set(inside))
        if not rest:
            raise UsageError(f"{part!r} is all there is of {entity.name}", hint="Name a part of it.")
        return inside, rest

    def rows_for(self, question: Question, judgement: Judgement) -> tuple[Row, ...]:
        """Return the rows by which a question is answered; none for `unsure`."""
        left, right = question.left, question.right
        if judgement is Judgement.SAME:
            if question.joined:
                return merging(left.groups, right.groups, self.standing)
            return merging(left.entity.members, right.entity.members, self.standing)
        if judgement is Judgement.DIFFERENT:
            if question.joined:
                smaller, larger = sorted((left, right), key=lambda side: (len(side.groups), side.groups))
                rest = [id for id in larger.entity.members if id not in set(smaller.groups)]
                return taking_out(smaller.groups, rest, self.standing)
            return keeping_apart(left.groups, right.groups, self.standing)
        return ()

    def rows_as_shown(self, question: Question, judgement: Judgement) -> tuple[Row, ...]:
        """Return the rows by which a question is answered for the groups that it shows, and for no more than those."""
        left, right = question.left.groups, question.right.groups
        if judgement is Judgement.UNSURE:
            return ((*ordered_pair(left[0], right[0]), judgement),)
        return (merging if judgement is Judgement.SAME else keeping_apart)(left, right, self.standing)

    def decisions(self) -> list[Decision]:
        """Return every decision, the revoked ones included, the latest first."""
        return [self.decision(rows) for rows in taken(self.content.decisions)]

    def decision(self, rows: Sequence[MatchDecision]) -> Decision:
        """Return the decision that these rows are."""
        first = rows[0]
        different = [row for row in rows if row.judgement is Judgement.DIFFERENT]
        judgement = Judgement.DIFFERENT if different else first.judgement
        left, right = _sides(different or rows)
        revoked = max((row.revoked_at for row in rows if row.revoked_at is not None), default=None)
        id = decision_id(first.decided_by, first.decided_at)
        names = (self.names(left), self.names(right))
        return Decision(id, judgement, *names, first.decided_by, first.decided_at, revoked, tuple(rows))


def _around(text: str, at: int) -> str:
    return text[max(0, at - 80) : at + 120]


def _sides(rows: Sequence[MatchDecision]) -> tuple[list[str], list[str]]:
    """Tell the two sides of a decision apart: along its rows, every step is to the other side."""
    near: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        near[row.left].append(row.right)
        near[row.right].append(row.left)
    side: dict[str, int] = {}
    for start in sorted(near):
        todo = [] if start in side else [(start, 0)]
        while todo:
            id, which = todo.pop()
            if id not in side:
                side[id] = which
                todo += [(other, 1 - which) for other in near[id]]
    return [id for id in sorted(side) if not side[id]], [id for id in sorted(side) if side[id]]


def record(
    ledger: Ledger, rows: Sequence[Row], decided_by: str = PERSON, score: float | None = None
) -> tuple[MatchDecision, ...]:
    """Write one decision into the ledger; its time is later than that of any before, whatever the clock says."""
    last = max((row.decided_at for row in ledger.decisions()), default=None)
    at = datetime.now(UTC)
    if last is not None and at <= last:
        at = last + timedelta(microseconds=1)
    made = tuple(
        MatchDecision(left, right, judgement, _score(judgement) if score is None else score, decided_by, at)
        for left, right, judgement in rows
    )
    ledger.decide(*made)
    return made


def _score(judgement: Judgement) -> float:
    return {Judgement.SAME: 1.0, Judgement.DIFFERENT: 0.0, Judgement.UNSURE: 0.5}[judgement]


def find_decision(ledger: Ledger, id: str | None) -> tuple[MatchDecision, ...]:
    """Return the rows of the decision with this id or a prefix of it; without one, of the latest that stands.

    Raises NotFound and Ambiguous.
    """
    every = taken(ledger.decisions())
    standing = [rows for rows in every if rows[0].revoked_at is None]
    if id is None:
        if not standing:
            raise NotFound("no decision stands", hint="`kgfuse entities decisions` lists them.")
        return standing[0]
    digits = id.removeprefix("decision:")
    ids = {decision_id(rows[0].decided_by, rows[0].decided_at).removeprefix("decision:"): rows for rows in every}
    found = [rows for known, rows in ids.items() if digits and known.startswith(digits)]
    if not found:
        raise NotFound(f"no decision {id!r}", hint="`kgfuse entities decisions` lists them.")
    if len(found) > 1:
        raise Ambiguous(f"{len(found)} decisions begin with {id!r}", hint="Give more digits.")
    if found[0][0].revoked_at is not None:
        raise UsageError(f"decision {id!r} was revoked already")
    return found[0]


def revoke(ledger: Ledger, rows: Sequence[MatchDecision]) -> tuple[MatchDecision, ...]:
    """Revoke a decision; it stays in the ledger."""
    at = datetime.now(UTC)
    ledger.revoke(rows[0].decided_by, rows[0].decided_at, at)
    return tuple(replace(row, revoked_at=at) for row in rows)
