//! What `audit export` and `audit export --bundle` write, as two programs read it that share no
//! code: `audit verify-bundle`, and `tools/chain-checker` in Python. Both must call a thousand good
//! ledgers good, and a thousand changed ones bad.
//!
//! Needs a Python with the package `blake3`: `DESKLEDGER_TEST_PYTHON` names it. `tools/check.sh`
//! installs it; where `CI` is set it must be there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use deskledger::audit::{self, verify_bundle};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, NewEvent};
use deskledger::model::digest::Purpose;
use deskledger::model::event::{Location, RecordExcluded, RecordRead, ResidueCertified};
use deskledger::model::note::{NoteSigner, SignedNote, VerifierKey};
use deskledger::model::{
    Checkpoint, ContentHash, Digest, Position, RecordKind, SourceKey, Timestamp,
};
use deskledger::store::{MemoryStore, Mode, Store};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// Ledgers of each kind.
const LEDGERS: u64 = 1_000;

/// Every so many are handed out as a bundle.
const BUNDLES: u64 = 8;

fn python() -> Option<String> {
    let named = std::env::var("DESKLEDGER_TEST_PYTHON").ok();
    assert!(named.is_some() || std::env::var_os("CI").is_none(), "no Python named");
    named
}

fn checker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/chain-checker/chain_checker.py")
}

fn origin() -> String {
    Checkpoint::origin_of("deskero")
}

fn signer() -> NoteSigner {
    NoteSigner::from_seed(&origin(), &[4; 32]).unwrap()
}

fn witness() -> NoteSigner {
    NoteSigner::from_seed("customer", &[6; 32]).unwrap()
}

fn event(chance: &mut StdRng, number: u64) -> NewEvent {
    let id = chance.random_range(0..12u64);
    let key = SourceKey::new("deskero", "ticket", &format!("T/{id} é")).unwrap();
    let content = ContentHash::keyed(&[1; 32], &number.to_le_bytes());
    match chance.random_range(0..9) {
        0 => NewEvent { content, ..NewEvent::new(key, RecordExcluded { rule: "old".into() }) },
        1 => {
            let plan = Digest::of(Purpose::Plan, &number.to_le_bytes());
            let counts = [("tag".to_owned(), number)].into();
            let event = ResidueCertified { plan, counts };
            let payload = Some(format!("[\"tag {number}\"]").into_bytes());
            NewEvent { content, payload, ..NewEvent::new(key, event) }
        }
        _ => {
            let read = RecordRead {
                kind: RecordKind::Conversation,
                parent: None,
                aliases: Vec::new(),
                at: Location { file: "tickets \"é\".csv".into(), line: number },
                raw: Digest::of(Purpose::Raw, &number.to_le_bytes()),
                findings: Vec::new(),
            };
            let parent = SourceKey::new("deskero", "thread", "1").unwrap();
            NewEvent {
                content,
                payload: Some(vec![b'x'; chance.random_range(0..200)]),
                parent: chance.random_bool(0.3).then_some(parent),
                ..NewEvent::new(key, read)
            }
        }
    }
}

/// A ledger of some dozens of events, with one seal at least.
async fn ledger(chance: &mut StdRng) -> Arc<dyn Store> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let env = Env::fixed(Timestamp(1_796_083_200_000), chance.random());
    let opened = Ledger::with_store(store.clone(), Mode::Write, Vec::new(), env.clone()).await;
    let (ledger, run) = (opened.unwrap(), env.run_id());
    let mut number = 0;
    for _ in 0..chance.random_range(1..4) {
        let events: Vec<_> = (0..chance.random_range(0..16))
            .map(|_| {
                number += 1;
                event(chance, number)
            })
            .collect();
        ledger.append(run, events).await.unwrap();
        let sealed = ledger.seal(run, &origin(), &[signer()]).await.unwrap();
        if chance.random_bool(0.3) {
            let mut note: SignedNote = sealed.note.parse().unwrap();
            note.cosign(&witness());
            ledger.add_signatures(&note).await.unwrap();
        }
    }
    if chance.random_bool(0.5) {
        let at = Position(chance.random_range(0..ledger.head().await.unwrap().size));
        ledger.erase_payload(run, at, "asked for").await.unwrap();
    }
    store
}

async fn exported(store: &Arc<dyn Store>, chance: &mut StdRng) -> Vec<u8> {
    let mut bytes = Vec::new();
    audit::export(store, chance.random_bool(0.5), &mut bytes).await.unwrap();
    bytes
}

