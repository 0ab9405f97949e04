"""What each source said and what was decided about it: a SQLite file."""

from kgfuse.ledger.ledger import Counts, DocumentRecord, FileState, Ledger
from kgfuse.ledger.replies import LedgerReplyCache

__all__ = ["Counts", "DocumentRecord", "FileState", "Ledger", "LedgerReplyCache"]
