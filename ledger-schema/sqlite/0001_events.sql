-- The log. Numbers are handed out by the program in the transaction that appends, never by the
-- database: a sequence has gaps after a rollback, and a gap must mean that something is missing.

-- Settings that never change. `format` is the layout of all tables; a program that knows a
-- smaller number must not touch the file.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('format', CAST('1' AS BLOB));

-- One stream for each source key. Numbers follow the order of reading, so that every index that
-- starts with stream_id is written at its right edge during a bulk read.
CREATE TABLE stream (
    stream_id     INTEGER PRIMARY KEY NOT NULL,
    source_system TEXT NOT NULL,
    object_type   TEXT NOT NULL,
    source_id     TEXT NOT NULL,
    UNIQUE (source_system, object_type, source_id)
) STRICT;

-- header, facts and commitment are what the leaf is hashed over (HASHING.md). The columns before
-- them repeat what the database must search by; leaf is the start of the leaf itself, which tells
-- a check which event was changed when the root says that one was. No index on a digest: a random unique index makes
-- appending five times slower at a million rows.
CREATE TABLE event (
    position   INTEGER PRIMARY KEY NOT NULL CHECK (position >= 0),
    stream_id  INTEGER NOT NULL,
    parent_id  INTEGER,
    type_id    INTEGER NOT NULL,
    idem       INTEGER NOT NULL,
    leaf       INTEGER NOT NULL,
    commitment BLOB CHECK (length(commitment) = 32),
    header     BLOB NOT NULL,
    facts      BLOB NOT NULL
) STRICT;

-- A stream holds an event at most once; also the way to all events of one stream.
CREATE UNIQUE INDEX event_stream ON event (stream_id, idem);

-- Finds the few events that are not about one record each (runs, plans, gates, decisions) without
-- reading the many that are. The list is part of the index and of the question; both must be equal.
CREATE INDEX event_rare ON event (type_id, position)
    WHERE type_id NOT IN (11, 30, 50, 51, 52, 56, 60, 81, 82);

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events never change'); END;

CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

CREATE TRIGGER stream_no_update BEFORE UPDATE ON stream
BEGIN SELECT RAISE(ABORT, 'streams never change'); END;

CREATE TRIGGER stream_no_delete BEFORE DELETE ON stream
BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;

-- One row. The frontier is the right edge of the tree: all that is needed to append to it, so
-- that a start after a crash reads this row and nothing else. The epoch counts writers.
CREATE TABLE head (
    one         INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    size        INTEGER NOT NULL,
    frontier    BLOB NOT NULL,
    next_stream INTEGER NOT NULL,
    epoch       INTEGER NOT NULL
) STRICT;

INSERT INTO head (one, size, frontier, next_stream, epoch) VALUES (1, 0, x'', 0, 0);

-- Root of each 1,024 leaves: a proof recomputes the leaves of one or two of them.
CREATE TABLE subtree (
    number INTEGER PRIMARY KEY NOT NULL,
    root   BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;
