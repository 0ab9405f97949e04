"""Elements into Neo4j and out of it: UNWIND batches sized by bytes, in managed transactions that are retried.

Every statement finds what it touches by the unique ``(kb, id)`` of a label or type, and repeating it changes nothing.
Batches run at the same time only where they touch no node in common (`lanes`), so that none waits for another's lock.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import TYPE_CHECKING, LiteralString

from kgfuse.config import Neo4jSettings
from kgfuse.errors import TransactionMemoryFull
from kgfuse.graph.neo4j.actual import Stray
from kgfuse.graph.neo4j.connection import graph_errors
from kgfuse.graph.neo4j.elements import ENDS, Element, Key, layout_ends
from kgfuse.graph.neo4j.schema import cypher

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

_MOST_ROWS = 10_000
_ROW_BYTES = 40

_NODE: LiteralString = "UNWIND $rows AS row MERGE (n:<label> {kb: $kb, id: row.id}) SET n = row.held"
_FACT: LiteralString = (
    "UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row.start}) MATCH (e:<last> {kb: $kb, id: row.end}) "
    "MERGE (s)-[r:<type> {kb: $kb, id: row.id}]->(e) SET r = row.held"
)
_LAYOUT: LiteralString = (
    "UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row.start}) MATCH (e:<last> {kb: $kb, id: row.end}) "
    "MERGE (s)-[r:<type>]->(e) SET r = row.held"
)
_WITHOUT_NODE: LiteralString = "UNWIND $rows AS row MATCH (n:<label> {kb: $kb, id: row.id}) DETACH DELETE n"
_WITHOUT_FACT: LiteralString = "UNWIND $rows AS row MATCH ()-[r:<type> {kb: $kb, id: row.id}]->() DELETE r"
_WITHOUT_LAYOUT: LiteralString = """
UNWIND $rows AS row
MATCH (:<first> {kb: $kb, id: row.start})-[r:<type>]->(:<last> {kb: $kb, id: row.end}) DELETE r"""
_WITHOUT_STRAY_NODE: LiteralString = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.element DETACH DELETE n"
_WITHOUT_STRAY_EDGE: LiteralString = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row.element DELETE r"

Statement = tuple[LiteralString, list[dict[str, object]]]


class Writer:
    """Writes elements of one knowledge base. Any method may raise a leaf of GraphStoreError."""

    def __init__(self, driver: Driver, settings: Neo4jSettings, kb: str) -> None:
        self._driver = driver
        self._settings = settings
        self._kb = kb
        self._pool = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="kgfuse-neo4j")

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def put(self, elements: Sequence[Element], stale_labels: dict[Key, set[str]]) -> None:
        """Write nodes, then relationships; `stale_labels` are second labels that nodes had and have no more."""
        nodes = [element for element in elements if element.ends is None]
        edges = [element for element in elements if element.ends is not None]
        self._all(self._jobs(sorted(nodes, key=_order), lambda element: self._put_node(element, stale_labels)))
        for turn in lanes(sorted(edges, key=_order), self._settings.concurrency):
            self._all([job for lane in turn if (job := self._chained(self._jobs(lane, _put_edge)))])

    def remove(self, keys: Sequence[Key], labels: frozenset[str]) -> None:
        """Remove relationships, then nodes (`labels` says which keys name nodes) with whatever still hangs on them."""
        rows: dict[Key, dict[str, object]] = {key: _row(key) for key in keys}
        edges = sorted(key for key in keys if key[0] not in labels)
        nodes = sorted(key for key in keys if key[0] in labels)
        for listed in (edges, nodes):
            for start in range(0, len(listed), _MOST_ROWS):
                groups: dict[LiteralString, list[dict[str, object]]] = defaultdict(list)
                for key in listed[start : start + _MOST_ROWS]:
                    groups[_without(key, labels)].append(rows[key])
                self._transact(list(groups.items()))

    def remove_strays(self, strays: Iterable[Stray]) -> int:
        """Remove what is in the database by its element id, relationships first; return how many there were."""
        count = 0
        for is_node, group in groupby(strays, key=lambda stray: stray[0]):
            ids = (id for _, id in group)
            while batch := list(islice(ids, _MOST_ROWS)):
                query = _WITHOUT_STRAY_NODE if is_node else _WITHOUT_STRAY_EDGE
                self._transact([(query, [{"element": id} for id in batch])])
                count += len(batch)
        return count

    # -------------------------------------------------------------------------------------------------- transactions

    def _all(self, jobs: Iterable[Callable[[], None]]) -> None:
        """Run jobs at the same time; the first error is raised once all of them have ended."""
        futures = [self._pool.submit(job) for job in jobs]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise errors[0]

    def _chained(self, jobs: Sequence[Callable[[], None]]) -> Callable[[], None] | None:
        def run() -> None:
            for job in jobs:
                job()

        return run if jobs else None

    def _jobs(
        self, elements: Iterable[Element], statements: Callable[[Element], Sequence[LiteralString]]
    ) -> list[Callable[[], None]]:
        """Cut elements into transactions of about `batch_bytes`."""
        jobs: list[Callable[[], None]] = []
        batch: list[Element] = []
        size = 0
        for element in elements:
            batch.append(element)
            size += element.size + _ROW_BYTES
            if size >= self._settings.batch_bytes or len(batch) >= _MOST_ROWS:
                jobs.append(self._job(batch, statements))
                batch, size = [], 0
        if batch:
            jobs.append(self._job(batch, statements))
        return jobs

    def _job(
        self, batch: Sequence[Element], statements: Callable[[Element], Sequence[LiteralString]]
    ) -> Callable[[], None]:
        def run() -> None:
            groups: dict[LiteralString, list[dict[str, object]]] = defaultdict(list)
            for element in batch:
                row = element.row(self._kb)
                for statement in statements(element):
                    groups[statement].append(row)
            self._transact(list(groups.items()))

        return run

    def _transact(self, statements: Sequence[Statement]) -> None:
        """Run statements in one transaction; one that is too large for the server's memory is cut in half."""
        kb = self._kb

        def work(transaction: ManagedTransaction) -> None:
            for query, rows in statements:
                transaction.run(query, rows=rows, kb=kb).consume()

        try:
            with graph_errors(self._settings), self._driver.session(database=self._settings.database) as session:
                session.execute_write(_unless_too_large(work))
        except TransactionMemoryFull:
            halves = _halves(statements)
            if halves is None:
                raise
            for half in halves:
                self._transact(half)

    # ---------------------------------------------------------------------------------------------------- statements

    def _put_node(self, element: Element, stale_labels: dict[Key, set[str]]) -> list[LiteralString]:
        label, second = element.name, element.label
        statement: LiteralString = cypher(_NODE, label=label)
        if second is not None:
            statement += cypher(" SET n:<second>", second=second)
        for stale in sorted(stale_labels.get(element.key, set()) - {second}):
            statement += cypher(" REMOVE n:<stale>", stale=stale)
        return [statement]


