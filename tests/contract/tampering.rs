//! `ledger-schema/TAMPERING.md`, row by row: each way of tampering is done to a ledger, and the
//! command that the row names must find it as the row says. What the row calls not findable must
//! not be found by all that an auditor can have in hand, or the page is out of date.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings, NewEvent};
use deskledger::model::digest::Purpose;
use deskledger::model::event::{
    Location, RecordExcluded, RecordRead, WriteStarted, WriteSucceeded,
};
use deskledger::model::note::NoteSigner;
use deskledger::model::{
    Checkpoint, ContentHash, Digest, NotificationClass, Position, RecordKind, Reversibility,
    SourceKey, Timestamp,
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use crate::support::program::run;

/// More than one stored subtree.
const RECORDS: usize = 700;
/// Records before the first of two seals.
const FIRST: usize = 300;

/// A record of the second part.
const SOME: usize = 350;
/// Records after the last seal.
const AFTER: usize = 3;
/// Seed of the operator's key.
const SEED: u8 = 4;

/// How the second part of a ledger differs from what it should be.
#[derive(Clone, Copy)]
struct Recipe {
    /// A record that says something else than it should.
    changed: Option<usize>,
    /// A record that is not there.
    without: Option<usize>,
    /// Seed of the signing key.
    seed: u8,
}

const GOOD: Recipe = Recipe { changed: None, without: None, seed: SEED };

/// The good ledger, and how it was before.
struct Good {
    /// After the first seal.
    older: Desk,
    /// After the second.
    sealed: Desk,
    /// With some events after that.
    now: Desk,
}

fn origin() -> String {
    Checkpoint::origin_of("deskero")
}

fn signer(seed: u8) -> NoteSigner {
    NoteSigner::from_seed(&origin(), &[seed; 32]).unwrap()
}

/// A project with a ledger in it.
struct Desk(tempfile::TempDir);

fn ticket(number: usize) -> SourceKey {
    SourceKey::new("deskero", "ticket", &number.to_string()).unwrap()
}

fn life(number: usize, changed: bool) -> Vec<NewEvent> {
    let payload = format!("{{\"subject\":\"words of {number}\"}}");
    let raw = if changed { "another".to_owned() } else { number.to_string() };
    let read = RecordRead {
        kind: RecordKind::Conversation,
        parent: None,
        aliases: Vec::new(),
        at: Location { file: "tickets.csv".into(), line: number as u64 + 2 },
        raw: Digest::of(Purpose::Raw, raw.as_bytes()),
        findings: Vec::new(),
    };
    let mut events = vec![NewEvent {
        content: ContentHash::keyed(&[1; 32], payload.as_bytes()),
        payload: Some(payload.into_bytes()),
        ..NewEvent::new(ticket(number), read)
    }];
    if number.is_multiple_of(7) {
        let rule = RecordExcluded { rule: "history_window".into() };
        events.push(NewEvent::new(ticket(number), rule));
    } else if number.is_multiple_of(3) {
        let digest = Digest::of(Purpose::Step, b"step");
        let started = WriteStarted {
            step: "create".into(),
            digest,
            operation: "conversation_create".into(),
            target: None,
            request: digest,
            attempt: 1,
            reversibility: Reversibility::Exact,
            notification: NotificationClass::Silent,
            before: None,
            adopting: false,
            removes: false,
            content: None,
        };
        let done = WriteSucceeded {
            step: "create".into(),
            object: Some(number.to_string().as_str().into()),
            response: Digest::of(Purpose::Response, b"{}"),
            adopted: false,
        };
        events.push(NewEvent::new(ticket(number), started));
        events.push(NewEvent::new(ticket(number), done));
    }
    events
}

impl Good {
    async fn build() -> Self {
        let older = Desk(tempfile::tempdir().unwrap());
        let made = run(older.0.path(), &["init", "--source", "deskero", "--bundle", "export"]);
        assert!(made.status.success(), "{made:?}");
        older.append(0..FIRST, GOOD, true).await;
        let sealed = older.copy();
        sealed.append(FIRST..RECORDS, GOOD, true).await;
        let now = sealed.copy();
        now.append(RECORDS..RECORDS + AFTER, GOOD, false).await;
        Self { older, sealed, now }
    }

    /// Another history from the first seal on, with all digests as they must be.
    async fn forged(&self, recipe: Recipe) -> Desk {
        let desk = self.older.copy();
        desk.append(FIRST..RECORDS, recipe, true).await;
        desk.append(RECORDS..RECORDS + AFTER, recipe, false).await;
        desk
    }
}

impl Desk {
    async fn append(&self, range: std::ops::Range<usize>, recipe: Recipe, seal: bool) {
        let env = Env::fixed(Timestamp(1_796_083_200_000), range.start as u64);
        let ledger = self.ledger(env.clone()).await;
        let run = env.run_id();
        let kept = range.filter(|number| Some(*number) != recipe.without);
        let lives = kept.flat_map(|number| life(number, Some(number) == recipe.changed));
        ledger.append(run, lives.collect()).await.unwrap();
        if seal {
            ledger.seal(run, &origin(), &[signer(recipe.seed)]).await.unwrap();
        }
        ledger.close().await;
    }

    async fn ledger(&self, env: Env) -> Ledger {
        Ledger::open(LedgerSettings {
            url: self.file().display().to_string(),
            projections: deskledger::projection::all(),
            env,
            read_only: false,
        })
        .await
        .unwrap()
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("ledger.db")
    }

    fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.0.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        Self(folder)
    }

    /// Changes the file as its owner can, without the triggers.
    async fn sql(&self, statements: &[&str]) {
        let address = format!("sqlite:{}", self.file().display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        let triggers = sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'trigger'");
        for row in triggers.fetch_all(&mut connection).await.unwrap() {
            let drop = format!("DROP TRIGGER {}", row.get::<String, _>(0));
            sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await.unwrap();
        }
        for sql in statements {
            let text = AssertSqlSafe((*sql).to_owned());
            let done = sqlx::query(text).execute(&mut connection).await.unwrap();
            let changes = !sql.starts_with("ATTACH");
            assert!(!changes || done.rows_affected() > 0, "{sql}");
        }
        connection.close().await.unwrap();
    }

    /// Puts the checkpoints of another ledger in the place of its own.
    async fn take_checkpoints_of(&self, other: &Self) {
        let attach = format!("ATTACH '{}' AS other", other.file().display());
        let insert = "INSERT INTO checkpoint SELECT * FROM other.checkpoint";
        self.sql(&[&attach, "DELETE FROM checkpoint", insert]).await;
    }

    /// The newest checkpoint's note, kept in a file outside the project.
    async fn note(&self, at: &Path) {
        let address = format!("sqlite:{}", self.file().display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        let newest = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1";
        let note: String = sqlx::query_scalar(newest).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        std::fs::write(at, note).unwrap();
    }
}

/// Does what a row says to a copy of the good ledger.
async fn tampered(name: &str, good: &Good) -> Desk {
    let changed = Recipe { changed: Some(SOME), ..GOOD };
    let without = Recipe { without: Some(SOME), ..GOOD };
    let desk = match name {
        "event-changed-mended" | "sealed-by-the-same-key" | "fork" => good.forged(changed).await,
        "record-removed-mended" | "record-never-recorded" => good.forged(without).await,
        "sealed-by-another-key" => good.forged(Recipe { seed: 5, ..changed }).await,
        "cut-before-a-seal" | "cut-with-its-seal" | "older-copy" => good.older.copy(),
        "cut-after-the-last-seal" => good.sealed.copy(),
        _ => good.now.copy(),
    };
    change(name, &desk, good).await;
    desk
}

/// Changes what is stored, where a row says so.
async fn change(name: &str, desk: &Desk, good: &Good) {
    match name {
        "event-changed" => {
            let facts = "CAST(replace(CAST(facts AS TEXT), 'tickets', 'tackets') AS BLOB)";
            desk.sql(&[&format!("UPDATE event SET facts = {facts} WHERE position = 9")]).await;
        }
        "event-changed-mended" | "record-removed-mended" | "cut-before-a-seal" => {
            desk.take_checkpoints_of(&good.now).await;
        }
        "sealed-by-the-same-key"
        | "fork"
        | "record-never-recorded"
        | "sealed-by-another-key"
        | "cut-with-its-seal"
        | "older-copy"
        | "cut-after-the-last-seal" => {}
        "checkpoint-removed" => {
            desk.sql(&["DELETE FROM checkpoint WHERE size < 1000"]).await;
        }
        "payloads-exchanged" => {
            let moved =
                |from, to| format!("UPDATE payload SET position = {to} WHERE position = {from}");
            desk.sql(&[&moved(2, -1), &moved(3, 2), &moved(-1, 3)]).await;
        }
        "payload-deleted" => desk.sql(&["DELETE FROM payload WHERE position = 4"]).await,
        "payload-erased" => {
            let env = Env::fixed(Timestamp(1_796_083_300_000), 8);
            let ledger = desk.ledger(env.clone()).await;
            ledger.erase_payload(env.run_id(), Position(4), "asked for").await.unwrap();
            ledger.close().await;
        }
        "stream-renamed" => {
            desk.sql(&["UPDATE stream SET source_id = '9999' WHERE stream_id = 5"]).await;
        }
        "object-exchanged" => {
            let of = "(SELECT projection_id FROM projection WHERE name = 'id_map')";
            let key = "(SELECT min(key) FROM row WHERE projection_id =";
            let value = "(SELECT max(value) FROM row WHERE projection_id =";
            desk.sql(&[&format!(
                "UPDATE row SET value = {value} {of} AND substr(key, 1, 1) = x'66') \
                WHERE projection_id = {of} AND key = {key} {of})"
            )])
            .await;
        }
        "step-forgotten" => {
            let of = "(SELECT projection_id FROM projection WHERE name = 'step_state')";
            let key = "(SELECT max(key) FROM row WHERE projection_id =";
            desk.sql(&[&format!(
                "DELETE FROM row WHERE projection_id = {of} AND key = {key} {of})"
            )])
            .await;
        }
        other => panic!("{other} is in the page and not in this test"),
    }
}

/// Rows of the page: name, in hand, command, found as.
fn rows() -> Vec<[String; 4]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("ledger-schema/TAMPERING.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, hand, command, found] = cells[..] else { panic!("{line}") };
        [name, hand, command, found].map(|cell| cell.trim_matches('`').to_owned())
    })
    .collect()
}

