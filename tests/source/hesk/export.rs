//! Hesk's own export beside the database it was made of.

use std::ops::ControlFlow;

use deskledger::model::Record;
use deskledger::model::record::Conversation;
use deskledger::source::{Item, Place, Reading, SourceSettings, find};

use super::family::Family;
use super::site::{Found, NOW, Site};

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
    let mut rows = row(&headings.map(|text| ("String", text)));
    let message = "Hello &amp; welcome, it's <b>broken</b> `now`.\n\
                   See https://example.org/?a=1&b=2";
    let history = "<li class=\"smaller\">2023-06-01 12:00:02 | submitted by Ann Ask</li>";
    let replies = "Reply by Bo O'Lee\nDate: 2023-06-01 14:00:00\n\nOn it\nBo\u{1b}\n---\n\
                   Reply by Ann Ask\nDate: 2023-06-02 14:00:00\n\nThanks & bye\n---\n\
                   Reply by Gil & Son\nDate: 2023-06-02 09:00:00\n\nI was ]]> merged\n---\n";
    rows.push_str(&row(&[
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
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n\
         <Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
         xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
         <Worksheet ss:Name=\"Sheet1\"><Table>{rows}</Table></Worksheet>\
         <Worksheet ss:Name=\"Sheet2\"><Table></Table></Worksheet></Workbook>"
    )
}

fn row(cells: &[(&str, &str)]) -> String {
    let cell = |(kind, text): &(&str, &str)| {
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        format!("<Cell><Data ss:Type=\"{kind}\"><![CDATA[{text}]]></Data></Cell>")
    };
    format!("<Row>{}</Row>\n", cells.iter().map(cell).collect::<String>())
}

fn read_export() -> Found {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hesk_export_2023.xml"), workbook()).unwrap();
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(chrono_tz::Europe::Berlin);
    let place = Place::Bundle(folder.path().to_owned());
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
    let found = read_export();
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

/// What both ways in hold, in one form.
fn held_by_both(ticket: Conversation) -> serde_json::Value {
    let standard =
        ["tracking_id", "priority", "category", "time_worked", "due_date", "first_reply_at"];
    let standard: Vec<_> = standard.iter().map(|name| ticket.standard.get(*name)).collect();
    let copies: Vec<_> = ticket.copies.iter().map(|one| (&one.name, &one.email)).collect();
    serde_json::json!([
        ticket.kind,
        ticket.subject,
        ticket.description,
        ticket.state,
        ticket.status,
        ticket.team,
        ticket.customer.name,
        ticket.customer.email,
        copies,
        ticket.assignee.name,
        ticket.created_at,
        ticket.updated_at,
        ticket.closed_at,
        ticket.due_at,
        ticket.reply_count,
        standard,
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_in_say_the_same() {
    let Some(site) = Site::new(Family::V37).await else { return };
    let of_database = site.read().await.ticket(1);
    let of_export = read_export().ticket(1);
    assert_eq!(held_by_both(of_database), held_by_both(of_export));
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_the_database_an_export_adds_only_what_is_gone_and_holds_it_apart() {
    let Some(site) = Site::new(Family::V37).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    std::fs::write(&path, workbook()).unwrap();
    let mut place = site.place();
    place.export = Some(path);
    let both = super::site::read(place.clone()).await.unwrap();
    assert_eq!(both.records(), site.read().await.records());
    assert!(both.findings().iter().any(|one| one.reason.contains("1 tickets stand in both")));
    site.run(&["DELETE FROM hesk_tickets WHERE id = 1"]).await;
    let gone = super::site::read(place).await.unwrap().ticket(1);
    assert_eq!(gone.standard["anonymised"], "deleted_since_export");
    assert!(gone.customer.is_empty() && gone.copies.is_empty());
    site.maria.remove().await;
}
