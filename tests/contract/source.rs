//! One suite over every source and its fixtures: reading is repeatable, counts close, folders and
//! ZIP files are one, both forms of an export say the same, every planted fault is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use deskledger::model::record::{Attachment, Conversation, Message};
use deskledger::model::{Record, RecordKind, SourceKey, Timestamp};
use deskledger::source::{
    DatabasePlace, ExportKind, Finding, Item, Place, ReadSummary, Reading, SOURCES, Severity,
    SourceError, SourceReader, SourceSettings, find,
};

use super::partial::names_earlier;
use crate::support::archive::zip_folder;

/// 2026-01-01: after every date of the fixtures but those that are meant to lie ahead.
pub(super) const NOW: Timestamp = Timestamp(1_767_225_600_000);

pub(super) fn fixtures(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source).join("fixtures")
}

pub(super) fn open_at(source: &str, path: &Path, reading: Reading) -> Box<dyn SourceReader> {
    let settings = SourceSettings { place: Place::Bundle(path.to_owned()), reading };
    find(source).unwrap().open(&settings).unwrap()
}

fn open(source: &str, path: &Path) -> Box<dyn SourceReader> {
    open_at(source, path, Reading::undecided(NOW))
}

pub(super) fn read(reader: &mut dyn SourceReader) -> (Vec<Item>, ReadSummary) {
    let mut items = Vec::new();
    let summary = reader.read(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    (items, summary.unwrap())
}

pub(super) fn bundle(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

pub(super) fn records(items: &[Item]) -> BTreeMap<String, Record> {
    let record = |item: &Item| match item {
        Item::Record(found) => Some((found.key.to_string(), found.record.clone())),
        Item::Rejected(_) => None,
    };
    items.iter().filter_map(record).collect()
}

pub(super) fn findings(items: &[Item], summary: &ReadSummary) -> Vec<Finding> {
    let of = |item: &Item| match item {
        Item::Record(found) => found.findings.clone(),
        Item::Rejected(row) => row.findings.clone(),
    };
    items.iter().flat_map(of).chain(summary.findings.iter().cloned()).collect()
}

fn codes(path: &Path) -> BTreeSet<&'static str> {
    let (items, summary) = read(open("deskero", path).as_mut());
    findings(&items, &summary).iter().map(|finding| finding.code.word()).collect()
}

fn each_fixture(check: impl Fn(&str, &Path)) {
    let mut seen = 0;
    for source in SOURCES {
        // A source that is a database has none; it is tested on a real one.
        let Ok(entries) = std::fs::read_dir(fixtures(source.name())) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(source.name(), &path);
                seen += 1;
            }
        }
    }
    assert!(seen >= 3);
}

#[test]
fn reading_is_repeatable_and_its_counts_close() {
    each_fixture(|source, path| {
        let mut reader = open(source, path);
        let (first, summary) = read(reader.as_mut());
        let (second, _) = read(open(source, path).as_mut());
        assert_eq!(format!("{first:?}"), format!("{second:?}"), "{}", path.display());
        let again = read(reader.as_mut());
        assert_eq!(first.len(), again.0.len(), "a reader reads twice");
        assert_eq!(summary.findings, again.1.findings);
        for (object, count) in &summary.objects {
            let sum = count.records + count.rejected + count.duplicates;
            assert_eq!(count.rows, sum, "{object} in {}", path.display());
        }
        let counted: u64 =
            summary.objects.values().map(|count| count.records + count.rejected).sum();
        assert_eq!(counted, first.len() as u64);
    });
}

