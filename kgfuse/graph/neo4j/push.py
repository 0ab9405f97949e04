"""Neo4j brought up to date with the ledger: what changed since the last push, and then the parity check.

Repeating is harmless: elements are written and removed by their ids, and what was pushed is recorded after it was. So a push
that was interrupted anywhere is finished by the next one. What is in Neo4j but should not be, or the other way round, for
whatever reason, fails parity; then everything is compared element by element and put right.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString, TypeVar

from kgfuse.config import Neo4jSettings
from kgfuse.errors import KnowledgeBaseTaken, ParityBroken
from kgfuse.graph.neo4j import records, schema
from kgfuse.graph.neo4j.actual import Actual
from kgfuse.graph.neo4j.connection import graph_errors, open_driver
from kgfuse.graph.neo4j.feed import Feed
from kgfuse.graph.neo4j.parity import Difference, Sight
from kgfuse.graph.neo4j.pushed import Pushed, ledger_identity
from kgfuse.graph.neo4j.rules import Rules
from kgfuse.graph.neo4j.sync import Sync, Tally
from kgfuse.graph.neo4j.writing import Writer
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import Ledger
from kgfuse.ontology import Ontology
from kgfuse.sqlite import connect, ledger_errors, pack

if TYPE_CHECKING:
    from neo4j import Driver

    from kgfuse.protocols import Progress

Result = TypeVar("Result")

_STATE: LiteralString = (
    "MATCH (k:KnowledgeBase {kb: $kb}) RETURN k.id AS stamp, k.ledger AS ledger, k.position AS position"
)
_BEGIN: LiteralString = (
    "MERGE (k:KnowledgeBase {kb: $kb}) SET k.id = $stamp, k.name = $kb, k.ledger = $ledger, k.complete = false"
)
_END: LiteralString = """
MATCH (k:KnowledgeBase {kb: $kb})
SET k.complete = true, k.position = $position, k.schema = $schema, k.synced_at = $now, k.counts = $counts,
    k.trust = $trust"""
_MANY = 200_000
"""Elements that are summed in about half a second; with more, a push of few of them leaves the others to `--verify`."""
_FEW = 10
"""A push is small when it writes less than one element in so many."""


@dataclass(frozen=True, slots=True)
class PushSummary:
    """What a push did, in nodes and relationships; `nodes` and `relationships` are what Neo4j holds afterwards.

    `repaired` counts what an element-by-element comparison had to put right (`None`: none was needed or asked for).
    `seconds` are by stage.
    """

    uri: str
    database: str | None
    kb: str
    nodes_written: int
    relationships_written: int
    nodes_removed: int
    relationships_removed: int
    nodes: int
    relationships: int
    repaired: int | None
    seconds: tuple[tuple[str, float], ...]

    @property
    def any(self) -> bool:
        """Whether anything was written or removed."""
        return bool(
            self.nodes_written or self.relationships_written or self.nodes_removed or self.relationships_removed
        )


def kb_name(path: Path, settings: Neo4jSettings) -> str:
    """Return the name of a ledger's knowledge base in Neo4j: the setting, else the file's name without its suffix."""
    return settings.kb or path.stem


def push(
    path: Path,
    ontology: Ontology,
    settings: Neo4jSettings,
    *,
    verify: bool = False,
    progress: Progress | None = None,
    driver: Driver | None = None,
) -> PushSummary:
    """Bring Neo4j up to date with the graph in the ledger at `path`.

    `verify` compares what is there element by element, properties included, and puts it right; it also takes over a name
    that holds another ledger's graph. `driver` is used and left open when given. Raises leaves of GraphStoreError and
    LedgerError, and ConfigurationError; the ledger is whole in any case, and the next push goes on from there.
    """
    kb = kb_name(path, settings)
    watch = _Watch()
    with ExitStack() as stack:
        stack.enter_context(ledger_errors(path))
        state = stack.enter_context(closing(connect(path, GRAPH)))
        reading = stack.enter_context(closing(connect(path, GRAPH)))
        if driver is None:
            driver = stack.enter_context(closing(open_driver(settings)))
        names = schema.names_of(ontology)
        rules = Rules(driver, settings)
        rules.for_base()
        standing = _run(driver, settings, _STATE, kb=kb)
        identity = ledger_identity(state)
        if standing and standing[0]["ledger"] != identity and not verify:
            raise KnowledgeBaseTaken(f"{kb!r} in {settings.uri} holds the graph of another ledger than {path}")
        stamp = str(standing[0]["stamp"]) if standing and standing[0]["ledger"] == identity else uuid.uuid4().hex
        pushed = Pushed(state, stamp, "\n".join((settings.uri or "", settings.database or "", kb)))
        feed = stack.enter_context(closing(Feed(reading, names)))
        writer = stack.enter_context(closing(Writer(driver, settings, kb)))
        sync = Sync(path, feed, writer, rules, pushed, progress)
        sight = Sight(driver, settings, kb, names)
        writer.fresh = not standing and not sight.differences({})
        if not writer.fresh:
            rules.for_nodes()
        layout = schema.layout_id(names)
        after = pushed.position if pushed.layout == layout else 0
        lost = bool(standing) and not pushed.known  # the ledger does not know what it pushed there
        if feed.position != after or verify or lost or not standing:
            _run(driver, settings, _BEGIN, kb=kb, stamp=stamp, ledger=identity)
        repaired = None
        if verify or lost:
            repaired = watch.time("verify", lambda: _repair(sync, sight, pushed, writer, verify))
        else:
            watch.time("push", lambda: sync.changes(after))
        watch.time("index", lambda: _index(rules, names, pushed, feed))
        known = bool(standing) and standing[0]["position"] == pushed.position  # no older state was brought back
        brief = known and repaired is None and _is_small(sync.tally, pushed) and not writer.doubtful
        differences = watch.time("parity", lambda: _differences(sight, pushed, brief))
        if differences and repaired is None:
            repaired = watch.time("verify", lambda: _repair(sync, sight, pushed, writer, False))
            differences = watch.time("parity", lambda: sight.differences(pushed.sums()))
        if differences:
            raise ParityBroken("Neo4j differs from the ledger: " + "; ".join(map(str, differences[:5])))
        pushed.reach(feed.position, layout)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        counts = pack({name: total.count for name, total in pushed.sums().items()})
        held = {"position": feed.position, "schema": schema.SCHEMA_VERSION, "now": now, "counts": counts}
        held["trust"] = _trust(path)
        _run(driver, settings, _END, kb=kb, **held)
        return _summary(settings, kb, sync.tally, pushed, repaired, watch)


def _trust(path: Path) -> str | None:
    """What was learned of sources, for `Neo4jGraph.parameters`."""
    with Ledger.open(path, read_only=True) as ledger:
        fitted = ledger.parameters()
    return None if fitted is None else records.trust_text(fitted)


def _index(rules: Rules, names: schema.Names, pushed: Pushed, feed: Feed) -> None:
    """Make what is not there yet, a first load's constraints among it, and wait until it is filled."""
    rules.for_nodes()
    rules.for_facts(name for name, total in pushed.sums().items() if total.count and name in names.fact_types)
    rules.for_readers()
    kinds = {schema.CHUNK: "chunk", schema.FACT: "fact", schema.ENTITY: "entity"}
    rules.for_vectors({label: feed.dimensions(kind) for label, kind in kinds.items()})
    rules.wait()


