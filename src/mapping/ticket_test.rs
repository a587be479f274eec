//! Threads that become tickets, by table; what a ticket looks like, as a snapshot.

use serde_json::{Value, json};

use super::sample::*;
use crate::destination::intercom::operation::Operation;
use crate::mapping::Context;
use crate::mapping::conversation::map_conversation;
use crate::mapping::decision::Decisions;
use crate::mapping::draft::{Becomes, Draft, Mapped, Outcome};
use crate::mapping::input::ConversationInput;
use crate::mapping::loss::LossName;
use crate::mapping::rule::Mapping;
use crate::mapping::ticket_type;
use crate::model::SourceKey;
use crate::model::record::*;

const TABLES: &str = "[threads]\nbilling = \"conversation\"\n\n[ticket_states]\n\
    in_progress = \"2\"\nwaiting_on_customer = \"3\"\nresolved = \"4\"\n\n[tags]";

/// A context of another source with its decisions.
fn of(source: &str, answers: &[(&str, &str)]) -> Context {
    let mut decisions = Decisions::default();
    for (id, answer) in [("G3", "admin:999"), ("T7", "fallback")].iter().chain(answers) {
        decisions.set(id, answer).unwrap();
    }
    let rules = MAPPING
        .replace("source = \"deskero\"", &format!("source = \"{source}\""))
        .replace("[tags]", TABLES);
    let rules = rules + "\n[[field]]\nfrom = \"ticket.category\"\ndrop = \"x\"\n";
    Context::new(Mapping::parse(&rules).unwrap(), &decisions).unwrap()
}

fn mapped(thread: &Conversation, said: &[(SourceKey, Message)], context: &Context) -> Mapped {
    let input = ConversationInput {
        key: &key("ticket", "t1"),
        conversation: thread,
        messages: said,
        attachments: &[],
        mentions: &[],
        contact: Some(&key("customer", "c1")),
        writers: &std::collections::BTreeMap::new(),
        start_nudge_s: 0,
        now: NOW,
    };
    map_conversation(&input, context)
}

fn draft(thread: &Conversation, said: &[(SourceKey, Message)], context: &Context) -> Draft {
    mapped(thread, said, context).draft().unwrap().clone()
}

fn steps(draft: &Draft) -> Vec<&str> {
    draft.steps.iter().map(|step| step.key.as_str()).collect()
}

fn thread(kind: ThreadKind, status: &str, channel: &str, category: &str) -> Conversation {
    Conversation {
        kind,
        status: status.into(),
        channel: Some(channel.into()),
        standard: [("category".to_owned(), category.to_owned())].into(),
        ..ticket()
    }
}

#[test]
fn which_threads_are_tickets() {
    use ThreadKind::{Chat, Offline, Social, Ticket};
    for (kind, status, channel, category, by_rule, all) in [
        (Ticket, "opened", "Chat", "", false, true),
        (Ticket, "opened", "Chat", "Bug", true, true),
        (Ticket, "closed", "Email", "", false, true),
        (Ticket, "opened", "Email", "", true, true),
        (Ticket, "closed", "Email", "feature", true, true),
        (Ticket, "opened", "Email", "Billing", false, true),
        (Ticket, "opened", "Facebook", "", false, true),
        (Ticket, "opened", "Internal", "", true, true),
        (Ticket, "closed", "Web", "", true, true),
        (Offline, "opened", "", "", true, true),
        (Chat, "opened", "Chat", "bug", false, false),
        (Social, "opened", "Twitter", "", false, false),
    ] {
        let thread = Conversation {
            customer: PersonRef { email: Some("a@example.org".into()), ..person("customer", "c1") },
            ..thread(kind, status, channel, category)
        };
        for (answer, expected) in [("by_rule", by_rule), ("ticket", all), ("conversation", false)] {
            let draft = draft(&thread, &[], &of("clickdesk", &[("C-1", answer)]));
            let is = draft.becomes == Becomes::Ticket;
            assert_eq!(is, expected, "{kind:?} {status} {channel} {category}: {answer}");
        }
    }
}

