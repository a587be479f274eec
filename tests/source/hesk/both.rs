//! The two ways into one site: its database and the export that Hesk made of it.

use std::collections::{BTreeMap, BTreeSet};

use deskledger::model::record::{BodyFormat, Conversation, FieldValue, Message};
use deskledger::model::{ContentHash, Record, canonical_json};
use deskledger::source::Finding;
use serde_json::{Value, json};

use super::export::read_alone;
use super::family::Family;
use super::site::{Found, Site, read};
use super::workbook::{Cell, Exporter, NAME, written};

/// One field's digest, as the ledger takes that of a whole record.
fn digest(value: &Value) -> ContentHash {
    ContentHash::keyed(&[7; 32], &canonical_json(value).unwrap())
}

/// The fields of a ticket that an export of the family can hold. What it cannot: HTML, whom staff
/// opened a ticket for, how it came in, tags, files, and what other tables say of it.
fn held_by_both(ticket: &Conversation, family: Family) -> BTreeMap<&'static str, Value> {
    let standard = |name: &str| json!(ticket.standard.get(name));
    let person = |one: &deskledger::model::record::PersonRef| match family.has_customers() {
        true => json!([one.name, one.email]),
        // Before 3.5 a person is an address, whichever way it is read: the key is the same too.
        false => json!(one),
    };
    let mut fields = BTreeMap::from([
        ("kind", json!(ticket.kind)),
        ("subject", json!(ticket.subject)),
        ("state", json!(ticket.state)),
        ("status", json!(ticket.status)),
        ("team", json!(ticket.team)),
        ("customer", person(&ticket.customer)),
        ("copies", ticket.copies.iter().map(person).collect()),
        ("assignee", json!(ticket.assignee.name)),
        ("created_at", json!(ticket.created_at)),
        ("updated_at", json!(ticket.updated_at)),
        ("archived", json!(ticket.archived)),
        ("tracking_id", standard("tracking_id")),
        ("priority", standard("priority")),
        ("category", standard("category")),
        ("time_worked", standard("time_worked")),
    ]);
    if family >= Family::V34 {
        fields.insert("due_at", json!(ticket.due_at));
        fields.insert("due_date", standard("due_date"));
    }
    if family.has_customers() {
        fields.insert("closed_at", json!(ticket.closed_at));
    }
    if family == Family::V37 {
        fields.insert("reply_count", json!(ticket.reply_count));
        fields.insert("first_reply_at", standard("first_reply_at"));
    }
    fields
}

fn same_tickets(database: &Found, export: &Found, family: Family) {
    let mut compared = 0;
    for id in 1..=8 {
        let (one, other) = (database.ticket(id), export.ticket(id));
        let rich = one.description.as_ref().is_some_and(|body| body.format == BodyFormat::Html);
        if !rich {
            assert_eq!(one.description, other.description, "{family:?} {id}");
        }
        let (mut one_has, mut other_has) =
            (held_by_both(&one, family), held_by_both(&other, family));
        // A state that was removed has no name, what one of the site's own is stands in a table,
        // and an old export cannot tell who was anonymised.
        let untold: &[&str] = match (id, family.has_customers()) {
            (7, _) => &["state", "status"],
            (8, _) => &["state"],
            (4, false) => &["customer"],
            _ => &[],
        };
        for field in untold {
            one_has.remove(field);
            other_has.remove(field);
        }
        for (field, value) in &one_has {
            let found = &other_has[field];
            assert_eq!(value, found, "{family:?} ticket {id}: {field}");
            assert_eq!(digest(value), digest(found), "{family:?} ticket {id}: {field}");
            compared += 1;
        }
        same_fields(database, (&one, &other), family);
    }
    assert!(compared > 100, "{compared}");
}

/// Custom fields: an export knows them by their labels and as text.
fn same_fields(database: &Found, (one, other): (&Conversation, &Conversation), family: Family) {
    let records = database.records();
    let mut by_label = BTreeMap::new();
    for (column, value) in &one.fields {
        let number = column.trim_start_matches("custom");
        let Some(Record::FieldDefinition(field)) =
            records.get(&format!("hesk/custom_field/{number}"))
        else {
            panic!("{column}");
        };
        let shown = match value {
            FieldValue::List(list) => FieldValue::Text(list.join("\n")),
            other => other.clone(),
        };
        by_label.insert(field.label.clone(), shown);
    }
    assert_eq!(by_label, other.fields, "{family:?} {:?}", one.subject);
}

fn messages(found: &Found, object: &str) -> BTreeMap<String, Message> {
    let of = |(key, record): (String, Record)| match record {
        Record::Message(message) if key.starts_with(&format!("hesk/{object}/")) => {
            Some((key, message))
        }
        _ => None,
    };
    found.records().into_iter().filter_map(of).collect()
}

fn same_history(database: &Found, export: &Found, family: Family) {
    let (one, other) = (messages(database, "history"), messages(export, "history"));
    assert!(!one.is_empty());
    assert!(one.keys().eq(other.keys()), "the same keys from either way in");
    for (key, line) in one {
        let found = &other[&key];
        // Whose login it is stands in a table that no export holds.
        let held = |line: &Message| {
            json!([
                line.conversation,
                line.kind,
                line.body,
                line.internal,
                line.created_at,
                line.sequence,
                line.event,
            ])
        };
        assert_eq!(digest(&held(&line)), digest(&held(found)), "{family:?} {key}");
    }
}

