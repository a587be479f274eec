use super::sample::*;
use crate::mapping::decision::Circumstance;
use crate::mapping::defaults::Defaults;
use crate::mapping::drift::{Drift, drift};
use crate::mapping::policy::Hierarchy;
use crate::mapping::profile::SourceProfile;
use crate::mapping::proposal::{Listed, ListedAttribute, Workspace};
use crate::mapping::propose::propose;
use crate::mapping::rule::{AttributeType, Holder, Mapping};
use crate::model::record::*;

const RULES: &str = r#"
source = "deskero"
version = 1

[status.open]
documented = ["opened", "aperto"]
en = ["open"]
[status.snoozed]
documented = ["on hold"]
it = ["in attesa"]
[status.closed]
documented = ["closed"]

[visibility]
public = ["all"]

[attributes.conversation]
ticket_id = { attribute = "deskero_original_ticket_id", type = "string" }
status = { attribute = "deskero_status", type = "string" }
to_reply = { attribute = "deskero_to_reply", type = "boolean" }

[attributes.contact]
preferred_client = { attribute = "is_preferred_client__c", type = "boolean" }

[drop]
contact = ["birth_date"]

[links]
hosts = ["*.deskero.com"]
article_paths = ["/home/knowledge/view/{id}"]
"#;

fn text_value(text: &str) -> FieldValue {
    FieldValue::Text(text.into())
}

fn definition(object: &str, field: &str, field_type: FieldType, options: &[&str]) -> Record {
    FieldDefinition {
        object: object.into(),
        field: field.into(),
        label: format!("The {field}"),
        field_type,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        required: false,
        description: None,
        depends_on: (field == "plan").then(|| "size".to_owned()),
        declared: true,
    }
    .into()
}

fn profile() -> SourceProfile {
    let mut profile = SourceProfile::default();
    let mut observe =
        |object: &str, id: &str, record: Record| profile.observe(&key(object, id), &record);
    observe(
        "custom_field",
        "1",
        definition("ticket", "plan", FieldType::List, &["Gold", "Silver"]),
    );
    observe("custom_field", "2", definition("ticket", "tries", FieldType::Integer, &[]));
    observe("custom_field", "3", definition("customer", "plan", FieldType::MultiList, &["a", "b"]));
    for (id, status, plan, tries, tag) in [
        ("1", "Opened", "gold", "1", "VIP"),
        ("2", "in attesa", "Bronze", "many", "vip"),
        ("3", "strano", "Silver", "3", "billing"),
    ] {
        let record = Conversation {
            status: status.into(),
            state: None,
            team: Some(if id == "1" { "Billing" } else { "Night" }.into()),
            tags: vec![tag.into()],
            assignee: person("agent", "a1"),
            standard: [("to_reply".into(), "yes".into()), ("area".into(), "Shop".into())].into(),
            fields: [
                ("plan".into(), text_value(plan)),
                ("tries".into(), text_value(tries)),
                ("when".into(), FieldValue::Date("2023-01-02".into())),
                ("size".into(), text_value(if id == "3" { "big" } else { "7" })),
            ]
            .into(),
            ..ticket()
        };
        observe("ticket", id, record.into());
    }
    for (id, company) in [("1", "Acme Inc"), ("2", "ACME INC."), ("3", "Acme Inc"), ("4", "Other")]
    {
        let record = Contact {
            company_name: Some(company.into()),
            preferred: Some(id == "1"),
            standard: [("birth_date".into(), "1980-01-02".into())].into(),
            fields: [("plan".into(), FieldValue::List(vec!["a".into()]))].into(),
            ..customer("Ada", Some("ada@example.org"))
        };
        observe("customer", id, record.into());
    }
    for (id, name, email) in
        [("a1", "Bo", Some("bo@example.com")), ("a2", "Cleo", None), ("a3", "Gone", None)]
    {
        let record = Teammate {
            name: Some(name.into()),
            email: email.map(str::to_owned),
            ..Teammate::default()
        };
        observe("agent", id, record.into());
    }
    let url = "https://Help.example.com/home/knowledge/view/k1/pay";
    let public = Article { url: Some(url.into()), ..article("T", "") };
    observe("kb_article", "k1", public.into());
    observe("team", "1", Team { name: "Night".into(), parent: None, members: vec![] }.into());
    profile
}

