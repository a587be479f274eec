use std::collections::BTreeMap;

use proptest::prelude::*;

use super::sample::*;
use crate::mapping::context::Context;
use crate::mapping::conversation::map_conversation;
use crate::mapping::draft::{Mapped, Outcome};
use crate::mapping::input::ConversationInput;
use crate::mapping::loss::LossName;
use crate::model::record::*;
use crate::model::{SourceKey, Timestamp};

/// Decisions given to a test.
type Answers<'a> = &'a [(&'a str, &'a str)];

#[derive(Clone, Debug)]
struct Case {
    ticket: Conversation,
    messages: Vec<(SourceKey, Message)>,
    files: Vec<(SourceKey, Attachment)>,
    mentions: Vec<(SourceKey, Mention)>,
    contact: Option<SourceKey>,
    writers: std::collections::BTreeMap<SourceKey, SourceKey>,
}

impl Case {
    fn of(ticket: Conversation) -> Self {
        let contact = Some(key("customer", "c1"));
        let (messages, files, mentions) = (vec![], vec![], vec![]);
        Self { ticket, messages, files, mentions, contact, writers: Default::default() }
    }

    fn map(&self, context: &Context) -> Mapped {
        let input = ConversationInput {
            key: &key("ticket", "t1"),
            conversation: &self.ticket,
            messages: &self.messages,
            attachments: &self.files,
            mentions: &self.mentions,
            contact: self.contact.as_ref(),
            writers: &self.writers,
            start_nudge_s: 0,
            now: NOW,
        };
        map_conversation(&input, context)
    }
}

fn agent() -> PersonRef {
    person("agent", "a1")
}

fn rich() -> Case {
    let mut case = Case::of(Conversation {
        status: "Closed".into(),
        description: Some(html(
            "<p>See <img src='cid:logo'> and <a href='https://a.example/x'>this</a></p>",
        )),
        assignee: agent(),
        team: Some("billing".into()),
        copies: vec![PersonRef {
            key: None,
            email: Some("dee@example.org".into()),
            name: Some("Dee".into()),
        }],
        updated_at: at(900),
        closed_at: at(800),
        memo: Some(text("Call first")),
        tags: vec!["v.i.p.".into(), "vip".into(), "Refund".into()],
        standard: [("priority".into(), "1".into()), ("number".into(), "17/2023".into())].into(),
        fields: [("urgent".into(), FieldValue::Text("sì".into()))].into(),
        attachments: vec![key("attachment", "f1")],
        ..ticket()
    });
    case.files = vec![
        (key("attachment", "f1"), file(None, "scan.pdf")),
        (
            key("attachment", "f2"),
            Attachment { inline_cid: Some("logo".into()), ..file(None, "logo.png") },
        ),
        (key("attachment", "f3"), file(Some(key("reply", "r2")), "answer.pdf")),
    ];
    let customer = person("customer", "c1");
    case.messages = vec![
        (
            key("reply", "r1"),
            reply(AuthorRole::Customer, customer, 600, html("<p>Sent <i>again</i></p>")),
        ),
        (key("reply", "r2"), reply(AuthorRole::Agent, agent(), 600, text("Thank you"))),
        (
            key("note", "n1"),
            Message {
                kind: MessageKind::Note,
                reminder_at: at(5000),
                assigned_to: person("agent", "a2"),
                ..reply(AuthorRole::Agent, person("agent", "a2"), 300, text("check the books"))
            },
        ),
        (
            key("event", "e1"),
            Message {
                kind: MessageKind::Event,
                body: None,
                event: Some(MessageEvent {
                    kind: "status_change".into(),
                    from: Some("opened".into()),
                    to: Some("closed".into()),
                }),
                ..reply(AuthorRole::Agent, agent(), 800, text(""))
            },
        ),
    ];
    case
}

#[test]
fn a_rich_conversation() {
    let mapped = rich().map(&context());
    insta::assert_json_snapshot!("rich_conversation", mapped);
}

