//! One story over memory, SQLite and PostgreSQL: what the ledger promises holds on each.

use std::time::Duration;

use deskledger::ledger::{Expect, Ledger, LedgerError, NewEvent, Recorded};
use deskledger::model::event::{Location, RecordExcluded, RecordRead, RunFinished};
use deskledger::model::note::{NoteSigner, SignedNote};
use deskledger::model::{ContentHash, Digest, Position, RecordKind, RunId, SourceKey, StreamId};
use deskledger::store::{ErrorClass, Mode, StoreError};
use futures::{StreamExt, TryStreamExt};

use crate::support::databases::Database;
use crate::support::tally::{REFUSED_RULE, Tally, count};

const RUN: RunId = RunId([9; 16]);

/// Stories that hold everywhere, and those that need something outside the process to hold on to.
macro_rules! stories {
    (everywhere: $($story:ident),+; outside: $($outside:ident),+ $(;)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(&crate::support::databases::Database::memory()).await;
            })+
        }
        stories!(outside: $($story,)+ $($outside,)+);
    };
    (outside: $($story:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(&crate::support::databases::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                let Some(database) = crate::support::databases::Database::postgres().await else {
                    return;
                };
                super::$story(&database).await;
                database.remove().await;
            })+
        }
    };
}

stories! {
    everywhere:
        what_is_appended_is_read_back,
        a_repeat_is_answered_with_the_first_position,
        a_repeat_is_found_however_long_its_stream_and_whoever_wrote_it,
        streams_are_found_whoever_made_them_and_strangers_are_not,
        an_expectation_that_does_not_hold_is_a_conflict,
        a_refused_batch_leaves_nothing,
        rows_follow_every_append_and_are_scanned_in_order,
        many_writers_at_once_leave_no_gap,
        reads_that_nobody_polls_hold_nobody_up,
        erasing_a_payload_keeps_the_tree,
        a_projection_of_another_version_is_rebuilt,
        a_crash_loses_nothing_acknowledged;
    outside:
        a_second_writer_is_refused,
        the_database_refuses_to_change_what_was_recorded,
        a_newer_format_is_refused,
        a_row_changed_behind_the_ledgers_back_is_found;
}

fn key(id: &str) -> SourceKey {
    SourceKey::new("deskero", "ticket", id).unwrap()
}

fn read(id: &str, content: u8) -> NewEvent {
    let facts = RecordRead {
        kind: RecordKind::Conversation,
        parent: None,
        at: Location { file: "tickets.csv".into(), line: u64::from(content) },
        raw: Digest([content; 32]),
        aliases: Vec::new(),
        findings: Vec::new(),
    };
    NewEvent {
        content: ContentHash([content; 32]),
        payload: Some(format!("{{\"subject\":\"{id} {content}\"}}").repeat(9).into_bytes()),
        ..NewEvent::new(key(id), facts)
    }
}

fn part(id: &str, parent: &str) -> NewEvent {
    NewEvent { parent: Some(key(parent)), ..read(id, 1) }
}

fn excluded(id: &str, rule: &str) -> NewEvent {
    NewEvent::new(key(id), RecordExcluded { rule: rule.into() })
}

async fn all(ledger: &Ledger) -> Vec<Recorded> {
    let pages = ledger.read(Position(0)..Position(u64::MAX), None);
    pages.try_collect::<Vec<_>>().await.unwrap().concat()
}

async fn stream_of(ledger: &Ledger, id: &str) -> StreamId {
    ledger.streams(&[key(id)]).await.unwrap()[0].unwrap()
}

async fn counted(ledger: &Ledger, id: &str) -> u64 {
    let row = Tally::stream_row(stream_of(ledger, id).await.0);
    count(ledger.rows("tally", &[row]).await.unwrap()[0].as_deref())
}

