-- Bytes that may be personal, beside their event and erasable without touching it. The salt goes
-- with the bytes: without it nobody can test a guess against the commitment that stays.
CREATE TABLE payload (
    position BIGINT PRIMARY KEY NOT NULL,
    salt     BYTEA NOT NULL CHECK (length(salt) = 16),
    codec    BIGINT NOT NULL,
    bytes    BYTEA NOT NULL
);

-- They are compressed already.
ALTER TABLE payload ALTER COLUMN bytes SET STORAGE EXTERNAL;
