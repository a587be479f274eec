use super::sample::*;
use crate::mapping::attribute;
use crate::mapping::collection::map_collection;
use crate::mapping::context::Context;
use crate::mapping::draft::{Becomes, Mapped, Outcome};
use crate::mapping::input::{ArticleInput, CollectionInput, MentionInput};
use crate::mapping::loss::LossName;
use crate::mapping::map::{Subject, map};
use crate::model::SourceKey;
use crate::model::record::*;

fn map_one(record: &Article, files: &[(SourceKey, Attachment)], context: &Context) -> Mapped {
    let name = key("kb_article", "k1");
    let input = ArticleInput { key: &name, article: record, attachments: files };
    map(&Subject::Article(input), context)
}

#[test]
fn an_article_with_links() {
    let mut context = context();
    context.add_article(&key("kb_article", "k2"), &article("Other", ""));
    let record = Article {
        category_path: vec!["Help".into(), "Billing".into()],
        author: person("agent", "a1"),
        tags: vec!["Paying".into()],
        url: Some("https://acme.deskero.com/home/knowledge/view/k1/pay".into()),
        created_at: Some(START),
        statistics: [("views".into(), "12".into())].into(),
        ..article(
            "How to pay",
            "Read <a href='/home/knowledge/view/K2/other'>this</a>\
             <h3>Then</h3><p><a href='https://acme.deskero.com/contact'>ask</a></p>\
             <img src='cid:shot'>",
        )
    };
    let files = [(
        key("attachment", "f1"),
        Attachment { inline_cid: Some("shot".into()), ..file(None, "shot.png") },
    )];
    let mapped = map_one(&record, &files, &context);
    let draft = mapped.draft().unwrap();
    let references = draft.references();
    assert!(references.contains(&key("kb_article", "k2")), "{references:?}");
    insta::assert_json_snapshot!("article_with_links", mapped);
}

/// A link cannot lead where nothing has an address: it stays, and is listed with the reason.
#[test]
fn a_link_to_an_article_that_is_not_public_is_listed() {
    for (visibility, published, answer) in [
        (Visibility::Restricted("agents".into()), true, "internal_article"),
        (Visibility::Restricted("agents".into()), true, "draft"),
        (Visibility::Public, false, "publish"),
    ] {
        let mut context = context_with(&[("D9", answer)]);
        let hidden = Article { visibility, published, ..article("Hidden", "") };
        context.add_article(&key("kb_article", "k2"), &hidden);
        let link = "/home/knowledge/view/k2";
        let record = article("Seen", &format!("<p><a href=\"{link}\">there</a></p>"));
        let mapped = map_one(&record, &[], &context);
        let draft = mapped.draft().unwrap();
        assert!(draft.references().is_empty(), "it waits for nothing: {answer}");
        let steps: Vec<_> = draft.steps.iter().map(|step| step.key.as_str()).collect();
        assert_eq!(steps, ["create", "publish"], "{answer}");
        assert!(draft.steps[0].body["body"].as_str().unwrap().contains(link), "{answer}");
        let told = &draft.hand_off[0];
        assert_eq!(told.document, "old_links");
        assert!(
            told.text.contains("leads to deskero/kb_article/k2, which has no"),
            "{}",
            told.text
        );
    }
}

#[test]
fn fewest_requests_for_an_article() {
    let operations = |record: &Article, answers: &[(&str, &str)]| {
        let mapped = map_one(record, &[], &context_with(answers));
        let draft = mapped.draft().unwrap();
        let steps: Vec<_> = draft.steps.iter().map(|step| step.key.to_string()).collect();
        (draft.becomes, steps.join(" "))
    };
    let public = article("T", "<p>x</p>");
    let hidden = Article { visibility: Visibility::Restricted("AGENTS".into()), ..public.clone() };
    let unfinished = Article { published: false, ..public.clone() };
    assert_eq!(operations(&public, &[]), (Becomes::Article, "create publish".into()));
    assert_eq!(operations(&unfinished, &[]), (Becomes::Article, "create".into()));
    assert_eq!(operations(&hidden, &[]), (Becomes::Article, "create".into()));
    let publish = operations(&hidden, &[("D9", "publish")]);
    assert_eq!(publish, (Becomes::Article, "create publish".into()));
    let internal = operations(&hidden, &[("D9", "internal_article")]);
    assert_eq!(internal, (Becomes::InternalArticle, "create".into()));
}

#[test]
fn markdown_keeps_its_form() {
    let mut context = context_with(&[("D10", "footer")]);
    context.add_article(&key("kb_article", "k2"), &article("Other", ""));
    let text = "See [this](/home/knowledge/view/k2) and [that](https://a.example).";
    let record = Article {
        body: Body { format: BodyFormat::Markdown, content: text.into() },
        author: person("agent", "a2"),
        ..article("T", "")
    };
    let mapped = map_one(&record, &[], &context);
    let steps = &mapped.draft().unwrap().steps;
    assert!(steps[0].body.get("body").is_none());
    assert_eq!(
        steps[2].body["body_markdown"],
        "See [this](deskledger-link:deskero/kb_article/k2;) and [that](https://a.example).\
         \n\nWritten by Cleo"
    );
}

