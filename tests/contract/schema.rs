//! `ledger-schema/` says what the code does: event schemas, catalogue, migrations.
//!
//! After a wanted change: `DESKLEDGER_UPDATE_SCHEMA=1 cargo test contract` writes the new files,
//! and the review shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use deskledger::model::event::{CATALOGUE, EventKind};
use deskledger::model::upcast::UPCASTERS;
use serde_json::Value;

/// Set to write the files of `ledger-schema/` that are derived from code.
const UPDATE: &str = "DESKLEDGER_UPDATE_SCHEMA";

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ledger-schema")
}

/// Compares a derived file with the committed one, or writes it if asked to.
pub fn assert_committed(path: &Path, derived: &Value) {
    let committed = std::fs::read(path).ok();
    let committed: Option<Value> =
        committed.and_then(|committed| serde_json::from_slice(&committed).ok());
    if std::env::var_os(UPDATE).is_some() && committed.as_ref() != Some(derived) {
        let text = serde_json::to_string_pretty(derived).unwrap() + "\n";
        std::fs::write(path, text).unwrap();
        return;
    }
    assert_eq!(
        committed.as_ref(),
        Some(derived),
        "{path:?} is not what the code says; {UPDATE}=1 writes it"
    );
}

fn schema_file(kind: &EventKind) -> String {
    let mut name = String::new();
    for letter in kind.name.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    format!("{name}.v{}.json", kind.version)
}

fn committed_schemas() -> BTreeSet<String> {
    std::fs::read_dir(folder().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_event_has_its_schema_as_committed() {
    for kind in CATALOGUE {
        let derived = serde_json::to_value((kind.schema)()).unwrap();
        assert_committed(&folder().join("events").join(schema_file(kind)), &derived);
    }
}

#[test]
fn every_schema_is_of_an_event_of_today_or_has_an_upcaster() {
    let mut expected: BTreeSet<_> = CATALOGUE.iter().map(schema_file).collect();
    for upcaster in UPCASTERS {
        let kind = CATALOGUE.iter().find(|kind| kind.type_id == upcaster.type_id).unwrap();
        expected.insert(schema_file(&EventKind { version: upcaster.from, ..copy(kind) }));
    }
    assert_eq!(committed_schemas(), expected, "an old version needs its schema and an upcaster");
}

fn copy(kind: &EventKind) -> EventKind {
    EventKind { type_id: kind.type_id, version: kind.version, name: kind.name, schema: kind.schema }
}

#[test]
fn every_schema_admits_nothing_unknown() {
    for file in committed_schemas() {
        let schema = std::fs::read(folder().join("events").join(&file)).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(!validator.is_valid(&serde_json::json!({"surprise": 1})), "{file}");
        assert!(!validator.is_valid(&serde_json::json!(1)), "{file}");
    }
}

#[test]
fn facts_in_the_vectors_fit_their_schemas() {
    let leaves = std::fs::read(folder().join("vectors/leaf.json")).unwrap();
    let leaves: Value = serde_json::from_slice(&leaves).unwrap();
    for case in leaves["cases"].as_array().unwrap() {
        let type_id = case["type"].as_u64().unwrap();
        let kind = CATALOGUE.iter().find(|kind| u64::from(kind.type_id) == type_id).unwrap();
        let schema = std::fs::read(folder().join("events").join(schema_file(kind))).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        let facts: Value = serde_json::from_str(case["facts"].as_str().unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&facts), "{}: {facts}", kind.name);
    }
}

#[test]
fn the_catalogue_has_one_full_row_for_each_event() {
    let page = std::fs::read_to_string(folder().join("CATALOGUE.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| type"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let found: Vec<_> = rows.iter().map(|row| (row[0], row[1], row[2])).collect();
    let expected: Vec<_> = CATALOGUE
        .iter()
        .map(|kind| {
            let event = format!("[`{}`](events/{})", kind.name, schema_file(kind));
            (kind.type_id.to_string(), event, kind.version.to_string())
        })
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(id, event, version)| (&id[..], &event[..], &version[..])).collect();
    assert_eq!(found, expected);
    for row in rows {
        assert_eq!(row.len(), 7, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
}

/// Tables and their columns after all migrations of one folder, read from the SQL.
fn tables(database: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables = BTreeMap::<String, BTreeSet<String>>::new();
    for sql in migrations(database).values() {
        let sql: String = sql
            .lines()
            .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
            .collect::<Vec<_>>()
            .join(" ");
        for statement in sql.split(';') {
            let words: Vec<_> = statement.split_whitespace().collect();
            let Some(at) = words.windows(2).position(|pair| {
                pair[0].eq_ignore_ascii_case("create") && pair[1].eq_ignore_ascii_case("table")
            }) else {
                continue;
            };
            assert_eq!(at, 0, "{statement}");
            let (name, body) = statement.split_once('(').unwrap();
            let name = name.split_whitespace().last().unwrap();
            let body = body.rsplit_once(')').unwrap().0;
            tables.insert(name.into(), columns(body));
        }
    }
    tables
}

/// First word of each item that is no table constraint.
fn columns(body: &str) -> BTreeSet<String> {
    let mut depth = 0;
    let items = body.split(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    });
    items
        .filter_map(|item| item.split_whitespace().next())
        .filter(|word| {
            !["primary", "unique", "foreign", "check", "constraint"]
                .iter()
                .any(|constraint| word.to_lowercase().starts_with(constraint))
        })
        .map(|word| word.trim_matches('"').to_owned())
        .collect()
}

/// Migrations of one database by file name.
fn migrations(database: &str) -> BTreeMap<String, String> {
    std::fs::read_dir(folder().join(database))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn both_databases_have_the_same_migrations_tables_and_columns() {
    let names = |database| migrations(database).into_keys().collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgres"));
    for (name, number) in names("sqlite").iter().zip(1..) {
        assert!(name.starts_with(&format!("{number:04}_")), "{name} is not number {number}");
    }
    assert_eq!(tables("sqlite"), tables("postgres"));
}