async fn what_is_appended_is_read_back(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    let mut batch = vec![read("1", 1), part("m1", "1"), part("m2", "99"), excluded("2", "old")];
    batch[1].causation = Some(Position(0));
    let appended = ledger.append(RUN, batch.clone()).await.unwrap();
    let positions: Vec<_> = appended.iter().map(|appended| appended.position.0).collect();
    assert_eq!(positions, [0, 1, 2, 3]);
    let again = ledger.append(RUN, vec![read("1", 2)]).await.unwrap();
    assert_eq!(again[0].stream, appended[0].stream);

    let events = all(&ledger).await;
    assert_eq!(events.len(), 5);
    for (new, recorded) in batch.iter().zip(&events) {
        assert_eq!(new.event, recorded.event);
        assert_eq!((new.content, new.causation), (recorded.content, recorded.causation));
        assert_eq!((recorded.run, recorded.has_payload), (RUN, new.payload.is_some()));
    }
    assert_eq!(events[1].parent, Some(events[0].stream));
    assert_eq!(events[2].parent, Some(stream_of(&ledger, "99").await));
    assert_eq!((events[0].sequence, events[4].sequence), (0, 1));

    let rare = ledger.read(Position(0)..Position(9), Some(&[31]));
    let rare = rare.try_collect::<Vec<_>>().await.unwrap().concat();
    assert_eq!(rare, events[3..4]);
    let stream = ledger.read_stream(events[0].stream).await.unwrap();
    assert_eq!(stream, [events[0].clone(), events[4].clone()]);
    let at = ledger.read_at(&[Position(3), Position(77), Position(0)]).await.unwrap();
    assert_eq!(at, [Some(events[3].clone()), None, Some(events[0].clone())]);
    assert_eq!(ledger.keys(&[events[3].stream]).await.unwrap(), [key("2")]);
    assert_eq!(ledger.streams(&[key("none")]).await.unwrap(), [None]);

    let at: Vec<_> = (0..5).map(Position).collect();
    let payloads = ledger.payloads(&at).await.unwrap();
    assert_eq!(payloads[..4], batch.into_iter().map(|new| new.payload).collect::<Vec<_>>());
    ledger.close().await;
    assert!(matches!(ledger.append(RUN, vec![read("9", 9)]).await, Err(LedgerError::Closed)));
}

async fn a_repeat_is_answered_with_the_first_position(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1), read("2", 1)]).await.unwrap();
    let batch = vec![read("2", 1), read("3", 1), read("3", 1), read("1", 2)];
    let appended = ledger.append(RUN, batch).await.unwrap();
    let answers: Vec<_> =
        appended.iter().map(|appended| (appended.position.0, appended.repeated)).collect();
    assert_eq!(answers, [(1, true), (2, false), (2, true), (3, false)]);
    assert_eq!(ledger.head().await.unwrap().size, 4);
    let attempt = NewEvent { ordinal: 1, ..read("1", 1) };
    let appended = ledger.append(RUN, vec![attempt]).await.unwrap();
    assert_eq!((appended[0].position.0, appended[0].repeated), (4, false));
    ledger.close().await;

    let ledger = database.ledger(Mode::Write).await.unwrap();
    let appended = ledger.append(RUN, vec![read("1", 2)]).await.unwrap();
    assert_eq!((appended[0].position.0, appended[0].repeated), (3, true));
    assert_eq!(counted(&ledger, "1").await, 3);
    ledger.close().await;
}

async fn a_repeat_is_found_however_long_its_stream_and_whoever_wrote_it(database: &Database) {
    // Of short streams it is remembered what they hold; this one grows out of that.
    const LAST: u8 = 90;
    for (opened, from) in [0, 30, 60].into_iter().enumerate() {
        let ledger = database.ledger(Mode::Write).await.unwrap();
        for content in 0..from + 30 {
            let batch = vec![read("long", content), read("long", content / 2)];
            let appended = ledger.append(RUN, batch).await.unwrap();
            let place = |at: usize| (appended[at].position.0, appended[at].repeated);
            assert_eq!(place(0), (u64::from(content), content < from), "opened {opened}");
            assert_eq!(place(1), (u64::from(content / 2), true), "opened {opened}");
        }
        ledger.close().await;
    }
    let ledger = database.ledger(Mode::Read).await.unwrap();
    let sequences: Vec<_> = all(&ledger).await.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (0..u32::from(LAST)).collect::<Vec<_>>());
    ledger.close().await;
}