#[test]
fn one_opened_by_an_agent() {
    let mut case = Case::of(Conversation {
        opened_by: Some(Author { role: AuthorRole::Agent, person: person("agent", "a2") }),
        status: "on hold".into(),
        ..ticket()
    });
    let customer = person("customer", "c1");
    case.messages =
        vec![(key("reply", "r1"), reply(AuthorRole::Customer, customer, 0, text("Thanks")))];
    insta::assert_json_snapshot!("agent_opened", case.map(&context()));
    let other = case.map(&context_with(&[("G6", "as_contact"), ("D3", "close")]));
    insta::assert_json_snapshot!("agent_opened_as_contact", other);
}

#[test]
fn twelve_files() {
    let mut case = Case::of(ticket());
    let message = key("reply", "r1");
    case.messages =
        vec![(message.clone(), reply(AuthorRole::Agent, agent(), 60, text("All of them")))];
    for number in 1..=12 {
        let record = file(Some(message.clone()), &format!("{number}.pdf"));
        case.files.push((key("attachment", &format!("f{number:02}")), record));
    }
    case.files[3].1.size_bytes = Some(30_000_000);
    case.files[4].1.path = None;
    case.files.push((key("attachment", "f13"), file(Some(message.clone()), "13.pdf")));
    let mapped = case.map(&context());
    insta::assert_json_snapshot!("twelve_files", mapped);
}

