"""The ledger's tables: what each source said, and every decision taken about it."""

from __future__ import annotations

from kgfuse.sqlite import Component

_VERSION_1 = """
CREATE TABLE files (
    uri TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    digest TEXT NOT NULL,
    recipe TEXT NOT NULL
) STRICT;

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    file_uri TEXT NOT NULL REFERENCES files (uri) ON DELETE CASCADE,
    parent_id TEXT REFERENCES documents (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    uri TEXT NOT NULL,
    media_type TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    blocks TEXT NOT NULL,
    source TEXT NOT NULL,
    published_at TEXT,
    date_source TEXT,
    author TEXT
) STRICT;
CREATE INDEX documents_file ON documents (file_uri);
CREATE INDEX documents_parent ON documents (parent_id);

CREATE TABLE chunks (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    heading_path TEXT NOT NULL,
    page INTEGER,
    quoted INTEGER NOT NULL
) STRICT;
CREATE INDEX chunks_document ON chunks (document_id, "start");

CREATE TABLE triples (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    chunk_id TEXT NOT NULL REFERENCES chunks (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    predicate TEXT NOT NULL,
    object TEXT NOT NULL,
    evidence TEXT NOT NULL,
    confidence REAL NOT NULL,
    extractor TEXT NOT NULL,
    qualifiers TEXT NOT NULL,
    negated INTEGER NOT NULL,
    valid_from TEXT,
    valid_to TEXT
) STRICT;
CREATE INDEX triples_document ON triples (document_id);
CREATE INDEX triples_chunk ON triples (chunk_id);

CREATE TABLE mentions (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    surface TEXT NOT NULL,
    type TEXT NOT NULL,
    PRIMARY KEY (document_id, "start", "end", surface, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE failures (
    file_uri TEXT NOT NULL REFERENCES files (uri) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    hint TEXT NOT NULL,
    PRIMARY KEY (file_uri, uri, error, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    "left" TEXT NOT NULL,
    "right" TEXT NOT NULL,
    judgement TEXT NOT NULL,
    score REAL NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    revoked_at TEXT,
    PRIMARY KEY ("left", "right", decided_by, decided_at),
    CHECK ("left" < "right")
) STRICT, WITHOUT ROWID;

CREATE TABLE replies (
    key TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    request TEXT NOT NULL,
    reply TEXT NOT NULL
) STRICT;

CREATE TABLE parameters (
    version TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE ledger_state (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE forgotten (
    triple_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
"""
# `forgotten` holds the ids of forgotten documents and their triples until the graph store has purged its history of them.

# What an LLM proposes goes with any of the documents that it quotes.
_VERSION_2 = """
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT NOT NULL,
    confidence REAL NOT NULL,
    quotes TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE proposal_documents (
    proposal_id TEXT NOT NULL REFERENCES proposals (id) ON DELETE CASCADE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    PRIMARY KEY (proposal_id, document_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX proposal_documents_document ON proposal_documents (document_id);
CREATE TRIGGER proposal_documents_removed AFTER DELETE ON proposal_documents BEGIN
    DELETE FROM proposals WHERE id = old.proposal_id;
END;
"""

# What an LLM said of a conflict goes with any of the triples that it was asked about.
_VERSION_3 = """
CREATE TABLE advice (
    id TEXT PRIMARY KEY,
    asked TEXT NOT NULL,
    preferred TEXT NOT NULL,
    rejected TEXT NOT NULL,
    why TEXT NOT NULL,
    advised_by TEXT NOT NULL,
    advised_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE advice_triples (
    advice_id TEXT NOT NULL REFERENCES advice (id) ON DELETE CASCADE,
    triple_id TEXT NOT NULL REFERENCES triples (id) ON DELETE CASCADE,
    PRIMARY KEY (advice_id, triple_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advice_triples_triple ON advice_triples (triple_id);
CREATE TRIGGER advice_triples_removed AFTER DELETE ON advice_triples BEGIN
    DELETE FROM advice WHERE id = old.advice_id;
END;
"""

# What files say of themselves beside their text: the headers of mails, links, outlines, MinHash signatures.
_VERSION_4 = """
CREATE TABLE properties (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    quote TEXT NOT NULL,
    PRIMARY KEY (document_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX properties_name ON properties (name, document_id);
"""

# The row of column names, for a chunk that begins in the middle of a table.
_VERSION_5 = """
ALTER TABLE chunks ADD COLUMN table_header TEXT NOT NULL DEFAULT '';
"""

# What an earlier state of a file gave to the graph's history, so that forgetting its documents takes that with it.
_VERSION_6 = """
CREATE TABLE replaced (
    uri TEXT NOT NULL,
    file_uri TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('triple', 'name')),
    value TEXT NOT NULL, -- the id of a triple, or a name that stood there
    PRIMARY KEY (file_uri, uri, kind, value)
) STRICT, WITHOUT ROWID;
"""

LEDGER = Component("ledger", (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6))