async fn streams_are_found_whoever_made_them_and_strangers_are_not(database: &Database) {
    let of = |object: &str, id: u32| SourceKey::new("hesk", object, &id.to_string()).unwrap();
    let event = |key: SourceKey| NewEvent::new(key, RecordExcluded { rule: "old".into() });
    // Each life adds to the kind of the one before and begins a new one.
    for (life, objects) in
        [["user", "ticket"], ["ticket", "note"], ["note", "reply"]].into_iter().enumerate()
    {
        let ledger = database.ledger(Mode::Write).await.unwrap();
        let from = u32::try_from(life).unwrap() * 300;
        let keys: Vec<_> =
            (from..from + 300).flat_map(|id| objects.map(|object| of(object, id))).collect();
        assert!(ledger.streams(&keys).await.unwrap().iter().all(Option::is_none), "life {life}");
        let part = NewEvent { parent: Some(of("parent", from)), ..event(of(objects[0], from)) };
        let mut events: Vec<_> = keys.iter().cloned().map(event).collect();
        events[0] = part;
        let appended = ledger.append(RUN, events.clone()).await.unwrap();
        let found = ledger.streams(&keys).await.unwrap();
        let made: Vec<_> = appended.iter().map(|appended| Some(appended.stream)).collect();
        assert_eq!(found, made, "life {life}");
        assert!(ledger.streams(&[of("parent", from)]).await.unwrap()[0].is_some());
        let again = ledger.append(RUN, events).await.unwrap();
        assert!(again.iter().all(|appended| appended.repeated));
        ledger.close().await;
    }
    let ledger = database.ledger(Mode::Read).await.unwrap();
    let keys = [of("user", 0), of("ticket", 299), of("ticket", 300), of("reply", 899)];
    assert!(ledger.streams(&keys).await.unwrap().iter().all(Option::is_some));
    assert_eq!(ledger.streams(&[of("reply", 0), of("none", 1)]).await.unwrap(), [None, None]);
    ledger.close().await;
}

async fn an_expectation_that_does_not_hold_is_a_conflict(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    let head = |size| Expect::Head(size);
    ledger.append_expecting(RUN, head(0), vec![read("1", 1)]).await.unwrap();
    let late = ledger.append_expecting(RUN, head(0), vec![read("1", 2)]).await;
    assert!(matches!(late, Err(LedgerError::Conflict { found: 1, .. })), "{late:?}");
    // The answer to the first may have got lost: asking again is no conflict.
    let again = ledger.append_expecting(RUN, head(0), vec![read("1", 1)]).await.unwrap();
    assert!(again[0].repeated);

    let sequence = |length| Expect::Sequence(length);
    ledger.append_expecting(RUN, sequence(1), vec![read("1", 2)]).await.unwrap();
    let late = ledger.append_expecting(RUN, sequence(1), vec![read("1", 3)]).await;
    assert!(matches!(late, Err(LedgerError::Conflict { found: 2, .. })), "{late:?}");
    let new = ledger.append_expecting(RUN, sequence(0), vec![read("new", 3)]).await;
    assert_eq!(new.unwrap()[0].position, Position(2));
    assert_eq!(ledger.head().await.unwrap().size, 3);
    ledger.close().await;
}

async fn a_refused_batch_leaves_nothing(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1)]).await.unwrap();
    let before = ledger.head().await.unwrap();
    let bad = vec![read("1", 2), read("fresh", 1), excluded("1", REFUSED_RULE)];
    let (good, refused, after) = tokio::join!(
        ledger.append(RUN, vec![read("a", 1)]),
        ledger.append(RUN, bad),
        ledger.append(RUN, vec![read("b", 1)]),
    );
    match refused {
        Err(LedgerError::Refused { projection: "tally", index: 2, .. }) => {}
        other => panic!("{other:?}"),
    }
    let positions = [good.unwrap()[0].position.0, after.unwrap()[0].position.0];
    assert_eq!(positions, [before.size, before.size + 1]);
    assert_eq!(ledger.streams(&[key("fresh")]).await.unwrap(), [None]);
    assert_eq!(counted(&ledger, "1").await, 1);
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    // The stream numbers that the refused batch would have had are used by the next one.
    ledger.append(RUN, vec![read("c", 1)]).await.unwrap();
    assert_eq!(stream_of(&ledger, "c").await, StreamId(3));
    ledger.close().await;
}

