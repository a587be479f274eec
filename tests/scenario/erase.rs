//! One person is forgotten: their bytes are nowhere in the ledger's files, every proof made before
//! still holds, and everything else still works and names what was erased.

use std::collections::BTreeSet;
use std::path::Path;

use deskledger::store::{Mode, RawRange, open, unpack};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::databases::Database;
use crate::support::desk::{Desk, demo_workspace, fixture, list, text};

/// Chiara Bonetti of the sample: her address, and words of hers and about her.
const PERSON: &str = "chiara.bonetti@example.org";
const CANARIES: [&str; 5] = [
    PERSON,
    "chiara_pedala",
    "Buys for the whole workshop",
    "Chiara Bonetti",
    "una sella in cuoio",
];
const KEY: &str = "deskero/customer/61d586b9f6c086512bb46e0b";

/// Every file of the ledger, as bytes.
fn files(folder: &Path) -> Vec<u8> {
    let names = ["ledger.db", "ledger.db-wal", "ledger.db-shm"];
    names.iter().filter_map(|name| std::fs::read(folder.join(name)).ok()).flatten().collect()
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    let first = word[0];
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(word) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// A piece of each stored payload that holds a canary once it is unpacked.
async fn stored_pieces(address: &str) -> BTreeSet<Vec<u8>> {
    let store = open(address, Mode::Read).await.unwrap();
    let all = RawRange { from: 0, to: i64::MAX, limit: u32::MAX };
    let mut pieces = BTreeSet::new();
    for row in store.raw_payloads(all).await.unwrap() {
        let mut room = Vec::new();
        let bytes = unpack(row.codec, &row.bytes, &mut room).unwrap().to_vec();
        let words = String::from_utf8_lossy(&bytes).into_owned();
        if CANARIES.iter().any(|canary| words.contains(canary)) {
            // From the end: beginnings of packed bytes are much alike.
            let start = row.bytes.len().saturating_sub(48);
            let piece = row.bytes[start..].to_vec();
            if piece.len() >= 32 {
                pieces.insert(piece);
            }
        }
    }
    store.close().await;
    pieces
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_forgotten_and_every_proof_still_holds() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    desk.done("verify --all").await;
    let away = tempfile::tempdir().unwrap();
    let at = |name: &str| away.path().join(name).display().to_string();
    let key = text(&desk.done(&format!("audit key new {}", at("key.pem"))).await["key"]);
    let seal = format!("audit checkpoint --key-file {} --out {}", at("key.pem"), at("note"));
    desk.done(&seal).await;
    desk.done(&format!("audit prove {KEY} --out {}", at("proofs"))).await;

    let ledger = desk.folder().join("ledger.db").display().to_string();
    let pieces = stored_pieces(&ledger).await;
    assert!(pieces.len() > 5, "{} payloads with canaries", pieces.len());
    let before = files(desk.folder());
    assert!(pieces.iter().all(|piece| holds(&before, piece)), "the pieces are looked for rightly");

    let size = |found: &Value| found["found"]["payloads"].as_u64().unwrap();
    let seen = desk.say(&["erase", PERSON, "--also", "Chiara Bonetti"]).await;
    assert_eq!(seen.exit, 3, "{seen:?}");
    assert!(size(&seen.json()) > pieces.len() as u64, "{seen:?}");
    assert_eq!(seen.json()["found"]["own"], serde_json::json!([KEY]));
    assert_eq!(stored_pieces(&ledger).await, pieces, "a preview erases nothing");

    let done = desk.say(&["erase", KEY, "--also", "Chiara Bonetti", "--yes"]).await;
    // The map names a handle of hers as evidence: people take it out.
    assert_eq!(done.exit, 3, "{done:?}");
    let done = done.json();
    assert_eq!(done["files_left"], serde_json::json!(["mapping.toml"]));
    assert_eq!(done["found"]["name_left"], serde_json::json!([]));
    assert_eq!((size(&done), &done["files_clean"]), (size(&seen.json()), &Value::from(true)));
    let after = files(desk.folder());
    let left = pieces.iter().filter(|piece| holds(&after, piece)).count();
    assert_eq!(left, 0, "of {} payloads something is left", pieces.len());
    for canary in CANARIES {
        assert!(!holds(&after, canary.as_bytes()), "{canary}");
    }
    assert_eq!(stored_pieces(&ledger).await, BTreeSet::new());
    let again = desk.say(&["erase", KEY, "--also", "Chiara Bonetti", "--yes"]).await;
    assert_eq!(size(&again.json()), 0, "{again:?}");

    // What is left in Intercom is named, and is there.
    let state = desk.simulator.state();
    let objects = list(&done["found"], "in_intercom");
    assert!(objects.iter().any(|one| one["kind"] == "contact"), "{objects:?}");
    for one in objects {
        let kind = if one["kind"] == "contact" { "contacts" } else { "conversations" };
        assert!(list(&state, kind).iter().any(|found| found["id"] == one["id"]), "{one}");
    }

    proofs_hold(&desk, away.path(), &key).await;
    everything_else_works(&desk).await;
}

/// The files of the table of payloads and of its long values, as bytes, and their names.
async fn table_files(address: &str) -> (Vec<u8>, Vec<String>) {
    let mut connection = PgConnection::connect(address).await.unwrap();
    connection.execute("CHECKPOINT").await.unwrap();
    let (mut bytes, mut paths) = (Vec::new(), Vec::new());
    for table in ["oid", "reltoastrelid"] {
        let of = "FROM pg_class WHERE relname = 'payload'";
        let place = format!("(SELECT pg_relation_filepath({table}) {of})");
        let sql = format!("SELECT {place}, pg_read_binary_file({place})");
        let row: (String, Vec<u8>) =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
        paths.push(row.0);
        bytes.extend(row.1);
    }
    (bytes, paths)
}

/// The same on a server: neither the table's files nor those that stood in their place before hold
/// anything of the person.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_forgotten_on_a_server() {
    let Some(database) = Database::postgres().await else { return };
    let address = database.address();
    let desk = Desk::new(&fixture("demo"), demo_workspace(), &address).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let pieces = stored_pieces(&address).await;
    assert!(pieces.len() > 5, "{} payloads with canaries", pieces.len());
    let (bytes, before) = table_files(&address).await;
    let found = pieces.iter().filter(|piece| holds(&bytes, piece)).count();
    assert!(found * 2 > pieces.len(), "the pieces are looked for rightly: {found}");

    let done = desk.say(&["erase", KEY, "--also", "Chiara Bonetti", "--yes"]).await;
    assert_eq!(done.exit, 3, "{done:?}");
    let done = done.json();
    assert_eq!(done["files_clean"], true, "{done}");
    assert!(done["elsewhere"].to_string().contains("write-ahead log"), "{done}");
    assert_eq!(stored_pieces(&address).await, BTreeSet::new());
    let (bytes, _) = table_files(&address).await;
    let left = pieces.iter().filter(|piece| holds(&bytes, piece)).count();
    assert_eq!(left, 0, "of {} payloads something is left", pieces.len());
    let mut connection = PgConnection::connect(&address).await.unwrap();
    for path in before {
        let sql = "SELECT (pg_stat_file($1, true)).size";
        let size: (Option<i64>,) =
            sqlx::query_as(sql).bind(&path).fetch_one(&mut connection).await.unwrap();
        assert!(size.0.is_none_or(|size| size == 0), "{path} is still there");
    }
    drop(connection);
    everything_else_works(&desk).await;
    database.remove().await;
}

