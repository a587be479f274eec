-- The log. Numbers are handed out by the program in the transaction that appends, never by the
-- database: a sequence has gaps after a rollback and commits out of order, and a gap must mean
-- that something is missing.

-- Settings that never change. `format` is the layout of all tables; a program that knows a
-- smaller number must not touch them.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BYTEA NOT NULL
);

INSERT INTO meta (name, value) VALUES ('format', '1');

-- One stream for each source key. Numbers follow the order of reading, so that every index that
-- starts with stream_id is written at its right edge during a bulk read.
CREATE TABLE stream (
    stream_id     BIGINT PRIMARY KEY NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    object_type   TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    UNIQUE (source_system, object_type, source_id)
);

-- header, facts and commitment are what the leaf is hashed over (HASHING.md). The columns before
-- them repeat what the database must search by; leaf is the start of the leaf itself, which tells
-- a check which event was changed when the root says that one was. No index on a digest: a random unique index makes
-- appending five times slower at a million rows.
CREATE TABLE event (
    position   BIGINT PRIMARY KEY NOT NULL CHECK (position >= 0),
    stream_id  BIGINT NOT NULL,
    parent_id  BIGINT,
    type_id    BIGINT NOT NULL,
    idem       BIGINT NOT NULL,
    leaf       BIGINT NOT NULL,
    commitment BYTEA CHECK (length(commitment) = 32),
    header     BYTEA NOT NULL,
    facts      BYTEA NOT NULL
);

-- Headers and facts are short; compressing them inline costs more than it saves.
ALTER TABLE event ALTER COLUMN header SET STORAGE EXTERNAL;
ALTER TABLE event ALTER COLUMN facts SET STORAGE EXTERNAL;

-- A stream holds an event at most once; also the way to all events of one stream.
CREATE UNIQUE INDEX event_stream ON event (stream_id, idem);

-- Finds the few events that are not about one record each (runs, plans, gates, decisions) without
-- reading the many that are. The list is part of the index and of the question; both must be equal.
CREATE INDEX event_rare ON event (type_id, position)
    WHERE type_id NOT IN (11, 30, 50, 51, 52, 56, 60, 81, 82);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '%s never change and are never deleted', TG_TABLE_NAME; END $$;

CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER stream_no_change BEFORE UPDATE OR DELETE ON stream
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER stream_no_truncate BEFORE TRUNCATE ON stream
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row. The frontier is the right edge of the tree: all that is needed to append to it, so
-- that a start after a crash reads this row and nothing else. Whoever appends locks it first. The
-- epoch counts writers: one that was taken for dead finds a higher number and must stop.
CREATE TABLE head (
    one         BIGINT PRIMARY KEY NOT NULL CHECK (one = 1),
    size        BIGINT NOT NULL,
    frontier    BYTEA NOT NULL,
    next_stream BIGINT NOT NULL,
    epoch       BIGINT NOT NULL
);

INSERT INTO head (one, size, frontier, next_stream, epoch) VALUES (1, 0, '', 0, 0);

-- Root of each 1,024 leaves: a proof recomputes the leaves of one or two of them.
CREATE TABLE subtree (
    number BIGINT PRIMARY KEY NOT NULL,
    root   BYTEA NOT NULL CHECK (length(root) = 32)
);