#[test]
fn a_ticket_with_everything() {
    let said = [
        (
            key("reply", "r1"),
            reply(AuthorRole::Customer, person("customer", "c1"), 60, text("More")),
        ),
        (key("reply", "r2"), reply(AuthorRole::Agent, person("agent", "a1"), 120, text("Done"))),
        (
            key("reply", "n1"),
            Message {
                internal: true,
                kind: MessageKind::Note,
                ..reply(AuthorRole::Agent, person("agent", "a2"), 180, text("Check"))
            },
        ),
    ];
    let thread = Conversation {
        assignee: person("agent", "a1"),
        team: Some("Billing".into()),
        tags: vec!["v.i.p.".into()],
        ..thread(ThreadKind::Ticket, "closed", "web", "bug")
    };
    let mapped = mapped(&thread, &said, &of("clickdesk", &[]));
    insta::assert_json_snapshot!("ticket_with_everything", mapped);
}

#[test]
fn public_replies_are_comments_only_if_that_is_proven() {
    let said =
        [(key("reply", "r1"), reply(AuthorRole::Agent, person("agent", "a1"), 60, text("Hi")))];
    let thread = thread(ThreadKind::Ticket, "opened", "web", "");
    for (answer, operation, lost) in
        [("note", Operation::TicketNote, 1), ("comment", Operation::TicketAdminComment, 0)]
    {
        let draft = draft(&thread, &said, &of("clickdesk", &[("C-12", answer)]));
        assert_eq!(draft.steps[1].operation, operation);
        assert_eq!(draft.steps[1].body["skip_notifications"], true);
        let count = draft.losses.get(&LossName::PublicReplyAsNote).copied().unwrap_or(0);
        assert_eq!(count, lost, "{answer}");
    }
}

