-- What the tables refuse from here on, so that a slip of the hand cannot change what was recorded.
-- An upsert that finds a row meets the triggers on UPDATE; there is no REPLACE.

-- A payload can be erased, never exchanged.
CREATE TRIGGER payload_no_update BEFORE UPDATE ON payload
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER payload_no_truncate BEFORE TRUNCATE ON payload
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER subtree_no_change BEFORE UPDATE OR DELETE ON subtree
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER subtree_no_truncate BEFORE TRUNCATE ON subtree
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_smaller_head() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the head never goes back'; END $$;

CREATE TRIGGER head_only_grows BEFORE UPDATE ON head
    FOR EACH ROW WHEN (NEW.size < OLD.size OR NEW.next_stream < OLD.next_stream
        OR NEW.epoch < OLD.epoch OR (NEW.size = OLD.size AND NEW.frontier <> OLD.frontier))
    EXECUTE FUNCTION refuse_smaller_head();

CREATE TRIGGER head_no_delete BEFORE DELETE ON head
    FOR EACH ROW EXECUTE FUNCTION refuse_smaller_head();

CREATE TRIGGER head_no_truncate BEFORE TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_smaller_head();

CREATE TRIGGER meta_no_change BEFORE UPDATE OR DELETE ON meta
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER meta_no_truncate BEFORE TRUNCATE ON meta
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A note may gain lines at its end, which is where signatures stand, and lose none.
CREATE FUNCTION refuse_shorter_note() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the note of a checkpoint never loses anything'; END $$;

CREATE TRIGGER checkpoint_note_grows BEFORE UPDATE ON checkpoint
    FOR EACH ROW WHEN (NOT starts_with(NEW.note, OLD.note))
    EXECUTE FUNCTION refuse_shorter_note();

CREATE TRIGGER checkpoint_no_truncate BEFORE TRUNCATE ON checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
