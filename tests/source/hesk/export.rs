//! Hesk's own export as the only way in.

use std::io::Write;
use std::ops::ControlFlow;

use deskledger::model::Record;
use deskledger::source::{Item, Place, Reading, SourceSettings, find};

use super::site::{Found, NOW};
use super::workbook::{Cell, NAME, ZONE, written};

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

/// Reads a workbook of [`NAME`] without its database.
pub fn read_alone(workbook: &str) -> Found {
    read_named(NAME, workbook, ZONE)
}

/// Reads a workbook whose name does not tell when it was made.
fn read_unnamed(workbook: &str) -> Found {
    read_named("hesk_export_2023.xml", workbook, ZONE)
}

fn read_named(name: &str, workbook: &str, zone: chrono_tz::Tz) -> Found {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), workbook).unwrap();
    read_in(folder.path(), zone)
}

fn read_at(path: &std::path::Path) -> Found {
    read_in(path, ZONE)
}

fn read_in(path: &std::path::Path, zone: chrono_tz::Tz) -> Found {
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(zone);
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
    let found = read_unnamed(&workbook());
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
    let whole = format!("{:?}", read_unnamed(&workbook()).records());
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

/// A row of a Finnish site's export: dates as written; name, email, followers and owner; the count
/// of replies and of those by staff; history and replies.
fn finnish_row(
    id: &str,
    [dt, first, closed, due]: [&str; 4],
    [name, email, followers, owner]: [&str; 4],
    status: &str,
    [replies, by_staff]: [&str; 2],
    [history, said]: [&str; 2],
) -> Vec<Cell> {
    let date = |text: &str| match text {
        "" => ("String", String::new()),
        text => ("DateTime", text.to_owned()),
    };
    let text = |text: &str| ("String", text.to_owned());
    let number = |text: &str| ("Number", text.to_owned());
    let url = "https://tuki.example/ticket.php?track=AAA-BBB-2222";
    let mut cells = vec![number(id), text("AAA-BBB-2222"), date(dt), date(dt)];
    cells.extend([date(first), date(closed), text(name), text(email), text(followers)]);
    cells.extend([text("Myynti & huolto"), text("Normaali"), text(status)]);
    cells.extend([text("Otsikko &amp; muuta"), text("Hei"), text(owner)]);
    cells.extend([number(replies), number(by_staff), text("00:00:00"), date(due)]);
    cells.extend([text(history), text(said), text(url)]);
    cells
}

/// Three tickets of a Finnish site, exported in summer: the export's clock stood at +03:00.
fn finnish() -> String {
    let headings = vec![("String", "otsikko".to_owned()); 22];
    let line = |text: &str| format!("<li class=\"smaller\">{text}</li>");
    let history = [
        line("2024-01-15 09:30:00 | lähettäjä Aino Virta"),
        line("2024-01-15 09:30:00 | automaattisesti asetettu Eero Ek (eero)"),
        line("2024-01-16 10:00:00 | sulkenut Kalle O&#96;Lahti (kalle)"),
    ];
    let replies = "Vastaus: Eero Ek\nPvm 2024-01-15T12:00:00.000\nKatso:\n---\nrivi\n---\n\
        Vastaus: Virta &amp; Pojat, Oy\nPvm 2024-01-15T13:00:00.000\nSelvä &amp; kiitos\n---\n\
        Vastaus: juha@asiakas.example\nPvm 2024-01-16T08:00:00.000\nMinäkin\n---\n\
        Vastaus: Kalle O`Lahti\nPvm 2024-01-16T09:00:00.000\nOle hyvä\n---\n";
    let rows = vec![
        headings,
        finnish_row(
            "5",
            [
                "2024-01-15T10:30:00.000",
                "2024-01-15T12:00:00.000",
                "2024-01-16T11:00:00.000",
                "2024-02-01T01:00:00.000",
            ],
            [
                "Aino Virta",
                "aino@asiakas.example",
                "Virta &amp; Pojat, Oy <oy@asiakas.example>,juha@asiakas.example",
                "Eero Ek",
            ],
            "Ratkaistu &quot;ok&quot;",
            ["4", "2"],
            [&history.concat(), replies],
        ),
        finnish_row(
            "6",
            ["2024-06-20T10:00:00.000", "", "", ""],
            ["Tuula", "tuula@asiakas.example", "", ""],
            "Odottaa osaa",
            ["0", "0"],
            [&line("2024-06-20 10:00:00 | lähettäjä Tuula"), ""],
        ),
        finnish_row(
            "7",
            ["2024-06-21T10:00:00.000", "2024-06-21T11:00:00.000", "", ""],
            ["Tuula", "tuula@asiakas.example", "", ""],
            "Odottaa osaa",
            ["1", "1"],
            ["", "Vastaus: Mikko Uusi\nPvm 2024-06-21T11:00:00.000\nTulossa\n---\n"],
        ),
    ];
    written(&rows)
}

#[test]
fn a_real_export_is_read_in_its_own_language_and_by_its_own_clock() {
    let zone = chrono_tz::Europe::Helsinki;
    let found = read_named("hesk_export_2024-07-10_09-15-00_42.xml", &finnish(), zone);
    let records = found.records();
    let Record::Conversation(ticket) = &records["hesk/ticket/5"] else { panic!("no ticket") };
    // Half past ten by the export's clock is half past nine by that of the day.
    let rfc = |time: Option<deskledger::model::Timestamp>| time.unwrap().to_rfc3339();
    assert_eq!(rfc(ticket.created_at), "2024-01-15T07:30:00Z");
    assert_eq!(rfc(found.message("history/5:1").created_at), "2024-01-15T07:30:00Z");
    assert_eq!(ticket.standard["due_date"], "2024-02-01");
    assert_eq!(ticket.subject.as_deref(), Some("Otsikko &amp; muuta"), "decoded by Hesk already");
    assert_eq!(ticket.status, "Ratkaistu \"ok\"", "written as it is stored");
    assert_eq!(ticket.state, Some(deskledger::model::record::ConversationState::Closed));
    let copies: Vec<_> = ticket
        .copies
        .iter()
        .map(|one| (one.name.as_deref(), one.email.as_deref().unwrap()))
        .collect();
    assert_eq!(
        copies,
        [(Some("Virta & Pojat, Oy"), "oy@asiakas.example"), (None, "juha@asiakas.example"),]
    );
    let said: Vec<_> = (1..=4)
        .map(|number| {
            let message = found.message(&format!("export_reply/5:{number}"));
            let person = message.author.person;
            let role = format!("{:?}", message.author.role);
            (role, person.email.or(person.name).unwrap(), message.body.unwrap().content)
        })
        .collect();
    let expected = [
        ("Agent", "Eero Ek", "Katso:\n---\nrivi"),
        ("Customer", "oy@asiakas.example", "Selvä &amp; kiitos"),
        ("Customer", "juha@asiakas.example", "Minäkin"),
        ("Agent", "Kalle O`Lahti", "Ole hyvä"),
    ];
    let expected = expected.map(|(role, who, what)| (role.into(), who.into(), what.into()));
    assert_eq!(said, expected);
    assert_eq!(rfc(found.message("export_reply/5:1").created_at), "2024-01-15T09:00:00Z");
    // What happened by itself was done by nobody; who acts stands last.
    let by = |key: &str| found.message(key).author.person.name;
    assert_eq!(by("history/5:3").as_deref(), Some("kalle"));
    let Record::Conversation(other) = &records["hesk/ticket/6"] else { panic!("no ticket") };
    assert_eq!(other.state, Some(deskledger::model::record::ConversationState::Open));
    // One reply, which by the count is one of staff's.
    let author = found.message("export_reply/7:1").author;
    assert_eq!(format!("{:?} {:?}", author.role, author.person.name), "Agent Some(\"Mikko Uusi\")");
}

#[test]
fn without_a_moment_in_the_name_the_histories_tell_the_clock() {
    let zone = chrono_tz::Europe::Helsinki;
    let found = read_named("tickets.xml", &finnish(), zone);
    let Record::Conversation(ticket) = &found.records()["hesk/ticket/5"] else { panic!() };
    assert_eq!(ticket.created_at.unwrap().to_rfc3339(), "2024-01-15T07:30:00Z");
}
