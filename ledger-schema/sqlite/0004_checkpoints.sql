-- Sealed heads. The note is text in the C2SP signed note form and may gain signatures.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL
) STRICT;

CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
BEGIN SELECT RAISE(ABORT, 'checkpoints are never deleted'); END;

CREATE TRIGGER checkpoint_same_root BEFORE UPDATE ON checkpoint
WHEN NEW.size <> OLD.size OR NEW.root <> OLD.root
BEGIN SELECT RAISE(ABORT, 'a checkpoint may gain signatures, nothing else'); END;
