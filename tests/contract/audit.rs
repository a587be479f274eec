//! The auditor's check over a SQLite file: whole ledgers are whole, and whatever is changed behind
//! the ledger's back is found and named. Invariants 3, 5, 9 and 10.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deskledger::audit::{
    AuditError, CheckSettings, Finding, InclusionProof, Place, Report, check, export, prove,
};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, NewEvent};
use deskledger::model::digest::Purpose;
use deskledger::model::event::{
    FailureClass, Location, RecordExcluded, RecordRead, WriteFailed, WriteStarted, WriteSucceeded,
};
use deskledger::model::note::{NoteSigner, SignedNote, VerifierKey};
use deskledger::model::{
    Checkpoint, ContentHash, Digest, NotificationClass, Position, RecordKind, Reversibility, RunId,
    SourceKey, Timestamp,
};
use deskledger::store::{self, Mode, Store};
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

/// More than two stored subtrees, and a part of one.
const TICKETS: usize = 1_100;
const ERASED: u64 = 18;

/// A ledger in a file, whole as long as nobody tampers with it.
struct Fixture {
    folder: tempfile::TempDir,
    key: VerifierKey,
}

fn key(object: &str, id: &str) -> SourceKey {
    SourceKey::new("deskero", object, id).unwrap()
}

/// A record with personal bytes, and for a reply the ticket that it is part of.
fn read(object: &str, id: String, parent: Option<SourceKey>) -> NewEvent {
    let payload = format!("{{\"{object}\":\"{id}\",\"words\":\"words words words words\"}}");
    let at = Location { file: format!("{object}.csv"), line: 2 };
    let raw = Digest::of(Purpose::Raw, id.as_bytes());
    let kind = RecordKind::Conversation;
    let event = RecordRead {
        kind,
        parent: parent.clone(),
        aliases: Vec::new(),
        at,
        raw,
        findings: Vec::new(),
    };
    NewEvent {
        parent,
        content: ContentHash::keyed(&[1; 32], payload.as_bytes()),
        payload: Some(payload.into_bytes()),
        ..NewEvent::new(key(object, &id), event)
    }
}

fn write_started(ticket: &SourceKey, attempt: u32) -> NewEvent {
    let digest = Digest::of(Purpose::Step, b"step");
    let event = WriteStarted {
        step: "create".into(),
        digest,
        operation: "conversation_create".into(),
        target: None,
        request: digest,
        attempt,
        reversibility: Reversibility::Exact,
        notification: NotificationClass::Silent,
        before: None,
        adopting: false,
        removes: false,
        content: None,
    };
    NewEvent { ordinal: attempt, ..NewEvent::new(ticket.clone(), event) }
}

/// All that happens to one ticket.
fn biography(number: usize) -> Vec<NewEvent> {
    let ticket = key("ticket", &number.to_string());
    let reply = read("reply", format!("{number}/1"), Some(ticket.clone()));
    let mut events = vec![read("ticket", number.to_string(), None), reply];
    if number.is_multiple_of(9) {
        let failed = WriteFailed {
            step: "create".into(),
            class: FailureClass::Temporary,
            status: 503,
            code: "busy".into(),
        };
        let done = WriteSucceeded {
            step: "create".into(),
            object: Some("77".into()),
            response: Digest::of(Purpose::Response, b"{}"),
            adopted: false,
        };
        events.push(write_started(&ticket, 1));
        events.push(NewEvent::new(ticket.clone(), failed));
        events.push(write_started(&ticket, 2));
        events.push(NewEvent::new(ticket, done));
    } else if number.is_multiple_of(7) {
        events.push(NewEvent::new(ticket, RecordExcluded { rule: "history_window".into() }));
    }
    events
}

fn env() -> Env {
    Env::fixed(Timestamp(1_796_083_200_000), 7)
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("ledger.db")
}

async fn open(folder: &Path, mode: Mode) -> Arc<dyn Store> {
    store::open(file_in(folder).to_str().unwrap(), mode).await.unwrap()
}

async fn build() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let env = env();
    let store = open(folder.path(), Mode::Write).await;
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone()).await.unwrap();
    let run = env.run_id();
    let origin = Checkpoint::origin_of("test");
    let signer = [NoteSigner::from_seed(&origin, &[4; 32]).unwrap()];
    for start in (0..TICKETS).step_by(200) {
        let events = (start..TICKETS.min(start + 200)).flat_map(biography).collect();
        ledger.append(run, events).await.unwrap();
        if start == 200 {
            ledger.seal(run, &origin, &signer).await.unwrap();
        }
    }
    ledger.erase_payload(run, Position(ERASED), "asked for").await.unwrap();
    ledger.seal(run, &origin, &signer).await.unwrap();
    ledger.close().await;
    Fixture { key: signer[0].verifier(), folder }
}

