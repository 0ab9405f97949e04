"""Elements into Neo4j and out of it: UNWIND batches sized by bytes, in managed transactions that are retried.

Nodes are written by several transactions at the same time. Relationships are not: a new one is chained to the last one of
either node, so that even transactions without a node in common wait for each other, and end in deadlocks; they are
sorted, so that a transaction finds its nodes together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, LiteralString

from kgfuse.config import Neo4jSettings
from kgfuse.errors import TransactionMemoryFull
from kgfuse.graph.neo4j.actual import Stray
from kgfuse.graph.neo4j.connection import graph_errors
from kgfuse.graph.neo4j.elements import Element, Key
from kgfuse.graph.neo4j.schema import FACT, NODE_LABELS, PAST_FACT
from kgfuse.graph.neo4j.statements import (
    WITHOUT_STRAY_EDGE,
    WITHOUT_STRAY_NODE,
    Row,
    create_edges,
    create_nodes,
    key_row,
    put_edge,
    put_node,
    without,
)

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

_MOST_ROWS = 10_000
_ROW_BYTES = 40

_MOST_KNOWN = 2_000_000
"""Element ids kept in a first load, about 300 bytes each; nodes beyond are found by their ids."""

_LEAVES = frozenset((FACT, PAST_FACT))  # all that begins or ends at them is put with them
_LASTING = frozenset(NODE_LABELS) - _LEAVES

Statement = tuple[LiteralString, list[Row]]
Answers = list[dict[str, Any]]


class Writer:
    """Writes elements of one knowledge base. Any method may raise a leaf of GraphStoreError.

    `fresh` may be set where there was nothing of it in the database before, so that nothing need be looked for; each
    element is then to be put once only. A commit that was not acknowledged ends the push, hence nothing is written twice.
    `doubtful` says that the server wrote something else than it was given: less, where an end of a relationship was missing.
    """

    def __init__(self, driver: Driver, settings: Neo4jSettings, kb: str) -> None:
        self.fresh = False
        self.doubtful = False
        self._made: dict[tuple[str, str], str] = {}
        self._driver = driver
        self._settings = settings
        self._kb = kb
        self._pool = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="kgfuse-neo4j")

    def close(self) -> None:
        """Wait for what is under way and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def put(self, elements: Sequence[Element], stale_labels: dict[Key, set[str]]) -> None:
        """Write nodes, then relationships; `stale_labels` are second labels that nodes had and have no more."""
        nodes = sorted((element for element in elements if element.ends is None), key=_labels if self.fresh else _order)
        edges = sorted(
            (element for element in elements if element.ends is not None), key=_kind if self.fresh else _order
        )
        ends = {label for edge in edges if edge.ends for label in (edge.ends[0], edge.ends[2])} | _LASTING
        jobs = [partial(self._put_nodes, batch, stale_labels, ends) for batch in self._batches(nodes)]
        futures = [self._pool.submit(job) for job in jobs]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:  # once all of them have ended
            raise errors[0]
        for batch in self._batches(edges):
            self._put_edges(batch)
        for node in nodes if self.fresh else ():
            if node.name in _LEAVES:
                self._made.pop((node.name, node.key[1]), None)

    def _put_nodes(
        self, batch: Sequence[Element], stale_labels: Mapping[Key, set[str]], ends: frozenset[str] | set[str]
    ) -> None:
        if not self.fresh:
            self._put(batch, lambda element: put_node(element, stale_labels.get(element.key, ())))
            return
        groups = [list(group) for _, group in groupby(batch, key=_labels)]
        answers = self._transact([create_nodes(group, group[0].name in ends) for group in groups])
        self._compare(batch, answers)
        labels = {element.key[1]: element.name for element in batch}
        if len(self._made) < _MOST_KNOWN:
            self._made.update(((labels[id], id), made) for answer in answers for id, made in answer.get("made", ()))

    def _put_edges(self, batch: Sequence[Element]) -> None:
        if not self.fresh:
            self._put(batch, put_edge)
            return
        statements: list[Statement] = []
        for _, listed in groupby(batch, key=_kind):
            group = list(listed)
            try:
                statements.append(create_edges(group, [self._ends(element) for element in group]))
            except KeyError:
                statements.append(create_edges(group, None))
        self._compare(batch, self._transact(statements))

    def _ends(self, element: Element) -> tuple[str, str]:
        """Element ids of both ends. Raises KeyError where one is not known."""
        assert element.ends is not None
        first, start, last, end = element.ends
        return self._made[first, start], self._made[last, end]

    def _put(self, batch: Sequence[Element], statement_of: Callable[[Element], LiteralString]) -> None:
        groups: dict[LiteralString, list[Row]] = defaultdict(list)
        for element in batch:
            groups[statement_of(element)].append(element.row(self._kb))
        self._compare(batch, self._transact(list(groups.items())))

    def _compare(self, batch: Sequence[Element], answers: Answers) -> None:
        wanted = (len(batch), sum(element.checksum for element in batch))
        if wanted != (sum(one["count"] for one in answers), sum(one["checksum"] for one in answers)):
            self.doubtful = True

    def remove(self, keys: Sequence[Key], labels: frozenset[str]) -> None:
        """Remove relationships, then nodes (`labels` says which keys name nodes) with whatever still hangs on them."""
        rows = {key: key_row(key) for key in keys}
        edges = sorted(key for key in keys if key[0] not in labels)
        nodes = sorted(key for key in keys if key[0] in labels)
        for listed in (edges, nodes):
            for start in range(0, len(listed), _MOST_ROWS):
                groups: dict[LiteralString, list[Row]] = defaultdict(list)
                for key in listed[start : start + _MOST_ROWS]:
                    groups[without(key, labels)].append(rows[key])
                self._transact(list(groups.items()))

    def remove_strays(self, strays: Iterable[Stray]) -> int:
        """Remove what is in the database by its element id, relationships first; return how many there were."""
        count = 0
        for is_node, group in groupby(strays, key=lambda stray: stray[0]):
            ids = (id for _, id in group)
            while batch := list(islice(ids, _MOST_ROWS)):
                query = WITHOUT_STRAY_NODE if is_node else WITHOUT_STRAY_EDGE
                self._transact([(query, [{"element": id} for id in batch])])
                count += len(batch)
        return count

    # -------------------------------------------------------------------------------------------------- transactions

    def _batches(self, elements: Iterable[Element]) -> Iterator[list[Element]]:
        """Cut elements into transactions of about `batch_bytes`."""
        batch: list[Element] = []
        size = 0
        for element in elements:
            batch.append(element)
            size += element.size + _ROW_BYTES
            if size >= self._settings.batch_bytes or len(batch) >= _MOST_ROWS:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _transact(self, statements: Sequence[Statement]) -> Answers:
        """Run statements in one transaction and return their records; one too large for the server's memory is halved."""
        kb = self._kb

        def work(transaction: ManagedTransaction) -> Answers:
            return [dict(record) for query, rows in statements for record in transaction.run(query, rows=rows, kb=kb)]

        try:
            with graph_errors(self._settings), self._driver.session(database=self._settings.database) as session:
                return session.execute_write(_unless_too_large(work))
        except TransactionMemoryFull:
            halves = _halves(statements)
            if halves is None:
                raise
            return [answer for half in halves for answer in self._transact(half)]


def _order(element: Element) -> tuple[object, ...]:
    ends = element.ends
    if ends is None:
        return (element.name, element.label or "", element.key)
    return (element.name, ends[0], ends[2], ends[1], ends[3], element.key)


def _labels(node: Element) -> tuple[str, str]:
    return (node.key[0], node.label or "")


def _kind(edge: Element) -> tuple[str, str, str]:
    """What relationships share that one statement can make."""
    assert edge.ends is not None
    return (edge.key[0], edge.ends[0], edge.ends[2])


def _unless_too_large(work: Callable[[ManagedTransaction], Answers]) -> Callable[[ManagedTransaction], Answers]:
    """Raise our error where memory runs out, for the driver would only repeat the same transaction."""
    from neo4j.exceptions import TransientError

    def run(transaction: ManagedTransaction) -> Answers:
        try:
            return work(transaction)
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


def _grouped(rows: Iterable[tuple[LiteralString, Row]]) -> list[Statement]:
    groups: dict[LiteralString, list[Row]] = defaultdict(list)
    for query, row in rows:
        groups[query].append(row)
    return list(groups.items())