#[test]
fn files_of_a_customer_stand_in_a_note() {
    let thread = thread(ThreadKind::Ticket, "opened", "web", "");
    let first = Message {
        attachments: vec![key("attachment", "f1")],
        ..reply(AuthorRole::Customer, person("customer", "c1"), 60, text("See"))
    };
    let said = [(key("reply", "r1"), first)];
    let files = [(key("attachment", "f1"), file(Some(key("reply", "r1")), "a.pdf"))];
    let input = ConversationInput {
        key: &key("ticket", "t1"),
        conversation: &thread,
        messages: &said,
        attachments: &files,
        mentions: &[],
        contact: Some(&key("customer", "c1")),
        writers: &std::collections::BTreeMap::new(),
        start_nudge_s: 0,
        now: NOW,
    };
    let mapped = map_conversation(&input, &of("clickdesk", &[]));
    let draft = mapped.draft().unwrap();
    let kinds: Vec<_> = draft.steps.iter().map(|step| step.operation).collect();
    use Operation::{TicketContactReply, TicketCreate, TicketNote};
    assert_eq!(kinds, [TicketCreate, TicketContactReply, TicketNote]);
    assert!(draft.steps[1].body.get("attachment_files").is_none());
    assert_eq!(draft.steps[2].body["attachment_files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_thread_without_its_type_or_state_waits() {
    let reason = |context: &Context| {
        let thread = thread(ThreadKind::Ticket, "closed", "web", "");
        match mapped(&thread, &[], context).outcome {
            Outcome::Queued { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reason(&of("clickdesk", &[("C-2", "existing")])), "unknown_ticket_type");
    let mut context = of("clickdesk", &[]);
    context.mapping.ticket_states.clear();
    assert_eq!(reason(&context), "unknown_ticket_state");
}

#[test]
fn types_carry_the_attributes_that_tickets_have() {
    let names = |context: &Context| -> Vec<(String, Value, Vec<String>)> {
        let drafts = ticket_type::schema_drafts(context);
        let attributes = |draft: &Draft| {
            draft.steps[1..]
                .iter()
                .map(|step| step.body["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let one = |draft: &Draft| {
            let body = &draft.steps[0].body;
            (body["name"].as_str().unwrap().to_owned(), body["category"].clone(), attributes(draft))
        };
        drafts.iter().map(one).collect()
    };
    let of_clickdesk = names(&of("clickdesk", &[]));
    assert_eq!((of_clickdesk.len(), of_clickdesk[0].0.as_str()), (2, "ClickDesk request"));
    assert!(of_clickdesk[1].2.contains(&"deskero_priority".to_owned()));
    assert!(names(&of("clickdesk", &[("C-1", "conversation")])).is_empty());

    let key_only = vec!["deskero_original_ticket_id".to_owned()];
    let wrapped = ("ITCO ticket".to_owned(), json!("Customer"), key_only.clone());
    assert_eq!(names(&of("itco", &[])), [wrapped]);
    let linked = names(&of("itco", &[("T1", "linked"), ("T2", "ticket_attribute")]));
    let both = [key_only, vec!["deskero_priority".to_owned()]].concat();
    assert_eq!(linked, [("ITCO ticket".to_owned(), json!("Back-office"), both)]);
}

#[test]
fn a_wrapper_comes_last_or_stands_beside() {
    let thread = Conversation {
        standard: [("priority".to_owned(), "high".to_owned())].into(),
        ..thread(ThreadKind::Ticket, "closed", "web", "")
    };
    let thread =
        Conversation { standard: [("priority".to_owned(), "high".to_owned())].into(), ..thread };
    let draft_of = |answers: &[(&str, &str)]| mapped(&thread, &[], &of("itco", answers));
    let converted = draft_of(&[]);
    let draft = converted.draft().unwrap();
    assert_eq!(steps(draft), ["create", "attributes", "convert", "state"]);
    let convert = &draft.steps[2];
    assert_eq!(convert.body["ticket_state_id"], "4");
    assert_eq!(convert.body["ticket_type_id"]["$id"], "deskledger/ticket_type/ticket");
    assert_eq!(draft.steps[1].body["custom_attributes"]["deskero_priority"], "high");

    let moved = draft_of(&[("T2", "ticket_attribute")]);
    let draft = moved.draft().unwrap();
    assert!(draft.steps[1].body["custom_attributes"].get("deskero_priority").is_none());
    let convert = draft.steps.iter().find(|step| step.key.as_str() == "convert").unwrap();
    assert_eq!(convert.body["attributes"]["deskero_priority"], "high");

    let linked = draft_of(&[("T1", "linked")]);
    assert_eq!(steps(linked.draft().unwrap()), ["create", "attributes", "state"]);
    let ticket = linked.derived.iter().find(|one| one.becomes == Becomes::Ticket).unwrap();
    assert_eq!(steps(ticket), ["create", "state"]);
    assert_eq!(ticket.steps[0].body["conversation_to_link_id"]["$id"], "deskero/ticket/t1");

    let alone = draft_of(&[("T1", "conversation")]);
    assert_eq!(steps(alone.draft().unwrap()), ["create", "attributes", "state"]);
    assert!(alone.derived.iter().all(|one| one.becomes != Becomes::Ticket));
}

#[test]
fn files_of_a_ticket_s_text_invent_no_comment() {
    let ticket = Conversation {
        attachments: vec![key("attachment", "f1")],
        ..thread(ThreadKind::Ticket, "opened", "Email", "bug")
    };
    let files = [(key("attachment", "f1"), file(None, "trace.txt"))];
    let words = [(
        key("reply", "r1"),
        reply(AuthorRole::Customer, person("customer", "c1"), 60, text("Any news?")),
    )];
    let input = ConversationInput {
        key: &key("ticket", "t1"),
        conversation: &ticket,
        messages: &words,
        attachments: &files,
        mentions: &[],
        contact: Some(&key("customer", "c1")),
        writers: &std::collections::BTreeMap::new(),
        start_nudge_s: 0,
        now: NOW,
    };
    let mapped = map_conversation(&input, &of("clickdesk", &[("C-1", "by_rule")]));
    let draft = mapped.draft().unwrap();
    let said = draft.steps.iter().filter(|step| step.body["message_type"] == "comment");
    let said: Vec<&Value> = said.map(|step| &step.body["body"]).collect();
    assert_eq!(said, ["<p>Any news?</p>"], "what was written, and nothing else");
    let notes = draft.steps.iter().filter(|step| step.body["message_type"] == "note");
    let notes: Vec<_> = notes.map(|step| step.body["attachment_files"][0].clone()).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["$file"]["name"], "trace.txt");
}