fn workspace() -> Workspace {
    let listed = |id: &str, name: &str, email: Option<&str>| Listed {
        id: id.into(),
        name: Some(name.into()),
        email: email.map(str::to_owned),
    };
    Workspace {
        admins: vec![listed("900", "Robert", Some("BO@example.com")), listed("901", "cleo", None)],
        teams: vec![listed("55", "billing", None)],
        tags: vec![],
        attributes: vec![ListedAttribute {
            holder: Holder::Conversation,
            name: "deskero_when".into(),
            data_type: Some(AttributeType::String),
        }],
        ..Workspace::default()
    }
}

#[test]
fn a_map_is_proposed_with_evidence() {
    let proposal = propose(&profile(), &workspace(), &Defaults::parse(RULES).unwrap());
    let text = proposal.to_toml();
    insta::assert_snapshot!("proposal", text);
    assert_eq!(Mapping::parse(&text).unwrap(), proposal.mapping);
    let fields: Vec<_> = proposal.collisions.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(fields, ["plan"]);
}

#[test]
fn a_proposal_leaves_nothing_open_but_what_it_says() {
    let proposal = propose(&profile(), &workspace(), &Defaults::parse(RULES).unwrap());
    let open = drift(&proposal.mapping, &Hierarchy::Labels, &profile());
    assert_eq!(open, [Drift::Status { word: "strano".into(), records: 1 }]);
}

#[test]
fn drift_names_what_is_new() {
    let proposal = propose(&profile(), &workspace(), &Defaults::parse(RULES).unwrap());
    let mut later = profile();
    let record = Conversation {
        status: "escalated".into(),
        team: Some("Day".into()),
        standard: [("colour".into(), "red".into())].into(),
        fields: [("plan".into(), text_value("Platinum"))].into(),
        ..ticket()
    };
    later.observe(&key("ticket", "9"), &record.into());
    let filed = Article { category_path: vec!["A".into(), "B".into()], ..article("T", "") };
    later.observe(&key("kb_article", "1"), &filed.into());
    let words: Vec<_> =
        drift(&proposal.mapping, &Hierarchy::Map, &later).iter().map(Drift::to_string).collect();
    assert_eq!(
        words,
        [
            "\"Platinum\" is no option of ticket.cf_plan (1)",
            "field ticket.colour has no rule (1)",
            "status \"escalated\" has no state (1)",
            "status \"strano\" has no state (1)",
            "team \"Day\" is not listed (1)",
            "category \"a > b\" has no collection",
        ]
    );
}

#[test]
fn unlinked_mentions_make_d4_necessary() {
    let mut profile = SourceProfile::default();
    let mention = Mention {
        network: "Twitter".into(),
        kind: "mention".into(),
        author_handle: None,
        author_name: None,
        author_url: None,
        body: text("Help!"),
        created_at: None,
        permalink: None,
        conversation: None,
        customer: None,
        standard: [].into(),
    };
    profile.observe(&key("mention", "1"), &mention.into());
    assert!(profile.circumstances.contains(&Circumstance::UnlinkedMentions));
}

#[test]
fn a_teammate_is_listed_once() {
    let mut profile = SourceProfile::default();
    let by_address = PersonRef { key: None, email: Some("Bo@example.com".into()), name: None };
    let record = Conversation { assignee: by_address.clone(), ..ticket() };
    profile.observe(&key("ticket", "1"), &record.clone().into());
    let teammate = Teammate {
        name: Some("Bo".into()),
        email: Some("bo@example.com".into()),
        ..Teammate::default()
    };
    profile.observe(&key("agent", "a1"), &teammate.into());
    profile.observe(&key("ticket", "2"), &record.into());
    let keys: Vec<_> = profile.teammates.keys().collect();
    assert_eq!(keys, ["deskero/agent/a1"]);
}
