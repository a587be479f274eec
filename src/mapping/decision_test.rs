//! Every option of every decision changes something: what becomes of a small help desk, what is
//! drafted for it, or what people are told. Decisions that only concern reading, the engine or the
//! record are named.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::sample::*;
use crate::mapping::Context;
use crate::mapping::decision::{self, Decisions};
use crate::mapping::decision_kind::Value as Behind;
use crate::mapping::draft::Mapped;
use crate::mapping::input::*;
use crate::mapping::instruction;
use crate::mapping::map::{Subject, map, schema};
use crate::mapping::rule::Mapping;
use crate::model::SourceKey;
use crate::model::record::*;

static NO_WRITERS: std::collections::BTreeMap<SourceKey, SourceKey> =
    std::collections::BTreeMap::new();

/// Decisions that no draft can show, with what they concern.
const ELSEWHERE: &[(&str, &str)] = &[
    ("D1", "told for the record"),
    ("D2", "the table of mapping.toml is the answer"),
    ("D13", "told for the record"),
    ("G1", "told for the record"),
    ("G2", "the client speaks one version"),
    ("G4", "a promise of the customer"),
    ("G7", "obeyed by the engine's adopter"),
    ("G8", "obeyed while reading"),
    ("G9", "obeyed while reading"),
    ("G11", "told for the record"),
    ("G13", "obeyed by the engine's withdrawals"),
    ("G14", "obeyed by the engine's withdrawals"),
    ("H1", "told for the record"),
    ("H6", "the table of mapping.toml is the answer"),
    ("H9", "told for the record"),
    ("I4", "the table of mapping.toml is the answer"),
    ("I13", "one option: this program writes no office hours"),
];

const RULES: &str = r#"
format = 1
source = "SOURCE"
prefix = "x"

[links]
hosts = ["old.example.com"]

[status]
open = "open"
pending = "snoozed"
closed = "closed"

[teams]
network = "55"
printers = ""

[collections]
how-to = ["Guides", "How"]

[ticket_types]
request = "Request of mine"

[ticket_states]
in_progress = "2"
waiting_on_customer = "3"
resolved = "4"

[[teammate]]
key = "deskero/agent/a1"
name = "Bo"
admin = "900"

[[field]]
from = "customer.birth_date"
to = "contact.x_birth_date"
type = "string"
personal = true

[[field]]
from = "ticket.priority"
to = "conversation.x_priority"
type = "string"

[[field]]
from = "ticket.category"
to = "conversation.x_category"
type = "string"

[[field]]
from = "ticket.ticket_id"
to = "conversation.x_ticket_id"
type = "string"

[[field]]
from = "ticket.cf_color"
to = "conversation.x_color"
type = "string"

[[field]]
from = "customer.cf_color"
to = "contact.x_customer_color"
type = "string"

[[field]]
from = "ticket.cf_several"
to = "conversation.x_several"
type = "string"
options = ["Red", "Blue"]
"#;

fn drop_rules() -> String {
    let names = [
        "customer.department",
        "customer.location",
        "customer.partner",
        "customer.anonymised",
        "ticket.merged_into",
        "ticket.transcript_doubtful",
        "company.domain",
    ];
    names.iter().map(|name| format!("\n[[field]]\nfrom = \"{name}\"\ndrop = \"x\"\n")).collect()
}

/// The rules under these answers, with everything known of the small help desk.
pub(super) fn context_of(source: &str, answers: &[(&str, &str)]) -> Context {
    let mut decisions = Decisions::default();
    for (id, answer) in [("G3", "admin:999")].iter().chain(answers) {
        decisions.set(id, answer).unwrap();
    }
    let rules = RULES.replace("SOURCE", source) + &drop_rules();
    let mut context = Context::new(Mapping::parse(&rules).unwrap(), &decisions).unwrap();
    let records = records();
    let known = records.iter().filter(|(_, record)| context.learns(record.kind()));
    let known: Vec<_> = known.cloned().collect();
    known.iter().for_each(|(key, record)| context.learn(key, record));
    context
}

/// A record of the small help desk.
pub(super) fn record(object: &str, id: &str) -> (SourceKey, Record) {
    let wanted = key(object, id);
    records().into_iter().find(|(key, _)| *key == wanted).unwrap()
}

