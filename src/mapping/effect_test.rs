//! What each answer to a decision of ClickDesk, Infraon Desk and ITCO does. C-1, C-2 and C-12, T1
//! and T2 stand in `ticket_test.rs`, C-2's types there too, G5 to G10 with what they are about.

use serde_json::{Value, json};

use super::decision_test::{context_of, mapped, record};
use super::sample::{NOW, key};
use crate::mapping::Context;
use crate::mapping::draft::{Becomes, Draft, Mapped, Outcome};
use crate::mapping::instruction;
use crate::mapping::loss::LossName;
use crate::mapping::map::schema;
use crate::mapping::tag;
use crate::model::Record;
use crate::model::record::Tag;

/// What became of a record, in a word.
fn word(mapped: &Mapped) -> String {
    match &mapped.outcome {
        Outcome::Draft(draft) => format!("{:?}", draft.becomes),
        Outcome::Excluded { rule } => format!("excluded: {rule}"),
        Outcome::Queued { reason, .. } => format!("queued: {reason}"),
        Outcome::HandedOff { document } => format!("by hand: {document}"),
        Outcome::Merged { reason, .. } => format!("merged: {reason}"),
    }
}

fn steps(draft: &Draft) -> Vec<&str> {
    draft.steps.iter().map(|step| step.key.as_str()).collect()
}

/// What all steps of a record say of an attribute.
fn attribute(mapped: &Mapped, name: &str) -> Value {
    let steps = &mapped.draft().unwrap().steps;
    let said = steps.iter().map(|step| &step.body["custom_attributes"][name]);
    said.into_iter().find(|value| !value.is_null()).cloned().unwrap_or_default()
}

fn lost(mapped: &Mapped, loss: LossName) -> u64 {
    mapped.draft().unwrap().losses.get(&loss).copied().unwrap_or(0)
}

/// What people are told of a record.
fn told(mapped: &Mapped) -> String {
    let list = &mapped.draft().unwrap().hand_off;
    list.iter().map(|one| format!("{}: {}\n", one.document, one.text)).collect()
}

/// Checks what becomes of records under one answer each.
fn check(source: &str, before: &[(&str, &str)], table: &[(&str, &str, &str, &str, &str)]) {
    for (decision, answer, object, id, expected) in table {
        let answers = [before, &[(decision, answer)]].concat();
        let found = word(&mapped(&context_of(source, &answers), object, id));
        assert_eq!(found, *expected, "{decision} {answer}: {object} {id}");
    }
}

#[test]
fn what_moves_from_clickdesk() {
    check(
        "clickdesk",
        &[],
        &[
            ("C-1", "by_rule", "ticket", "work", "Ticket"),
            ("C-1", "conversation", "ticket", "work", "Conversation"),
            ("C-1", "ticket", "ticket", "rich", "Ticket"),
            ("C-2", "existing", "ticket", "work", "Ticket"),
            ("C-2", "existing", "ticket", "offline", "queued: unknown_ticket_type"),
            ("C-2", "create", "ticket", "offline", "Ticket"),
            ("C-3", "note", "ticket", "call", "Conversation"),
            ("C-3", "custom_object", "ticket", "call", "Object"),
            ("C-7", "with_thread", "customer", "c2", "Lead"),
            ("C-7", "with_thread", "customer", "c3", "excluded: C-7 no thread"),
            ("C-7", "all", "customer", "c3", "Lead"),
            ("C-7", "none", "customer", "c2", "excluded: no e-mail address"),
            ("C-8", "per_handle", "ticket", "social", "Conversation"),
            ("C-8", "shared", "ticket", "social", "Conversation"),
            ("C-8", "skip", "ticket", "social", "excluded: C-8 skip"),
            ("C-11", "note", "ticket", "doubtful", "Conversation"),
            ("C-11", "stop", "ticket", "doubtful", "queued: doubtful_transcript"),
            ("C-4", "tag", "tag", "vip", "merged: by_name"),
            ("C-4", "attribute:vip", "tag", "vip", "merged: by_decision"),
        ],
    );
}