async fn bundled(store: &Arc<dyn Store>, chance: &mut StdRng) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let keys = [signer().verifier()];
    audit::export_bundle(store, chance.random_bool(0.5), &keys, &[], &mut bytes).await.unwrap();
    bytes.into_inner()
}

/// Lines of an export, as values.
fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn joined(lines: &[Value]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

/// Another value of the same type.
fn other(value: &Value, chance: &mut StdRng) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_i64().map_or(7, |number| number ^ 1)),
        Value::String(text) if text.is_empty() => Value::from("x"),
        Value::String(text) => {
            let at = chance.random_range(0..text.chars().count());
            let swap = |letter: char| match letter {
                '0'..='8' | 'a'..='e' | 'f'..='y' => char::from_u32(letter as u32 + 1).unwrap(),
                '9' => '0',
                _ => 'q',
            };
            let letters = text.chars().enumerate();
            letters
                .map(|(n, letter)| if n == at { swap(letter) } else { letter })
                .collect::<String>()
                .into()
        }
        Value::Null => Value::from("00".repeat(32)),
        _ => Value::Null,
    }
}

type Mutation = fn(&mut Vec<Value>, &mut StdRng);

fn some_event(lines: &[Value], chance: &mut StdRng) -> usize {
    let events = lines.iter().filter(|line| line.get("header").is_some()).count();
    1 + chance.random_range(0..events)
}

/// Changes of an export that both must see. Each changes something in every export.
const MUTATIONS: [(&str, Mutation); 19] = [
    ("a field of a header", |lines, chance| {
        let fields = ["type", "version", "recorded_at_us", "run", "event", "causation", "sequence"];
        let more = ["ordinal", "content", "system", "object", "id", "parent"];
        let fields: Vec<_> = fields.iter().chain(&more).collect();
        let (at, field) = (some_event(lines, chance), fields[chance.random_range(0..13)]);
        let value = other(&lines[at]["header"][field], chance);
        lines[at]["header"][field] = value;
    }),
    ("facts", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["facts"] = other(&lines[at]["facts"].clone(), chance);
    }),
    ("commitment", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["commitment"] = other(&lines[at]["commitment"].clone(), chance);
    }),
    ("a payload that fits nothing", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["payload"] = serde_json::json!({ "salt": "00".repeat(16), "bytes": "e30=" });
    }),
    ("position", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["position"] = other(&lines[at]["position"].clone(), chance);
    }),
    ("an event less", |lines, chance| {
        let at = some_event(lines, chance);
        lines.remove(at);
    }),
    ("an event twice", |lines, chance| {
        let at = some_event(lines, chance);
        lines.insert(at, lines[at].clone());
    }),
    ("two events exchanged", |lines, chance| {
        let at = some_event(lines, chance);
        let with = if at == 1 { 2 } else { at - 1 };
        lines.swap(at, with);
    }),
    ("size", |lines, chance| lines[0]["size"] = other(&lines[0]["size"].clone(), chance)),
    ("root", |lines, chance| lines[0]["root"] = other(&lines[0]["root"].clone(), chance)),
    ("version", |lines, _| lines[0]["version"] = Value::from(2)),
    ("all checkpoints gone", |lines, _| lines.retain(|line| line.get("checkpoint").is_none())),
    ("a letter of a note", |lines, chance| {
        let last = lines.len() - 1;
        let note = lines[last]["checkpoint"].as_str().unwrap();
        // Not of a signature: those of keys that nobody gave are not looked at.
        let (text, signatures) = note.split_once("\n\n").unwrap();
        let text = other(&Value::from(text), chance);
        let note = format!("{}\n\n{signatures}", text.as_str().unwrap());
        lines[last]["checkpoint"] = Value::from(note);
    }),
    ("a note signed by somebody else", |lines, _| {
        let last = lines.len() - 1;
        let note: SignedNote = lines[last]["checkpoint"].as_str().unwrap().parse().unwrap();
        let stranger = NoteSigner::from_seed(&origin(), &[9; 32]).unwrap();
        let forged = SignedNote::sign(note.text, &stranger).unwrap();
        lines[last]["checkpoint"] = Value::from(forged.to_string());
    }),
    ("a field more", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["more"] = Value::from(1);
    }),
    ("a field less", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["header"].as_object_mut().unwrap().remove("parent");
    }),
    ("upper case", |lines, chance| {
        let at = some_event(lines, chance);
        let run = lines[at]["header"]["run"].as_str().unwrap().to_uppercase();
        // A run's number of digits alone is as good as none: it begins with a letter then.
        lines[at]["header"]["run"] = Value::from(format!("A{}", &run[1..]));
    }),
    ("a number as text", |lines, chance| {
        let at = some_event(lines, chance);
        lines[at]["header"]["sequence"] = Value::from(lines[at]["header"]["sequence"].to_string());
    }),
    ("an event after the checkpoints", |lines, chance| {
        let at = some_event(lines, chance);
        let event = lines.remove(at);
        lines.push(event);
    }),
];

