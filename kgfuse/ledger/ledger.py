"""The ledger: documents, what they say, and the decisions about it. See docs/decisions/0002-ledger-and-view.md."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from kgfuse.errors import Ambiguous, NotFound
from kgfuse.ledger import forgetting, properties, replaced, rows
from kgfuse.ledger.replies import LedgerReplyCache
from kgfuse.ledger.schema import LEDGER
from kgfuse.model import Advice, Chunk, Document, MatchDecision, Mention, Property, Proposal, Triple
from kgfuse.parameters import Parameters, PhraseMapping
from kgfuse.protocols import Extraction, Failure, LedgerContent
from kgfuse.sqlite import batched, connect, ledger_errors, pack, placeholders, transaction


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was read.

    `digest` hashes its bytes; `recipe` names everything that determined what was made of them (reader, chunking and
    extractor versions), so that a change of either means reading again. `mtime_ns` is in nanoseconds since 1970.
    """

    uri: str
    size: int
    mtime_ns: int
    digest: str
    recipe: str


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document and everything read out of it."""

    document: Document
    chunks: tuple[Chunk, ...]
    extraction: Extraction


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the ledger holds, in rows."""

    files: int
    documents: int
    chunks: int
    triples: int
    mentions: int
    failures: int
    decisions: int
    replies: int