def _put_edge(element: Element) -> list[LiteralString]:
    assert element.ends is not None
    first, _, last, _ = element.ends
    template = _LAYOUT if element.name in ENDS else _FACT
    return [cypher(template, first=first, last=last, type=element.name)]


def _without(key: Key, labels: frozenset[str]) -> LiteralString:
    name = key[0]
    if name in labels:
        return cypher(_WITHOUT_NODE, label=name)
    if name not in ENDS:
        return cypher(_WITHOUT_FACT, type=name)
    first, _, last, _ = layout_ends(*key)
    return cypher(_WITHOUT_LAYOUT, first=first, last=last, type=name)


def _row(key: Key) -> dict[str, object]:
    return {"id": key[1]} if len(key) == 2 else {"start": key[1], "end": key[2]}


def _order(element: Element) -> tuple[object, ...]:
    ends = element.ends
    return (element.name, element.label or "", *((ends[0], ends[1], ends[3]) if ends else ()), element.key)


def _unless_too_large(work: Callable[[ManagedTransaction], None]) -> Callable[[ManagedTransaction], None]:
    """Raise our error where memory runs out, for the driver would only repeat the same transaction."""
    from neo4j.exceptions import TransientError

    def run(transaction: ManagedTransaction) -> None:
        try:
            work(transaction)
        except TransientError as error:
            if "OutOfMemory" in (error.code or ""):
                raise TransactionMemoryFull(
                    f"a transaction runs out of memory: {error.message} ({error.code})"
                ) from error
            raise

    return run


def _halves(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]] | None:
    rows = [(query, row) for query, listed in statements for row in listed]
    if len(rows) < 2:
        return None
    middle = len(rows) // 2
    return _grouped(rows[:middle]), _grouped(rows[middle:])


def _grouped(rows: Iterable[tuple[LiteralString, dict[str, object]]]) -> list[Statement]:
    groups: dict[LiteralString, list[dict[str, object]]] = defaultdict(list)
    for query, row in rows:
        groups[query].append(row)
    return list(groups.items())


def lanes(edges: Sequence[Element], width: int) -> Iterator[list[list[Element]]]:
    """Yield turns of at most `width` lanes: within a turn no two lanes touch a node in common.

    Nodes are dealt into ``2 * width`` parts; a turn pairs the parts off as a round-robin tournament does, and a lane takes
    the relationships between, or within, the parts of its pair ("mix and batch").
    """
    if width == 1 or len(edges) < 1000:
        yield [list(edges)]
        return
    parts = 2 * width
    dealt: dict[tuple[int, int], list[Element]] = defaultdict(list)
    for edge in edges:
        assert edge.ends is not None
        one, other = sorted((_part(edge.ends[1], parts), _part(edge.ends[3], parts)))
        dealt[one, other].append(edge)
    for number, pairs in enumerate(_tournament(parts)):
        turn: list[list[Element]] = []
        for one, other in pairs:
            lane = list(dealt[one, other])
            if number == 0:
                lane = [*dealt[one, one], *lane, *dealt[other, other]]
            turn.append(lane)
        yield turn


def _part(id: str, parts: int) -> int:
    return zlib.crc32(id.encode("utf-8", "surrogatepass")) % parts


def _tournament(parts: int) -> Iterator[list[tuple[int, int]]]:
    """Yield ``parts - 1`` rounds in which every part meets every other once (the circle method)."""
    circle = list(range(parts))
    for _ in range(parts - 1):
        half = parts // 2
        yield [tuple(sorted(pair)) for pair in zip(circle[:half], reversed(circle[half:]), strict=True)]  # type: ignore[misc]
        circle = [circle[0], circle[-1], *circle[1:-1]]