impl Fixture {
    /// Another file with the same bytes.
    fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(file_in(self.folder.path()), file_in(folder.path())).unwrap();
        Self { folder, key: self.key.clone() }
    }

    async fn store(&self) -> Arc<dyn Store> {
        open(self.folder.path(), Mode::Read).await
    }

    async fn check(&self) -> Report {
        let store = self.store().await;
        let settings = CheckSettings { keys: vec![self.key.clone()], ..CheckSettings::default() };
        let report = check(&store, &settings, |_| ()).await.unwrap();
        store.close().await;
        report
    }

    async fn connect(&self) -> SqliteConnection {
        let address = format!("sqlite:{}", file_in(self.folder.path()).display());
        SqliteConnection::connect(&address).await.unwrap()
    }

    /// Changes the file as its owner can, without the triggers.
    async fn tamper(&self, sql: &str) {
        let mut connection = self.connect().await;
        let triggers = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'trigger'");
        for row in triggers.fetch_all(&mut connection).await.unwrap() {
            let drop = format!("DROP TRIGGER {}", row.get::<String, _>(0));
            sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        }
        sqlx::query("PRAGMA ignore_check_constraints = ON").execute(&mut connection).await.unwrap();
        let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
        connection.close().await.unwrap();
    }

    /// Whether there is such a row.
    async fn holds(&self, table: &str, at: &str) -> bool {
        let mut connection = self.connect().await;
        let select = format!("SELECT 1 FROM {table} WHERE {at}");
        let row = sqlx::query(AssertSqlSafe(select)).fetch_optional(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        row.is_some()
    }

    /// Flips one bit of one stored value; gives its length.
    async fn flip(&self, table: &str, column: &str, at: &str, bit: usize) {
        let mut connection = self.connect().await;
        let select = format!("SELECT CAST({column} AS BLOB) FROM {table} WHERE {at}");
        let row = sqlx::query(AssertSqlSafe(select)).fetch_one(&mut connection).await.unwrap();
        let mut bytes: Vec<u8> = row.get(0);
        connection.close().await.unwrap();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = if table == "checkpoint" && column == "note" { "TEXT" } else { "BLOB" };
        self.tamper(&format!("UPDATE {table} SET {column} = CAST(x'{hex}' AS {text}) WHERE {at}"))
            .await;
    }
}

fn codes(report: &Report) -> BTreeSet<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

fn names(report: &Report, place: Place) -> bool {
    report.findings.iter().any(|finding| finding.place == place)
}

#[tokio::test]
async fn a_whole_ledger_is_whole_and_erasing_breaks_nothing() {
    let fixture = build().await;
    let store = fixture.store().await;
    let settings =
        CheckSettings { keys: vec![fixture.key.clone()], deep: true, ..CheckSettings::default() };
    let mut seen = Vec::new();
    let report = check(&store, &settings, |progress| seen.push(progress)).await.unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.checkpoints, report.signatures), (2, 2));
    let records = 2 * TICKETS as u64;
    assert_eq!(report.payloads, records - 1);
    assert!(seen.is_sorted_by_key(|progress| progress.done));
    assert_eq!(
        seen.last().map(|last| (last.done, last.total)),
        Some((report.events, report.events))
    );
}

#[tokio::test]
async fn an_empty_ledger_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Mode::Write).await;
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env()).await.unwrap();
    ledger.close().await;
    let store = open(folder.path(), Mode::Read).await;
    let report = check(&store, &CheckSettings::default(), |_| ()).await.unwrap();
    assert_eq!((report.events, report.findings), (0, Vec::new()));
}

