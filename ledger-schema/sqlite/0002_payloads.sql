-- Bytes that may be personal, beside their event and erasable without touching it. The salt goes
-- with the bytes: without it nobody can test a guess against the commitment that stays.
CREATE TABLE payload (
    position INTEGER PRIMARY KEY NOT NULL,
    salt     BLOB NOT NULL CHECK (length(salt) = 16),
    codec    INTEGER NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;
