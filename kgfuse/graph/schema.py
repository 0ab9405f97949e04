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

# What a projection (Neo4j) must be told. `journal` keeps for every element the last position at which anything of it
# was written or removed: triggers say so, so no writer can forget to, and it grows with the elements, not the writes.
# Its keys are ids and numbers, never words, for they stay when a document is forgotten. `changed` is the one way into it; an
# UPDATE and a guarded INSERT, since the OR clause of an outer statement would overrule an ON CONFLICT here.
_VERSION_2 = """
CREATE TABLE journal (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_position ON journal (position);
CREATE VIEW changed AS SELECT kind, key FROM journal;
CREATE TRIGGER changed_noted INSTEAD OF INSERT ON changed BEGIN
    UPDATE journal SET position = (SELECT max(position) + 1 FROM journal) WHERE kind = new.kind AND key = new.key;
    INSERT INTO journal SELECT new.kind, new.key, (SELECT coalesce(max(position), 0) + 1 FROM journal)
        WHERE NOT EXISTS (SELECT 1 FROM journal WHERE kind = new.kind AND key = new.key);
END;

CREATE TABLE literal_values (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX fact_versions_value ON fact_versions (json_remove(literal, '$[0]')) WHERE literal IS NOT NULL;
INSERT INTO literal_values (key) SELECT DISTINCT json_remove(literal, '$[0]') FROM fact_versions WHERE literal IS NOT NULL;

CREATE TABLE ledger_identity (id TEXT NOT NULL) STRICT;
INSERT INTO ledger_identity VALUES (lower(hex(randomblob(16))));

CREATE TABLE targets (
    number INTEGER PRIMARY KEY,
    stamp TEXT NOT NULL UNIQUE,
    place TEXT NOT NULL,
    position INTEGER NOT NULL,
    layout TEXT NOT NULL
) STRICT;
CREATE TABLE pushed (
    target INTEGER NOT NULL REFERENCES targets (number) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    elements TEXT NOT NULL,
    PRIMARY KEY (target, kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE pushed_sums (
    target INTEGER NOT NULL REFERENCES targets (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (target, name)
) STRICT, WITHOUT ROWID;

INSERT INTO changed SELECT 'entity', id FROM entities;
INSERT INTO changed SELECT 'entity', subject FROM fact_versions WHERE subject NOT IN (SELECT id FROM entities);
INSERT INTO changed SELECT 'entity', object FROM fact_versions
    WHERE object IS NOT NULL AND object NOT IN (SELECT id FROM entities);
INSERT INTO changed SELECT 'value', CAST(number AS TEXT) FROM literal_values;
INSERT INTO changed SELECT 'chunk', id FROM chunks;
INSERT INTO changed SELECT 'claim', triple_id FROM claims;
INSERT INTO changed SELECT 'document', id FROM documents;
INSERT INTO changed SELECT 'attachment', id FROM documents WHERE parent_id IS NOT NULL;
INSERT INTO changed SELECT DISTINCT 'fact', id FROM fact_versions;

CREATE TRIGGER entities_journal_added AFTER INSERT ON entities BEGIN
    INSERT INTO changed VALUES ('entity', new.id);
END;
CREATE TRIGGER entities_journal_removed AFTER DELETE ON entities BEGIN
    INSERT INTO changed VALUES ('entity', old.id);
END;
CREATE TRIGGER entity_members_journal_added AFTER INSERT ON entity_members BEGIN
    INSERT INTO changed SELECT 'entity', new.member_id
        WHERE NOT EXISTS (SELECT 1 FROM entities WHERE id = new.member_id)
        AND (EXISTS (SELECT 1 FROM fact_versions WHERE subject = new.member_id)
            OR EXISTS (SELECT 1 FROM fact_versions WHERE object = new.member_id));
END;
CREATE TRIGGER entity_members_journal_removed AFTER DELETE ON entity_members BEGIN
    INSERT INTO changed SELECT 'entity', old.member_id
        WHERE NOT EXISTS (SELECT 1 FROM entities WHERE id = old.member_id)
        AND (EXISTS (SELECT 1 FROM fact_versions WHERE subject = old.member_id)
            OR EXISTS (SELECT 1 FROM fact_versions WHERE object = old.member_id));
END;

CREATE TRIGGER literal_values_journal_added AFTER INSERT ON literal_values BEGIN
    INSERT INTO changed VALUES ('value', CAST(new.number AS TEXT));
END;
CREATE TRIGGER literal_values_journal_removed AFTER DELETE ON literal_values BEGIN
    INSERT INTO changed VALUES ('value', CAST(old.number AS TEXT));
END;

CREATE TRIGGER fact_versions_journal_added AFTER INSERT ON fact_versions BEGIN
    INSERT INTO changed VALUES ('fact', new.id);
    INSERT INTO changed SELECT 'entity', new.subject
        WHERE new.literal IS NOT NULL OR NOT EXISTS (SELECT 1 FROM entities WHERE id = new.subject);
    INSERT INTO changed SELECT 'entity', new.object
        WHERE new.object IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entities WHERE id = new.object);
    INSERT INTO literal_values (key) SELECT json_remove(new.literal, '$[0]')
        WHERE new.literal IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM literal_values WHERE key = json_remove(new.literal, '$[0]'));
END;
CREATE TRIGGER fact_versions_journal_updated AFTER UPDATE ON fact_versions BEGIN
    INSERT INTO changed VALUES ('fact', new.id);
    INSERT INTO changed SELECT 'entity', new.subject WHERE new.literal IS NOT NULL;
END;
CREATE TRIGGER fact_versions_journal_removed AFTER DELETE ON fact_versions BEGIN
    INSERT INTO changed VALUES ('fact', old.id);
    INSERT INTO changed SELECT 'entity', old.subject
        WHERE old.literal IS NOT NULL OR NOT EXISTS (SELECT 1 FROM entities WHERE id = old.subject);
    INSERT INTO changed SELECT 'entity', old.object
        WHERE old.object IS NOT NULL AND NOT EXISTS (SELECT 1 FROM entities WHERE id = old.object);
    DELETE FROM literal_values WHERE old.literal IS NOT NULL AND key = json_remove(old.literal, '$[0]')
        AND NOT EXISTS (SELECT 1 FROM fact_versions
            WHERE literal IS NOT NULL AND json_remove(literal, '$[0]') = json_remove(old.literal, '$[0]'));
END;

CREATE TRIGGER fact_sentences_journal_added AFTER INSERT ON fact_sentences BEGIN
    INSERT INTO changed VALUES ('fact', new.fact_id);
END;
CREATE TRIGGER fact_sentences_journal_removed AFTER DELETE ON fact_sentences BEGIN
    INSERT INTO changed VALUES ('fact', old.fact_id);
END;

CREATE TRIGGER claims_journal_added AFTER INSERT ON claims BEGIN
    INSERT INTO changed VALUES ('claim', new.triple_id);
END;
CREATE TRIGGER claims_journal_removed AFTER DELETE ON claims BEGIN
    INSERT INTO changed VALUES ('claim', old.triple_id);
END;
CREATE TRIGGER triples_journal_added AFTER INSERT ON triples BEGIN
    INSERT INTO changed SELECT 'claim', new.id WHERE EXISTS (SELECT 1 FROM claims WHERE triple_id = new.id);
END;
CREATE TRIGGER triples_journal_removed AFTER DELETE ON triples BEGIN
    INSERT INTO changed SELECT 'claim', old.id WHERE EXISTS (SELECT 1 FROM claims WHERE triple_id = old.id);
END;

CREATE TRIGGER links_journal_added AFTER INSERT ON links BEGIN
    INSERT INTO changed VALUES ('chunk', new.chunk_id);
END;
CREATE TRIGGER links_journal_removed AFTER DELETE ON links BEGIN
    INSERT INTO changed VALUES ('chunk', old.chunk_id);
END;

CREATE TRIGGER vectors_journal_added AFTER INSERT ON vectors BEGIN
    INSERT INTO changed SELECT new.kind, new.id WHERE new.kind IN ('chunk', 'fact');
END;
CREATE TRIGGER vectors_journal_removed AFTER DELETE ON vectors BEGIN
    INSERT INTO changed SELECT old.kind, old.id WHERE old.kind IN ('chunk', 'fact');
END;

CREATE TRIGGER chunks_journal_added AFTER INSERT ON chunks BEGIN
    INSERT INTO changed VALUES ('chunk', new.id);
    INSERT INTO changed VALUES ('document', new.document_id);
END;
CREATE TRIGGER chunks_journal_removed AFTER DELETE ON chunks BEGIN
    INSERT INTO changed VALUES ('chunk', old.id);
    INSERT INTO changed VALUES ('document', old.document_id);
END;
CREATE TRIGGER documents_journal_added AFTER INSERT ON documents BEGIN
    INSERT INTO changed VALUES ('document', new.id);
    INSERT INTO changed SELECT 'attachment', new.id WHERE new.parent_id IS NOT NULL;
END;
CREATE TRIGGER documents_journal_removed AFTER DELETE ON documents BEGIN
    INSERT INTO changed VALUES ('document', old.id);
    INSERT INTO changed SELECT 'attachment', old.id WHERE old.parent_id IS NOT NULL;
END;
CREATE INDEX links_chunk ON links (chunk_id);
"""