/// What becomes of a record of the small help desk.
pub(super) fn mapped(context: &Context, object: &str, id: &str) -> Mapped {
    let (key, record) = record(object, id);
    map(&subject(&key, &record, context), context)
}

/// Everything that becomes of the small help desk under these answers.
fn becomes(source: &str, answers: &[(&str, &str)]) -> Value {
    let context = context_of(source, answers);
    let records = records();
    let mut found = Vec::new();
    for (key, record) in &records {
        let mapped = map(&subject(key, record, &context), &context);
        found.push(json!(mapped));
        found.push(json!(instruction::of_record(key, record, &context)));
    }
    json!({ "records": found, "schema": schema(&context) })
}

fn subject<'a>(key: &'a SourceKey, record: &'a Record, context: &'a Context) -> Subject<'a> {
    let messages = messages();
    let attachments = attachments();
    match record {
        Record::Contact(contact) => Subject::Contact(ContactInput {
            key,
            contact,
            duplicate_of: None,
            duplicates: &[],
            attachments: &[],
            technician: context.index.technician(&contact.emails),
            has_thread: context.index.has_thread(key),
        }),
        Record::Company(company) => Subject::Company(key, company),
        Record::Teammate(teammate) => {
            Subject::Teammate(TeammateInput { key, teammate, contact: None })
        }
        Record::Conversation(conversation) => Subject::Conversation(ConversationInput {
            key,
            conversation,
            messages: messages.get(key.id()).map_or(&[], |list| list.leak()),
            attachments: attachments.get(key.id()).map_or(&[], |list| list.leak()),
            mentions: &[],
            contact: conversation.customer.key.as_ref(),
            writers: &NO_WRITERS,
            start_nudge_s: 0,
            now: NOW,
        }),
        Record::Mention(mention) => {
            Subject::Mention(MentionInput { key, mention, contact: None, now: NOW })
        }
        Record::Article(article) => {
            Subject::Article(ArticleInput { key, article, attachments: &[] })
        }
        Record::Collection(collection) => {
            Subject::Collection(CollectionInput { key, collection, above: &[] })
        }
        Record::ObjectInstance(object) => Subject::Object(key, object),
        other => Subject::Other(key, other),
    }
}

trait Leak<T> {
    fn leak(&self) -> &'static [T];
}

impl<T: Clone> Leak<T> for Vec<T> {
    fn leak(&self) -> &'static [T] {
        Box::leak(self.clone().into_boxed_slice())
    }
}