#[tokio::test]
async fn every_change_of_an_event_is_named() {
    let whole = build().await;
    let changes = [
        ("UPDATE event SET header = CAST(header || x'00' AS BLOB)", "header_unreadable"),
        ("UPDATE event SET facts = x'7b7d'", "facts_unreadable"),
        (
            "UPDATE event SET facts = CAST(replace(CAST(facts AS TEXT), '2', '3') AS BLOB)",
            "event_changed",
        ),
        ("UPDATE event SET commitment = NULL", "payload_uncommitted"),
        ("UPDATE event SET commitment = x'00'", "commitment_length"),
        ("UPDATE event SET leaf = leaf + 1", "event_changed"),
        ("UPDATE event SET type_id = 12", "type_column"),
        ("UPDATE event SET idem = idem + 1", "idempotency_column"),
        ("UPDATE event SET stream_id = stream_id + 1", "stream_column"),
        ("UPDATE event SET parent_id = 3", "parent_column"),
        ("UPDATE payload SET salt = zeroblob(16)", "payload_changed"),
        ("UPDATE payload SET salt = zeroblob(15)", "payload_salt"),
        ("UPDATE payload SET codec = 9", "payload_unreadable"),
        ("UPDATE payload SET bytes = CAST(bytes || x'00' AS BLOB)", "payload_changed"),
        ("DELETE FROM payload", "payload_missing"),
        ("DELETE FROM event", "event_missing"),
    ];
    for (sql, code) in changes {
        let fixture = whole.copy();
        fixture.tamper(&format!("{sql} WHERE position = 1200")).await;
        let report = fixture.check().await;
        let named: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.place == Place::Event(1200)).collect();
        assert!(!report.is_whole(), "{sql}");
        assert!(
            named.iter().any(|finding| {
                finding.code == code
                    || code.starts_with("payload_") && finding.code.starts_with("payload_")
            }),
            "{sql}: {:?}",
            report.findings
        );
    }
}

#[tokio::test]
async fn every_change_beside_the_events_is_named() {
    let whole = build().await;
    let changes = [
        ("UPDATE subtree SET root = zeroblob(32) WHERE number = 1", "subtree_root"),
        ("UPDATE subtree SET root = zeroblob(31) WHERE number = 1", "subtree_root"),
        ("DELETE FROM subtree WHERE number = 0", "subtree_missing"),
        ("INSERT INTO subtree VALUES (900, zeroblob(32))", "subtree_stray"),
        ("UPDATE head SET size = size + 1", "head_size"),
        ("UPDATE head SET size = size - 1", "head_size"),
        ("UPDATE head SET frontier = zeroblob(32)", "head_tree"),
        ("UPDATE checkpoint SET root = zeroblob(32)", "checkpoint_root"),
        ("UPDATE checkpoint SET note = replace(note, 'test', 'tost')", "checkpoint_unsigned"),
        ("UPDATE checkpoint SET note = 'nonsense'", "checkpoint_note"),
        ("DELETE FROM checkpoint", "checkpoint_event"),
        ("INSERT INTO checkpoint VALUES (9999, zeroblob(32), 'nonsense')", "checkpoint_size"),
        ("UPDATE stream SET source_id = source_id || 'x' WHERE stream_id = 5", "stream_key"),
        ("DELETE FROM stream WHERE stream_id = 5", "stream_missing"),
        ("INSERT INTO payload VALUES (999999, zeroblob(16), 0, x'00')", "payload_stray"),
        ("INSERT INTO payload VALUES (18, zeroblob(16), 0, x'00')", "payload_not_erased"),
        ("UPDATE event SET position = -1 WHERE position = 3", "event_stray"),
        ("UPDATE event SET position = 4611686018427387904 WHERE position = 3", "event_missing"),
        ("DELETE FROM event WHERE position BETWEEN 1000 AND 2100", "event_missing"),
        ("DELETE FROM event WHERE position > 2000", "head_size"),
    ];
    for (sql, code) in changes {
        let fixture = whole.copy();
        fixture.tamper(sql).await;
        let report = fixture.check().await;
        assert!(codes(&report).contains(code), "{sql}: {:?}", report.findings);
    }
}

#[tokio::test]
async fn whoever_mends_every_digest_is_still_found_by_the_checkpoint() {
    let fixture = build().await;
    let forged = build_again_with_another_key().await;
    // A whole other history with its own checkpoints, but not with our key.
    let settings = CheckSettings { keys: vec![fixture.key.clone()], ..CheckSettings::default() };
    let report = check(&forged.store().await, &settings, |_| ()).await.unwrap();
    let expected = BTreeSet::from(["checkpoint_none", "checkpoint_unsigned"]);
    assert_eq!(codes(&report), expected);
    assert_eq!(forged.check().await.findings, []);
}

