"""Everything that kgfuse raises on purpose.

    KgfuseError
    ├── UsageError                    the call is wrong
    │   ├── ConfigurationError        a setting is missing or wrong
    │   ├── OntologyError             an ontology file is wrong
    │   ├── PathMissing               a path to ingest does not exist
    │   ├── NotFound                  no such entity, fact or document in the ledger
    │   └── Ambiguous                 a name or an abbreviated id stands for several things
    ├── IngestError                   one file could not be read; the others are
    │   ├── UnknownFormat             no reader for this type of file
    │   ├── EmptyFile                 nothing in it
    │   ├── NoText                    it opens, but holds no text (a scan, say)
    │   ├── TooLarge                  over the size limit
    │   │   └── OutOfMemory           its reader wanted more memory than it may have
    │   ├── Encrypted                 needs a password
    │   ├── Damaged                   truncated or malformed
    │   ├── Unreadable                the system refuses to read it
    │   └── FileChanged               it changed while it was read              (transient)
    ├── LanguageModelError            the LLM server
    │   ├── KeyRejected               no key, or a wrong one
    │   ├── ServerUnreachable         no answer                                 (transient)
    │   ├── ServerBusy                rate limit or overload                    (transient)
    │   ├── RequestRejected           the server says that the request is wrong
    │   ├── BudgetSpent               the run's budget of tokens or money is used up
    │   └── ReplyUnusable             the reply does not fit the schema, even after a repair turn
    ├── ModelError                    a local model is missing, or is not the one that was published
    ├── LedgerError                   the ledger file
    │   ├── NotALedger                the file is something else
    │   ├── LedgerTooNew              written by a newer kgfuse
    │   ├── LedgerLocked              another process is writing                (transient)
    │   ├── LedgerReadOnly            the file or its folder cannot be written
    │   ├── LedgerDamaged             SQLite says that the file is corrupt
    │   └── DiskFull                  no room to write                          (transient)
    └── GraphStoreError               the graph store, when it is not the ledger's own file
        ├── DatabaseUnreachable       Neo4j does not answer                     (transient)
        ├── CredentialsRejected       wrong user or password
        ├── DatabaseUnknown           no database of this name
        ├── DatabaseReadOnly          it may not be written
        ├── TransactionMemoryFull     one transaction needs more than allowed   (transient)
        ├── DatabaseTooOld            it has no vector indexes
        ├── SchemaConflict            a constraint or an index of somebody else is in the way
        ├── KnowledgeBaseTaken        the name holds the graph of another ledger
        ├── ParityBroken              after a push the two still differ         (transient)
        └── QueryFailed               Neo4j refuses for another reason

Every leaf is `transient` (the same call may work later) or terminal, and carries `hint`: what to do next. `exit_code` is
what the command line ends with: 2 for usage, 1 for everything else.
"""

from __future__ import annotations

from typing import ClassVar


class KgfuseError(Exception):
    """The root. `str(error)` says what happened, `error.hint` what to do next."""

    transient: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = self.default_hint if hint is None else hint


class UsageError(KgfuseError):
    """The call is wrong."""

    exit_code = 2


class ConfigurationError(UsageError):
    """A setting is missing or wrong."""

    default_hint = "Correct kgfuse.toml or the KGFUSE_* environment variable that the message names."


class OntologyError(UsageError):
    """An ontology file is wrong."""

    default_hint = "Correct the ontology file; docs/ontology.md describes its fields."


class PathMissing(UsageError):
    """A path to ingest does not exist."""

    default_hint = "Check the spelling; quote a glob so that the shell leaves it alone."


class NotFound(UsageError):
    """No such entity, fact or document in the ledger."""

    default_hint = "`kgfuse search` finds names; `kgfuse status` says what the ledger holds."


class Ambiguous(UsageError):
    """A name or an abbreviated id stands for several things."""

    default_hint = "Give the whole id."


class IngestError(KgfuseError):
    """One file could not be read; the others are."""


class UnknownFormat(IngestError):
    """No reader for this type of file."""

    default_hint = "Convert it to PDF, HTML, DOCX, XLSX, EML, Markdown or plain text."


class EmptyFile(IngestError):
    """Nothing in it."""

    default_hint = "Nothing to do, unless the file should not be empty."


class NoText(IngestError):
    """It opens, but holds no text."""

    default_hint = "If it is a scan, run it through OCR first."


class TooLarge(IngestError):
    """Over the size limit."""

    default_hint = "Raise ingest.max_file_bytes, or split the file."


class OutOfMemory(TooLarge):
    """A file whose reader wanted more memory than it may have; what ran into it is not to be trusted with another file."""


class Encrypted(IngestError):
    """Needs a password."""

    default_hint = "Save a copy without a password and ingest that."


class Damaged(IngestError):
    """Truncated or malformed."""

    default_hint = "Fetch the file again, or open and re-save it with the program that made it."