def _is_small(tally: Tally, pushed: Pushed) -> bool:
    total = sum(one.count for one in pushed.sums().values())
    return total > _MANY and 0 < tally.total * _FEW < total


def _differences(sight: Sight, pushed: Pushed, brief: bool) -> list[Difference]:
    """Compare counts and checksums of everything.

    With `brief`, the counts alone where they are right: what was written has been counted and summed as it was.
    """
    sums = pushed.sums()
    return [] if brief and sight.same_counts(sums) else sight.differences(sums)


def _repair(sync: Sync, sight: Sight, pushed: Pushed, writer: Writer, deep: bool) -> int:
    """Compare everything with what is there and put it right; return how many elements were put right."""
    before = sync.tally.total
    writer.fresh = False
    expected = pushed.sums()
    with closing(Actual(sight.elements(expected, deep))) as actual:
        pushed.reset()
        sync.everything(actual)
        sync.tally.strays_removed += writer.remove_strays(actual.strays())
    return sync.tally.total - before


def _run(
    driver: Driver, settings: Neo4jSettings, query: LiteralString, **parameters: object
) -> list[dict[str, object]]:
    with graph_errors(settings), driver.session(database=settings.database) as session:
        return session.execute_write(lambda tx: [record.data() for record in tx.run(query, parameters)])


def _summary(
    settings: Neo4jSettings, kb: str, tally: Tally, pushed: Pushed, repaired: int | None, watch: _Watch
) -> PushSummary:
    sums = pushed.sums()
    nodes = sum(sums[name].count for name in schema.NODE_LABELS if name in sums)
    return PushSummary(
        uri=settings.uri or "",
        database=settings.database,
        kb=kb,
        nodes_written=tally.nodes_written,
        relationships_written=tally.relationships_written,
        nodes_removed=tally.nodes_removed,
        relationships_removed=tally.relationships_removed,
        nodes=nodes,
        relationships=sum(total.count for total in sums.values()) - nodes,
        repaired=repaired,
        seconds=watch.seconds(),
    )


class _Watch:
    """How long each stage took."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        """Do work and add its time to a stage's."""
        started = time.perf_counter()
        try:
            return work()
        finally:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - started

    def seconds(self) -> tuple[tuple[str, float], ...]:
        """Return the seconds by stage."""
        return tuple((stage, round(seconds, 3)) for stage, seconds in self._seconds.items())
