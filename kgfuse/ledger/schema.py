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
# `forgotten` holds the triples of forgotten documents until the graph store has purged them from its history.

LEDGER = Component("ledger", (_VERSION_1,))
