-- What the events amount to. Everything here can be thrown away and rebuilt from the log.

CREATE TABLE projection (
    projection_id BIGINT PRIMARY KEY NOT NULL,
    name          TEXT NOT NULL UNIQUE,
    version       BIGINT NOT NULL,
    reached       BIGINT NOT NULL
);

-- An ordered key/value table for each projection. The projection's number comes first, so each
-- has a part of the index to itself.
CREATE TABLE row (
    projection_id BIGINT NOT NULL,
    key           BYTEA NOT NULL,
    value         BYTEA NOT NULL,
    PRIMARY KEY (projection_id, key)
);