async fn build_again_with_another_key() -> Fixture {
    let fixture = build().await;
    let store = open(fixture.folder.path(), Mode::Write).await;
    let env = Env::fixed(Timestamp(1_796_083_300_000), 8);
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone()).await.unwrap();
    let other = NoteSigner::from_seed("other", &[5; 32]).unwrap();
    let rows = ledger.checkpoints().await.unwrap();
    ledger.close().await;
    for row in rows {
        let text = row.note.parse::<SignedNote>().unwrap().text;
        let note = SignedNote::sign(text, &other).unwrap().to_string();
        let sql = format!("UPDATE checkpoint SET note = '{note}' WHERE size = {}", row.size);
        fixture.tamper(&sql).await;
    }
    Fixture { key: other.verifier(), ..fixture }
}

#[tokio::test]
async fn lifecycles_and_sequences_are_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Mode::Write).await;
    let env = env();
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone()).await.unwrap();
    let ticket = key("ticket", "1");
    let events = vec![
        read("ticket", "1".into(), None),
        write_started(&ticket, 1),
        // Nothing has settled the first attempt: a projection would have refused this.
        write_started(&ticket, 2),
    ];
    ledger.append(env.run_id(), events).await.unwrap();
    ledger.close().await;
    let store = open(folder.path(), Mode::Read).await;
    let report = check(&store, &CheckSettings::default(), |_| ()).await.unwrap();
    assert_eq!(codes(&report), BTreeSet::from(["step_lifecycle"]));
    assert!(names(&report, Place::Event(2)));
}

