use super::sample::*;
use crate::mapping::contact::map_contact;
use crate::mapping::context::Context;
use crate::mapping::decision::Decisions;
use crate::mapping::draft::{Mapped, Outcome};
use crate::mapping::input::{ContactInput, TeammateInput};
use crate::mapping::loss::LossName;
use crate::mapping::map::schema;
use crate::mapping::other::map_teammate;
use crate::mapping::rule::Mapping;
use crate::model::SourceKey;
use crate::model::record::*;

fn map(contact: &Contact, others: &[(SourceKey, Contact)], context: &Context) -> Mapped {
    let input = ContactInput {
        key: &key("customer", "c1"),
        contact,
        duplicate_of: None,
        duplicates: others,
        attachments: &[],
        technician: None,
        has_thread: false,
    };
    map_contact(&input, context)
}

fn phone(kind: &str, raw: &str, e164: Option<&str>) -> Phone {
    Phone { kind: kind.into(), raw: raw.into(), e164: e164.map(str::to_owned) }
}

fn rich() -> Contact {
    Contact {
        phones: vec![
            phone("mobile", "333 1", Some("+39333001")),
            phone("phone", "02 1", Some("+3902001")),
            phone("fax", "02 2", None),
        ],
        company_name: Some("ACME".into()),
        preferred: Some(true),
        memos: vec![html("<p>Pays <b>late</b></p>")],
        tags: vec!["V.I.P.".into()],
        standard: [
            ("city".into(), "Turin".into()),
            ("birth_date".into(), "1980-01-02".into()),
            ("signature".into(), "Ada".into()),
        ]
        .into(),
        created_at: at(0),
        emails: vec!["<Ada@Example.org>".into(), "ada@two.example".into()],
        ..customer("Ada  Example", None)
    }
}

#[test]
fn a_rich_contact() {
    insta::assert_json_snapshot!("rich_contact", map(&rich(), &[], &context()));
}

#[test]
fn personal_details_are_kept_by_decision_d12() {
    let mapped = map(&rich(), &[], &context_with(&[("D12", "keep")]));
    let body = &mapped.draft().unwrap().steps[0].body;
    assert_eq!(body["custom_attributes"]["deskero_birth_date"], 315_619_200);
}

#[test]
fn without_an_address_by_decision_d14() {
    let contact = customer("Ada", None);
    let mapped = map(&contact, &[], &context());
    let body = &mapped.draft().unwrap().steps[0].body;
    assert_eq!((&body["role"], &body["external_id"]), (&"lead".into(), &"deskero:c1".into()));
    let mapped = map(&contact, &[], &context_with(&[("D14", "skip")]));
    assert!(matches!(mapped.outcome, Outcome::Excluded { .. }));
}

#[test]
fn equal_addresses_are_one_contact() {
    let first = key("customer", "c1");
    let second = customer("Ada", Some("ada@example.org"));
    let input = ContactInput {
        key: &key("customer", "c2"),
        contact: &second,
        duplicate_of: Some(&first),
        duplicates: &[],
        attachments: &[],
        technician: None,
        has_thread: false,
    };
    let mapped = map_contact(&input, &context());
    assert_eq!(mapped.outcome, Outcome::merged(first, "same_email"));

    let other = Contact {
        name: Some("A. Example".into()),
        preferred: Some(true),
        tags: vec!["new".into()],
        ..customer("", Some("ADA@example.org"))
    };
    let others = [(key("customer", "c2"), other)];
    let mapped = map(&customer("Ada", Some("ada@example.org")), &others, &context());
    let draft = mapped.draft().unwrap();
    assert_eq!(draft.steps[0].body["name"], "Ada");
    assert_eq!(draft.steps[0].body["custom_attributes"]["is_preferred_client__c"], true);
    assert_eq!(draft.steps[1].key.as_str(), "tag:new");
    assert_eq!(draft.losses[&LossName::MergedValueDiffers], 1);
    assert_eq!(draft.hand_off[0].subject, key("customer", "c2"));
}