async fn rows_follow_every_append_and_are_scanned_in_order(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    for content in 0..5 {
        let batch = ["1", "2", "3"].map(|id| read(id, content)).to_vec();
        ledger.append(RUN, batch).await.unwrap();
    }
    ledger.append(RUN, vec![read("2", 7)]).await.unwrap();
    assert_eq!(counted(&ledger, "2").await, 6);
    let by_type = ledger.rows("tally", &[Tally::type_row(11), Tally::type_row(12)]).await.unwrap();
    assert_eq!((count(by_type[0].as_deref()), &by_type[1]), (16, &None));

    // The index has one row for each stream, the others were deleted.
    let keys = |pairs: Vec<(Vec<u8>, Vec<u8>)>| -> Vec<(u8, u8)> {
        pairs.into_iter().map(|(key, _)| (key[8], key[16])).collect()
    };
    let up = ledger.scan("tally", b"i", Some(b"j"), 9).await.unwrap();
    assert_eq!(keys(up), [(5, 0), (5, 2), (6, 1)]);
    let down = ledger.scan_back("tally", b"i", Some(b"j"), 2).await.unwrap();
    assert_eq!(keys(down), [(6, 1), (5, 2)]);
    assert_eq!(ledger.scan("tally", b"t", None, 9).await.unwrap().len(), 1);
    assert_eq!(ledger.scan_back("tally", b"", None, usize::MAX).await.unwrap().len(), 7);
    let unknown = ledger.scan("other", b"", None, 1).await;
    assert!(matches!(unknown, Err(LedgerError::UnknownProjection(_))));
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    ledger.close().await;
}

async fn many_writers_at_once_leave_no_gap(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    let appends = (0..64_u32).map(|writer| {
        let ledger = ledger.clone();
        async move {
            let mut positions = Vec::new();
            for index in 0..8_u32 {
                let id = (writer % 5).to_string();
                let event = NewEvent { ordinal: writer * 8 + index, ..read(&id, 1) };
                let appended = ledger.append(RUN, vec![event]).await.unwrap();
                positions.push(appended[0].position);
            }
            assert!(positions.is_sorted());
            positions
        }
    });
    let answers: Vec<_> = futures::stream::iter(appends).buffer_unordered(64).collect().await;
    let mut positions = answers.concat();
    positions.sort_unstable();
    assert_eq!(positions, (0..512).map(Position).collect::<Vec<_>>());
    let events = all(&ledger).await;
    assert!(events.iter().zip(0..).all(|(event, at)| event.position.0 == at));
    for stream in 0..5 {
        let own = ledger.read_stream(StreamId(stream)).await.unwrap();
        assert!(own.iter().zip(0..).all(|(event, sequence)| event.sequence == sequence));
    }
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    ledger.close().await;
}

/// A stream of look-ups rests while the answer to the first is being appended.
async fn reads_that_nobody_polls_hold_nobody_up(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1)]).await.unwrap();
    let mut begun: Vec<_> = (0..16).map(|_| Box::pin(ledger.read_stream(StreamId(0)))).collect();
    for read in &mut begun {
        let _ = futures::poll!(read.as_mut());
    }
    let append = ledger.append(RUN, vec![NewEvent { ordinal: 1, ..read("1", 2) }]);
    tokio::time::timeout(Duration::from_secs(20), append).await.unwrap().unwrap();
    let events = tokio::time::timeout(Duration::from_secs(20), ledger.read_stream(StreamId(0)));
    assert_eq!(events.await.unwrap().unwrap().len(), 2);
    drop(begun);
    ledger.close().await;
}