fn standard(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn thread(kind: ThreadKind, status: &str) -> Conversation {
    Conversation { kind, status: status.into(), channel: Some("email".into()), ..ticket() }
}

fn threads() -> Vec<(&'static str, Conversation)> {
    let several = FieldValue::List(vec!["Red".into(), "Blue".into()]);
    let color = FieldValue::Text("green".into());
    let rich = Conversation {
        standard: standard(&[("priority", "high"), ("category", "VPN")]),
        fields: [("several".to_owned(), several), ("color".to_owned(), color)].into(),
        team: Some("Printers".into()),
        tags: vec!["vip".into()],
        opened_by: Some(Author { role: AuthorRole::Agent, person: person("agent", "a1") }),
        ..thread(ThreadKind::Ticket, "closed")
    };
    let work = Conversation {
        standard: standard(&[("category", "bug")]),
        ..thread(ThreadKind::Ticket, "open")
    };
    let chat = Conversation { tags: vec!["vip".into()], ..thread(ThreadKind::Chat, "open") };
    let social = Conversation {
        customer: PersonRef { name: Some("@ada".into()), ..PersonRef::default() },
        ..thread(ThreadKind::Social, "open")
    };
    let doubtful = Conversation {
        standard: standard(&[("transcript_doubtful", "yes")]),
        ..thread(ThreadKind::Chat, "open")
    };
    let merged = Conversation {
        standard: standard(&[("merged_into", "INC-1")]),
        ..thread(ThreadKind::Incident, "open")
    };
    let unmatched =
        Conversation { assignee: person("agent", "a9"), ..thread(ThreadKind::Ticket, "open") };
    let archived = Conversation { archived: true, ..thread(ThreadKind::Incident, "open") };
    vec![
        ("rich", rich),
        ("work", work),
        ("chat", chat),
        ("social", social),
        ("doubtful", doubtful),
        ("merged", merged),
        ("unmatched", unmatched),
        ("archived", archived),
        ("offline", thread(ThreadKind::Offline, "open")),
        ("call", thread(ThreadKind::Call, "closed")),
        ("pending", thread(ThreadKind::Ticket, "pending")),
    ]
}

fn contacts() -> Vec<(&'static str, Contact)> {
    let full = Contact {
        company_name: Some("Acme".into()),
        standard: standard(&[
            ("birth_date", "1980"),
            ("department", "Sales"),
            ("location", "Rome"),
            ("partner", "Beta"),
        ]),
        fields: [("color".to_owned(), FieldValue::Text("red".into()))].into(),
        phones: vec![Phone {
            kind: "phone".into(),
            raw: "(02) 1".into(),
            e164: Some("+3921".into()),
        }],
        tags: vec!["vip".into()],
        ..customer("Ada", Some("ada@example.org"))
    };
    let erased =
        Contact { standard: standard(&[("anonymised", "yes")]), ..customer("[Customer]", None) };
    vec![
        ("c1", full),
        ("c2", customer("Bare", None)),
        ("c3", customer("Silent", None)),
        ("c4", erased),
    ]
}

fn objects() -> Vec<(&'static str, ObjectInstance)> {
    let object = |object_type: &str, references: &[(&str, &str)]| ObjectInstance {
        object_type: object_type.into(),
        name: object_type.into(),
        fields: [("change_type".to_owned(), FieldValue::Text("Minor".into()))].into(),
        references: references
            .iter()
            .map(|(name, id)| ((*name).to_owned(), vec![key("ticket", id)]))
            .collect(),
        created_at: at(0),
        updated_at: None,
    };
    vec![
        ("o1", object("ci:router", &[("incidents", "rich")])),
        ("o2", object("asset:laptop", &[])),
        ("o3", object("change", &[])),
    ]
}

fn records() -> Vec<(SourceKey, Record)> {
    let mut found: Vec<(SourceKey, Record)> = Vec::new();
    found.extend(threads().into_iter().map(|(id, one)| (key("ticket", id), one.into())));
    let silent = thread(ThreadKind::Chat, "open");
    let of_bare = Conversation { customer: person("customer", "c2"), ..silent };
    found.push((key("ticket", "bare"), of_bare.into()));
    found.extend(contacts().into_iter().map(|(id, one)| (key("customer", id), one.into())));
    found.extend(objects().into_iter().map(|(id, one)| (key("object", id), one.into())));
    let mate = |role: &str, active| Teammate {
        name: Some("Cleo".into()),
        email: Some(format!("{role}@example.com")),
        role: Some(role.into()),
        teams: vec!["Network".into()],
        active: Some(active),
        ..Teammate::default()
    };
    for (id, role, active) in [("a2", "admin", true), ("a3", "manager", false)] {
        found.push((key("agent", id), mate(role, active).into()));
    }
    let team = |name: &str, parent| Team { name: name.into(), parent, members: vec![] };
    found.push((key("team", "t1"), team("IT", None).into()));
    found.push((key("team", "t2"), team("Printers", Some(key("team", "t1"))).into()));
    found.push((key("company", "k1"), company("Acme").into()));
    let named =
        Company { standard: standard(&[("domain", "beta.example.com")]), ..company("Beta") };
    found.push((key("company", "k2"), named.into()));
    let restricted = Article {
        visibility: Visibility::Restricted("team".into()),
        category_path: vec!["how-to".into()],
        statistics: standard(&[("views", "7")]),
        ..article("Hidden", "<p>x</p>")
    };
    found.push((key("kb_article", "b1"), restricted.into()));
    found.push((
        key("tag", "vip"),
        Tag { name: "vip".into(), description: None, count: None, kind: None }.into(),
    ));
    let reply = SavedReply {
        name: "Hello".into(),
        body: text("Hi"),
        category: Some("Greetings".into()),
        visible_to: None,
        placeholders: vec![],
    };
    found.push((key("canned", "s1"), reply.into()));
    let catalogue = ConfigurationItem {
        kind: "service_catalogue".into(),
        name: "Laptop".into(),
        active: Some(true),
        details: standard(&[("cost", "900")]),
    };
    found.push((key("catalogue", "1"), catalogue.into()));
    let mention = Mention {
        network: "Twitter".into(),
        kind: "mention".into(),
        author_handle: Some("@bo".into()),
        author_name: None,
        author_url: None,
        body: text("Hi"),
        created_at: at(0),
        permalink: None,
        conversation: None,
        customer: None,
        standard: [].into(),
    };
    found.push((key("mention", "m1"), mention.into()));
    found
}

fn messages() -> BTreeMap<&'static str, Vec<(SourceKey, Message)>> {
    let system = |id: &str, seconds| {
        let said = reply(AuthorRole::System, PersonRef::default(), seconds, text("joined"));
        (key("message", id), said)
    };
    let call = Message {
        kind: MessageKind::Event,
        event: Some(MessageEvent { kind: "call".into(), from: None, to: None }),
        ..reply(AuthorRole::System, PersonRef::default(), 30, text("Call of 5 min"))
    };
    let answer = reply(AuthorRole::Agent, person("agent", "a1"), 60, text("Done"));
    let link = html("<p><a href=\"https://old.example.com/f?1\">file</a></p>");
    let linked = reply(AuthorRole::Agent, person("agent", "a1"), 90, link);
    [
        ("chat", vec![system("s1", 10), system("s2", 20), (key("message", "call"), call)]),
        ("work", vec![(key("message", "r1"), answer), (key("message", "r2"), linked)]),
    ]
    .into()
}

