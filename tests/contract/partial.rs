//! Partial exports: what they leave out stands in an earlier one.

use deskledger::model::Record;
use deskledger::model::record::{Conversation, FieldDefinition, FieldType, FieldValue};
use deskledger::source::{Finding, Item, Reading};

use super::export::{NOW, bundle, findings, open_at, read, records};

/// Whether a record says that it names something of an earlier export.
pub(super) fn names_earlier(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.code.word() == "reference_outside")
}

/// A manifest of a partial export.
const DELTA: &[u8] = br#"{ "export_kind": "delta", "timezone": "Europe/Rome" }"#;

#[test]
fn files_of_messages_that_moved_before_name_them() {
    for (source, thread, message) in [
        ("deskero", "deskero/ticket/t1", "deskero/reply/m1"),
        ("clickdesk", "clickdesk/ticket/t1", "clickdesk/ticket_message/m1"),
        ("infraon", "infraon/incident/t1", "infraon/message/m1"),
        ("itco", "itco/ticket/t1", "itco/message/m1"),
    ] {
        let index = b"attachment_id,ticket_id,message_id,file_name,path\n\
            a1,t1,m1,late.txt,attachments/late.txt\na2,,m1,late.txt,attachments/late.txt\n";
        let files: [(&str, &[u8]); 3] =
            [("manifest.json", DELTA), ("attachments.csv", index), ("attachments/late.txt", b"x")];
        let dir = bundle(&files);
        let mut reader = open_at(source, dir.path(), Reading::undecided(NOW));
        let (items, summary) = read(reader.as_mut());
        let all = records(&items);
        let Some(Record::Attachment(file)) = all.get(&format!("{source}/attachment/a1")) else {
            panic!("{source}: {items:?}");
        };
        assert_eq!(file.parent.to_string(), thread, "{source}");
        assert_eq!(file.message.as_ref().unwrap().to_string(), message, "{source}");
        let rejected = items.iter().filter(|item| matches!(item, Item::Rejected(_)));
        assert_eq!(rejected.count(), 1, "{source}: without its ticket a file has no home");
        let all = findings(&items, &summary);
        assert!(names_earlier(&all), "{source}: {all:?}");
        assert!(all.iter().any(|one| one.code.word() == "orphan_part"), "{source}: {all:?}");
    }
}

#[test]
fn fields_are_read_as_the_map_knows_them() {
    let tickets = b"ticket_id,title,status,customer_email,created_at,cf_symptoms,cf_floor\n\
        t1,Pump,open,ada@example.org,2024-03-05 08:00,leak|noise,3\n";
    let dir = bundle(&[("manifest.json", DELTA), ("07_tickets.csv", tickets)]);
    let known = |field: &str, field_type, options: &[&str]| FieldDefinition {
        object: "ticket".to_owned(),
        field: field.to_owned(),
        label: field.to_owned(),
        field_type,
        options: options.iter().map(|&option| option.to_owned()).collect(),
        required: false,
        description: None,
        depends_on: None,
        declared: true,
    };
    let mut reading = Reading::undecided(NOW);
    reading.fields = vec![
        known("symptoms", FieldType::MultiList, &["leak", "noise", "heat"]),
        known("floor", FieldType::String, &[]),
    ];
    let ticket = |reading: &Reading| -> (Conversation, usize) {
        let (items, _) = read(open_at("itco", dir.path(), reading.clone()).as_mut());
        let all = records(&items);
        let definitions = all.keys().filter(|key| key.contains("/custom_field/")).count();
        match all.get("itco/ticket/t1") {
            Some(Record::Conversation(ticket)) => (ticket.clone(), definitions),
            _ => panic!("{items:?}"),
        }
    };
    let (remembered, defined) = ticket(&reading);
    let expected = FieldValue::List(vec!["leak".to_owned(), "noise".to_owned()]);
    assert_eq!(remembered.fields["symptoms"], expected);
    assert_eq!(remembered.fields["floor"], FieldValue::Text("3".to_owned()));
    assert_eq!(defined, 0, "what the first export declared stands");
    let (alone, defined) = ticket(&Reading::undecided(NOW));
    assert_ne!(alone.fields["symptoms"], expected, "nothing tells that it is a list");
    assert_eq!(defined, 2, "and its columns are told of");
}