async fn erasing_a_payload_keeps_the_tree(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1), read("2", 1)]).await.unwrap();
    let erased = ledger.erase_payload(RUN, Position(0), "asked for").await.unwrap();
    assert_eq!((erased.position, erased.repeated), (Position(2), false));
    let payloads = ledger.payloads(&[Position(0), Position(1)]).await.unwrap();
    assert_eq!((&payloads[0], payloads[1].is_some()), (&None, true));
    assert!(all(&ledger).await[0].has_payload, "the commitment stays");
    let head = ledger.head().await.unwrap();
    assert!(ledger.erase_payload(RUN, Position(0), "again").await.unwrap().repeated);
    assert_eq!(ledger.head().await.unwrap(), head);
    assert!(ledger.erase_payload(RUN, Position(50), "no such event").await.is_err());
    ledger.close().await;
}

async fn a_projection_of_another_version_is_rebuilt(database: &Database) {
    let without = database.ledger_with(Mode::Write, Vec::new()).await.unwrap();
    let batch: Vec<_> = (0..1_300).map(|id: u32| part(&id.to_string(), "parent")).collect();
    without.append(RUN, batch).await.unwrap();
    without.close().await;

    let ledger = database.ledger(Mode::Write).await.unwrap();
    assert_eq!(counted(&ledger, "7").await, 1);
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    ledger.close().await;

    let newer = || vec![std::sync::Arc::new(Tally { version: 2 }) as _];
    if !matches!(database, Database::Memory(_)) {
        let behind = database.ledger_with(Mode::Read, newer()).await;
        assert!(matches!(behind, Err(LedgerError::Behind { projection: "tally" })));
    }
    let ledger = database.ledger_with(Mode::Write, newer()).await.unwrap();
    assert_eq!(counted(&ledger, "1299").await, 1);
    ledger.append(RUN, vec![read("7", 5)]).await.unwrap();
    assert_eq!(counted(&ledger, "7").await, 2);
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    ledger.close().await;
}

async fn a_second_writer_is_refused(database: &Database) {
    let missing = database.ledger(Mode::Read).await;
    assert!(missing.is_err(), "there is nothing to read yet");
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1)]).await.unwrap();
    match database.ledger(Mode::Write).await {
        Err(error @ LedgerError::Store(_)) => {
            assert_eq!((error.code(), error.class()), ("ledger_locked", ErrorClass::Temporary));
        }
        other => panic!("{other:?}"),
    }
    let reader = database.ledger(Mode::Read).await.unwrap();
    ledger.append(RUN, vec![read("2", 1)]).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), ledger.head().await.unwrap());
    assert_eq!(all(&reader).await.len(), 2);
    assert_eq!(reader.project_key(), ledger.project_key());
    let refused = reader.append(RUN, vec![read("3", 1)]).await.unwrap_err();
    assert_eq!(refused.code(), "ledger_read_only");
    reader.close().await;
    ledger.close().await;
    database.ledger(Mode::Write).await.unwrap().close().await;
}

async fn a_crash_loses_nothing_acknowledged(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    for content in 0..20 {
        ledger.append(RUN, vec![read("1", content), read("2", content)]).await.unwrap();
    }
    let head = ledger.head().await.unwrap();
    drop(ledger);
    let reopened = async {
        loop {
            match database.ledger(Mode::Write).await {
                Ok(ledger) => return ledger,
                Err(error) => assert_eq!(error.code(), "ledger_locked"),
            }
            tokio::task::yield_now().await;
        }
    };
    let ledger = tokio::time::timeout(Duration::from_secs(20), reopened).await.unwrap();
    assert_eq!(ledger.head().await.unwrap(), head);
    assert_eq!(counted(&ledger, "2").await, 20);
    let appended = ledger.append(RUN, vec![read("1", 19), read("1", 20)]).await.unwrap();
    assert_eq!((appended[0].repeated, appended[1].position.0), (true, head.size));
    assert_eq!(ledger.rebuild_and_compare().await.unwrap(), []);
    ledger.close().await;
}

