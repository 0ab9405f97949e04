"""The embedded graph's tables, beside the ledger's in the same file."""

from __future__ import annotations

from kgfuse.sqlite import Component

_VERSION_1 = """
CREATE TABLE entities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT,
    aliases TEXT NOT NULL,
    mention_count INTEGER NOT NULL,
    members TEXT NOT NULL
) STRICT;

CREATE TABLE entity_members (
    member_id TEXT PRIMARY KEY,
    entity_id TEXT NOT NULL REFERENCES entities (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_members_entity ON entity_members (entity_id);

CREATE TABLE entity_names (
    id INTEGER PRIMARY KEY,
    entity_id TEXT NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL
) STRICT;
CREATE INDEX entity_names_entity ON entity_names (entity_id);
CREATE INDEX entity_names_folded ON entity_names (folded);
CREATE VIRTUAL TABLE name_search USING fts5 (name, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER entity_names_added AFTER INSERT ON entity_names BEGIN
    INSERT INTO name_search (rowid, name) VALUES (new.id, new.name);
END;
CREATE TRIGGER entity_names_removed AFTER DELETE ON entity_names BEGIN
    DELETE FROM name_search WHERE rowid = old.id;
END;

CREATE TABLE fact_versions (
    version INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    subject TEXT NOT NULL,
    relation TEXT NOT NULL,
    object TEXT,
    literal TEXT,
    valid_from TEXT,
    valid_to TEXT,
    valid_from_at TEXT,
    valid_to_at TEXT,
    confidence REAL NOT NULL,
    status TEXT NOT NULL,
    supported_by TEXT NOT NULL,
    opposed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    qualifiers TEXT NOT NULL,
    premises TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    retracted_at TEXT,
    CHECK ((object IS NULL) <> (literal IS NULL))
) STRICT;
CREATE UNIQUE INDEX fact_versions_current ON fact_versions (id) WHERE retracted_at IS NULL;
CREATE INDEX fact_versions_id ON fact_versions (id);
CREATE INDEX fact_versions_subject ON fact_versions (subject, relation);
CREATE INDEX fact_versions_object ON fact_versions (object, relation) WHERE object IS NOT NULL;

CREATE TABLE fact_sentences (
    id INTEGER PRIMARY KEY,
    fact_id TEXT NOT NULL UNIQUE,
    sentence TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE fact_search USING fts5 (sentence, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TRIGGER fact_sentences_added AFTER INSERT ON fact_sentences BEGIN
    INSERT INTO fact_search (rowid, sentence) VALUES (new.id, new.sentence);
END;
CREATE TRIGGER fact_sentences_removed AFTER DELETE ON fact_sentences BEGIN
    DELETE FROM fact_search WHERE rowid = old.id;
    DELETE FROM vectors WHERE kind = 'fact' AND id = old.fact_id;
END;

CREATE TABLE claims (
    triple_id TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE links (
    entity_id TEXT NOT NULL,
    chunk_id TEXT NOT NULL,
    PRIMARY KEY (entity_id, chunk_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE vectors (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE VIRTUAL TABLE chunk_search USING fts5 (text, headings, tokenize = 'porter unicode61 remove_diacritics 2');
INSERT INTO chunk_search (rowid, text, headings) SELECT rowid, text, heading_path FROM chunks;
CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
    INSERT INTO chunk_search (rowid, text, headings) VALUES (new.rowid, new.text, new.heading_path);
END;
CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_search WHERE rowid = old.rowid;
    DELETE FROM vectors WHERE kind = 'chunk' AND id = old.id;
END;
"""

GRAPH = Component("graph", (_VERSION_1,))
