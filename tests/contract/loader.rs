//! The loader that file-based help desks share, by way of one of them: dialects, sheets, partial
//! exports, copies, decisions, and what cannot be opened.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::ops::ControlFlow;

use deskledger::model::Record;
use deskledger::model::record::Conversation;
use deskledger::source::{
    DatabasePlace, ExportKind, Item, Place, Reading, Severity, SourceError, SourceSettings, find,
};

use super::export::{NOW, bundle, codes, findings, fixtures, open, open_at, read, records};

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