/// Changes of a bundle's files, by name and bytes.
fn mutate_bundle(files: &mut BTreeMap<String, Vec<u8>>, which: u64, chance: &mut StdRng) {
    let name = |files: &BTreeMap<String, Vec<u8>>, start: &str| {
        files.keys().find(|name| name.starts_with(start)).cloned()
    };
    match which % 6 {
        0 => {
            let (_, mutation) = MUTATIONS[chance.random_range(0..MUTATIONS.len())];
            let mut changed = lines(&files["events.jsonl"]);
            mutation(&mut changed, chance);
            files.insert("events.jsonl".into(), joined(&changed));
        }
        1 => drop(files.insert("more.txt".into(), b"more".to_vec())),
        2 => {
            let note = name(files, "checkpoints/").unwrap();
            files.remove(&note);
        }
        3 => {
            let note = name(files, "checkpoints/").unwrap();
            let bytes = files.remove(&note).unwrap();
            files.insert("checkpoints/000000999999.note".into(), bytes);
        }
        4 => match name(files, "proofs/") {
            Some(proof) => {
                let text = String::from_utf8(files[&proof].clone()).unwrap();
                files.insert(proof, text.replacen("old ", "old 9", 1).into_bytes());
            }
            None => drop(files.remove("events.jsonl")),
        },
        _ => match name(files, "certificates/") {
            Some(certificate) => {
                let text = String::from_utf8(files[&certificate].clone()).unwrap();
                let text = text.replacen("\"tag", "\"tog", 1).replacen("{\"pos", "{ \"pos", 1);
                let text = text.replacen("position\":", "position\":1", 1);
                files.insert(certificate, text.into_bytes());
            }
            None => drop(files.insert("certificates/0.json".into(), b"{}".to_vec())),
        },
    }
}

fn unzipped(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.insert(file.name().unwrap().into_owned(), content);
    }
    files
}

fn zipped(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Names of the files that the Python program calls good, and of those that it calls bad.
fn python_says(python: &str, folder: &Path) -> (BTreeSet<String>, BTreeMap<String, String>) {
    let output = Command::new(python)
        .arg(checker())
        .arg(folder)
        .args(["--batch", "--key", &signer().verifier().to_string()])
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 4)), "{output:?}");
    let (mut good, mut bad) = (BTreeSet::new(), BTreeMap::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (name, verdict) = line.split_once(' ').unwrap();
        match verdict.strip_prefix("bad") {
            Some(why) => drop(bad.insert(name.to_owned(), why.to_owned())),
            None => drop(good.insert(name.to_owned())),
        }
    }
    (good, bad)
}