#[test]
fn images_that_the_source_made_files_of_are_sent_once() {
    let data =
        "<p><img src='data:image/png;base64,aGk='> <img src='data:image/png;base64,aG8='></p>";
    let mut case = Case::of(Conversation { description: Some(html(data)), ..ticket() });
    let sha256 = "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4";
    let stored = Attachment { sha256: Some(sha256.into()), ..file(None, "inline-1.png") };
    case.files = vec![(key("attachment", "f1"), stored)];
    let mapped = case.map(&context());
    let steps = &mapped.draft().unwrap().steps;
    assert_eq!(steps[0].body["body"], "[image: inline-1.png] [image: image-2.png]");
    let files = steps[1].body["attachment_files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["$file"]["name"], "inline-1.png");
    assert_eq!((&files[1]["name"], &files[1]["data"]), (&"image-2.png".into(), &"aG8=".into()));
}

#[test]
fn who_speaks() {
    let unknown = PersonRef { name: Some("Gone".into()), ..PersonRef::default() };
    let table = [
        (AuthorRole::Customer, person("customer", "c1"), "user", None, "<p>x</p>"),
        (AuthorRole::Customer, PersonRef::default(), "user", None, "<p>x</p>"),
        (
            AuthorRole::Customer,
            person("customer", "c2"),
            "user",
            Some(LossName::OtherAuthorNamed),
            "<p><i>Written by customer c2</i></p><p>x</p>",
        ),
        (AuthorRole::Agent, agent(), "admin", None, "<p>x</p>"),
        (
            AuthorRole::Agent,
            person("agent", "a2"),
            "admin",
            Some(LossName::AgentUnmatched),
            "<p><i>Written by Cleo</i></p><p>x</p>",
        ),
        (
            AuthorRole::Agent,
            unknown,
            "admin",
            Some(LossName::AgentUnmatched),
            "<p><i>Written by Gone</i></p><p>x</p>",
        ),
        (
            AuthorRole::Bot,
            PersonRef::default(),
            "admin",
            Some(LossName::OtherAuthorNamed),
            "<p><i>Written by the help desk (automatic)</i></p><p>x</p>",
        ),
    ];
    for (role, who, kind, loss, body) in table {
        let mut case = Case::of(ticket());
        case.messages = vec![(key("reply", "r1"), reply(role, who.clone(), 60, text("x")))];
        let mapped = case.map(&context());
        let draft = mapped.draft().unwrap();
        let part = &draft.steps[1];
        assert_eq!(part.body["type"], kind, "{who:?}");
        assert_eq!(part.body["message_type"], "comment", "{who:?}");
        assert_eq!(part.body["body"], body, "{who:?}");
        if let Some(loss) = loss {
            assert_eq!(draft.losses[&loss], 1, "{who:?}");
        }
    }
}

#[test]
fn another_customer_speaks_as_a_participant() {
    let mut case = Case::of(ticket());
    let other = || reply(AuthorRole::Customer, person("customer", "c2"), 60, text("mine"));
    let mailed = PersonRef { email: Some("Dora@Mail.example".into()), ..PersonRef::default() };
    let by_mail = reply(AuthorRole::Customer, mailed, 120, text("by mail"));
    let mut internal = other();
    internal.internal = true;
    case.messages = vec![
        (key("reply", "r1"), other()),
        (key("reply", "r2"), by_mail),
        (key("reply", "r3"), other()),
        (key("reply", "r4"), internal),
    ];
    for reply in ["r1", "r3", "r4"] {
        case.writers.insert(key("reply", reply), key("customer", "c9"));
    }
    let mapped = case.map(&context());
    let draft = mapped.draft().unwrap();
    let keys: Vec<&str> = draft.steps.iter().map(|step| step.key.0.as_str()).collect();
    let at = |wanted: &str| keys.iter().position(|key| *key == wanted).unwrap();
    let joined = at("participant:deskero/customer/c9");
    assert_eq!(joined + 1, at("part:deskero/reply/r1"), "a participant before the first word");
    assert_eq!(keys.iter().filter(|key| key.starts_with("participant:")).count(), 2);
    for (reply, body) in [("r1", "<p>mine</p>"), ("r2", "<p>by mail</p>"), ("r3", "<p>mine</p>")] {
        let part = &draft.steps[at(&format!("part:deskero/reply/{reply}"))];
        assert_eq!((&part.body["type"], &part.body["body"]), (&"user".into(), &body.into()));
        let own = part.body.to_string().contains("customer/c1");
        assert!(!own, "not in the name of the thread's customer: {}", part.body);
    }
    assert!(draft.steps[at("part:deskero/reply/r1")].body.to_string().contains("customer/c9"));
    assert_eq!(mapped.derived.len(), 1, "who is known by an address alone becomes a contact");
    assert_eq!(draft.losses[&LossName::OtherAuthorNamed], 1, "only in the note");
}

#[test]
fn what_does_not_become_a_draft() {
    let change = |change: &dyn Fn(&mut Case)| {
        let mut case = Case::of(ticket());
        change(&mut case);
        case
    };
    let table: Vec<(Case, Answers<'_>, &str)> = vec![
        (change(&|c| c.ticket.status = "weird".into()), &[], "unknown_status"),
        (change(&|c| c.ticket.team = Some("Night".into())), &[], "unknown_team"),
        (change(&|c| c.contact = None), &[], "customer_missing"),
        (
            change(&|c| (c.contact, c.ticket.customer) = (None, PersonRef::default())),
            &[],
            "no_customer",
        ),
        (change(&|c| c.ticket.created_at = None), &[], "no_time"),
        (
            change(&|c| drop(c.ticket.standard.insert("colour".into(), "red".into()))),
            &[],
            "unmapped_field",
        ),
        (
            change(&|c| {
                drop(c.ticket.fields.insert("urgent".into(), FieldValue::Text("?".into())))
            }),
            &[],
            "value_does_not_fit",
        ),
        (change(&|c| c.ticket.archived = true), &[("D11", "exclude")], "D11 archived"),
        (change(&|_| ()), &[("G12", "since:2023-12-01")], "G12 history window"),
        (change(&|c| drop(c.ticket.standard.insert("type".into(), "SPAM".into()))), &[], "spam"),
    ];
    for (case, answers, expected) in table {
        let said = match case.map(&context_with(answers)).outcome {
            Outcome::Queued { reason, .. } => reason,
            Outcome::Excluded { rule } => rule,
            other => panic!("{expected}: {other:?}"),
        };
        assert_eq!(said, expected);
    }
}

#[test]
fn a_customer_known_by_address_is_derived() {
    let mut case = Case::of(ticket());
    case.contact = None;
    case.ticket.customer =
        PersonRef { key: None, email: Some("Ada@Example.org".into()), name: Some("Ada".into()) };
    let mapped = case.map(&context());
    let hidden = context().hidden("ada@example.org");
    assert_eq!(mapped.derived[0].key.to_string(), format!("deskledger/contact/{hidden}"));
    assert_eq!(mapped.derived[0].steps[0].body["external_id"], "deskero:email:ada@example.org");
    assert!(mapped.draft().unwrap().references().contains(&mapped.derived[0].key));
}

#[test]
fn the_description_is_not_said_twice() {
    let customer = || person("customer", "c1");
    let repeated = |seconds, body: Body| {
        let mut case = Case::of(ticket());
        case.messages =
            vec![(key("reply", "r1"), reply(AuthorRole::Customer, customer(), seconds, body))];
        case.files = vec![(key("attachment", "f1"), file(Some(key("reply", "r1")), "a.pdf"))];
        case.map(&context())
    };
    let mapped = repeated(30, text("Where is  my invoice?"));
    assert_eq!(mapped.parts[0].1, Outcome::merged(key("ticket", "t1"), "repeats_description"));
    let draft = mapped.draft().unwrap();
    assert_eq!(draft.carries, [key("attachment", "f1")], "its files stay");
    assert!(repeated(90, text("Where is my invoice?")).parts.is_empty(), "too late");
    assert!(repeated(30, text("Where is it?")).parts.is_empty(), "another text");
}

#[test]
fn without_description_the_customers_first_message_begins() {
    let mut case = Case::of(Conversation { description: None, subject: None, ..ticket() });
    let customer = person("customer", "c1");
    case.messages = vec![
        (key("reply", "r2"), reply(AuthorRole::Agent, agent(), 60, text("Hello"))),
        (key("reply", "r1"), reply(AuthorRole::Customer, customer, 5, text("Anybody there?"))),
    ];
    let draft = case.map(&context());
    let steps = &draft.draft().unwrap().steps;
    assert_eq!(steps[0].body["body"], "Anybody there?");
    assert_eq!(steps[0].carries, [key("reply", "r1")]);
    assert_eq!(steps[2].body["title"], "Anybody there?");
    case.messages.remove(1);
    let draft = case.map(&context());
    let steps = &draft.draft().unwrap().steps;
    let stub = "[This conversation was opened by Bo on 2023-09-26T09:14:25Z.]";
    assert_eq!(steps[0].body["body"], stub);
    assert_eq!(steps[1].body["body"], "<p>Hello</p>");
}

#[test]
fn a_customer_is_known_by_any_alias() {
    let ours = PersonRef { email: Some("Ada@Example.org".into()), ..person("customer", "c1") };
    let by = |email: Option<&str>, name: Option<&str>| PersonRef {
        key: None,
        email: email.map(str::to_owned),
        name: name.map(str::to_owned),
    };
    for (author, is_theirs) in [
        (by(Some("ada@example.org "), Some("Somebody Else")), true),
        (by(Some("bob@example.org"), Some("Ada")), false),
        (person("customer", "c1"), true),
        (PersonRef { email: ours.email.clone(), ..person("customer", "c7") }, true),
        (PersonRef { name: Some("Ada".into()), ..person("customer", "c7") }, false),
        (by(None, Some("Ada")), true),
        (by(None, Some("Bob")), false),
    ] {
        let customer = PersonRef { name: Some("Ada".into()), ..ours.clone() };
        let mut case = Case::of(Conversation { description: None, customer, ..ticket() });
        case.messages =
            vec![(key("reply", "r1"), reply(AuthorRole::Customer, author.clone(), 5, text("Hi")))];
        let mapped = case.map(&context());
        let steps = &mapped.draft().unwrap().steps;
        let opening = steps[0].body["body"].as_str().unwrap();
        assert_eq!(opening == "Hi", is_theirs, "{author:?}: {opening}");
        // Whoever opened it, no conversation begins with nothing.
        let who = context().name(&author);
        let stub = format!("[This conversation was opened by {who} on 2023-09-26T09:14:25Z.]");
        assert!(is_theirs || opening == stub, "{opening}");
        let named =
            format!("<p><i>Written by {}</i></p><p>Hi</p>", crate::mapping::escape::escape(&who));
        // Who has an address speaks in their own name, who has none is named.
        let own = |body: &serde_json::Value| {
            let words = body["body"].as_str().is_some_and(|text| text.contains("Hi"));
            words && body["intercom_user_id"]["$id"].is_string() && body["body"] != named.as_str()
        };
        let mut said = steps.iter().skip(1).map(|step| &step.body);
        let has_address = author.email.is_some();
        let right = said.any(|body| if has_address { own(body) } else { body["body"] == named });
        assert!(is_theirs || right, "{author:?}: {steps:?}");
    }
}

#[test]
fn what_another_customer_describes_is_said_to_be_theirs() {
    let other = Author { role: AuthorRole::Customer, person: person("customer", "c2") };
    let case = Case::of(Conversation { opened_by: Some(other), ..ticket() });
    let mapped = case.map(&context());
    let opening = mapped.draft().unwrap().steps[0].body["body"].as_str().unwrap().to_owned();
    assert!(opening.starts_with("Written by customer c2:\n\n"), "{opening}");
    assert!(opening.len() > "Written by customer c2:\n\n".len(), "{opening}");
}

#[test]
fn snoozes_by_decision_d3() {
    let operation = |due: Option<Timestamp>, answers: &[(&str, &str)]| {
        let case = Case::of(Conversation { status: "on hold".into(), due_at: due, ..ticket() });
        let mapped = case.map(&context_with(answers));
        let last = mapped.draft().unwrap().steps.last().unwrap().clone();
        (last.key.to_string(), last.body["snoozed_until"].as_i64())
    };
    let due = Timestamp(NOW.0 + 5000);
    assert_eq!(operation(Some(due), &[]), ("state".into(), Some(NOW.seconds() + 5)));
    let (_, spread) = operation(Some(START), &[]);
    let spread = spread.unwrap() - NOW.seconds();
    assert!((7 * 86_400..9 * 86_400).contains(&spread), "{spread}");
    assert_eq!(operation(None, &[("D3", "leave_open")]).0, "attributes");
    assert_eq!(operation(None, &[("D3", "close")]), ("state".into(), None));
}

#[test]
fn parts_beyond_500_are_counted() {
    let mut case = Case::of(ticket());
    for number in 0..600 {
        let message = reply(AuthorRole::Agent, agent(), number, text("x"));
        case.messages.push((key("reply", &number.to_string()), message));
    }
    let mapped = case.map(&context());
    // 600 messages, a title and two attributes.
    assert_eq!(mapped.draft().unwrap().losses[&LossName::Over500PartsReadback], 103);
}

#[test]
fn mentions_of_a_conversation_are_notes() {
    let mention = |body: &str| Mention {
        network: "Twitter".into(),
        kind: "direct_message".into(),
        author_handle: Some("@ada".into()),
        author_name: None,
        author_url: None,
        body: text(body),
        created_at: at(10),
        permalink: Some("https://t.example/1".into()),
        conversation: Some(key("ticket", "t1")),
        customer: None,
        standard: BTreeMap::new(),
    };
    let mut case = Case::of(ticket());
    case.mentions = vec![
        (key("mention", "m1"), mention("Help!")),
        (key("mention", "m2"), mention("Where is my invoice?")),
    ];
    let mapped = case.map(&context());
    let part = &mapped.draft().unwrap().steps[1];
    assert_eq!(part.body["message_type"], "note");
    let body = "<p><i>direct message on Twitter by @ada, https://t.example/1</i></p><p>Help!</p>";
    assert_eq!(part.body["body"], body);
    assert_eq!(mapped.parts[0].0, key("mention", "m2"));
}

prop_compose! {
    fn cases()(
        messages in proptest::collection::vec(
            (0u8..5, 0i64..40, any::<bool>(), 0usize..14), 0..12,
        ),
        own_files in 0usize..13,
        tags in proptest::collection::vec("[a-cA-C]{1,2}", 0..5),
        status in prop::sample::select(vec!["opened", "on hold", "closed"]),
        described in any::<bool>(),
    ) -> Case {
        let mut case = Case::of(Conversation {
            status: status.into(),
            description: described.then(|| html("<p>Where is it?</p>")),
            tags,
            ..ticket()
        });
        let mut number = 0;
        let mut push = |message: Option<SourceKey>, missing: bool, case: &mut Case| {
            number += 1;
            let mut record = file(message, &format!("{number}.pdf"));
            if missing {
                record.path = None;
            }
            case.files.push((key("attachment", &format!("f{number}")), record));
        };
        for index in 0..own_files {
            push(None, index == 3, &mut case);
        }
        for (index, (kind, seconds, dated, files)) in messages.into_iter().enumerate() {
            let name = key("reply", &format!("r{index}"));
            let (role, who) = match kind {
                0 => (AuthorRole::Customer, person("customer", "c1")),
                1 => (AuthorRole::Customer, person("customer", "c2")),
                2 => (AuthorRole::Agent, person("agent", "a1")),
                3 => (AuthorRole::Agent, person("agent", "a2")),
                _ => (AuthorRole::System, PersonRef::default()),
            };
            let mut message = reply(role, who, seconds, text(&format!("said {index}")));
            message.internal = kind == 3;
            if !dated {
                message.created_at = None;
            }
            for index in 0..files {
                push(Some(name.clone()), index == 2, &mut case);
            }
            case.messages.push((name, message));
        }
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    // Invariants 8 and 12 (DESIGN §10).
    #[test]
    fn nothing_is_lost_and_nothing_is_said_twice(case in cases()) {
        let context = context();
        let mapped = case.map(&context);
        let draft = mapped.draft().unwrap();
        let again = case.map(&context);
        prop_assert_eq!(&mapped, &again);
        prop_assert_eq!(draft.digest().unwrap(), again.draft().unwrap().digest().unwrap());

        let mut seen: BTreeMap<SourceKey, u32> = BTreeMap::new();
        for step in &draft.steps {
            step.digest().unwrap();
            for carried in &step.carries {
                *seen.entry(carried.clone()).or_default() += 1;
            }
            let files = step.body["attachment_files"].as_array().map_or(0, Vec::len);
            prop_assert!(files <= 10);
        }
        prop_assert_eq!(draft.carries.len(), seen.len());
        for (part, _) in &mapped.parts {
            *seen.entry(part.clone()).or_default() += 1;
        }
        for (name, _) in &case.messages {
            prop_assert_eq!(seen.get(name), Some(&1), "{}", name);
        }
        for (name, _) in &case.files {
            prop_assert_eq!(seen.get(name), Some(&1), "{}", name);
        }

        let times: Vec<i64> =
            draft.steps.iter().filter_map(|step| step.body["created_at"].as_i64()).collect();
        prop_assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", times);
        prop_assert!(times.iter().all(|second| *second <= NOW.seconds()));

        let mut names: Vec<_> = draft.steps.iter().map(|step| step.key.to_string()).collect();
        let steps = names.len();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), steps, "step keys are unique");

        let tags = draft.steps.iter().filter(|step| step.key.as_str().starts_with("tag:")).count();
        let merged = draft.losses.get(&LossName::TagCaseMerged).copied().unwrap_or(0);
        prop_assert_eq!(tags as u64 + merged, case.ticket.tags.len() as u64);
    }
}