/// Ways to change what was recorded, in words that both databases know.
const CHANGES: [&str; 21] = [
    "UPDATE event SET facts = header",
    "UPDATE event SET type_id = 12 WHERE position = 0",
    "DELETE FROM event",
    "UPDATE stream SET source_id = 'other'",
    "DELETE FROM stream WHERE stream_id = 0",
    "UPDATE payload SET codec = 7",
    "UPDATE subtree SET number = number + 1",
    "DELETE FROM subtree",
    "UPDATE head SET size = size - 1",
    "UPDATE head SET size = 0",
    "UPDATE head SET next_stream = next_stream - 1",
    "UPDATE head SET frontier = substr(frontier, 2)",
    "DELETE FROM head",
    "UPDATE meta SET value = substr(value, 2) WHERE name = 'project_key'",
    "DELETE FROM meta WHERE name = 'project_key'",
    "UPDATE checkpoint SET root = substr(root, 2)",
    "UPDATE checkpoint SET size = size - 1",
    "UPDATE checkpoint SET note = substr(note, 2)",
    "UPDATE checkpoint SET note = ''",
    "DELETE FROM checkpoint",
    "INSERT INTO event SELECT position, stream_id, parent_id, 12, idem, leaf, commitment, header, \
        facts FROM event WHERE position = 1 ON CONFLICT (position) DO UPDATE \
        SET type_id = excluded.type_id",
];

/// SQLite's way round the triggers on UPDATE and DELETE.
const REPLACES: [&str; 10] = [
    "REPLACE INTO event SELECT position, stream_id, parent_id, 12, idem, leaf, commitment, \
        header, facts FROM event WHERE position = 0",
    // At a new position, with the key of an old one, which would go.
    "INSERT OR REPLACE INTO event SELECT (SELECT size FROM head), stream_id, parent_id, type_id, \
        idem, leaf, commitment, header, facts FROM event WHERE position = 0",
    "UPDATE OR REPLACE event SET position = position + 1 WHERE position = 0",
    "REPLACE INTO stream SELECT stream_id, source_system, object_type, 'other' FROM stream \
        WHERE stream_id = 0",
    "REPLACE INTO stream SELECT stream_id + 9000, source_system, object_type, source_id \
        FROM stream WHERE stream_id = 0",
    "REPLACE INTO payload SELECT position, salt, 7, bytes FROM payload WHERE position = 0",
    "REPLACE INTO subtree SELECT number, zeroblob(32) FROM subtree",
    "REPLACE INTO head SELECT one, 0, x'', 0, 0 FROM head",
    "REPLACE INTO meta SELECT name, zeroblob(32) FROM meta",
    "REPLACE INTO checkpoint SELECT size, zeroblob(32), note FROM checkpoint",
];

/// What PostgreSQL has for emptying a table at once.
const TRUNCATES: [&str; 7] = [
    "TRUNCATE event",
    "TRUNCATE stream",
    "TRUNCATE payload",
    "TRUNCATE subtree",
    "TRUNCATE head",
    "TRUNCATE meta",
    "TRUNCATE checkpoint",
];

async fn the_database_refuses_to_change_what_was_recorded(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    let many = (0..1_100).map(|id| read(&id.to_string(), 1)).collect();
    ledger.append(RUN, many).await.unwrap();
    let signer = NoteSigner::from_seed("test", &[1; 32]).unwrap();
    let sealed = ledger.seal(RUN, "test", &[signer]).await.unwrap();
    let (before, head) = (all(&ledger).await, ledger.head().await.unwrap());
    let own: &[&str] = if matches!(database, Database::Sqlite(_)) { &REPLACES } else { &TRUNCATES };
    for sql in CHANGES.iter().chain(own).copied() {
        let refused = database.tamper(sql).await;
        let refused = refused.expect_err(sql);
        // The words of our own triggers, not any error at all.
        let words = refused.to_string();
        assert!(words.contains("never") || words.contains("nothing else"), "{sql}: {words}");
    }
    assert_eq!(all(&ledger).await, before);
    assert_eq!(ledger.head().await.unwrap(), head);
    assert_eq!(ledger.checkpoints().await.unwrap(), std::slice::from_ref(&sealed));
    // What may be done still can be: signatures are added, payloads erased, events appended.
    let mut note: SignedNote = sealed.note.parse().unwrap();
    note.cosign(&NoteSigner::from_seed("witness", &[2; 32]).unwrap());
    ledger.add_signatures(&note).await.unwrap();
    ledger.erase_payload(RUN, Position(3), "asked for").await.unwrap();
    assert_eq!(ledger.head().await.unwrap().size, head.size + 1);
    ledger.close().await;
}

