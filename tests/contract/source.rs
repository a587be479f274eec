//! One suite over every source, its fixtures and its databases: reading is repeatable, counts
//! close, folders and ZIP files are one, both forms of an export say the same, every planted fault
//! is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};

use deskledger::model::record::{Attachment, Message};
use deskledger::model::{Record, RecordKind, SourceKey};
use deskledger::source::{Finding, Item, SOURCES, Severity, SourceReader};

use super::export::{each_fixture, each_way, findings, fixtures, open, read, records};
use super::partial::names_earlier;
use crate::support::archive::zip_folder;

#[test]
fn reading_is_repeatable_and_its_counts_close() {
    each_way(|way| {
        let mut reader = way.open();
        let (first, summary) = read(reader.as_mut());
        let (second, _) = read(way.open().as_mut());
        assert_eq!(format!("{first:?}"), format!("{second:?}"), "{}", way.name);
        let again = read(reader.as_mut());
        assert_eq!(first.len(), again.0.len(), "a reader reads twice");
        assert_eq!(summary.findings, again.1.findings);
        for (object, count) in &summary.objects {
            let sum = count.records + count.rejected + count.duplicates;
            assert_eq!(count.rows, sum, "{object} in {}", way.name);
        }
        let counted: u64 =
            summary.objects.values().map(|count| count.records + count.rejected).sum();
        assert_eq!(counted, first.len() as u64);
    });
}

#[test]
fn keys_are_distinct_and_raw_bytes_are_canonical() {
    each_way(|way| {
        let (items, _) = read(way.open().as_mut());
        let mut keys = BTreeSet::new();
        for item in &items {
            let raw = match item {
                Item::Record(found) => {
                    assert_eq!(found.key.system(), way.source);
                    assert!(keys.insert(found.key.to_string()), "{} twice", found.key);
                    assert!(!found.at.file.is_empty() && found.at.line > 0);
                    &found.raw
                }
                Item::Rejected(row) => {
                    assert!(
                        row.findings.iter().any(|finding| finding.severity >= Severity::Reject)
                    );
                    &row.raw
                }
            };
            let value: serde_json::Value = serde_json::from_slice(raw).unwrap();
            let canonical = deskledger::model::canonical_json(&value).unwrap();
            assert_eq!(String::from_utf8_lossy(raw), String::from_utf8_lossy(&canonical));
        }
    });
}

#[test]
fn records_survive_their_canonical_json() {
    each_way(|way| {
        for (key, record) in records(&read(way.open().as_mut()).0) {
            let bytes = deskledger::model::canonical_json(&record).unwrap();
            let back: Record = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(back, record, "{key}");
        }
    });
}

#[test]
fn parts_follow_their_whole() {
    each_way(|way| {
        let (items, _) = read(way.open().as_mut());
        let mut seen: BTreeSet<SourceKey> = BTreeSet::new();
        for item in items {
            let Item::Record(found) = item else { continue };
            if let Record::Message(Message { conversation, .. }) = &found.record {
                assert!(seen.contains(conversation), "{} before {conversation}", found.key);
            }
            if let Record::Attachment(Attachment { parent, message: Some(message), .. }) =
                &found.record
            {
                let both = seen.contains(parent) && seen.contains(message);
                assert!(both || names_earlier(&found.findings), "{}", found.key);
            }
            seen.insert(found.key);
        }
    });
}

#[test]
fn a_zip_file_is_its_folder() {
    each_fixture(|source, path| {
        let dir = tempfile::tempdir().unwrap();
        for (name, top) in [("plain.zip", ""), ("nested.zip", "export/")] {
            let target = dir.path().join(name);
            zip_folder(path, top, &target);
            let (mut folder, mut zip) = (open(source, path), open(source, &target));
            let (of_folder, of_zip) = (folder.seal().unwrap(), zip.seal().unwrap());
            assert_eq!(of_folder.digest, of_zip.digest, "{}", path.display());
            assert_eq!(of_folder.files, of_zip.files);
            let (in_folder, in_zip) = (read(folder.as_mut()), read(zip.as_mut()));
            assert_eq!(format!("{:?}", in_folder.0), format!("{:?}", in_zip.0));
            for item in &in_zip.0 {
                if let Item::Record(found) = item
                    && let Record::Attachment(attachment) = &found.record
                {
                    check_bytes(zip.as_ref(), attachment);
                    check_bytes(folder.as_ref(), attachment);
                }
            }
        }
    });
}