/// As `audit verify-bundle` decides.
fn we_say(path: &Path, keys: &[VerifierKey]) -> Result<(), String> {
    match verify_bundle(path, keys, &[]) {
        Ok(report) if report.problems.is_empty() => Ok(()),
        Ok(report) => Err(format!("{:?}", report.problems)),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_checkers_agree_on_a_thousand_good_and_a_thousand_changed_ledgers() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good"), folder.path().join("bad"));
    std::fs::create_dir(&good).unwrap();
    std::fs::create_dir(&bad).unwrap();
    let mut chance = StdRng::seed_from_u64(20_261_130);
    let mut what = BTreeMap::new();
    for number in 0..LEDGERS {
        let store = ledger(&mut chance).await;
        if number.is_multiple_of(BUNDLES) {
            let bytes = bundled(&store, &mut chance).await;
            let name = format!("{number:04}.zip");
            std::fs::write(good.join(&name), &bytes).unwrap();
            let mut files = unzipped(&bytes);
            mutate_bundle(&mut files, number / BUNDLES, &mut chance);
            std::fs::write(bad.join(&name), zipped(&files)).unwrap();
            what.insert(name, format!("bundle {}", number / BUNDLES % 6));
        } else {
            let bytes = exported(&store, &mut chance).await;
            let name = format!("{number:04}.jsonl");
            std::fs::write(good.join(&name), &bytes).unwrap();
            let (how, mutation) = MUTATIONS[usize::try_from(number).unwrap() % MUTATIONS.len()];
            let mut changed = lines(&bytes);
            mutation(&mut changed, &mut chance);
            std::fs::write(bad.join(&name), joined(&changed)).unwrap();
            what.insert(name, how.to_owned());
        }
    }
    let keys = [signer().verifier()];
    for name in what.keys() {
        assert_eq!(we_say(&good.join(name), &keys), Ok(()), "{name}");
        let how = &what[name];
        assert!(we_say(&bad.join(name), &keys).is_err(), "{name}: {how} was not seen");
    }
    let (called_good, called_bad) = python_says(&python, &good);
    assert_eq!(called_bad, BTreeMap::new());
    assert_eq!(called_good.len() as u64, LEDGERS);
    let (called_good, called_bad) = python_says(&python, &bad);
    let missed: Vec<_> = called_good.iter().map(|name| (name, &what[name])).collect();
    assert_eq!(missed, []);
    assert_eq!(called_bad.len() as u64, LEDGERS);
}

/// Any byte of an export exchanged at random: whatever it does, both say the same.
#[tokio::test(flavor = "multi_thread")]
async fn both_checkers_agree_on_exports_with_a_byte_exchanged() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut chance = StdRng::seed_from_u64(7);
    let store = ledger(&mut chance).await;
    for number in 0..400 {
        let mut bytes = exported(&store, &mut chance).await;
        let at = chance.random_range(0..bytes.len());
        bytes[at] = chance.random();
        std::fs::write(folder.path().join(format!("{number:03}.jsonl")), bytes).unwrap();
    }
    let keys = [signer().verifier()];
    let (called_good, called_bad) = python_says(&python, folder.path());
    assert_eq!(called_good.len() + called_bad.len(), 400);
    // A letter of a name, which no signature covers, may be any.
    assert!(called_bad.len() > 300, "{}", called_bad.len());
    for name in called_good.iter().chain(called_bad.keys()) {
        let ours = we_say(&folder.path().join(name), &keys);
        let theirs = called_bad.get(name);
        assert_eq!(ours.is_err(), theirs.is_some(), "{name}: {ours:?}, {theirs:?}");
    }
}

/// The Python program on proofs of both kinds, and on a note kept from before.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_checker_reads_proofs_and_notes() {
    let Some(python) = python() else { return };
    let mut chance = StdRng::seed_from_u64(11);
    let store = loop {
        let store = ledger(&mut chance).await;
        if store.checkpoints().await.unwrap().len() >= 2 {
            break store;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let first: SignedNote = store.checkpoints().await.unwrap()[0].note.parse().unwrap();
    let inclusion = audit::prove(&store, Position(0), true).await.unwrap().to_string();
    let consistency = audit::prove_consistency(&store, &first).await.unwrap().to_string();
    std::fs::write(path("note"), first.to_string()).unwrap();
    std::fs::write(path("inclusion"), &inclusion).unwrap();
    std::fs::write(path("consistency"), &consistency).unwrap();
    std::fs::write(path("log"), exported(&store, &mut chance).await).unwrap();
    // Another root: its first letter is another one.
    let mut lines: Vec<String> = first.text.lines().map(str::to_owned).collect();
    let letter = if lines[2].starts_with('B') { "C" } else { "B" };
    lines[2].replace_range(..1, letter);
    let forged = SignedNote::sign(lines.join("\n") + "\n", &signer());
    std::fs::write(path("forged"), forged.unwrap().to_string()).unwrap();
    let says = |words: &[&str]| {
        let words = words.iter().map(|word| match path(word) {
            file if file.exists() => file.display().to_string(),
            _ => (*word).to_owned(),
        });
        let key = signer().verifier().to_string();
        let mut command = Command::new(&python);
        let output = command.arg(checker()).args(words).args(["--key", &key]).output().unwrap();
        output.status.code().unwrap()
    };
    assert_eq!(says(&["inclusion"]), 0);
    assert_eq!(says(&["consistency", "--from", "note"]), 0);
    assert_eq!(says(&["log", "--from", "note"]), 0);
    assert_eq!(says(&["consistency", "--from", "forged"]), 4);
    assert_eq!(says(&["log", "--from", "forged"]), 4);
    std::fs::write(path("inclusion"), inclusion.replace("index 0", "index 1")).unwrap();
    assert_eq!(says(&["inclusion"]), 4);
    assert_eq!(says(&["consistency"]), 4);
    let help = Command::new(&python).arg(checker()).arg("--help").output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("Exit codes"));
}
