-- What the tables refuse from here on, so that a slip of the hand cannot change what was recorded.
-- REPLACE and upserts go round the triggers on DELETE and UPDATE (whether REPLACE meets them is a
-- setting of each connection), so the row that would be replaced is looked for before each INSERT.
-- RAISE(FAIL) and not ABORT: a statement that may be taken back has to keep a journal for that.

CREATE TRIGGER event_only_appended BEFORE INSERT ON event
WHEN NEW.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM event)
    OR EXISTS (SELECT 1 FROM event WHERE stream_id = NEW.stream_id AND idem = NEW.idem)
BEGIN SELECT RAISE(FAIL, 'events never change: a new one follows the last and repeats none'); END;

CREATE TRIGGER stream_only_added BEFORE INSERT ON stream
WHEN EXISTS (SELECT 1 FROM stream WHERE stream_id = NEW.stream_id)
    OR EXISTS (SELECT 1 FROM stream WHERE source_system = NEW.source_system
        AND object_type = NEW.object_type AND source_id = NEW.source_id)
BEGIN SELECT RAISE(FAIL, 'streams never change'); END;

-- A payload can be erased, never exchanged.
CREATE TRIGGER payload_no_update BEFORE UPDATE ON payload
BEGIN SELECT RAISE(ABORT, 'payloads never change'); END;

CREATE TRIGGER payload_only_added BEFORE INSERT ON payload
WHEN EXISTS (SELECT 1 FROM payload WHERE position = NEW.position)
BEGIN SELECT RAISE(FAIL, 'payloads never change'); END;

CREATE TRIGGER subtree_no_update BEFORE UPDATE ON subtree
BEGIN SELECT RAISE(ABORT, 'subtrees never change'); END;

CREATE TRIGGER subtree_no_delete BEFORE DELETE ON subtree
BEGIN SELECT RAISE(ABORT, 'subtrees are never deleted'); END;

CREATE TRIGGER subtree_only_appended BEFORE INSERT ON subtree
WHEN NEW.number IS NOT (SELECT coalesce(max(number) + 1, 0) FROM subtree)
BEGIN SELECT RAISE(FAIL, 'subtrees never change: a new one follows the last'); END;

CREATE TRIGGER head_only_grows BEFORE UPDATE ON head
WHEN NEW.size < OLD.size OR NEW.next_stream < OLD.next_stream OR NEW.epoch < OLD.epoch
    OR (NEW.size = OLD.size AND NEW.frontier IS NOT OLD.frontier)
BEGIN SELECT RAISE(ABORT, 'the head never goes back'); END;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head
BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;

CREATE TRIGGER head_no_other BEFORE INSERT ON head
BEGIN SELECT RAISE(ABORT, 'the head is never replaced'); END;

CREATE TRIGGER meta_no_update BEFORE UPDATE ON meta
BEGIN SELECT RAISE(ABORT, 'settings of a ledger never change'); END;

CREATE TRIGGER meta_no_delete BEFORE DELETE ON meta
BEGIN SELECT RAISE(ABORT, 'settings of a ledger are never deleted'); END;

CREATE TRIGGER meta_only_added BEFORE INSERT ON meta
WHEN EXISTS (SELECT 1 FROM meta WHERE name = NEW.name)
BEGIN SELECT RAISE(ABORT, 'settings of a ledger never change'); END;

-- A note may gain lines at its end, which is where signatures stand, and lose none.
CREATE TRIGGER checkpoint_note_grows BEFORE UPDATE ON checkpoint
WHEN substr(NEW.note, 1, length(OLD.note)) IS NOT OLD.note
BEGIN SELECT RAISE(ABORT, 'the note of a checkpoint never loses anything'); END;

CREATE TRIGGER checkpoint_only_added BEFORE INSERT ON checkpoint
WHEN EXISTS (SELECT 1 FROM checkpoint WHERE size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'checkpoints are never replaced'); END;