fn same_replies(database: &Found, export: &Found) {
    let held = |messages: BTreeMap<String, Message>| -> BTreeSet<String> {
        let plain = messages.into_values().filter(|message| {
            let body = message.body.as_ref();
            body.is_some_and(|body| body.format == BodyFormat::Text)
        });
        let held = |message: Message| {
            json!([message.conversation, message.created_at, message.body, message.internal])
        };
        plain.map(|message| held(message).to_string()).collect()
    };
    let (one, other) = (held(messages(database, "reply")), held(messages(export, "export_reply")));
    let more: Vec<_> = one.difference(&other).collect();
    assert!(one.len() >= 7 && more.is_empty(), "{more:#?}");
    // A reply of somebody's own HTML is in the export as text.
    assert_eq!(other.difference(&one).count(), 1, "{other:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_in_say_the_same_field_by_field() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let workbook = written(&Exporter::new(&site, family).await.rows());
        let (database, export) = (site.read().await, read_alone(&workbook));
        same_tickets(&database, &export, family);
        if family.has_customers() {
            same_history(&database, &export, family);
        }
        if family == Family::V37 {
            same_replies(&database, &export);
        }
        site.maria.remove().await;
    }
}

/// Reads a site with an export of these rows beside it.
async fn beside(site: &Site, rows: &[Vec<Cell>]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    std::fs::write(&path, written(rows)).unwrap();
    let mut place = site.place();
    place.export = Some(path);
    read(place).await.unwrap()
}

fn of_code<'f>(findings: &'f [Finding], word: &str) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| finding.code.word() == word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_the_same_day_agrees_in_whatever_language() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let mut exporter = Exporter::new(&site, family).await;
        for words in [str::to_owned as fn(&str) -> String, |word| format!("* x{word} *")] {
            exporter.words = words;
            let both = beside(&site, &exporter.rows()).await;
            assert_eq!(both.records(), site.read().await.records(), "{family:?}");
            let findings = both.findings();
            for code in ["export_differs", "export_alone"] {
                assert_eq!(of_code(&findings, code), Vec::<&Finding>::new(), "{family:?}");
            }
            let said = of_code(&findings, "merged_copy");
            assert!(said[0].reason.starts_with("8 tickets stand in both"), "{said:?}");
        }
        let translated = of_code(&findings_of(&site, &exporter).await, "synonym_used").len();
        assert!(translated >= 8, "{family:?}: {translated} words were understood");
        site.maria.remove().await;
    }
}

async fn findings_of(site: &Site, exporter: &Exporter) -> Vec<Finding> {
    beside(site, &exporter.rows()).await.findings()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_or_stands_in_the_export_alone_is_a_finding_with_its_place() {
    let Some(site) = Site::new(Family::V37).await else { return };
    let mut rows = Exporter::new(&site, Family::V37).await.rows();
    let column = |name: &str| rows[0].iter().position(|(_, heading)| heading == name).unwrap();
    let at = ["Subject", "Colour", "Replies", "Reply messages", "Status", "Name", "#"].map(column);
    let [subject, colour, count, replies, status, name, id] = at;
    rows[2][subject].1 = "Another subject".to_owned();
    rows[3][colour].1 = "Red".to_owned();
    rows[8][replies].1 = "Reply by X\nDate 2023-08-03T09:00:00.000\nOnly here\n---\n".to_owned();
    rows[8][count].1 = "1".to_owned();
    rows[8][status].1 = "New".to_owned();
    rows[5][name].1 = "Who was deleted since".to_owned();
    rows.push(rows[6].clone());
    rows[9][id].1 = "404".to_owned();
    rows.push(rows[6].clone());
    rows[10][id].1 = "no number".to_owned();
    let both = beside(&site, &rows).await;
    let findings = both.findings();
    let told = |finding: &&Finding| {
        let at = finding.at.clone().unwrap();
        let key = finding.key.as_ref().map(ToString::to_string).unwrap_or_default();
        assert_eq!(at.file, NAME);
        format!("{} {} {key}", finding.column.as_deref().unwrap(), at.line)
    };
    let differs: Vec<_> = of_code(&findings, "export_differs").iter().map(told).collect();
    assert_eq!(
        differs,
        ["subject 3 hesk/ticket/2", "replies 9 hesk/ticket/8", "status 9 hesk/ticket/8",]
    );
    let alone: Vec<_> = of_code(&findings, "export_alone").iter().map(told).collect();
    assert_eq!(
        alone,
        ["custom2 4 hesk/ticket/3", "reply 9 hesk/ticket/8", "id 10 hesk/ticket/404",]
    );
    let nameless: Vec<_> = of_code(&findings, "id_missing").iter().map(told).collect();
    assert_eq!(nameless, ["id 11 "]);
    let held = of_code(&findings, "privacy_hold");
    assert!(
        held.iter().any(|finding| finding.reason.contains("values of the export's")),
        "{held:#?}"
    );
    assert!(!both.everything().contains("Who was deleted since"), "nobody is brought back");
    let mut records = both.records();
    let Some(Record::Conversation(gone)) = records.remove("hesk/ticket/404") else {
        panic!("no ticket 404");
    };
    assert_eq!(gone.standard["anonymised"], "deleted_since_export");
    assert!(gone.customer.is_empty() && gone.copies.is_empty());
    assert_eq!(records, site.read().await.records(), "the database is right");
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seal_names_the_export_beside_the_database() {
    let Some(site) = Site::new(Family::V28).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    let exporter = Exporter::new(&site, Family::V28).await;
    let mut seals = Vec::new();
    for rows in [exporter.rows(), exporter.rows()[..3].to_vec()] {
        std::fs::write(&path, written(&rows)).unwrap();
        let mut place = site.place();
        place.export = Some(path.clone());
        let seal = tokio::task::spawn_blocking(move || super::site::open(place).unwrap().seal());
        seals.push(seal.await.unwrap().unwrap());
    }
    assert!(seals[0].files.iter().any(|file| file.path == "export/export.xml"));
    assert_ne!(seals[0].digest, seals[1].digest);
    site.maria.remove().await;
}