#[test]
fn collections_by_decision_d6() {
    let record = Article {
        category_path: ["A", "B", "C", "D"].map(str::to_owned).to_vec(),
        ..article("T", "x")
    };
    let mapped = map_one(&record, &[], &context());
    let keys: Vec<_> = mapped.derived.iter().map(|draft| draft.key.id()).collect();
    assert_eq!(keys, ["a", "a > b", "a > b > c / d"]);
    assert_eq!(mapped.draft().unwrap().losses[&LossName::CollectionLevelFolded], 1);
    let parent = &mapped.draft().unwrap().steps[0].body["parent_id"];
    assert_eq!(parent["$int"], "deskledger/collection/a > b > c / d");

    let mapped = map_one(&record, &[], &context_with(&[("D6", "single:Help")]));
    assert_eq!(mapped.derived[0].steps[0].body["name"], "Help");
    let mapped = map_one(&record, &[], &context_with(&[("D6", "map_file")]));
    assert!(matches!(mapped.outcome, Outcome::Queued { .. }));
}

#[test]
fn a_fourth_level_stands_on_the_third() {
    let above: Vec<(SourceKey, String)> =
        ["C", "B", "A"].iter().map(|name| (key("kb_area", name), (*name).to_owned())).collect();
    let record = Collection {
        name: "D".into(),
        description: None,
        parent: Some(above[0].0.clone()),
        visibility: Visibility::Public,
        position: None,
    };
    let name = key("kb_area", "D");
    let body = |above: &[(SourceKey, String)]| {
        let input = CollectionInput { key: &name, collection: &record, above };
        let mapped = map_collection(&input, &context());
        let draft = mapped.draft().unwrap();
        let body = draft.steps[0].body.clone();
        (
            body["name"].as_str().unwrap().to_owned(),
            body["parent_id"]["$id"].clone(),
            draft.losses.len(),
        )
    };
    assert_eq!(body(&above), ("C / D".into(), "deskero/kb_area/B".into(), 1));
    assert_eq!(body(&above[1..]), ("D".into(), "deskero/kb_area/B".into(), 0));
    let input = CollectionInput { key: &name, collection: &record, above: &[] };
    assert!(matches!(map_collection(&input, &context()).outcome, Outcome::Queued { .. }));
}

#[test]
fn mentions_by_decision_d4() {
    let mention = Mention {
        network: "Twitter".into(),
        kind: "mention".into(),
        author_handle: Some("@Ada".into()),
        author_name: None,
        author_url: None,
        body: text("Help!"),
        created_at: Some(START),
        permalink: None,
        conversation: None,
        customer: None,
        standard: [].into(),
    };
    let name = key("mention", "m1");
    let outcome = |answers: &[(&str, &str)]| {
        let input = MentionInput { key: &name, mention: &mention, contact: None, now: NOW };
        map(&Subject::Mention(input), &context_with(answers))
    };
    assert!(matches!(outcome(&[]).outcome, Outcome::Queued { .. }));
    assert!(matches!(outcome(&[("D4", "merge")]).outcome, Outcome::Queued { .. }));
    assert!(matches!(outcome(&[("D4", "exclude")]).outcome, Outcome::Excluded { .. }));
    let mapped = outcome(&[("D4", "standalone")]);
    let draft = mapped.draft().unwrap();
    assert_eq!(draft.steps[0].body["body"], "mention on Twitter by @Ada\n\nHelp!");
    assert_eq!(draft.steps[1].body["id"]["$id"], "deskledger/tag/social_origin");
    let keys: Vec<_> = mapped.derived.iter().map(|draft| draft.key.to_string()).collect();
    // Keys are kept in the clear for ever: a handle stands in them as a keyed hash.
    let hidden = format!("deskledger/contact/{}", context_with(&[]).hidden("twitter:ada"));
    assert_eq!(keys, [hidden.as_str(), "deskledger/tag/social_origin"]);
    assert_eq!(mapped.derived[0].becomes, Becomes::Lead);
}

#[test]
fn schema_comes_from_the_field_rules() {
    let names = |answers: &[(&str, &str)]| -> Vec<String> {
        let drafts = attribute::schema_drafts(&context_with(answers));
        drafts.iter().map(|draft| draft.key.to_string()).collect()
    };
    let dropped = names(&[]);
    assert!(dropped.contains(&"deskledger/contact_attribute/is_preferred_client__c".to_owned()));
    assert!(dropped.contains(&"deskledger/conversation_attribute/deskero_priority".to_owned()));
    assert_eq!(names(&[("D12", "keep")]).len(), dropped.len() + 1);
}

fn teammate(name: &str, email: Option<&str>) -> Record {
    let record = Teammate {
        name: Some(name.into()),
        email: email.map(str::to_owned),
        ..Teammate::default()
    };
    record.into()
}