async fn proofs_hold(desk: &Desk, away: &Path, key: &str) {
    let note = away.join("note").display().to_string();
    let check = format!("audit check --key {key} --checkpoint {note}");
    assert_eq!(desk.done(&check).await["whole"], true);
    let mut proofs = 0;
    for entry in std::fs::read_dir(away.join("proofs")).unwrap() {
        let proof = entry.unwrap().path().display().to_string();
        desk.done(&format!("audit verify-proof {proof} --key {key}")).await;
        proofs += 1;
    }
    assert!(proofs > 3, "{proofs} proofs");
}

async fn everything_else_works(desk: &Desk) {
    desk.done("replay").await;
    let life = desk.done(&format!("show {KEY} --payloads")).await;
    let erased = list(&life[0], "chapters").iter().filter(|one| one["erased_at"].is_u64());
    assert!(erased.count() > 2, "{life}");
    let verified = desk.done("verify --all").await;
    assert_eq!(verified["skipped"][KEY], "erased", "{verified}");
    assert_eq!(verified["undeclared"], serde_json::json!({}));

    let writes = desk.writes();
    let planned = desk.done("plan").await;
    assert_eq!(planned["requests"], 0, "{planned}");
    let delta = desk.done("delta --yes").await;
    assert_eq!(desk.writes(), writes, "{delta}");
    assert_eq!(desk.say(&["reconcile"]).await.json()["closes"], true);

    let forecast = desk.done("rollback plan").await["forecast"].clone();
    let kept = text(&forecast["kept"][KEY]);
    assert!(kept.contains("erased"), "{forecast}");
    let report = desk.done("rollback apply --yes").await;
    assert_eq!(report["stuck"], serde_json::json!({}), "{report}");
    assert!(text(&report["kept"][KEY]).contains("erased"), "{report}");
    assert_eq!(desk.done("audit check").await["whole"], true);
}