class Unreadable(IngestError):
    """The system refuses to read it."""

    default_hint = "Check the file's permissions."


class FileChanged(IngestError):
    """It changed while it was read."""

    transient = True
    default_hint = "Ingest again once nothing writes to the file."


class LanguageModelError(KgfuseError):
    """The LLM server."""


class KeyRejected(LanguageModelError):
    """No key, or a wrong one."""

    default_hint = "Set KGFUSE_LLM__API_KEY, or use `--extractor spacy`, which needs none."


class ServerUnreachable(LanguageModelError):
    """No answer."""

    transient = True
    default_hint = "Check KGFUSE_LLM__BASE_URL and that the server runs; what is done so far is kept, ingest again."


class ServerBusy(LanguageModelError):
    """Rate limit or overload."""

    transient = True
    default_hint = "Wait, then ingest again; what is done so far is kept. Lower llm.concurrency if it happens often."


class RequestRejected(LanguageModelError):
    """The server says that the request is wrong."""

    default_hint = "Check KGFUSE_LLM__MODEL and what the server supports."


class BudgetSpent(LanguageModelError):
    """The run's budget of tokens or money is used up."""

    default_hint = (
        "What is done is kept, and replies that were paid for are not asked again: "
        "raise llm.token_budget or llm.money_budget and repeat the command, which goes on from here."
    )


class ReplyUnusable(LanguageModelError):
    """The reply does not fit the schema, even after a repair turn."""

    default_hint = "Try a stronger model: with another model the documents are extracted again."


class ModelError(KgfuseError):
    """A local model is missing, or is not the one that was published."""

    default_hint = "Reinstall kgfuse: `pip install --force-reinstall kgfuse`."


class LedgerError(KgfuseError):
    """The ledger file."""


class NotALedger(LedgerError):
    """The file is something else."""

    default_hint = "Name another file with --kb; this one is left as it is."


class LedgerTooNew(LedgerError):
    """Written by a newer kgfuse."""

    default_hint = "Upgrade kgfuse; the ledger is left as it is."


class LedgerLocked(LedgerError):
    """Another process is writing."""

    transient = True
    default_hint = "Wait for the other kgfuse to end, then repeat the command."


class LedgerReadOnly(LedgerError):
    """The file or its folder cannot be written."""

    default_hint = "Check the permissions of the ledger and its folder, or name another file with --kb."


class LedgerDamaged(LedgerError):
    """SQLite says that the file is corrupt."""

    default_hint = "Restore a backup, or ingest the documents into a new ledger."


class DiskFull(LedgerError):
    """No room to write."""

    transient = True
    default_hint = "Free some space, then repeat the command; what is done so far is kept."


class GraphStoreError(KgfuseError):
    """The graph store, when it is not the ledger's own file."""


class DatabaseUnreachable(GraphStoreError):
    """Neo4j does not answer."""

    transient = True
    default_hint = (
        "Check KGFUSE_NEO4J_URI and that the server runs, then `kgfuse push`; "
        "the ledger is whole, and what was pushed is kept."
    )


class CredentialsRejected(GraphStoreError):
    """Wrong user or password."""

    default_hint = "Set KGFUSE_NEO4J_USER and KGFUSE_NEO4J_PASSWORD (or neo4j.password_file), then `kgfuse push`."


class DatabaseUnknown(GraphStoreError):
    """No database of this name."""

    default_hint = "Correct KGFUSE_NEO4J__DATABASE; unset, it is the user's home database (`neo4j`)."


class DatabaseReadOnly(GraphStoreError):
    """It may not be written."""

    default_hint = "Make the database writable or push as a user who may write, then `kgfuse push`."


class TransactionMemoryFull(GraphStoreError):
    """One transaction needs more than the server allows."""

    transient = True
    default_hint = "Raise dbms.memory.transaction.total.max (or the heap) in neo4j.conf, then `kgfuse push`."


class DatabaseTooOld(GraphStoreError):
    """It has no vector indexes, or none that can be set."""

    default_hint = "Upgrade the server to Neo4j 5.26 or later."


class SchemaConflict(GraphStoreError):
    """A constraint or an index of somebody else is in the way."""

    default_hint = "Drop or rename what the message names, or push into another database (KGFUSE_NEO4J__DATABASE)."


class KnowledgeBaseTaken(GraphStoreError):
    """The name holds the graph of another ledger."""

    default_hint = "Choose another name (KGFUSE_NEO4J__KB), or replace what is there with `kgfuse push --verify`."


class ParityBroken(GraphStoreError):
    """After a push the ledger and Neo4j still differ."""

    transient = True
    default_hint = "Somebody else writes to this knowledge base in Neo4j: stop that, then `kgfuse push --verify`."


class QueryFailed(GraphStoreError):
    """Neo4j refuses for another reason."""

    default_hint = "Look into the server's log; `kgfuse push` goes on from where it was."
