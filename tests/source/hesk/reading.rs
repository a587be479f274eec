//! What is read of a site, family by family.

use std::collections::BTreeSet;

use deskledger::model::Record;
use deskledger::model::record::{
    AuthorRole, BodyFormat, ConversationState, FieldValue, MessageKind, Visibility,
};

use super::family::{Family, tables};
use super::rows::{GONE, SECRET, rows};
use super::site::{Found, Site, on_thread, open, read};

#[tokio::test(flavor = "multi_thread")]
async fn counts_close_and_reading_changes_nothing() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let before = site.maria.checksums().await;
        let found = site.read().await;
        for (object, count) in &found.summary.objects {
            let sum = count.records + count.rejected + count.duplicates;
            assert_eq!(count.rows, sum, "{family:?} {object}");
        }
        let objects = found.summary.objects.values();
        let counted: u64 = objects.map(|count| count.records + count.rejected).sum();
        assert_eq!(counted, found.items.len() as u64, "{family:?}");
        let again = site.read().await;
        assert_eq!(format!("{:?}", found.items), format!("{:?}", again.items), "{family:?}");
        assert_eq!(site.maria.checksums().await, before, "{family:?}");
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_and_nobody_who_is_gone_is_read() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let found = site.read().await;
        let everything = found.everything();
        assert!(!everything.contains(SECRET), "{family:?}");
        for gone in GONE {
            assert!(!everything.contains(gone), "{family:?}: {gone}");
        }
        assert!(!everything.contains("unsent-words") && !everything.contains("a private word"));
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_family_holds_looks_like_this() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let found = site.read().await;
        insta::assert_json_snapshot!(format!("hesk_{}_records", family.word()), found.records());
        let mut lines: Vec<String> = found.findings().iter().map(line).collect();
        lines.sort();
        insta::assert_snapshot!(format!("hesk_{}_findings", family.word()), lines.join("\n"));
        site.maria.remove().await;
    }
}

