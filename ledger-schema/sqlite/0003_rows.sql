-- What the events amount to. Everything here can be thrown away and rebuilt from the log.

CREATE TABLE projection (
    projection_id INTEGER PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL UNIQUE,
    version       INTEGER NOT NULL,
    reached       INTEGER NOT NULL
) STRICT;

-- An ordered key/value table for each projection. The projection's number comes first, so each
-- has a part of the tree to itself.
CREATE TABLE row (
    projection_id INTEGER NOT NULL,
    key           BLOB NOT NULL,
    value         BLOB NOT NULL,
    PRIMARY KEY (projection_id, key)
) STRICT, WITHOUT ROWID;
