"""Elements into Neo4j and out of it: UNWIND batches sized by bytes, in managed transactions that are retried.

Every statement finds what it touches by the unique ``(kb, id)`` of a label or type, and repeating it changes nothing.
Nodes are written by several transactions at the same time. Relationships are not: a new one is chained to the last one of
either node, so that even transactions without a node in common wait for each other, and end in deadlocks; they are
sorted, so that a transaction finds its nodes together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
_EDGE_AFRESH: LiteralString = """
UNWIND $rows AS row MATCH (s:<first> {kb: $kb, id: row.start}) MATCH (e:<last> {kb: $kb, id: row.end})
CREATE (s)-[r:<type>]->(e) SET r = row.held"""
_NODE_LABEL: LiteralString = " SET n:<label>"
_NODE_NO_LABEL: LiteralString = " REMOVE n:<label>"
_WITHOUT_NODE: LiteralString = "UNWIND $rows AS row MATCH (n:<label> {kb: $kb, id: row.id}) DETACH DELETE n"
_WITHOUT_FACT: LiteralString = "UNWIND $rows AS row MATCH ()-[r:<type> {kb: $kb, id: row.id}]->() DELETE r"
_WITHOUT_LAYOUT: LiteralString = """
UNWIND $rows AS row
MATCH (:<first> {kb: $kb, id: row.start})-[r:<type>]->(:<last> {kb: $kb, id: row.end}) DELETE r"""
_WITHOUT_STRAY_NODE: LiteralString = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.element DETACH DELETE n"
_WITHOUT_STRAY_EDGE: LiteralString = "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row.element DELETE r"

Statement = tuple[LiteralString, list[dict[str, object]]]


class Writer:
    """Writes elements of one knowledge base. Any method may raise a leaf of GraphStoreError.

    `fresh` may be set where there was nothing of it in the database before, so that relationships need not be looked for;
    each is then to be put once only. A commit that was not acknowledged ends the push, hence nothing is written twice.
    """

    def __init__(self, driver: Driver, settings: Neo4jSettings, kb: str) -> None:
        self.fresh = False
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
        self._all(self._jobs(sorted(nodes, key=_order), lambda element: _put_node(element, stale_labels)))
        for job in self._jobs(sorted(edges, key=_order), self._put_edge):
            job()

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

    def _jobs(
        self, elements: Iterable[Element], statement_of: Callable[[Element], LiteralString]
    ) -> list[Callable[[], None]]:
        """Cut elements into transactions of about `batch_bytes`."""
        jobs: list[Callable[[], None]] = []
        batch: list[Element] = []
        size = 0
        for element in elements:
            batch.append(element)
            size += element.size + _ROW_BYTES
            if size >= self._settings.batch_bytes or len(batch) >= _MOST_ROWS:
                jobs.append(self._job(batch, statement_of))
                batch, size = [], 0
        if batch:
            jobs.append(self._job(batch, statement_of))
        return jobs

    def _job(self, batch: Sequence[Element], statement_of: Callable[[Element], LiteralString]) -> Callable[[], None]:
        def run() -> None:
            groups: dict[LiteralString, list[dict[str, object]]] = defaultdict(list)
            for element in batch:
                groups[statement_of(element)].append(element.row(self._kb))
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

    def _put_edge(self, element: Element) -> LiteralString:
        assert element.ends is not None
        first, _, last, _ = element.ends
        template = _EDGE_AFRESH if self.fresh else _LAYOUT if element.name in ENDS else _FACT
        return cypher(template, first=first, last=last, type=element.name)


def _put_node(element: Element, stale_labels: dict[Key, set[str]]) -> LiteralString:
    statement = cypher(_NODE, label=element.name)
    if element.label is not None:
        statement += cypher(_NODE_LABEL, label=element.label)
    for stale in sorted(stale_labels.get(element.key, set()) - {element.label}):
        statement += cypher(_NODE_NO_LABEL, label=stale)
    return statement


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