/// Runs a command in a project; exit code and the document that it printed.
fn answer(desk: &Desk, command: &str, words: &BTreeMap<&str, String>) -> (i32, Value) {
    let words = command.split(' ').map(|word| words.get(word).cloned().unwrap_or(word.into()));
    let words: Vec<String> = std::iter::once("--json".to_owned()).chain(words).collect();
    let output = run(desk.0.path(), &words);
    let document = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
    let document = serde_json::from_slice(document).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code().unwrap(), document)
}

fn finds(document: &Value, code: &str) -> bool {
    let findings = document["findings"].as_array().into_iter().flatten();
    document["error"]["code"] == code || findings.into_iter().any(|one| one["code"] == code)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_of_tampering_is_found_by_the_command_beside_it() {
    let good = Good::build().await;
    let outside = tempfile::tempdir().unwrap();
    let (note, other) = (outside.path().join("kept.note"), outside.path().join("other.note"));
    good.now.note(&note).await;
    let words = BTreeMap::from([
        ("KEY", signer(SEED).verifier().to_string()),
        ("NOTE", note.display().to_string()),
        ("OTHER", other.display().to_string()),
    ]);
    let everything = "audit check --deep --key KEY --checkpoint NOTE";
    let (exit, document) = answer(&good.now, everything, &words);
    assert_eq!((exit, &document["findings"]), (0, &Value::Array(Vec::new())), "{document}");
    let rows = rows();
    assert!(rows.len() >= 14, "only {} rows were found", rows.len());
    for [name, hand, command, found] in rows {
        let desk = tampered(&name, &good).await;
        desk.note(&other).await;
        if found.starts_with("not findable") {
            // Who keeps notes of a ledger that never had the record keeps those of this one.
            if name == "record-never-recorded" {
                std::fs::copy(&other, &note).unwrap();
            }
            let (exit, document) = answer(&desk, everything, &words);
            assert_eq!(exit, 0, "{name} can be found: {document}");
            good.now.note(&note).await;
            continue;
        }
        let needs = command.contains("NOTE") || command.contains("KEY");
        assert_eq!(hand == "nothing", !needs, "{name}");
        let (exit, document) = answer(&desk, &command, &words);
        assert!(finds(&document, &found), "{name}: {document}");
        assert_eq!(exit, 4, "{name}: {document}");
        // The good ledger is not accused by the same command.
        good.now.note(&other).await;
        let (exit, document) = answer(&good.now, &command, &words);
        let signs = command.contains("cosign");
        assert!(exit == 0 || signs && document["error"]["code"] == "no_signing_key", "{name}");
    }
}

/// The finding says which record's row it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_row_is_named_by_its_record() {
    let good = Good::build().await;
    let desk = tampered("object-exchanged", &good).await;
    let (_, document) = answer(&desk, "audit check", &BTreeMap::new());
    let finding = &document["findings"][0];
    assert_eq!(finding["place"]["computed"], "id_map", "{document}");
    assert!(finding["what"].as_str().unwrap().contains("deskero/ticket/"), "{document}");
    let (exit, document) = answer(&desk, "audit check --events-only", &BTreeMap::new());
    assert_eq!((exit, &document["computed"]), (0, &Value::from("left_out")));
}