# What holds between documents beyond attachments: which mail answers which, what is a near duplicate of what.
_VERSION_3 = """
CREATE TABLE document_relations (
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    target TEXT NOT NULL,
    likeness REAL,
    PRIMARY KEY (source, type, target)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER document_relations_journal_added AFTER INSERT ON document_relations BEGIN
    INSERT INTO changed VALUES ('relation', new.source);
END;
CREATE TRIGGER document_relations_journal_removed AFTER DELETE ON document_relations BEGIN
    INSERT INTO changed VALUES ('relation', old.source);
END;
"""

# The surest facts of a thing without a look at all of them: some things have tens of thousands.
_VERSION_4 = """
CREATE INDEX fact_versions_surest_of ON fact_versions (subject, confidence DESC, id) WHERE retracted_at IS NULL;
CREATE INDEX fact_versions_surest_about ON fact_versions (object, confidence DESC, id)
    WHERE retracted_at IS NULL AND object IS NOT NULL;

-- The signs of a vector's dimensions, for searches in very many of them (kgfuse.graph.codes).
CREATE TABLE vector_codes (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    code BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER vectors_removed AFTER DELETE ON vectors BEGIN
    DELETE FROM vector_codes WHERE kind = old.kind AND id = old.id;
END;
"""

# Entities have vectors as well, and Neo4j is told of them. Vectors have numbers, so that what the codes choose is read
# without looking ids up; a walk reads its facts from the index alone. Triggers that name a table go before it is renamed.
_VERSION_5 = """
DROP TRIGGER fact_sentences_removed;
DROP TRIGGER chunks_removed;
CREATE TABLE numbered_vectors (
    number INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (kind, id)
) STRICT;
INSERT INTO numbered_vectors SELECT rowid, kind, id, model, vector FROM vectors ORDER BY rowid;
DROP TABLE vectors;
ALTER TABLE numbered_vectors RENAME TO vectors;
CREATE TRIGGER fact_sentences_removed AFTER DELETE ON fact_sentences BEGIN
    DELETE FROM fact_search WHERE rowid = old.id;
    DELETE FROM vectors WHERE kind = 'fact' AND id = old.fact_id;
END;
CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN
    DELETE FROM chunk_search WHERE rowid = old.rowid;
    DELETE FROM vectors WHERE kind = 'chunk' AND id = old.id;
END;
CREATE TRIGGER vectors_journal_added AFTER INSERT ON vectors BEGIN
    INSERT INTO changed SELECT new.kind, new.id WHERE new.kind IN ('chunk', 'fact', 'entity');
END;
CREATE TRIGGER vectors_journal_removed AFTER DELETE ON vectors BEGIN
    INSERT INTO changed SELECT old.kind, old.id WHERE old.kind IN ('chunk', 'fact', 'entity');
END;

CREATE TABLE numbered_codes (
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    code BLOB NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT, WITHOUT ROWID;
INSERT INTO numbered_codes SELECT kind, number, code FROM vector_codes JOIN vectors USING (kind, id) ORDER BY 1, 2;
DROP TABLE vector_codes;
ALTER TABLE numbered_codes RENAME TO vector_codes;
CREATE TRIGGER vectors_removed AFTER DELETE ON vectors BEGIN
    DELETE FROM vector_codes WHERE kind = old.kind AND number = old.number;
END;

DROP INDEX fact_versions_surest_of;
DROP INDEX fact_versions_surest_about;
CREATE INDEX fact_versions_surest_of ON fact_versions (subject, confidence DESC, id, relation, object, literal)
    WHERE retracted_at IS NULL;
CREATE INDEX fact_versions_surest_about ON fact_versions (object, confidence DESC, id, subject, relation, literal)
    WHERE retracted_at IS NULL AND object IS NOT NULL;
"""