fn field(object: &str, field: &str) -> Record {
    let record = FieldDefinition {
        object: object.into(),
        field: field.into(),
        label: field.into(),
        field_type: FieldType::String,
        options: vec![],
        required: false,
        description: None,
        depends_on: None,
        declared: true,
    };
    record.into()
}

#[test]
fn records_that_become_no_object() {
    let table = [
        (teammate("Bo", Some("BO@example.com")), "deskledger/admin/900"),
        (teammate("Cleo", None), "teammates"),
        (
            Team { name: "billing".into(), parent: None, members: vec![] }.into(),
            "deskledger/team/55",
        ),
        (Team { name: "Returns".into(), parent: None, members: vec![] }.into(), "teams"),
        (
            Tag { name: "v.i.p.".into(), description: None, count: None, kind: None }.into(),
            "deskledger/tag/vip",
        ),
        (field("ticket", "urgent"), "deskledger/conversation_attribute/deskero_urgent"),
        (field("ticket", "unknown"), "unmapped_field"),
        (
            SavedReply {
                name: "Hi".into(),
                body: text("Hi"),
                category: None,
                visible_to: None,
                placeholders: vec![],
            }
            .into(),
            "saved_replies",
        ),
        (
            ConfigurationItem {
                kind: "sla".into(),
                name: "S".into(),
                active: None,
                details: [].into(),
            }
            .into(),
            "workflow_sla_inventory",
        ),
        (file(None, "a.pdf").into(), "parent_missing"),
    ];
    for (record, expected) in table {
        let mapped = map(&Subject::Other(&key("x", "1"), &record), &context());
        let said = match mapped.outcome {
            Outcome::Merged { into, .. } => into.to_string(),
            Outcome::HandedOff { document } => document,
            Outcome::Queued { reason, .. } => reason,
            other => panic!("{expected}: {other:?}"),
        };
        assert_eq!(said, expected);
    }
}

fn container(name: &str, parent: Option<SourceKey>) -> Collection {
    let (description, position) = (None, None);
    Collection { name: name.into(), description, parent, visibility: Visibility::Public, position }
}

fn map_container(
    own: &SourceKey,
    record: &Collection,
    above: &[(SourceKey, String)],
    context: &Context,
) -> Mapped {
    map_collection(&CollectionInput { key: own, collection: record, above }, context)
}

#[test]
fn a_place_has_one_collection() {
    let mut known = context();
    let (top, inner, twin) = (key("kb_group", "g1"), key("kb_area", "a1"), key("kb_group", "g2"));
    known.index.add_collection(&top, &container("Shipping", None));
    known.index.add_collection(&inner, &container("Customs", Some(top.clone())));
    known.index.add_collection(&twin, &container(" SHIPPING", None));
    // Labels that name a container of the export lead to it, and only the rest is made.
    for (path, parent, made) in [
        (vec!["shipping", "Customs"], Some(inner.clone()), 0),
        (vec!["Shipping"], Some(top.clone()), 0),
        (vec!["Shipping", "Customs", "Forms"], None, 1),
        (vec!["Customs"], None, 1),
    ] {
        let category_path = path.iter().map(|name| (*name).to_owned()).collect();
        let record = Article { category_path, ..article("How", "<p>x</p>") };
        let mapped = map_one(&record, &[], &known);
        assert_eq!(mapped.derived.len(), made, "{path:?}");
        if let Some(parent) = parent {
            let references = mapped.draft().unwrap().references();
            assert!(references.contains(&parent), "{path:?}: {references:?}");
        }
    }
    // A second container of the same name in the same place becomes part of the first.
    let mapped = map_container(&twin, &container(" SHIPPING", None), &[], &known);
    assert_eq!(mapped.outcome, Outcome::merged(top.clone(), "same_place"));
    let other = key("kb_area", "a2");
    known.index.add_collection(&other, &container("Customs", None));
    let mapped = map_container(&other, &container("Customs", None), &[], &known);
    assert!(mapped.draft().is_some(), "a name is free elsewhere");
}

#[test]
fn containers_in_a_ring_wait_by_name() {
    let (one, two) = (key("kb_area", "a1"), key("kb_area", "a2"));
    let mut known = context();
    known.index.add_collection(&one, &container("Red", Some(two.clone())));
    known.index.add_collection(&two, &container("Blue", Some(one.clone())));
    let above = [(two.clone(), "Blue".to_owned()), (one.clone(), "Red".to_owned())];
    let mapped = map_container(&one, &container("Red", Some(two.clone())), &above, &known);
    let Outcome::Queued { reason, release } = &mapped.outcome else { panic!("{mapped:?}") };
    assert_eq!(reason, "collection_ring");
    assert!(release.contains("Red") && release.contains("Blue"), "{release}");
}

#[test]
fn what_is_shown_keeps_every_character() {
    let record = Article {
        category_path: vec!["㎡ ﬂats".into()], ..article("10 cm³ — ½ Ⅻ…", "x")
    };
    let mapped = map_one(&record, &[], &context());
    let shown = serde_json::to_string(&mapped).unwrap();
    assert!(shown.contains("10 cm³ — ½ Ⅻ…") && shown.contains("\"㎡ ﬂats\""), "{shown}");
}