class Ledger:
    """One SQLite file. Every method that writes is one transaction; any method may raise a leaf of LedgerError.

    Not for several threads at once; several processes may use one ledger, one of them writing at a time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._replies = LedgerReplyCache(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, busy_seconds: float = 5.0) -> Ledger:
        """Open the ledger at `path`, making it when it is absent (unless `read_only`: then NotFound)."""
        return cls(path, connect(path, LEDGER, read_only=read_only, busy_seconds=busy_seconds))

    def close(self) -> None:
        """Close the file."""
        self._replies.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------------------------------------------- writing

    def store(self, state: FileState, records: Sequence[DocumentRecord], failures: Sequence[Failure] = ()) -> None:
        """Record a file as read: its documents (parents first) replace those of an earlier state of the file.

        A reading that yielded no document at all leaves the earlier ones in place and records the failure beside them.
        """
        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?) ON CONFLICT (uri) DO UPDATE SET size = excluded.size, "
                "mtime_ns = excluded.mtime_ns, digest = excluded.digest, recipe = excluded.recipe",
                (state.uri, state.size, state.mtime_ns, state.digest, state.recipe),
            )
            connection.execute("DELETE FROM failures WHERE file_uri = ?", (state.uri,))
            connection.executemany(
                "INSERT OR IGNORE INTO failures VALUES (?, ?, ?, ?, ?)",
                (rows.failure_row(failure, state.uri) for failure in failures),
            )
            if records:
                replaced.keep(connection, state.uri)
                connection.execute("DELETE FROM documents WHERE file_uri = ?", (state.uri,))
                for record in records:
                    _insert(connection, record, state.uri)
                _bump(connection)

    def touch(self, state: FileState) -> None:
        """Record that a file has a new size or time, while its bytes and what was made of them are the same."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.execute(
                "UPDATE files SET size = ?, mtime_ns = ? WHERE uri = ?", (state.size, state.mtime_ns, state.uri)
            )

    def forget(self, document_id: str) -> list[Document]:
        """Remove a document, its attachments and all that was read out of them; return what was removed, without text.

        What earlier states of its file said goes as well. The ledger then equals one that never saw the document; ingesting
        its file again brings it back. Raises NotFound.
        """
        with ledger_errors(self.path), transaction(self._connection) as connection:
            removed = forgetting.forget_document(connection, document_id)
            _bump(connection)
        return removed

    def forget_file(self, name: str) -> list[Document]:
        """Forget an archive with all that it holds or, of any file, a document that only an earlier state of it held.

        `name` is a URI, a path or a file name. Returns what was removed, without text. Raises NotFound or Ambiguous.
        """
        with ledger_errors(self.path), transaction(self._connection) as connection:
            removed = forgetting.forget_file(connection, name)
            _bump(connection)
        return removed

    def decide(self, *decisions: MatchDecision) -> None:
        """Record judgements on two mention groups each (`left` < `right`)."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            sql = f"INSERT OR REPLACE INTO decisions VALUES ({placeholders(7)})"
            connection.executemany(sql, map(rows.decision_row, decisions))
            _bump(connection)

    def revoke(self, decided_by: str, decided_at: datetime, at: datetime) -> int:
        """Revoke what was decided by somebody at an instant; return how many rows that are."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            revoked = connection.execute(
                "UPDATE decisions SET revoked_at = ? WHERE decided_by = ? AND decided_at = ? AND revoked_at IS NULL",
                (at.isoformat(), decided_by, decided_at.isoformat()),
            ).rowcount
            if revoked:
                _bump(connection)
        return revoked

    def advise(self, *advice: Advice) -> None:
        """Record what an LLM says of conflicts, once; what was revoked stays so."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            for one in advice:
                sql = f"INSERT OR IGNORE INTO advice VALUES ({placeholders(8)})"
                if connection.execute(sql, rows.advice_row(one)).rowcount:
                    asked = ((one.id, triple) for triple in sorted(set(one.asked)))
                    connection.executemany("INSERT INTO advice_triples VALUES (?, ?)", asked)
            _bump(connection)

    def revoke_advice(self, id: str, at: datetime) -> Advice:
        """Withdraw advice, given by its id or a prefix of it. Raises NotFound or Ambiguous."""
        digits = id.removeprefix("advice:")
        found = [one for one in self.advice() if digits and one.id.removeprefix("advice:").startswith(digits)]
        if len(found) != 1:
            raise (Ambiguous if found else NotFound)(f"{len(found)} advices begin with {id!r}")
        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.execute("UPDATE advice SET revoked_at = ? WHERE id = ?", (at.isoformat(), found[0].id))
            _bump(connection)
        return replace(found[0], revoked_at=at)

    def propose(self, proposals: Iterable[Proposal]) -> int:
        """Record what an LLM concluded; return how many of it are new. What was revoked stays so."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            new = 0
            for one in proposals:
                sql = f"INSERT OR IGNORE INTO proposals VALUES ({placeholders(10)})"
                if connection.execute(sql, rows.proposal_row(one)).rowcount:
                    new += 1
                    connection.executemany(
                        "INSERT INTO proposal_documents VALUES (?, ?)",
                        sorted({(one.id, quote.document_id) for quote in one.quotes}),
                    )
            if new:
                _bump(connection)
        return new

    def revoke_proposal(self, id: str, at: datetime) -> Proposal:
        """Withdraw a proposal, given by its id or a prefix of it. Raises NotFound or Ambiguous."""
        found = [
            one for one in self.proposals() if one.id.removeprefix("proposal:").startswith(id.removeprefix("proposal:"))
        ]
        if len(found) != 1:
            raise (Ambiguous if found else NotFound)(f"{len(found)} proposals begin with {id!r}")
        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.execute("UPDATE proposals SET revoked_at = ? WHERE id = ?", (at.isoformat(), found[0].id))
            _bump(connection)
        return replace(found[0], revoked_at=at)

    def put_parameters(self, parameters: Parameters) -> None:
        """Keep fitted parameters; the ones put last are the current ones."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO parameters VALUES (?, ?)", (parameters.version, pack(asdict(parameters)))
            )
            _set(connection, "parameters", parameters.version)

    def mark_fitted(self, basis: str) -> None:
        """Remember what the parameters put last were fitted with (any string), and how many triples there were."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            _set(connection, "fitted", json.dumps([basis, self.size]))

    def put_seeds(self, seeds: Sequence[str]) -> None:
        """Keep the names that the next extraction looks out for, in place of those kept before."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            _set(connection, "seeds", json.dumps(list(seeds), ensure_ascii=False))

    def mark_fused(self, token: str, revision: int | None = None) -> None:
        """Remember what the graph was last fused from (any string), and at which `revision` (now, unless it is said)."""
        with ledger_errors(self.path), transaction(self._connection) as connection:
            _set(connection, "fused", token)
            _set(connection, "fused_revision", str(self.revision if revision is None else revision))

    # ------------------------------------------------------------------------------------------------------- reading

    @property
    def revision(self) -> int:
        """A counter that every change of what fusion sees increases."""
        return int(self._state("revision") or 0)

    @property
    def fused(self) -> str | None:
        """What `mark_fused` was last told."""
        return self._state("fused")

    @property
    def ahead(self) -> bool:
        """Whether the ledger has changed since the graph was last fused from it, as when an ingest was stopped."""
        if not self.revision or self.fused is None:
            return self.revision > 0
        fused = self._state("fused_revision")  # absent from a ledger that an earlier version fused
        return fused is not None and int(fused) != self.revision

    @property
    def fitted(self) -> tuple[str, int] | None:
        """What `mark_fitted` was last told, and how many triples there were."""
        basis, size = json.loads(self._state("fitted") or "[null, 0]")
        return None if basis is None else (str(basis), int(size))

    @property
    def size(self) -> int:
        """The number of triples."""
        return int(next(self._rows("SELECT count(*) FROM triples"))[0])

    @property
    def seeds(self) -> tuple[str, ...]:
        """What `put_seeds` was last given."""
        return tuple(json.loads(self._state("seeds") or "[]"))

    def _state(self, key: str) -> str | None:
        with ledger_errors(self.path):
            row = self._connection.execute("SELECT value FROM ledger_state WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[rows.Row]:
        with ledger_errors(self.path):
            yield from self._connection.execute(sql, tuple(parameters))

    def file(self, uri: str) -> FileState | None:
        """Return the state in which the file at `uri` was last read."""
        for row in self._rows("SELECT uri, size, mtime_ns, digest, recipe FROM files WHERE uri = ?", (uri,)):
            return FileState(*row)
        return None

    def documents(self) -> Iterator[Document]:
        """Iterate over all documents in order of URI, without text and blocks."""
        for row in self._rows(f"SELECT {rows.LIGHT_DOCUMENT} FROM documents ORDER BY uri, id"):
            yield rows.document(row)

    def document(self, id: str) -> Document:
        """Return a whole document by its id. Raises NotFound."""
        for row in self._rows(f"SELECT {rows.DOCUMENT} FROM documents WHERE id = ?", (id,)):
            with ledger_errors(self.path):
                return replace(rows.document(row), properties=properties.of_document(self._connection, id))
        raise NotFound(f"no document {id}")

    def find_document(self, name: str) -> Document:
        """Return the document (without text) that an id, a prefix of it, a URI, a path or a file name stands for.

        Raises NotFound, or Ambiguous naming the candidates.
        """
        exact: list[Document] = []
        loose: list[Document] = []
        for document in self.documents():
            match = _match(document, name)
            if match is not None:
                (exact if match else loose).append(document)
        found = exact or loose
        if not found:
            raise NotFound(f"no document {name!r}", hint="`kgfuse status -v` lists the documents.")
        if len(found) > 1:
            raise Ambiguous(
                f"{name!r} could be {', '.join(document.uri for document in found[:5])}", hint="Give the whole path."
            )
        return found[0]

    def documents_by_id(self, ids: Iterable[str]) -> dict[str, Document]:
        """Return documents by id, without text and blocks."""
        found: dict[str, Document] = {}
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.LIGHT_DOCUMENT} FROM documents WHERE id IN ({placeholders(len(batch))})"
            found.update((row[0], rows.document(row)) for row in self._rows(sql, batch))
        return found

    def chunks(self, document_id: str) -> list[Chunk]:
        """Return the chunks of a document in order."""
        sql = f'SELECT {rows.CHUNK} FROM chunks WHERE document_id = ? ORDER BY "start", "end"'
        return [rows.chunk(row) for row in self._rows(sql, (document_id,))]

    def properties(self, *names: str) -> Iterator[tuple[str, Property]]:
        """Iterate over what files say of themselves (under these names), with the documents that say it, in order."""
        with ledger_errors(self.path):
            yield from properties.named(self._connection, *names)

    def triples(self, ids: Iterable[str]) -> list[Triple]:
        """Return triples by id, in order of id; unknown ids are left out."""
        found: list[Triple] = []
        for batch in batched(sorted(set(ids))):
            sql = f"SELECT {rows.TRIPLE} FROM triples WHERE id IN ({placeholders(len(batch))}) ORDER BY id"
            found.extend(rows.triple(row) for row in self._rows(sql, batch))
        return found

    def content(self) -> LedgerContent:
        """Return everything that fusion sees, in canonical order."""
        return self._content(tuple(sorted(self.documents(), key=lambda document: document.id)), "", ())

    def content_of(self, document_ids: Iterable[str]) -> LedgerContent:
        """Return what fusion sees of some documents, with all that was decided; ids of no document are left out."""
        found = self.documents_by_id(document_ids)
        where = "WHERE document_id IN (SELECT value FROM json_each(?))"
        return self._content(tuple(found[id] for id in sorted(found)), where, (json.dumps(sorted(found)),))

    def _content(self, documents: tuple[Document, ...], where: str, parameters: tuple[str, ...]) -> LedgerContent:
        with ledger_errors(self.path):
            self._connection.execute("BEGIN")  # one snapshot, should another process be writing
            try:
                triples = self._rows(f"SELECT {rows.TRIPLE} FROM triples {where} ORDER BY id", parameters)
                mentions = self._rows(
                    f'SELECT document_id, "start", "end", surface, type FROM mentions {where} '
                    'ORDER BY document_id, "start", "end", surface, type',
                    parameters,
                )
                quoted = self._rows(f"SELECT id FROM chunks {where or 'WHERE true'} AND quoted", parameters)
                return LedgerContent(
                    documents=documents,
                    triples=tuple(map(rows.triple, triples)),
                    mentions=tuple(
                        (document_id, Mention(surface, start, end, type or None))
                        for document_id, start, end, surface, type in mentions
                    ),
                    quoted_chunks=frozenset(id for (id,) in quoted),
                    decisions=tuple(self.decisions()),
                    proposals=tuple(self.proposals()),
                    advice=tuple(self.advice()),
                )
            finally:
                self._connection.execute("COMMIT")

    def decisions(self) -> list[MatchDecision]:
        """Return every decision, the revoked ones included."""
        return [rows.decision(row) for row in self._rows("SELECT * FROM decisions")]

    def proposals(self) -> list[Proposal]:
        """Return everything that an LLM proposed, the revoked included, in order of id."""
        return [rows.proposal(row) for row in self._rows("SELECT * FROM proposals ORDER BY id")]

    def advice(self) -> list[Advice]:
        """Return everything that an LLM said of conflicts, the revoked included, in order of id."""
        return [rows.advice(row) for row in self._rows("SELECT * FROM advice ORDER BY id")]

    def failures(self, file_uri: str | None = None) -> list[Failure]:
        """Return what could not be read (of one file, or of all), in order of URI."""
        where, parameters = ("", ()) if file_uri is None else ("WHERE file_uri = ?", (file_uri,))
        sql = f"SELECT uri, error, message, hint FROM failures {where} ORDER BY uri, error, message"
        return [rows.failure(row) for row in self._rows(sql, parameters)]

    def parameters(self) -> Parameters | None:
        """Return the parameters put last."""
        for (body,) in self._rows("SELECT body FROM parameters WHERE version = ?", (self._state("parameters"),)):
            value = json.loads(body)
            reliability = tuple((source, weight) for source, weight in value["reliability"])
            matching = tuple(map(rows.match_weights, value.get("matching", ())))
            by_relation, dependence = (
                tuple((left, right, probability) for left, right, probability in value.get(name, ()))
                for name in ("by_relation", "dependence")
            )
            default = value["default_reliability"]
            phrases = tuple(PhraseMapping(**one) for one in value.get("phrases", ()))
            rules = tuple(map(rows.horn_rule, value.get("rules", ())))
            documents = value.get("documents", 0)
            return Parameters(
                value["version"], reliability, default, matching, by_relation, dependence, phrases, rules, documents
            )
        return None

    def counts(self) -> Counts:
        """Count the rows."""
        names = Counts.__slots__
        return Counts(*(next(self._rows(f"SELECT count(*) FROM {name}"))[0] for name in names))

    def reply_cache(self) -> LedgerReplyCache:
        """Return the cache of LLM replies; it has a connection of its own and may be used from any thread."""
        return self._replies


def _insert(connection: sqlite3.Connection, record: DocumentRecord, file_uri: str) -> None:
    # A document's id hashes URI and bytes, so the same id is the same document: reading again replaces it.
    connection.execute("DELETE FROM documents WHERE id = ?", (record.document.id,))
    mentions = (
        (record.document.id, mention.start, mention.end, mention.surface, mention.entity_type or "")
        for mention in record.extraction.mentions
    )
    connection.execute(_INSERT_DOCUMENT, rows.document_row(record.document, file_uri))
    properties.store(connection, record.document)
    connection.executemany(_INSERT_CHUNK, map(rows.chunk_row, record.chunks))
    connection.executemany(_INSERT_TRIPLE, map(rows.triple_row, record.extraction.triples))
    connection.executemany("INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, ?, ?)", mentions)


def _match(document: Document, name: str) -> bool | None:
    """Whether `name` means the document exactly (True), by an abbreviated id or a file name (False), or not at all."""
    if name in (document.id, document.uri) or Path(name).expanduser().absolute().as_uri() == document.uri:
        return True
    digits = name.removeprefix("document:")
    if len(digits) >= 8 and document.id.removeprefix("document:").startswith(digits):
        return False
    return False if forgetting.is_called(document.uri, name) else None


_INSERT_DOCUMENT = f"INSERT INTO documents VALUES ({placeholders(12)})"
_INSERT_CHUNK = f"INSERT OR IGNORE INTO chunks ({rows.CHUNK}) VALUES ({placeholders(9)})"
_INSERT_TRIPLE = f"INSERT OR IGNORE INTO triples VALUES ({placeholders(13)})"


def _set(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO ledger_state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def _bump(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO ledger_state VALUES ('revision', '1') "
        "ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
    )