# Codes are those of a learned codebook (kgfuse.graph.codes); those of signs go.
_VERSION_6 = """
DELETE FROM vector_codes;
CREATE TABLE vector_codebooks (
    kind TEXT NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    centroids BLOB NOT NULL,
    learned_at INTEGER NOT NULL -- the highest number of a vector then
) STRICT, WITHOUT ROWID;
"""

# Entities that are no more, while the history of facts tells of them: what was known of a thing can be asked by its name.
_VERSION_7 = """
CREATE TABLE former_entities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT,
    aliases TEXT NOT NULL,
    mention_count INTEGER NOT NULL,
    members TEXT NOT NULL
) STRICT;
CREATE TABLE former_names (
    id INTEGER PRIMARY KEY,
    entity_id TEXT NOT NULL REFERENCES former_entities (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    folded TEXT NOT NULL
) STRICT;
CREATE INDEX former_names_entity ON former_names (entity_id);
CREATE INDEX former_names_folded ON former_names (folded);
CREATE VIRTUAL TABLE former_name_search USING fts5 (name, tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER former_names_added AFTER INSERT ON former_names BEGIN
    INSERT INTO former_name_search (rowid, name) VALUES (new.id, new.name);
END;
CREATE TRIGGER former_names_removed AFTER DELETE ON former_names BEGIN
    DELETE FROM former_name_search WHERE rowid = old.id;
END;
CREATE TRIGGER former_entities_journal_added AFTER INSERT ON former_entities BEGIN
    INSERT INTO changed VALUES ('entity', new.id);
END;
CREATE TRIGGER former_entities_journal_removed AFTER DELETE ON former_entities BEGIN
    INSERT INTO changed VALUES ('entity', old.id);
END;
"""

GRAPH = Component("graph", (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6, _VERSION_7))