fn check_bytes(reader: &dyn SourceReader, attachment: &Attachment) {
    let (Some(path), Some(size)) = (&attachment.path, attachment.size_bytes) else { return };
    let mut bytes = Vec::new();
    reader.open_attachment(path).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, size, "{path}");
}

#[test]
fn an_inventory_tells_what_a_reading_finds() {
    each_way(|way| {
        let (items, summary) = read(way.open().as_mut());
        let inventory = way.open().inventory().unwrap();
        for object in &inventory.objects {
            let count = summary.objects.get(&object.object).copied().unwrap_or_default();
            assert_eq!(object.count, count, "{}", object.object);
            for column in &object.columns {
                assert!((0.0..=100.0).contains(&column.coverage_percent()), "{}", column.column);
            }
        }
        let grouped: u64 = inventory.findings.iter().map(|group| group.count).sum();
        assert_eq!(grouped, findings(&items, &summary).len() as u64);
    });
}

/// The other forms of a source's good export: those fixtures that are nothing else.
fn other_forms(source: &str) -> Vec<PathBuf> {
    let form = |name: &str| !["flat", "faulty", "delta", "demo"].iter().any(|no| name.contains(no));
    let entries = std::fs::read_dir(fixtures(source)).into_iter().flatten();
    let folders = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.filter(|path| form(path.file_name().unwrap().to_str().unwrap())).collect()
}

/// Sources that have the fixture of that name, with its path.
fn with_fixture(name: &str) -> Vec<(&'static str, PathBuf)> {
    let path = |source: &str| fixtures(source).join(name);
    let all = SOURCES.iter().map(|source| (source.name(), path(source.name())));
    all.filter(|(_, path)| path.is_dir()).collect()
}

#[test]
fn good_exports_have_no_grave_finding() {
    for (source, flat) in with_fixture("flat") {
        for path in other_forms(source).into_iter().chain([flat]) {
            let (items, summary) = read(open(source, &path).as_mut());
            let grave: Vec<Finding> = findings(&items, &summary)
                .into_iter()
                .filter(|finding| finding.severity >= Severity::Reject)
                // One fixture holds a post without a ticket on purpose: that is a decision.
                .filter(|finding| finding.code.word() != "mention_unlinked")
                .collect();
            assert!(grave.is_empty(), "{}: {grave:#?}", path.display());
        }
    }
}

/// Files come differently by nature: beside the records or inside them.
fn without_files(mut record: Record) -> Record {
    match &mut record {
        Record::Conversation(conversation) => conversation.attachments.sort(),
        Record::Message(message) => message.attachments.clear(),
        _ => {}
    }
    record
}

#[test]
fn all_forms_of_an_export_say_the_same() {
    for (source, flat) in with_fixture("flat") {
        let load = |path: &Path| {
            let (items, _) = read(open(source, path).as_mut());
            let of_interest = |(key, record): (String, Record)| {
                let keep = record.kind() != RecordKind::Attachment;
                keep.then(|| (key, without_files(record)))
            };
            records(&items).into_iter().filter_map(of_interest).collect::<BTreeMap<_, _>>()
        };
        let first = load(&flat);
        for path in other_forms(source) {
            let other = load(&path);
            assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
            for (key, record) in &first {
                let text = |record: &Record| serde_json::to_string_pretty(record).unwrap();
                assert_eq!(text(record), text(&other[key]), "{key} in {}", path.display());
            }
        }
    }
}

#[test]
fn good_records_look_like_this() {
    for (source, flat) in with_fixture("flat") {
        let (items, _) = read(open(source, &flat).as_mut());
        insta::assert_json_snapshot!(format!("{source}_flat_records"), records(&items));
    }
}

#[test]
fn every_planted_fault_is_found() {
    for (source, faulty) in with_fixture("faulty") {
        let (items, summary) = read(open(source, &faulty).as_mut());
        let mut lines: Vec<String> = findings(&items, &summary).into_iter().map(as_line).collect();
        lines.sort();
        insta::assert_snapshot!(format!("{source}_faulty_findings"), lines.join("\n"));
    }
}

fn as_line(finding: Finding) -> String {
    let at = finding.at.map_or_else(String::new, |at| format!("{}:{}", at.file, at.line));
    let mut line = format!("{:?} {} {at}", finding.severity, finding.code.word());
    for part in [finding.column, finding.value].into_iter().flatten() {
        write!(line, " [{part}]").unwrap();
    }
    format!("{line} {}", finding.reason)
}