async fn a_newer_format_is_refused(database: &Database) {
    database.ledger(Mode::Write).await.unwrap().close().await;
    let sql = match database {
        Database::Sqlite(_) => "UPDATE meta SET value = CAST('9' AS BLOB) WHERE name = 'format'",
        _ => "UPDATE meta SET value = '9'::bytea WHERE name = 'format'",
    };
    let trigger = match database {
        Database::Sqlite(_) => "DROP TRIGGER meta_no_update",
        _ => "DROP TRIGGER meta_no_change ON meta",
    };
    database.tamper(trigger).await.unwrap();
    database.tamper(sql).await.unwrap();
    for mode in [Mode::Write, Mode::Read] {
        match database.ledger(mode).await {
            Err(LedgerError::Store(cause)) => {
                assert!(matches!(*cause, StoreError::Newer { found: 9, known: 1 }), "{cause:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn a_row_changed_behind_the_ledgers_back_is_found(database: &Database) {
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1), read("2", 1)]).await.unwrap();
    let finished = RunFinished { counts: Default::default() };
    ledger.append(RUN, vec![NewEvent::new(key("run"), finished)]).await.unwrap();
    ledger.close().await;
    // Rows of the count by type: one altered, one deleted.
    let sql = match database {
        Database::Sqlite(_) => "UPDATE row SET value = x'0900000000000000' WHERE key = x'74000B'",
        _ => "UPDATE row SET value = '\\x0900000000000000' WHERE key = '\\x74000B'",
    };
    database.tamper(sql).await.unwrap();
    let sql = match database {
        Database::Sqlite(_) => "DELETE FROM row WHERE key = x'740002'",
        _ => "DELETE FROM row WHERE key = '\\x740002'",
    };
    database.tamper(sql).await.unwrap();
    let ledger = database.ledger(Mode::Write).await.unwrap();
    let differences = ledger.rebuild_and_compare().await.unwrap();
    let keys: Vec<_> = differences.iter().map(|difference| difference.key.clone()).collect();
    assert_eq!(keys, [Tally::type_row(2), Tally::type_row(11)]);
    assert_eq!((&differences[0].stored, differences[0].rebuilt.is_some()), (&None, true));
    assert_eq!(count(differences[1].stored.as_deref()), 9);
    ledger.close().await;
}

/// Sessions of the ledger are ended by the server; then somebody else takes over.
#[tokio::test(flavor = "multi_thread")]
async fn a_writer_in_postgres_survives_a_lost_connection_and_stops_when_fenced_off() {
    let Some(database) = Database::postgres().await else { return };
    let ledger = database.ledger(Mode::Write).await.unwrap();
    ledger.append(RUN, vec![read("1", 1)]).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    database.tamper(end).await.unwrap();
    let again = async {
        loop {
            match ledger.append(RUN, vec![read("2", 1)]).await {
                Ok(appended) => return appended,
                Err(error) => assert_eq!(error.class(), ErrorClass::Temporary, "{error}"),
            }
            tokio::task::yield_now().await;
        }
    };
    let appended = tokio::time::timeout(Duration::from_secs(20), again).await.unwrap();
    assert_eq!(appended[0].position, Position(1));

    database.tamper("UPDATE head SET epoch = epoch + 1").await.unwrap();
    let fenced = ledger.append(RUN, vec![read("3", 1)]).await.unwrap_err();
    assert_eq!((fenced.code(), fenced.class()), ("ledger_fenced", ErrorClass::Permanent));
    assert_eq!(ledger.head().await.unwrap().size, 2);
    ledger.close().await;
    database.remove().await;
}