/// What the source changes of somebody forgotten waits and is named, and stops nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_of_somebody_forgotten_waits() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let (marco, amara) = ("61e04684795520995a27929a", "62bda8b216ac7cd5415c0bec");
    let contact = |state: &Value, id: &str| {
        let id = format!("deskero:{id}");
        let all = list(state, "contacts").iter();
        all.clone().find(|one| one["external_id"] == id.as_str()).unwrap().clone()
    };
    let before = contact(&desk.simulator.state(), marco);
    let key = format!("deskero/customer/{marco}");
    desk.say(&["erase", &key, "--yes"]).await;
    let later = fixture("demo-delta").display().to_string();
    let said = desk.say(&["delta", "--partial", "--yes", "--bundle", &later]).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let waiting = desk.say(&["reconcile"]).await.stdout;
    assert!(waiting.contains(&key), "{waiting}");
    let after = desk.simulator.state();
    assert_eq!(contact(&after, marco)["phone"], before["phone"]);
    assert_eq!(contact(&after, amara)["name"], "Amara Okafor-Reid");
}

/// People by address, tickets by number, and where a field comes from.
#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_what_people_know_and_fields_told() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    assert_eq!(desk.done(&format!("show {PERSON}")).await[0]["key"], KEY);
    let by_number = desk.done("show 2/2023").await;
    assert_eq!(by_number[0]["key"], "deskero/ticket/63f093f4b8419b3235272350");

    let blame = desk.done(&format!("show {KEY} --field email")).await[0].clone();
    assert_eq!((&blame["now"], &blame["same"]), (&Value::from(PERSON), &Value::from(true)));
    let spot = &blame["source"][0];
    assert_eq!((&spot["file"], &spot["line"]), (&Value::from("customers.csv"), &Value::from(2)));
    assert!(text(&spot["raw"]).contains(PERSON), "{spot}");
    let life = desk.done(&format!("show {KEY}")).await;
    for (field, event) in [
        ("drafted_at", "RecordTransformed"),
        ("sent_at", "WriteStarted"),
        ("answered_at", "WriteSucceeded"),
    ] {
        let chapters = list(&life[0], "chapters").iter();
        let found = chapters.clone().find(|one| one["position"] == blame[field]).unwrap();
        assert_eq!(found["event"], event, "{field}");
    }
    let refused = desk.say(&["show", KEY, "--field", "no such field"]).await;
    assert_eq!((refused.exit, refused.error().as_str()), (1, "unknown_field"));
    let name = "custom_attributes.deskero_address";
    let blame = desk.done(&format!("show {KEY} --field {name}")).await[0].clone();
    let rule = "field customer.address to contact.deskero_address";
    assert!(text(&blame["rule"]).contains(rule), "{blame}");
    assert!(blame["mapping_confirmed_at"].is_u64(), "{blame}");
    // What a teammate changed since is told from what was sent.
    let contact = text(&blame["object"]);
    let act = serde_json::json!({
        "do": "call", "method": "PUT", "path": format!("/contacts/{contact}"),
        "body": { "custom_attributes": { "deskero_address": "Piazza Nuova 1" } },
    });
    desk.simulator.act(&act).unwrap();
    let blame = desk.done(&format!("show {KEY} --field {name}")).await[0].clone();
    assert_eq!((&blame["same"], &blame["sent"]), (&Value::from(false), &"Via dei Mille 14".into()));
    assert_eq!(blame["now"], "Piazza Nuova 1");
}
