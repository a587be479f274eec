//! Bundles read back with plain CSV and JSON readers, and compared with what was asked for.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use data_generator::{Error, Format, Recipe, write};
use serde_json::Value;
use tempfile::TempDir;

type Records = Vec<BTreeMap<String, String>>;

fn recipe(format: Format) -> Recipe {
    Recipe {
        tickets: 301,
        customers: 40,
        messages_per_ticket: 4,
        articles: 25,
        attachments_percent: 10.0,
        seed: 11,
        format,
        rounds: Vec::new(),
    }
}

fn written(recipe: &Recipe) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(recipe, folder.path()).unwrap();
    folder
}

fn files(folder: &Path, found: &mut BTreeMap<String, Vec<u8>>, root: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

fn all_files(folder: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    files(folder.path(), &mut found, folder.path());
    found
}

fn csv(folder: &TempDir, stem: &str) -> Records {
    let path = folder.path().join(format!("{stem}.csv"));
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn json(folder: &TempDir, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
}

fn lines(folder: &TempDir, stem: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.path().join(format!("{stem}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn by_id(records: Records, column: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    records.into_iter().map(|record| (record[column].clone(), record)).collect()
}

#[test]
fn one_seed_gives_one_bundle() {
    for format in [Format::Csv, Format::Json] {
        let recipe = recipe(format);
        let first = all_files(&written(&recipe));
        assert!(first == all_files(&written(&recipe)), "{format:?}");
        let other = all_files(&written(&Recipe { seed: 12, ..recipe }));
        let tickets = if format == Format::Csv { "tickets.csv" } else { "tickets.jsonl" };
        assert!(first[tickets] != other[tickets], "{format:?}");
    }
}

#[test]
fn expected_counts_are_the_rows_of_the_files() {
    for rounds in 0..3 {
        let mut recipe = recipe(Format::Csv);
        for round in 0..rounds {
            recipe = recipe.later(10.0, round);
        }
        let folder = written(&recipe);
        let manifest = json(&folder, "manifest.json");
        let counts = manifest["expected_counts"].as_object().unwrap();
        assert_eq!(counts.len(), 10);
        for (object, count) in counts {
            assert_eq!(csv(&folder, object).len() as u64, count.as_u64().unwrap(), "{object}");
        }
        assert_eq!(manifest["export_kind"], "full");
    }
}

#[test]
fn both_formats_hold_the_same_records() {
    let (flat, nested) = (written(&recipe(Format::Csv)), written(&recipe(Format::Json)));
    assert_eq!(
        json(&flat, "manifest.json")["expected_counts"],
        json(&nested, "manifest.json")["expected_counts"]
    );
    for (row, record) in csv(&flat, "tickets").iter().zip(lines(&nested, "tickets")) {
        assert_eq!(record["id"], row["id"]);
        assert_eq!(record["status"]["status"], row["status"]);
        assert_eq!(record["openedBy"]["id"], row["openedBy.id"]);
        assert_eq!(record["insertDate"].to_string(), row["insertDate"]);
        assert_eq!(record["numberOfReplies"].to_string(), row["numberOfReplies"]);
        assert_eq!(record["description"], row["description"]);
    }
    for (row, record) in csv(&flat, "replies").iter().zip(lines(&nested, "replies")) {
        assert_eq!(record["message_id"], row["message_id"]);
        assert_eq!(record["text"], row["text"]);
        assert_eq!(record["replyFromCustomer"].is_null(), row["replyFromCustomer.id"].is_empty());
        assert_ne!(record["replyFromCustomer"].is_null(), record["replyFromOperator"].is_null());
    }
}

#[test]
fn the_sizes_asked_for_come_out() {
    let folder = written(&recipe(Format::Csv));
    let (tickets, replies) = (csv(&folder, "tickets"), csv(&folder, "replies"));
    assert_eq!((tickets.len(), replies.len()), (301, 301 * 4));
    assert_eq!((csv(&folder, "customers").len(), csv(&folder, "kb_articles").len()), (40, 25));
    let with_files = csv(&folder, "attachments")
        .iter()
        .map(|file| file["parent_id"].clone())
        .collect::<BTreeSet<_>>();
    assert!((15..=45).contains(&with_files.len()), "{}", with_files.len());
    let states = tickets.iter().map(|ticket| &ticket["status"]).collect::<BTreeSet<_>>();
    assert!(states.len() > 8, "{states:?}");
}

#[test]
fn every_reference_and_checksum_holds() {
    let folder = written(&recipe(Format::Csv).later(20.0, 5));
    let customers = by_id(csv(&folder, "customers"), "id");
    let agents = by_id(csv(&folder, "agents"), "id");
    let tickets = by_id(csv(&folder, "tickets"), "id");
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut messages = BTreeSet::new();
    let mut mentioned = BTreeSet::new();
    let mut last = BTreeMap::new();
    for reply in csv(&folder, "replies") {
        let ticket = &tickets[&reply["ticket_id"]];
        *counts.entry(reply["ticket_id"].clone()).or_default() += 1;
        assert!(messages.insert(reply["message_id"].clone()));
        let (customer, agent) = (&reply["replyFromCustomer.id"], &reply["replyFromOperator.id"]);
        assert_ne!(customer.is_empty(), agent.is_empty());
        assert!(customer.is_empty() || *customer == ticket["openedBy.id"]);
        assert!(agent.is_empty() || agents.contains_key(agent));
        let at: i64 = reply["replyDate"].parse().unwrap();
        let before = last.insert(reply["ticket_id"].clone(), at).unwrap_or_default();
        assert!(at > before && at > ticket["insertDate"].parse().unwrap());
        mentioned.extend(reply["attachments"].split('|').map(ToOwned::to_owned));
    }
    for (id, ticket) in &tickets {
        assert!(customers.contains_key(&ticket["openedBy.id"]));
        assert_eq!(customers[&ticket["openedBy.id"]]["email"], ticket["openedBy.email"]);
        assert!(agents.contains_key(&ticket["assignedTo.id"]));
        let found = counts.get(id).copied().unwrap_or_default();
        assert_eq!(ticket["numberOfReplies"], found.to_string());
        mentioned.extend(ticket["attachments"].split('|').map(ToOwned::to_owned));
    }
    mentioned.remove("");
    let files = csv(&folder, "attachments");
    assert!(!files.is_empty());
    for file in &files {
        assert!(mentioned.remove(&file["attachment_id"]));
        let size = fs::metadata(folder.path().join(&file["path"])).unwrap().len();
        assert_eq!(file["size_bytes"], size.to_string());
    }
    assert!(mentioned.is_empty());
}

/// What differs between two bundles, found without the generator's help, as `object id change`.
fn difference(before: &TempDir, after: &TempDir) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |object: &str, id: &str, change: &str| {
        found.insert(format!("{object} {id} {change}"));
    };
    for (object, stem) in
        [("customer", "customers"), ("ticket", "tickets"), ("article", "kb_articles")]
    {
        let (old, new) = (by_id(csv(before, stem), "id"), by_id(csv(after, stem), "id"));
        old.keys().filter(|id| !new.contains_key(*id)).for_each(|id| note(object, id, "vanished"));
        for (id, record) in &new {
            let Some(earlier) = old.get(id) else {
                note(object, id, "new");
                continue;
            };
            let differs = |column: &str| earlier.get(column) != record.get(column);
            let tags = |record: &BTreeMap<String, String>| record["tags"].split('|').count();
            let columns = [
                ("status", "status"),
                ("assignedTo.id", "assignee"),
                ("numberOfReplies", "reply"),
                ("mobileNumber", "phone"),
                ("name", "name"),
                ("text", "text"),
            ];
            for (column, change) in columns {
                if differs(column) {
                    note(object, id, change);
                }
            }
            if object == "ticket" && differs("tags") {
                let grown = earlier["tags"].is_empty() || tags(record) > tags(earlier);
                let shrunk = record["tags"].is_empty() || !grown;
                note(object, id, if shrunk { "tag_removed" } else { "tag_added" });
            }
        }
    }
    let (old, new) = (csv(before, "replies"), by_id(csv(after, "replies"), "message_id"));
    for reply in old {
        if new.get(&reply["message_id"]).is_some_and(|now| now["text"] != reply["text"]) {
            note("ticket", &reply["ticket_id"], "reply_edited");
        }
    }
    found
}

#[test]
fn the_list_of_changes_is_the_difference() {
    let first = recipe(Format::Csv);
    let second = first.clone().later(15.0, 3);
    let third = second.clone().later(40.0, 4);
    let bundles = [first, second, third].map(|recipe| written(&recipe));
    assert!(!bundles[0].path().join("changes.json").exists());
    for pair in bundles.windows(2) {
        let list = json(&pair[1], "changes.json");
        let told: BTreeSet<String> = list["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| {
                let word = |key: &str| change[key].as_str().unwrap().to_owned();
                format!("{} {} {}", word("object"), word("id"), word("change"))
            })
            .collect();
        assert_eq!(told, difference(&pair[0], &pair[1]));
        assert!(told.len() > 40, "{}", told.len());
        let counted = list["counts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap());
        assert_eq!(counted.sum::<u64>(), told.len() as u64);
    }
}

#[test]
fn records_that_did_not_change_stay_byte_for_byte() {
    let first = recipe(Format::Json);
    let (before, after) = (written(&first), written(&first.clone().later(10.0, 3)));
    let list = json(&after, "changes.json");
    let changed: BTreeSet<&str> =
        list["changes"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
    let (old, new) = (all_files(&before), all_files(&after));
    for stem in ["tickets.jsonl", "customers.jsonl"] {
        let text = |files: &BTreeMap<String, Vec<u8>>| String::from_utf8(files[stem].clone());
        let (old, new) = (text(&old).unwrap(), text(&new).unwrap());
        let new: BTreeSet<&str> = new.lines().collect();
        for line in old.lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            let told = changed.contains(record["id"].as_str().unwrap());
            assert_eq!(new.contains(line), !told, "{line}");
        }
    }
}

#[test]
fn a_full_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tickets.csv"), "precious").unwrap();
    let refused = write(&recipe(Format::Csv), folder.path());
    assert!(matches!(refused, Err(Error::NotEmpty(_))), "{refused:?}");
    assert_eq!(fs::read(folder.path().join("tickets.csv")).unwrap(), b"precious");
}

#[test]
fn the_program_writes_and_mutates() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    let run = |arguments: &[&str]| {
        let program = env!("CARGO_BIN_EXE_data-generator");
        Command::new(program).arg("deskero").args(arguments).output().unwrap()
    };
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    let sizes = ["--tickets", "50", "--customers", "9", "--messages-per-ticket", "3"];
    let made = run(&[&sizes[..], &["--seed", "2", "--out", first]].concat());
    assert!(made.status.success());
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(said.contains("replies 150\n") && said.contains("tickets 50\n"), "{said}");
    let moved = run(&["--mutate", "20", "--seed", "3", "--from", first, "--out", second]);
    assert!(moved.status.success());
    assert!(String::from_utf8(moved.stdout).unwrap().contains("ticket.new 3\n"));
    let again = run(&["--mutate", "20", "--seed", "3", "--from", first, "--out", second]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr).unwrap().contains("is not empty"));
    assert_eq!(run(&["--mutate", "20", "--seed", "3", "--out", second]).status.code(), Some(2));
}