fn attachments() -> BTreeMap<&'static str, Vec<(SourceKey, Attachment)>> {
    let linked = Attachment {
        url: Some("https://old.example.com/f?1".into()),
        size_bytes: Some(30_000_000),
        ..file(None, "big.pdf")
    };
    let small = file(None, "small.pdf");
    [("work", vec![(key("file", "f1"), small), (key("file", "f2"), linked)])].into()
}

fn answer(option: &decision::Choice) -> Vec<String> {
    match (option.value, option.word) {
        (Behind::None, word) => vec![word.to_owned()],
        (Behind::Number(_), word) => vec![format!("{word}:3"), format!("{word}:40")],
        (Behind::Day, word) => vec![format!("{word}:2030-01-01")],
        (Behind::Text(_), "admin") => vec!["admin:1".to_owned()],
        (Behind::Text(_), word) => vec![format!("{word}:vip, server")],
    }
}

#[test]
fn every_option_of_every_decision_changes_something() {
    let mut silent = Vec::new();
    for decision in decision::all() {
        if ELSEWHERE.iter().any(|(id, _)| *id == decision.id) {
            continue;
        }
        let sources = match decision.sources {
            [] => &["deskero"],
            some => some,
        };
        let mut changed = BTreeMap::new();
        for source in sources {
            let mut seen: Vec<(String, Value)> = Vec::new();
            // Some decisions are about what another one lets through.
            let before: &[(&str, &str)] = match decision.id {
                "I6" | "I7" | "I10" | "I14" => &[("I3", "yes")],
                "T2" => &[("T7", "fallback")],
                "T10" | "T4" | "T5" | "T3" => &[("T7", "fallback")],
                "D6" | "D10" => &[("T6", "import")],
                _ => &[],
            };
            for given in decision.options.iter().flat_map(answer) {
                let answers = [before, &[(decision.id, given.as_str())]].concat();
                let result = becomes(source, &answers);
                let known = seen.iter().find(|(_, other)| *other == result);
                if let Some((other, _)) = known {
                    changed
                        .entry((given.clone(), other.clone()))
                        .or_insert(Vec::new())
                        .push(*source);
                }
                seen.push((given, result));
            }
        }
        for ((given, other), same) in changed {
            if same.len() == sources.len() {
                silent.push(format!("{}: {given} is {other}", decision.id));
            }
        }
    }
    assert_eq!(silent, [""; 0]);
}

#[test]
fn decisions_that_concern_something_else_are_decisions() {
    for (id, why) in ELSEWHERE {
        assert!(decision::decision(id).is_ok() && !why.is_empty(), "{id}");
    }
}