#[test]
fn calls_are_notes_or_custom_objects() {
    let chat = mapped(&context_of("clickdesk", &[("C-3", "note")]), "ticket", "chat");
    let said = chat.draft().unwrap().steps.iter().find(|step| step.key.as_str().ends_with("/call"));
    assert!(said.unwrap().body["body"].as_str().unwrap().contains("Call of 5 min"));
    assert!(chat.derived.iter().all(|draft| draft.becomes != Becomes::Object));

    let context = context_of("clickdesk", &[("C-3", "custom_object")]);
    let chat = mapped(&context, "ticket", "chat");
    let object = chat.derived.iter().find(|draft| draft.becomes == Becomes::Object).unwrap();
    assert_eq!(object.steps[0].body["custom_attributes"]["name"], "Call of 5 min");
    let relation = chat.derived.iter().find(|draft| draft.becomes == Becomes::Relation).unwrap();
    let refers = json!({ "x_call": [{ "$id": object.key.to_string() }] });
    assert_eq!(relation.steps[0].body["custom_attributes"], refers);
    let made = schema(&context);
    let made = made.iter().find(|draft| draft.steps[0].body["data_type"] == "relationship");
    assert_eq!(made.unwrap().steps[0].body["name"], "x_call");
}

#[test]
fn listed_tags_are_attributes_and_structured_ones_texts() {
    let context = context_of("clickdesk", &[("C-4", "attribute:vip"), ("C-5", "both")]);
    for (object, id) in [("ticket", "chat"), ("customer", "c1")] {
        let mapped = mapped(&context, object, id);
        assert_eq!(attribute(&mapped, "x_tag_vip"), true, "{object}");
        let draft = mapped.draft().unwrap();
        assert!(steps(draft).iter().all(|step| !step.contains("tag:")), "{:?}", steps(draft));
    }
    let mut context = context_of("clickdesk", &[("C-4", "attribute:stage, vip")]);
    for name in ["stage: trial", "Stage: Paid", "note: none"] {
        let kind = (name != "note: none").then(|| "Structured".to_owned());
        let tag = Tag { name: name.to_owned(), description: None, count: None, kind };
        context.learn(&key("tag", name), &Record::from(tag));
    }
    let words = ["Stage: Trial", "VIP", "stage:  paid", "note: none"].map(str::to_owned);
    let split = tag::split(&words, &context);
    assert_eq!(split.tags, ["note: none"]);
    let expected = json!({ "x_tag_stage": "Trial, paid", "x_tag_vip": true });
    assert_eq!(json!(split.attributes), expected);
    let made = schema(&context);
    let types = |name: &str| -> Vec<String> {
        let of = made.iter().map(|draft| &draft.steps[0].body).filter(|one| one["name"] == name);
        of.map(|body| body["data_type"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(types("x_tag_stage"), ["string", "string"]);
    assert_eq!(types("x_tag_vip"), ["boolean", "boolean"]);
}

#[test]
fn tags_of_chats_stand_where_c5_says() {
    for (answer, own, contact) in
        [("contact", false, true), ("conversation", true, false), ("both", true, true)]
    {
        let chat = mapped(&context_of("clickdesk", &[("C-5", answer)]), "ticket", "chat");
        let draft = chat.draft().unwrap();
        let has = |step: &str| steps(draft).contains(&step);
        assert_eq!((has("tag:vip"), has("contact_tag:vip")), (own, contact), "{answer}");
    }
}

#[test]
fn social_visitors_are_leads_each_or_one() {
    for (answer, external_id) in [("per_handle", "x:email:ada"), ("shared", "x:social:shared")] {
        let social = mapped(&context_of("clickdesk", &[("C-8", answer)]), "ticket", "social");
        let lead = social.derived.iter().find(|draft| draft.becomes == Becomes::Lead).unwrap();
        let body = &lead.steps[0].body;
        assert_eq!(body["external_id"], external_id, "{answer}");
        assert_eq!(body["custom_attributes"]["x_is_anonymous"], true, "{answer}");
    }
}

#[test]
fn system_lines_are_notes_one_note_or_nothing() {
    let part = |id: &str| format!("part:deskero/message/{id}");
    for (answer, expected) in [
        ("note", vec![part("s1"), part("s2"), part("call")]),
        ("summary", vec![part("call"), "note:system".to_owned()]),
        ("drop", vec![part("call")]),
    ] {
        let chat = mapped(&context_of("clickdesk", &[("C-13", answer)]), "ticket", "chat");
        let mut found: Vec<String> = steps(chat.draft().unwrap())
            .into_iter()
            .filter(|step| step.starts_with("part:") || step.starts_with("note:"))
            .map(str::to_owned)
            .collect();
        found.sort_by_key(|step| expected.iter().position(|one| one == step));
        assert_eq!(found, expected, "{answer}");
        let dropped = chat
            .parts
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::Excluded { rule: "C-13 drop".to_owned() });
        assert_eq!(dropped.count(), if answer == "drop" { 2 } else { 0 });
    }
}

#[test]
fn people_are_told_of_permissions_and_macros() {
    let told = |source: &str, answers: &[(&str, &str)], object: &str, id: &str| {
        let (key, record) = record(object, id);
        instruction::of_record(&key, &record, &context_of(source, answers)).unwrap()
    };
    for (decision, answer, object, id, text) in [
        ("C-6", "by_level", "agent", "a2", "a role that may administer"),
        ("C-6", "inbox_only", "agent", "a2", "a role for the inbox only"),
        ("C-9", "prefix", "canned", "s1", "\"Greetings: Hello\"."),
        ("C-9", "description", "canned", "s1", "\"Hello\"; description: Greetings."),
    ] {
        let found = told("clickdesk", &[(decision, answer)], object, id);
        assert!(found.contains(text), "{decision} {answer}: {found}");
    }
    assert!(told("itco", &[("T8", "flatten")], "team", "t2").contains("\"IT / Printers\""));
    assert!(told("itco", &[("T8", "leaf")], "team", "t2").contains("\"Printers\""));
}

#[test]
fn personal_details_of_visitors_move_by_c10() {
    for (answer, expected) in [("drop", Value::Null), ("keep", json!("1980"))] {
        let ada = mapped(&context_of("clickdesk", &[("C-10", answer)]), "customer", "c1");
        assert_eq!(attribute(&ada, "x_birth_date"), expected, "{answer}");
        assert_eq!(lost(&ada, LossName::PersonalDropped), u64::from(answer == "drop"));
    }
}

#[test]
fn what_moves_from_infraon() {
    check(
        "infraon",
        &[],
        &[
            ("I1", "contacts", "agent", "a2", "Contact"),
            ("I1", "match", "agent", "a2", "by hand: teammates"),
            ("I3", "yes", "object", "o1", "Object"),
            ("I3", "no", "object", "o1", "by hand: custom_object_archive"),
            ("I5", "file", "company", "k1", "Company"),
            ("I5", "department", "company", "k1", "excluded: I5 companies come from elsewhere"),
            ("I5", "none", "company", "k1", "excluded: I5 companies come from elsewhere"),
            ("I9", "internal_article", "kb_article", "b1", "InternalArticle"),
            ("I9", "draft", "kb_article", "b1", "Article"),
            ("I9", "publish", "kb_article", "b1", "Article"),
            ("I10", "manifest", "catalogue", "1", "by hand: service_catalogue"),
            ("I11", "include", "ticket", "merged", "Conversation"),
            ("I11", "skip", "ticket", "merged", "excluded: I11 merged"),
            ("I11", "include", "ticket", "archived", "Conversation"),
            ("I11", "skip", "ticket", "archived", "excluded: I11 archived"),
            ("I12", "queue", "customer", "c2", "queued: no_email"),
            ("I12", "lead", "customer", "c2", "Lead"),
        ],
    );
    check(
        "infraon",
        &[("I3", "yes")],
        &[
            ("I6", "all", "object", "o1", "Object"),
            ("I6", "only:router", "object", "o1", "Object"),
            ("I6", "only:server, switch", "object", "o1", "excluded: I6, I7: ci:router"),
            ("I7", "all", "object", "o2", "Object"),
            ("I7", "only:phone", "object", "o2", "excluded: I6, I7: asset:laptop"),
            ("I10", "custom_object", "catalogue", "1", "Object"),
        ],
    );
    let undecided = mapped(&context_of("infraon", &[]), "object", "o1");
    assert_eq!(word(&undecided), "queued: custom_objects_undecided", "I3 has no default");
}

#[test]
fn technicians_are_marked_and_listed() {
    for (answer, listed) in [("attribute", false), ("block", true)] {
        let gone = mapped(&context_of("infraon", &[("I2", answer)]), "agent", "a3");
        assert_eq!(attribute(&gone, "x_technician_active"), false, "{answer}");
        assert_eq!(attribute(&gone, "x_technician_groups"), "Network", "{answer}");
        assert_eq!(told(&gone).contains("block this contact by hand"), listed, "{answer}");
    }
}

#[test]
fn companies_come_from_where_i5_says() {
    for (answer, expected) in [
        ("department", Some("deskledger/company/sales")),
        ("location", Some("deskledger/company/rome")),
        ("partner", Some("deskero/company/k2")),
        ("none", None),
        ("file", Some("deskero/company/k1")),
    ] {
        let ada = mapped(&context_of("infraon", &[("I5", answer)]), "customer", "c1");
        let step = ada.draft().unwrap().steps.iter().find(|step| step.key.as_str() == "company");
        let company = step.map(|step| step.body["id"]["$id"].as_str().unwrap().to_owned());
        assert_eq!(company.as_deref(), expected, "{answer}");
    }
}

#[test]
fn a_category_is_a_tag_an_attribute_or_both() {
    for (answer, tag, kept) in
        [("tag", true, false), ("attribute", false, true), ("both", true, true)]
    {
        let incident = mapped(&context_of("infraon", &[("I8", answer)]), "ticket", "rich");
        let draft = incident.draft().unwrap();
        assert_eq!(steps(draft).contains(&"tag:vpn"), tag, "{answer}");
        assert_eq!(attribute(&incident, "x_category") == "VPN", kept, "{answer}");
    }
}

#[test]
fn restricted_articles_and_types_of_change() {
    for (answer, published) in [("draft", false), ("publish", true)] {
        let article = mapped(&context_of("infraon", &[("I9", answer)]), "kb_article", "b1");
        let draft = article.draft().unwrap();
        assert_eq!(steps(draft).contains(&"publish"), published, "{answer}");
    }
    for (answer, expected, listed) in [("keep", "Minor", 0), ("map", "Normal", 1)] {
        let answers = [("I3", "yes"), ("I14", answer)];
        let change = mapped(&context_of("infraon", &answers), "object", "o3");
        assert_eq!(attribute(&change, "change_type"), expected);
        assert_eq!(lost(&change, LossName::ChangeTypeMapped), listed, "{answer}");
    }
}

#[test]
fn merged_threads_are_closed_with_a_pointer() {
    let merged = mapped(&context_of("infraon", &[]), "ticket", "merged");
    let draft = merged.draft().unwrap();
    assert!(steps(draft).contains(&"state"), "it is open at the source");
    let note = draft.steps.iter().find(|step| step.key.as_str() == "note:merged").unwrap();
    assert!(note.body["body"].as_str().unwrap().contains("Merged into INC-1"));
}

#[test]
fn without_custom_objects_an_incident_names_them() {
    let incident = mapped(&context_of("infraon", &[("I3", "no")]), "ticket", "rich");
    assert_eq!(attribute(&incident, "x_ci_router"), "ci:router (o1)");
    assert_eq!(lost(&incident, LossName::ObjectAsText), 1);
}

#[test]
fn what_moves_from_itco() {
    check(
        "itco",
        &[],
        &[
            ("T7", "stop", "ticket", "unmatched", "queued: agent_without_account"),
            ("T7", "fallback", "ticket", "unmatched", "Conversation"),
            ("T5", "reference", "tag", "vip", "by hand: tag_reference"),
            ("T5", "apply", "tag", "vip", "merged: by_name"),
            ("T6", "reference", "kb_article", "b1", "by hand: knowledge_base_reference"),
            ("T6", "import", "kb_article", "b1", "Article"),
            ("T9", "name", "company", "k1", "Company"),
            ("T9", "skip", "company", "k1", "excluded: T9 no domain"),
            ("T9", "skip", "company", "k2", "Company"),
        ],
    );
    for (id, expected) in [("k1", "x:name:acme"), ("k2", "x:beta.example.com")] {
        let company = mapped(&context_of("itco", &[]), "company", id);
        assert_eq!(company.draft().unwrap().steps[0].body["company_id"], expected);
    }
}

fn of_itco(answers: &[(&str, &str)]) -> Context {
    context_of("itco", &[&[("T7", "fallback")], answers].concat())
}

#[test]
fn pending_tickets_sleep_until_t3_says() {
    for (answer, days) in [("given", Some(7)), ("spread:3", Some(3)), ("open", None)] {
        let pending = mapped(&of_itco(&[("T3", answer)]), "ticket", "pending");
        let steps = &pending.draft().unwrap().steps;
        let until = steps.iter().find_map(|step| step.body["snoozed_until"].as_i64());
        let from_now = until.map(|until| (until - NOW.seconds()) / (24 * 3600));
        match days {
            Some(days) => assert!((days..days + 2).contains(&from_now.unwrap()), "{answer}"),
            None => assert_eq!(from_now, None, "{answer}"),
        }
    }
}

#[test]
fn files_go_by_hand_or_by_themselves() {
    for (answer, sent, by_hand) in [("manual", 0, 2), ("automatic", 1, 0)] {
        let work = mapped(&of_itco(&[("T4", answer)]), "ticket", "work");
        let files = |step: &crate::destination::intercom::step::Step| {
            step.body["attachment_files"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(work.draft().unwrap().steps.iter().map(files).sum::<usize>(), sent, "{answer}");
        assert_eq!(lost(&work, LossName::AttachmentByHand), by_hand, "{answer}");
    }
}

#[test]
fn tags_are_on_a_sheet_or_on_the_ticket() {
    for (answer, tagged) in [("reference", false), ("apply", true)] {
        let rich = mapped(&of_itco(&[("T5", answer)]), "ticket", "rich");
        assert_eq!(steps(rich.draft().unwrap()).contains(&"tag:vip"), tagged, "{answer}");
        assert_eq!(told(&rich).contains("tag_reference: tag vip"), !tagged, "{answer}");
    }
}

#[test]
fn several_options_are_one_text_a_yes_each_or_the_first() {
    for (answer, text, red, blue) in [
        ("joined", json!("Red, Blue"), Value::Null, Value::Null),
        ("booleans", Value::Null, json!(true), json!(true)),
        ("first", json!("Red"), Value::Null, Value::Null),
    ] {
        let rich = mapped(&of_itco(&[("T10", answer)]), "ticket", "rich");
        let found =
            ["x_several", "x_several_red", "x_several_blue"].map(|name| attribute(&rich, name));
        assert_eq!(found, [text, red, blue], "{answer}");
    }
}