/// Row 3 of Infraon Desk: role, groups, preferences and custom fields of a technician.
#[test]
fn a_technician_s_fields_are_attributes_of_the_contact() {
    let rules = MAPPING.replace("source = \"deskero\"", "source = \"infraon\"")
        + "\n[[field]]\nfrom = \"technician.notification_preferences\"\n\
           to = \"contact.deskero_notifications\"\ntype = \"string\"\n\
           \n[[field]]\nfrom = \"technician.cf_shift\"\nto = \"contact.deskero_shift\"\n\
           type = \"string\"\n";
    let technician = Teammate {
        name: Some("Bo".into()),
        email: Some("bo@example.com".into()),
        role: Some("Administrator".into()),
        teams: vec!["Network".into(), "Desk".into()],
        active: Some(true),
        standard: [("notification_preferences".to_owned(), "x".repeat(300))].into(),
        fields: [("shift".to_owned(), FieldValue::Text("A".into()))].into(),
    };
    let rules = Mapping::parse(&rules).unwrap();
    for (answer, written) in [("contacts", true), ("match", false)] {
        let mut decisions = Decisions::default();
        decisions.set("G3", "admin:999").unwrap();
        decisions.set("I1", answer).unwrap();
        let context = Context::new(rules.clone(), &decisions).unwrap();
        let made = schema(&context);
        let made = made.iter().any(|draft| draft.key.id() == "deskero_shift");
        assert_eq!(made, written, "{answer}");
        let contact = customer("Bo", Some("bo@example.com"));
        let input = ContactInput {
            key: &key("requester", "r4"),
            contact: &contact,
            duplicate_of: None,
            duplicates: &[],
            attachments: &[],
            technician: Some(&technician),
            has_thread: true,
        };
        let mapped = map_contact(&input, &context);
        let draft = mapped.draft().unwrap();
        let said = &draft.steps[0].body["custom_attributes"];
        assert_eq!(said["deskero_shift"] == "A", written, "{answer}");
        assert_eq!(said["deskero_technician_role"] == "Administrator", written, "{answer}");
        let notes = draft.steps.iter().filter(|step| step.key.as_str().starts_with("note:"));
        assert_eq!(notes.count(), usize::from(written), "what is too long stands in a note");
    }
    let input =
        TeammateInput { key: &key("technician", "u1"), teammate: &technician, contact: None };
    let mut decisions = Decisions::default();
    decisions.set("G3", "admin:999").unwrap();
    let context = Context::new(rules, &decisions).unwrap();
    let mapped = map_teammate(&input, &context);
    let draft = mapped.draft().unwrap();
    assert_eq!(draft.steps[0].body["custom_attributes"]["deskero_shift"], "A");
    assert_eq!(draft.steps.len(), 2, "the note too");
}

#[test]
fn long_texts_stand_in_a_note() {
    let long = "é".repeat(300);
    let contact = Contact {
        standard: [("city".into(), long.clone())].into(),
        ..customer("Ada", Some("ada@example.org"))
    };
    let mapped = map(&contact, &[], &context());
    let draft = mapped.draft().unwrap();
    let written = draft.steps[0].body["custom_attributes"]["deskero_city"].as_str().unwrap();
    assert_eq!(written.chars().count(), 255);
    assert!(draft.steps[1].body["body"].as_str().unwrap().contains(&long));
    assert_eq!(draft.losses[&LossName::AttributeTextCut], 1);
}

#[test]
fn companies_by_record_by_name_or_not_at_all() {
    let named = |name: &str| Contact {
        company_name: Some(name.into()),
        ..customer("Ada", Some("ada@example.org"))
    };
    let mapped = map(&named("acme"), &[], &context());
    assert_eq!(mapped.derived[0].key.to_string(), "deskledger/company/acme inc");
    assert_eq!(mapped.derived[0].steps[0].body["name"], "Acme Inc");

    let mut known = context();
    known.index.add_company(&key("company", "k1"), &company("Acme INC."));
    let mapped = map(&named("acme"), &[], &known);
    assert!(mapped.derived.is_empty());
    assert_eq!(mapped.draft().unwrap().steps[1].body["id"]["$id"], "deskero/company/k1");

    let mapped = map(&named("acme"), &[], &context_with(&[("D7", "skip")]));
    let draft = mapped.draft().unwrap();
    assert_eq!((draft.requests(), draft.losses[&LossName::FieldDropped]), (1, 1));
}