#[test]
fn keys_are_distinct_and_raw_bytes_are_canonical() {
    each_fixture(|source, path| {
        let (items, _) = read(open(source, path).as_mut());
        let mut keys = BTreeSet::new();
        for item in &items {
            let raw = match item {
                Item::Record(found) => {
                    assert_eq!(found.key.system(), source);
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
    each_fixture(|source, path| {
        for (key, record) in records(&read(open(source, path).as_mut()).0) {
            let bytes = deskledger::model::canonical_json(&record).unwrap();
            let back: Record = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(back, record, "{key}");
        }
    });
}

#[test]
fn parts_follow_their_whole() {
    each_fixture(|source, path| {
        let (items, _) = read(open(source, path).as_mut());
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
    each_fixture(|source, path| {
        let (items, summary) = read(open(source, path).as_mut());
        let inventory = open(source, path).inventory().unwrap();
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

#[test]
fn paths_out_of_the_export_are_refused() {
    let reader = open("deskero", &fixtures("deskero").join("flat"));
    for path in ["../flat/tickets.csv", "/etc/hostname", "attachments/../../api/tickets.json"] {
        let refused = reader.open_attachment(path).err().map(|error| error.code());
        assert_eq!(refused, Some("path_escapes"), "{path}");
    }
    assert_eq!(
        reader.open_attachment("attachments/none").err().map(|error| error.code()),
        Some("no_such_file")
    );
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("evil.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    zip.start_file("../evil.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let settings = SourceSettings { place: Place::Bundle(path), reading: Reading::undecided(NOW) };
    let opened = find("deskero").unwrap().open(&settings);
    assert!(matches!(opened.err(), Some(SourceError::PathEscapes(_))));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let dir = bundle(&[("manifest.json", br#"{"source":"hesk"}"#)]);
    let open = |place| {
        let settings = SourceSettings { place, reading: Reading::undecided(NOW) };
        find("deskero").unwrap().open(&settings).err().map(|error| error.code())
    };
    assert_eq!(open(Place::Bundle(dir.path().to_owned())), Some("manifest_invalid"));
    assert_eq!(open(Place::Bundle(dir.path().join("none"))), Some("not_a_bundle"));
    assert_eq!(open(Place::Bundle(dir.path().join("manifest.json"))), Some("not_a_bundle"));
    let database = DatabasePlace {
        url: "mysql://localhost".to_owned(),
        password: None,
        attachments: None,
        settings: None,
        prefix: None,
        lock_tables: false,
        export: None,
        expected: BTreeMap::new(),
    };
    assert_eq!(open(Place::Database(Box::new(database))), Some("wrong_place"));
    assert!(find("nobody").is_err());
}

const TICKETS: &[u8] = b"id,status,insertDate,openedBy.email\nt1,open,1695719665000,a@b.org\n";

#[test]
fn a_delta_may_refer_to_what_it_does_not_hold() {
    let reply: &[u8] = b"ticket_id,replyDate,replyFromCustomer.id,text\nt9,1695719665000,c1,Hi\n";
    let manifest: &[u8] = br#"{"export_kind":"delta"}"#;
    let dir =
        bundle(&[("manifest.json", manifest), ("tickets.csv", TICKETS), ("replies.csv", reply)]);
    let mut reader = open("deskero", dir.path());
    assert_eq!(reader.seal().unwrap().export_kind, ExportKind::Delta);
    let (items, _) = read(reader.as_mut());
    assert!(items.iter().all(|item| matches!(item, Item::Record(_))));
    let full = bundle(&[("tickets.csv", TICKETS), ("replies.csv", reply)]);
    assert!(codes(full.path()).contains("orphan_part"));
}

#[test]
fn messages_in_both_places_are_merged() {
    let tickets: &[u8] = br#"[{"id":"t1","status":"open","insertDate":1695719665000,
        "openedBy":{"email":"a@b.org"},"numberOfReplies":2,"replies":[
        {"text":"Hi","replyDate":1695719700000,"replyFromCustomer":{"id":"c1"}},
        {"text":"Only here","replyDate":1695719800000,"replyFromCustomer":{"id":"c1"}}]}]"#;
    let with_ids: &[u8] = b"message_id,ticket_id,replyDate,replyFromCustomer.id,text\n\
        m1,t1,2023-09-26T09:15:00Z,c1,Hi\n";
    let without: &[u8] = b"ticket_id,replyDate,replyFromCustomer.id,text\nt1,1695719700000,c1,Hi\n";
    for replies in [with_ids, without] {
        let dir = bundle(&[("tickets.json", tickets), ("replies.csv", replies)]);
        let (items, summary) = read(open("deskero", dir.path()).as_mut());
        let count = summary.objects["replies"];
        assert_eq!((count.rows, count.records, count.duplicates), (3, 2, 1));
        let found: BTreeSet<_> = findings(&items, &summary).iter().map(|f| f.code.word()).collect();
        assert!(found.contains("merged_copy") && !found.contains("thread_incomplete"), "{found:?}");
    }
}

#[test]
fn dialects_say_the_same() {
    let text = "id;subject;status;insertDate;openedBy.email\r\n\
        t1;\"Perché \"\"no\"\"; sì\";aperto;1695719665000;a@b.org\r\n";
    let utf16: Vec<u8> =
        format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let backslash = "id;subject;status;insertDate;openedBy.email\n\
        t1;\"Perché \\\"no\\\"; sì\";aperto;1695719665000;a@b.org\n";
    let tsv = "id\tsubject\tstatus\tinsertDate\topenedBy.email\n\
        t1\t\"Perché \"\"no\"\"; sì\"\taperto\t1695719665000\ta@b.org\n";
    let mut seen = BTreeSet::new();
    for (name, bytes) in [
        ("tickets.csv", text.as_bytes().to_vec()),
        ("Tickets_2023 (1).csv", format!("\u{FEFF}{text}").into_bytes()),
        ("richieste.csv", utf16),
        ("ticket-export.csv", latin),
        ("requests.csv", text.replace("\r\n", "\r").into_bytes()),
        ("ticket.csv", format!("sep=;\r\n{text}").into_bytes()),
        ("tickets.csv", backslash.as_bytes().to_vec()),
        ("tickets.tsv", tsv.as_bytes().to_vec()),
    ] {
        let dir = bundle(&[(name, &bytes)]);
        let (items, _) = read(open("deskero", dir.path()).as_mut());
        let all = records(&items);
        let Some(Record::Conversation(Conversation { subject, .. })) = all.get("deskero/ticket/t1")
        else {
            panic!("{name}: {items:?}");
        };
        assert_eq!(subject.as_deref(), Some("Perché \"no\"; sì"), "{name}");
        seen.insert(serde_json::to_string(&all).unwrap());
    }
    assert_eq!(seen.len(), 1);
}

/// A workbook of two sheets and an empty one, as spreadsheets write it.
fn workbook(rows: &str) -> Vec<u8> {
    let sheet = |rows: &str| {
        format!(
            "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>\
             <sheetData>{rows}</sheetData></worksheet>"
        )
    };
    let names = ["Tickets", "Tags", "Sheet3"];
    let listed: String = (1..)
        .zip(names)
        .map(|(n, name)| format!("<sheet name='{name}' sheetId='{n}' r:id='r{n}'/>"))
        .collect();
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let related: String = (1..=3)
        .map(|n| {
            format!(
                "<Relationship Id='r{n}' Type='{relation}/worksheet' \
                     Target='worksheets/sheet{n}.xml'/>"
            )
        })
        .collect();
    let package = "http://schemas.openxmlformats.org/package/2006";
    let files = [
        ("[Content_Types].xml", format!("<Types xmlns='{package}/content-types'/>")),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns='{package}/relationships'><Relationship Id='r1' \
                 Type='{relation}/officeDocument' Target='xl/workbook.xml'/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main' \
                 xmlns:r='{relation}'><sheets>{listed}</sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns='{package}/relationships'>{related}</Relationships>"),
        ),
        ("xl/worksheets/sheet1.xml", sheet(rows)),
        ("xl/worksheets/sheet2.xml", sheet(&row(1, &["tag"]))),
        ("xl/worksheets/sheet3.xml", sheet("")),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One row; cells that are numbers are written as numbers.
fn row(number: usize, cells: &[&str]) -> String {
    let cell = |(column, text): (char, &&str)| match text.parse::<f64>() {
        Ok(_) => format!("<c r='{column}{number}'><v>{text}</v></c>"),
        Err(_) => {
            format!("<c r='{column}{number}' t='inlineStr'><is><t>{text}</t></is></c>")
        }
    };
    let cells: String = ('A'..).zip(cells).map(cell).collect();
    format!("<row r='{number}'>{cells}</row>")
}

#[test]
fn sheets_are_read_like_tables() {
    let header = row(1, &["id", "status", "insertDate", "subject", "openedBy.email"]);
    let good = row(2, &["t1", "open", "1695719665000", "42", "a@b.org"]);
    let rounded = row(4, &["1.2345678901234567e20", "open", "1695719665000", "x", "a@b.org"]);
    let ragged = row(5, &["t2", "open", "1695719665000", "x", "a@b.org", "more"]);
    let bytes = workbook(&[header, good, rounded, ragged].concat());
    let dir = bundle(&[("export.xlsx", &bytes)]);
    let (items, summary) = read(open("deskero", dir.path()).as_mut());
    let count = summary.objects["tickets"];
    assert_eq!((count.records, count.rejected), (1, 2));
    let Some(Record::Conversation(ticket)) = records(&items).remove("deskero/ticket/t1") else {
        panic!("{items:?}");
    };
    assert_eq!(ticket.subject.as_deref(), Some("42"));
    let at: Vec<(String, u64)> = findings(&items, &summary)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Reject)
        .filter_map(|finding| finding.at.map(|at| (at.file, at.line)))
        .collect();
    let sheet = "export.xlsx#Tickets".to_owned();
    assert_eq!(at, [(sheet.clone(), 4), (sheet, 5)]);
}

#[test]
fn decisions_settle_what_columns_do_not_tell() {
    let tickets: &[u8] =
        b"id,status,insertDate,openedBy.email\nt1,waiting,05/04/2023 10:00,a@b.org\n";
    let dir = bundle(&[("tickets.csv", tickets)]);
    let undecided = codes(dir.path());
    for code in ["date_order_undecided", "unmapped_value", "time_zone_undecided"] {
        assert!(undecided.contains(code), "{code}");
    }
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(chrono_tz::Europe::Rome);
    reading.date_order = Some(deskledger::source::DateOrder::DayFirst);
    let words = BTreeMap::from([("Waiting".to_owned(), "snoozed".to_owned())]);
    reading.value_maps.insert("tickets.status".to_owned(), words);
    let (items, summary) = read(open_at("deskero", dir.path(), reading).as_mut());
    let grave = findings(&items, &summary).into_iter().any(|f| f.severity >= Severity::Reject);
    assert!(!grave);
    let Some(Record::Conversation(ticket)) = records(&items).remove("deskero/ticket/t1") else {
        panic!("no ticket");
    };
    assert_eq!(ticket.created_at.unwrap().to_rfc3339(), "2023-04-05T08:00:00Z");
}

#[test]
fn texts_cut_by_a_spreadsheet_are_found() {
    let tickets = format!(
        "id,status,insertDate,openedBy.email,description\nt1,open,1695719665000,a@b.org,{}\n",
        "x".repeat(32_767)
    );
    let dir = bundle(&[("tickets.csv", tickets.as_bytes())]);
    assert!(codes(dir.path()).contains("truncated"));
}

#[test]
fn reading_may_end_early() {
    let mut reader = open("deskero", &fixtures("deskero").join("flat"));
    let mut seen = 0;
    let summary = reader.read(&mut |_| {
        seen += 1;
        if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(summary.unwrap().ended_early);
    assert_eq!(seen, 5);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(128))]
    #[test]
    fn no_bytes_make_a_loader_panic(
        noise in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
        csv in "(id|ticket_id|status|;|,|\"|\n|\r|é|[0-9/:. -]){0,120}",
        json in "(\\{|\\}|\\[|\\]|\"id\"|\"replies\"|\"records\"|:|,|1|null|\"x\"| ){0,80}",
    ) {
        let dir = bundle(&[
            ("tickets.csv", csv.as_bytes()),
            ("customers.csv", &noise),
            ("agents.xlsx", &noise),
            ("replies.json", json.as_bytes()),
            ("notes.jsonl", json.as_bytes()),
            ("attachments.csv", csv.as_bytes()),
            ("attachments/x", &noise),
        ]);
        let mut reader = open("deskero", dir.path());
        let (items, summary) = read(reader.as_mut());
        let counted: u64 = summary.objects.values().map(|c| c.records + c.rejected).sum();
        proptest::prop_assert_eq!(counted, items.len() as u64);
        reader.inventory().unwrap();
    }
}