fn line(finding: &deskledger::source::Finding) -> String {
    let at = finding.at.as_ref().map_or_else(String::new, |at| format!("{}:{}", at.file, at.line));
    let column = finding.column.as_deref().unwrap_or_default();
    format!("{:?} {} {at} [{column}] {}", finding.severity, finding.code.word(), finding.reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_says_everything() {
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let found = site.read().await;
        first_ticket(&found, family);
        other_tickets(&found, family);
        messages(&found, family);
        knowledge(&found);
        site.maria.remove().await;
    }
}

fn first_ticket(found: &Found, family: Family) {
    let ticket = found.ticket(1);
    assert_eq!(ticket.subject.as_deref(), Some("Bell & whistle \"broken\""));
    let text = "Hello &amp; welcome, it's <b>broken</b> `now`.\nSee https://example.org/?a=1&b=2";
    let body = ticket.description.unwrap();
    assert_eq!((body.format, body.content.as_str()), (BodyFormat::Text, text), "{family:?}");
    assert_eq!((ticket.status.as_str(), ticket.state), ("Replied", Some(ConversationState::Open)));
    assert_eq!(ticket.team.as_deref(), Some("Sales & Returns"));
    assert_eq!(ticket.customer.email.as_deref(), Some("ann@example.com"));
    assert_eq!(ticket.copies.len(), 1, "{family:?}");
    assert_eq!(ticket.assignee.name.as_deref(), Some("Bo O'Lee"));
    assert_eq!(ticket.channel.as_deref(), Some("web form"));
    assert_eq!(ticket.created_at.unwrap().to_rfc3339(), "2023-06-01T10:00:00Z");
    assert_eq!(ticket.tags, ["tagged"]);
    assert!(!ticket.archived, "tagged is not archived");
    assert_eq!(ticket.attachments.len(), 1);
    let standard = |name: &str| ticket.standard.get(name).map(String::as_str).unwrap_or_default();
    assert_eq!(standard("tracking_id"), "AAA-BBB-1111");
    assert_eq!(standard("merged_from"), "OLD-TRK-1111, OLD-TRK-2222");
    assert_eq!(standard("time_worked"), "27:05:00");
    assert_eq!(standard("articles_shown"), "2, 1");
    assert_eq!(standard("assigned_by"), "Ada Prime");
    assert_eq!(standard("priority"), if family == Family::V37 { "Soon" } else { "High" });
    if family >= Family::V34 {
        assert_eq!(standard("due_date"), "2023-06-15");
        assert_eq!(ticket.due_at.unwrap().to_rfc3339(), "2023-06-14T22:00:00Z");
    }
    if family == Family::V37 {
        assert_eq!(
            (standard("linked_tickets"), standard("collaborators")),
            ("CCC-DDD-2222", "Cy Rest")
        );
    }
    let list = FieldValue::List(vec!["Bell".into(), "Rack".into()]);
    assert_eq!(ticket.fields["custom1"], FieldValue::Text("A & 1".into()));
    assert_eq!(ticket.fields["custom2"], FieldValue::Text("Grün & Blau".into()));
    assert_eq!(ticket.fields["custom3"], list);
    assert_eq!(ticket.fields["custom4"], FieldValue::Date("2023-06-01".into()));
    assert_eq!(ticket.fields.contains_key("custom51"), family.has_customers());
}

fn other_tickets(found: &Found, family: Family) {
    let second = found.ticket(2);
    assert_eq!(second.state, Some(ConversationState::Closed));
    assert_eq!(second.opened_by.unwrap().person.name.as_deref(), Some("Bo O'Lee"));
    assert_eq!(second.standard["locked"], "true");
    let rich = family >= Family::V34;
    assert_eq!(second.description.unwrap().format == BodyFormat::Html, rich);
    let third = found.ticket(3);
    assert_eq!(third.channel.as_deref(), Some("email imap"));
    assert_eq!(third.state, Some(ConversationState::Snoozed));
    assert_eq!((third.customer.email, third.customer.name.as_deref()), (None, Some("No Address")));
    let fourth = found.ticket(4);
    assert_eq!(fourth.standard["anonymised"], "anonymised");
    assert!(fourth.customer.is_empty() && fourth.fields.is_empty(), "{family:?}");
    let fifth = found.ticket(5);
    let deleted = family.has_customers();
    assert_eq!(fifth.standard.contains_key("anonymised"), deleted);
    assert_eq!(fifth.customer.is_empty(), deleted);
    let seventh = found.ticket(7);
    assert_eq!((seventh.status.as_str(), seventh.team.as_deref()), ("Status 17", Some("General")));
    assert_eq!(seventh.state, Some(ConversationState::Open));
    assert_eq!(seventh.assignee.key.unwrap().to_string(), "hesk/staff/9");
    assert_eq!(seventh.subject.as_deref(), Some("perchÃ© no"), "doubted, not repaired");
    assert_eq!(found.ticket(8).status, "At the supplier");
}

fn messages(found: &Found, family: Family) {
    let first = found.message("reply/1");
    assert_eq!(first.body.unwrap().content, "On it\nBo");
    assert_eq!(first.author.role, AuthorRole::Agent);
    assert_eq!(first.attachments.len(), 1);
    let rating = found.message("rating/1").event.unwrap();
    assert_eq!((rating.kind.as_str(), rating.to.as_deref()), ("rating", Some("helpful")));
    let old = found.message("reply/4").author;
    assert_eq!(old.person.key.unwrap().to_string(), "hesk/staff/9");
    let Some(Record::Teammate(gone)) = found.records().remove("hesk/staff/9") else {
        panic!("no placeholder");
    };
    let named = if family.has_customers() { None } else { Some("Old Hand".to_owned()) };
    assert_eq!((gone.active, gone.name), (Some(false), named));
    let note = found.message("note/1");
    assert_eq!((note.kind, note.internal), (MessageKind::Note, true));
    assert_eq!(note.body.unwrap().content, "Be ann@example.com nice");
    let history: Vec<_> = (1..=4).map(|n| found.message(&format!("history/1:{n}"))).collect();
    let kinds: Vec<String> = history.iter().map(|m| m.event.clone().unwrap().kind).collect();
    assert_eq!(kinds, ["submitted", "assigned", "status_changed", "history"]);
    assert_eq!(history[1].created_at.unwrap().to_rfc3339(), "2023-06-01T11:00:00Z");
    assert_eq!(history[1].author.person.name.as_deref(), Some("Ada Prime"));
    assert_eq!(history[3].created_at, None);
    assert_eq!(history[3].body.clone().unwrap().content, "gestern irgendwann | etwas Eigenes");
    let left = found.message("reply/9").author;
    assert_eq!(left.role, AuthorRole::Customer);
    let number = left.person.key.map(|key| key.to_string());
    let expected = family.has_customers().then_some("hesk/customer/77");
    assert_eq!(number.as_deref(), expected, "of who was deleted the number alone is left");
    assert!(!family.has_customers() || left.person.name.or(left.person.email).is_none());
}

fn knowledge(found: &Found) {
    let records = found.records();
    let article = |id: u32| match &records[&format!("hesk/kb_article/{id}")] {
        Record::Article(article) => article.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(article(1).visibility, Visibility::Public);
    assert_eq!(article(2).visibility, Visibility::Restricted("private".into()), "inherited");
    assert_eq!(article(2).body.content, "Plain <text>\nsecond");
    assert!(!article(3).published && article(1).published);
    assert_eq!(article(4).collection.unwrap().to_string(), "hesk/kb_category/1");
    assert_eq!(article(1).updated_at.unwrap().to_rfc3339(), "2023-05-02T09:00:00Z");
    let Record::Collection(orphan) = &records["hesk/kb_category/4"] else { panic!() };
    assert_eq!(orphan.parent, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trap_is_a_finding() {
    let expected: BTreeSet<&str> = [
        "schema_found",
        "consistency",
        "zone_inferred",
        "history_unparsed",
        "privacy_hold",
        "merge_unfinished",
        "person_gone",
        "not_read",
        "double_encoded",
        "thread_incomplete",
        "orphan_part",
        "file_missing",
        "file_orphan",
        "file_renamed",
        "checksum_mismatch",
        "dangling_reference",
        "count_mismatch",
        "placeholder_found",
        "field_value_odd",
    ]
    .into();
    for family in Family::ALL {
        let Some(site) = Site::new(family).await else { return };
        let codes = site.read().await.codes();
        let missing: Vec<_> = expected.difference(&codes).collect();
        // A pre-3.5 site holds nobody apart but the anonymised.
        assert!(missing.is_empty(), "{family:?} lacks {missing:?}");
        site.maria.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_and_pictures_are_given_back() {
    let Some(site) = Site::new(Family::V37).await else { return };
    let found = site.read().await;
    let place = site.place();
    let reading = tokio::task::spawn_blocking(move || {
        let reader = open(place).unwrap();
        let mut read = 0;
        for (key, record) in found.records() {
            let Record::Attachment(file) = record else { continue };
            let (Some(path), Some(size)) = (&file.path, file.size_bytes) else { continue };
            let mut bytes = Vec::new();
            reader.open_attachment(path).unwrap().read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes.len() as u64, size, "{key}");
            read += 1;
        }
        for bad in ["../x", "/etc/hostname", "..\\x"] {
            assert_eq!(reader.open_attachment(bad).err().unwrap().code(), "path_escapes");
        }
        read
    });
    assert_eq!(reading.await.unwrap(), 7);
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_guarantee_is_given_and_said() {
    let said = |found: &Found| {
        let findings = found.findings();
        let one = findings.iter().find(|finding| finding.code.word() == "consistency").unwrap();
        one.reason.clone()
    };
    let Some(site) = Site::with(Family::V37, "hesk_", "InnoDB").await else { return };
    assert!(said(&site.read().await).contains("snapshots"));
    site.maria.remove().await;
    let Some(site) = Site::new(Family::V37).await else { return };
    assert!(said(&site.read().await).contains("No table changed"));
    let mut place = site.place();
    place.lock_tables = true;
    let refused = read(place.clone()).await.err().unwrap();
    assert!(refused.to_string().contains("lacks a right"), "{refused}");
    site.maria.let_lock().await;
    assert!(said(&read(place).await.unwrap()).contains("locked"));
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_while_it_is_read_is_read_again() {
    let Some(site) = Site::new(Family::V37).await else { return };
    // So many that the reader is far from its end when the change comes.
    site.run(&["INSERT INTO hesk_replies (replyto, message, dt) \
                SELECT 8, seq, '2023-08-02 10:00:00' FROM seq_1_to_5000"])
        .await;
    // Tables that were just written to are summed up; later, the time of the last change tells.
    for (subject, note) in [("Moved", "late"), ("Moved again", "later")] {
        let found = read_while(
            &site,
            &[
                &format!("UPDATE hesk_tickets SET subject = '{subject}' WHERE id = 1"),
                &format!(
                    "INSERT INTO hesk_notes (ticket, who, dt, message, attachments) \
                 VALUES (1, 1, '2023-06-05 10:00:00', '{note}', '')"
                ),
            ],
        )
        .await;
        assert_eq!(found.ticket(1).subject.as_deref(), Some(subject));
        assert!(found.everything().contains(note));
        let findings = found.findings();
        assert!(findings.iter().any(|finding| finding.reason.contains("read again 1 times")));
        site.run(&["DO SLEEP(3)"]).await;
    }
    let still = site.read().await.findings();
    assert!(still.iter().any(|finding| finding.reason.starts_with("No table changed")));
    site.maria.remove().await;
}

/// Reads a site that is written to when the reading has just begun.
async fn read_while(site: &Site, statements: &[&str]) -> Found {
    let (tell, told) = std::sync::mpsc::channel();
    let (allow, allowed) = std::sync::mpsc::channel::<()>();
    let reading = tokio::spawn(on_thread(site.place(), move |before| {
        if before == 100 {
            tell.send(()).unwrap();
            allowed.recv().unwrap();
        }
    }));
    tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
    site.run(statements).await;
    allow.send(()).unwrap();
    reading.await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_single_whole_hesk_is_refused_or_said() {
    let Some(site) = Site::new(Family::V34).await else { return };
    site.maria.run(&tables(Family::V28, "old_", "MyISAM")).await;
    site.maria.run(&rows(Family::V28, "old_")).await;
    let several = read(site.place()).await.err().unwrap();
    assert_eq!(several.code(), "several_prefixes");
    assert!(several.to_string().contains("\"hesk_\", \"old_\""), "{several}");
    let mut place = site.place();
    place.prefix = Some("old_".to_owned());
    let old = read(place).await.unwrap();
    assert!(old.findings().iter().any(|finding| finding.reason.contains("2.8.3 to 3.1")));
    site.run(&["DROP TABLE old_users", "CREATE TABLE hesk_stage_tickets (id int)"]).await;
    assert_eq!(read(site.place()).await.err().unwrap().code(), "source_unfit");
    let mut place = site.place();
    place.password = None;
    let refused = read(place).await.err().unwrap();
    assert_eq!(refused.code(), "source_database");
    assert!(refused.to_string().contains("password is refused"), "{refused}");
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_customer_migration_people_stand_on_tickets() {
    let Some(site) = Site::new(Family::V37).await else { return };
    site.run(&["DELETE FROM hesk_customers", "DELETE FROM hesk_ticket_to_customer"]).await;
    let found = site.read().await;
    assert!(found.codes().contains("migration_unfinished"));
    let ticket = found.ticket(1);
    assert_eq!(ticket.customer.email.as_deref(), Some("ann@example.com"));
    assert!(ticket.customer.key.unwrap().to_string().starts_with("hesk/requester/"));
    assert!(found.ticket(4).customer.is_empty(), "an anonymised ticket stays so");
    site.maria.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_a_table_are_one_for_each_address() {
    let Some(site) = Site::new(Family::V34).await else { return };
    let records = site.read().await.records();
    let people: Vec<_> = records
        .iter()
        .filter_map(|(key, record)| match record {
            Record::Contact(contact) => Some((key.clone(), contact.clone())),
            _ => None,
        })
        .collect();
    let of = |email: &str| people.iter().filter(|(_, one)| one.emails == [email]).count();
    assert_eq!((of("ann@example.com"), of("fay@example.com"), of("gil@example.com")), (1, 1, 1));
    let nameless: Vec<_> = people.iter().filter(|(_, one)| one.emails.is_empty()).collect();
    assert_eq!(nameless.len(), 1);
    assert_eq!(nameless[0].0, "hesk/requester/3");
    assert!(people.iter().all(|(key, _)| !key.contains('@')));
    site.maria.remove().await;
}