#[tokio::test]
async fn a_torn_page_is_found() {
    let whole = build().await;
    let pages = std::fs::metadata(file_in(whole.folder.path())).unwrap().len() / 8192;
    let mut found = 0;
    for page in [3, pages / 5, pages / 3, pages / 2, pages - 20, pages - 2] {
        let fixture = whole.copy();
        let path = file_in(fixture.folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        let start = usize::try_from(page * 8192).unwrap();
        bytes[start + 4096..start + 8192].fill(0);
        std::fs::write(&path, bytes).unwrap();
        let opened = store::open(path.to_str().unwrap(), Mode::Read).await;
        // A page that is needed to open the file at all.
        let Ok(store) = opened else { continue };
        let settings = CheckSettings { deep: true, ..CheckSettings::default() };
        let report = check(&store, &settings, |_| ()).await.unwrap();
        assert!(!report.is_whole(), "page {page}");
        found += 1;
    }
    assert!(found >= 4, "{found}");
}

fn flips() -> impl Strategy<Value = Vec<(u8, u64, usize)>> {
    let positions = 0..2_000u64;
    proptest::collection::vec((0u8..4, positions, any::<usize>()), 24)
}

/// Random bits of headers, facts, salts and payloads: each is found, and its position named.
#[test]
fn random_flips_are_found_and_named() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whole = runtime.block_on(build());
    let config = ProptestConfig { cases: 6, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let result = runner.run(&flips(), |flips| {
        runtime.block_on(async {
            let fixture = whole.copy();
            let mut expected = BTreeSet::new();
            for (what, position, bit) in flips {
                let (table, column) = match what {
                    0 => ("event", "header"),
                    1 => ("event", "facts"),
                    2 => ("payload", "salt"),
                    _ => ("payload", "bytes"),
                };
                // Flipping the same bit twice would mend it; not every event has a payload.
                let at = format!("position = {position}");
                if !fixture.holds(table, &at).await || !expected.insert(position) {
                    continue;
                }
                fixture.flip(table, column, &at, bit).await;
            }
            let report = fixture.check().await;
            for position in expected {
                assert!(
                    names(&report, Place::Event(position)),
                    "{position}: {:?}",
                    report.findings
                );
            }
        });
        Ok(())
    });
    result.unwrap();
}

#[tokio::test]
async fn bits_of_seals_and_tree_are_found() {
    let whole = build().await;
    let note_len = 8 * 100;
    for bit in [3, 1_000] {
        for (table, column, at) in [
            ("subtree", "root", "number = 1"),
            ("head", "frontier", "one = 1"),
            ("checkpoint", "root", "size > 2000"),
        ] {
            let fixture = whole.copy();
            fixture.flip(table, column, at, bit).await;
            assert!(!fixture.check().await.is_whole(), "{table} {bit}");
        }
    }
    // Every bit of the first hundred bytes of a note: origin, size and root.
    for bit in (0..note_len).step_by(7) {
        let fixture = whole.copy();
        fixture.flip("checkpoint", "note", "size > 2000", bit).await;
        assert!(!fixture.check().await.is_whole(), "note {bit}");
    }
}

#[tokio::test]
async fn a_bundle_proves_an_event_to_somebody_without_the_ledger() {
    let fixture = build().await;
    let store = fixture.store().await;
    let keys = [fixture.key.clone()];
    for position in [0, ERASED, 1023, 1024, 2047, 2048, 2_500] {
        let bundle = prove(&store, Position(position), true).await.unwrap();
        let text = bundle.to_string();
        let proven = text.parse::<InclusionProof>().unwrap().verify(&keys).unwrap();
        assert_eq!((proven.position, proven.signed_by.len()), (position, 1));
        assert_eq!(
            bundle.event.payload.is_some(),
            position == 0 || position > ERASED && bundle.event.commitment.is_some()
        );
        let mut other = bundle.clone();
        other.event.facts = other.event.facts.replace('2', "3") + " ";
        assert!(matches!(other.verify(&keys), Err(AuditError::Proof(_))));
        let stranger = NoteSigner::from_seed("stranger", &[3; 32]).unwrap().verifier();
        assert!(matches!(bundle.verify(&[stranger]), Err(AuditError::Note(_))));
    }
    let last = check(&store, &CheckSettings::default(), |_| ()).await.unwrap().events - 1;
    let unsealed = prove(&store, Position(last), false).await;
    assert!(matches!(unsealed, Err(AuditError::Unsealed { .. })));
}

#[tokio::test]
async fn an_export_has_a_line_for_everything() {
    let fixture = build().await;
    let store = fixture.store().await;
    let (mut bare, mut full) = (Vec::new(), Vec::new());
    let events = export(&store, false, &mut bare).await.unwrap();
    export(&store, true, &mut full).await.unwrap();
    let lines = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(lines(&bare).lines().count() as u64, 1 + events + 2);
    assert_eq!(lines(&bare).matches("\"payload\"").count(), 0);
    assert_eq!(lines(&full).matches("\"payload\":{").count(), 2 * TICKETS - 1);
}

/// What the product writes is what `HASHING.md` says, as another program reads it.
#[tokio::test]
async fn the_chain_checker_agrees() {
    let fixture = build().await;
    let store = fixture.store().await;
    let keys = || vec![chain_checker::note::Key::read(&fixture.key.to_string()).unwrap()];
    for with_payloads in [false, true] {
        let mut bytes = Vec::new();
        let events = export(&store, with_payloads, &mut bytes).await.unwrap();
        let report = chain_checker::export::check(|| Ok(&bytes[..]), &keys()).unwrap();
        assert_eq!(report.problems, []);
        assert_eq!((report.events, report.checkpoints, report.signed), (events, 2, 2));
    }
    for position in [0, 1023, 1024, 2_500] {
        let bundle = prove(&store, Position(position), true).await.unwrap().to_string();
        let found = chain_checker::bundle::check(&bundle, &keys()).unwrap();
        assert_eq!((found.0, found.2), (position, 1));
    }
}

#[tokio::test]
async fn sealing_again_without_news_gives_the_same_seal() {
    let folder = tempfile::tempdir().unwrap();
    let env = env();
    let store = open(folder.path(), Mode::Write).await;
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone()).await.unwrap();
    let run = RunId([1; 16]);
    ledger.append(run, biography(1)).await.unwrap();
    let origin = Checkpoint::origin_of("test");
    let keys = [NoteSigner::from_seed(&origin, &[4; 32]).unwrap()];
    let sealed = ledger.seal(run, &origin, &keys).await.unwrap();
    assert_eq!(ledger.seal(run, &origin, &keys).await.unwrap(), sealed);
    let mut note: SignedNote = sealed.note.parse().unwrap();
    let witness = NoteSigner::from_seed("witness", &[2; 32]).unwrap();
    note.cosign(&witness);
    let row = ledger.add_signatures(&note).await.unwrap();
    let keys = [keys[0].verifier(), witness.verifier()];
    let kept = row.note.parse::<SignedNote>().unwrap();
    assert_eq!(kept.verify(&keys).unwrap().len(), 2);
    let other = SignedNote::sign("other\n1\nx\n".into(), &witness).unwrap();
    assert!(ledger.add_signatures(&other).await.is_err());
    ledger.close().await;
}
