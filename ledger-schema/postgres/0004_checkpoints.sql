-- Sealed heads. The note is text in the C2SP signed note form and may gain signatures.
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY NOT NULL,
    root BYTEA NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL
);

CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_other_root() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a checkpoint may gain signatures, nothing else'; END $$;

CREATE TRIGGER checkpoint_same_root BEFORE UPDATE ON checkpoint
    FOR EACH ROW WHEN (NEW.size <> OLD.size OR NEW.root <> OLD.root)
    EXECUTE FUNCTION refuse_other_root();
