//! Hesk's own export as the only way in.

use std::io::Write;
use std::ops::ControlFlow;

use deskledger::model::Record;
use deskledger::source::{Item, Place, Reading, SourceSettings, find};

use super::site::{Found, NOW};
use super::workbook::{Cell, ZONE, written};

/// A workbook as 3.7 writes it of the invented site, with what makes it no XML.
fn workbook() -> String {
    let headings = [
        "#",
        "Tracking-ID",
        "Datum",
        "Aktualisiert",
        "Erste Antwort",
        "Gelöst",
        "Name",
        "E-Mail",
        "Follower",
        "Kategorie",
        "Priorität",
        "Status",
        "Betreff",
        "Nachricht",
        "Besitzer",
        "Antworten",
        "Antworten (Personal)",
        "Arbeitszeit",
        "Fällig",
        "Order no &amp; co",
        "Verlauf",
        "Antworttexte",
        "URL",
    ];
    let row = |cells: &[(&'static str, &str)]| -> Vec<Cell> {
        cells.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect()
    };
    let mut rows = vec![row(&headings.map(|text| ("String", text)))];
    let message = "Hello &amp; welcome, it's <b>broken</b> `now`.\n\
                   See https://example.org/?a=1&b=2";
    let history = "<li class=\"smaller\">2023-06-01 12:00:02 | submitted by Ann Ask</li>";
    let replies = "Reply by Bo O'Lee\nDate: 2023-06-01 14:00:00\n\nOn it\nBo\u{1b}\n---\n\
                   Reply by Ann Ask\nDate: 2023-06-02 14:00:00\n\nThanks & bye\n---\n\
                   Reply by Gil & Son\nDate: 2023-06-02 09:00:00\n\nI was ]]> merged\n---\n";
    rows.push(row(&[
        ("Number", "1"),
        ("String", "AAA-BBB-1111"),
        ("DateTime", "2023-06-01T12:00:00.000"),
        ("DateTime", "2023-06-03T10:00:00.000"),
        ("DateTime", "2023-06-01T14:00:00.000"),
        ("String", ""),
        ("String", "Ann Ask"),
        ("String", "ann@example.com"),
        ("String", "Fay Follow <o'fay@example.com>"),
        ("String", "Sales & Returns"),
        ("String", "*Soon*"),
        ("String", "Replied"),
        ("String", "Bell & whistle \"broken\""),
        ("String", message),
        ("String", "Bo O'Lee"),
        ("Number", "3"),
        ("Number", "1"),
        ("String", "27:05:00"),
        ("DateTime", "2023-06-15T00:00:00.000"),
        ("String", "A & 1"),
        ("String", history),
        ("String", replies),
        ("String", "https://help.example.com/ticket.php?track=AAA-BBB-1111"),
    ]));
    written(&rows)
}

/// Reads a workbook without its database.
pub fn read_alone(workbook: &str) -> Found {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hesk_export_2023.xml"), workbook).unwrap();
    read_at(folder.path())
}

fn read_at(path: &std::path::Path) -> Found {
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(ZONE);
    let place = Place::Bundle(path.to_owned());
    let mut reader = find("hesk").unwrap().open(&SourceSettings { place, reading }).unwrap();
    let seal = reader.seal().unwrap();
    assert_eq!((seal.files.len(), seal.export_kind.word()), (1, "sample"));
    let mut items: Vec<Item> = Vec::new();
    let summary = reader.read(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    Found { items, summary: summary.unwrap() }
}

#[test]
fn an_export_is_read_and_its_gaps_are_said() {
    let found = read_alone(&workbook());
    let codes = found.codes();
    assert!(codes.contains("export_gap") && !codes.contains("file_damaged"), "{codes:?}");
    let texts: Vec<String> = (1..=3)
        .map(|number| found.message(&format!("export_reply/1:{number}")).body.unwrap().content)
        .collect();
    assert_eq!(texts, ["On it\nBo", "Thanks & bye", "I was ]]> merged"]);
    let first = found.message("export_reply/1:1");
    assert_eq!(first.created_at.unwrap().to_rfc3339(), "2023-06-01T12:00:00Z");
    assert_eq!(first.author.person.name.as_deref(), Some("Bo O'Lee"));
    assert_eq!(found.message("history/1:1").body.unwrap().content, "submitted by Ann Ask");
    let people = found.records().into_values().filter(|one| matches!(one, Record::Contact(_)));
    assert_eq!(people.count(), 2);
}

#[test]
fn a_workbook_its_zip_file_and_a_folder_of_them_are_one() {
    let whole = format!("{:?}", read_alone(&workbook()).records());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hesk_export_2023.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("hesk_export_2023.xml", options).unwrap();
    zip.write_all(workbook().as_bytes()).unwrap();
    zip.finish().unwrap();
    assert_eq!(format!("{:?}", read_at(&path).records()), whole);
    assert_eq!(format!("{:?}", read_at(folder.path()).records()), whole);
}
