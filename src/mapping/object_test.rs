//! Custom objects: attributes, order of references, what threads say of them.

use std::collections::BTreeMap;

use serde_json::json;

use super::sample::*;
use crate::mapping::Context;
use crate::mapping::decision::Decisions;
use crate::mapping::draft::{Becomes, Mapped, Outcome};
use crate::mapping::loss::LossName;
use crate::mapping::map::schema;
use crate::mapping::object::map_object;
use crate::mapping::rule::Mapping;
use crate::model::SourceKey;
use crate::model::record::*;

fn of_infraon(answers: &[(&str, &str)]) -> Context {
    let mut decisions = Decisions::default();
    for (id, answer) in [("G3", "admin:999"), ("I3", "yes")].iter().chain(answers) {
        decisions.set(id, answer).unwrap();
    }
    let rules = MAPPING.replace("source = \"deskero\"", "source = \"infraon\"");
    let rules =
        rules.replace("[companies]", "[objects]\n\"ci:router\" = \"Router\"\n\n[companies]");
    Context::new(Mapping::parse(&rules).unwrap(), &decisions).unwrap()
}

fn object(object_type: &str, references: &[(&str, SourceKey)]) -> ObjectInstance {
    let mut found: BTreeMap<String, Vec<SourceKey>> = BTreeMap::new();
    for (name, to) in references {
        found.entry((*name).to_owned()).or_default().push(to.clone());
    }
    ObjectInstance {
        object_type: object_type.into(),
        name: "One".into(),
        fields: [
            ("Serial No".to_owned(), FieldValue::Text("X1".into())),
            ("cost".to_owned(), FieldValue::Decimal("9.5".into())),
            ("ports".to_owned(), FieldValue::Integer(24)),
            ("bought".to_owned(), FieldValue::Date("2023-09-26".into())),
            ("blank".to_owned(), FieldValue::Text(" ".into())),
        ]
        .into(),
        references: found,
        created_at: at(0),
        updated_at: at(60),
    }
}

/// A context that knows these objects.
fn knowing(objects: &[(SourceKey, ObjectInstance)], answers: &[(&str, &str)]) -> Context {
    let mut context = of_infraon(answers);
    for (key, object) in objects {
        context.learn(key, &object.clone().into());
    }
    context
}

fn world() -> Vec<(SourceKey, ObjectInstance)> {
    let incident = || ("incidents", key("incident", "i1"));
    vec![
        (key("ci", "c1"), object("ci:router", &[incident()])),
        (
            key("change", "h1"),
            object("change", &[("cis", key("ci", "c1")), ("problems", key("problem", "p1"))]),
        ),
        (key("problem", "p1"), object("problem", &[incident(), ("changes", key("change", "h1"))])),
    ]
}

fn map(at: usize, answers: &[(&str, &str)]) -> Mapped {
    let world = world();
    let context = knowing(&world, answers);
    map_object(&world[at].0, &world[at].1, &context)
}

#[test]
fn an_instance_has_typed_values_and_the_map_s_type() {
    let mapped = map(0, &[]);
    let create = &mapped.draft().unwrap().steps[0];
    assert_eq!(create.path["object_type"], "Router");
    let expected = json!({
        "external_id": "deskero:c1",
        "external_created_at": 1_695_719_665,
        "external_updated_at": 1_695_719_725,
        "custom_attributes": {
            "name": "One", "serial_no": "X1", "cost": 9.5, "ports": 24, "bought": 1_695_686_400,
        },
    });
    assert_eq!(create.body, expected);
}

#[test]
fn references_stand_in_the_create_only_where_their_target_comes_before() {
    let change = map(1, &[]);
    let steps = &change.draft().unwrap().steps;
    assert_eq!(steps[0].body["custom_attributes"]["cis"], json!([{ "$id": "deskero/ci/c1" }]));
    assert!(steps[0].body["custom_attributes"].get("problems").is_none());
    let later = json!({
        "external_id": "deskero:h1",
        "custom_attributes": { "problems": [{ "$id": "deskero/problem/p1" }] },
    });
    assert_eq!((steps[1].key.as_str(), &steps[1].body), ("references", &later));

    let problem = map(2, &[]);
    let steps = &problem.draft().unwrap().steps;
    assert_eq!(steps.len(), 1, "a change is there before a problem");
    assert_eq!(
        steps[0].body["custom_attributes"]["changes"],
        json!([{ "$id": "deskero/change/h1" }])
    );
}

#[test]
fn a_thread_refers_to_all_objects_that_name_it() {
    for at in [0, 2] {
        let mapped = map(at, &[]);
        let relation = &mapped.derived[0];
        assert_eq!(relation.key.to_string(), "deskledger/relation/deskero/incident/i1");
        assert_eq!(relation.becomes, Becomes::Relation);
        let expected = json!({ "custom_attributes": {
            "deskero_ci_router": [{ "$id": "deskero/ci/c1" }],
            "deskero_problem": [{ "$id": "deskero/problem/p1" }],
        } });
        assert_eq!(relation.steps[0].body, expected);
    }
    let drafts = schema(&knowing(&world(), &[]));
    let names: Vec<_> = drafts
        .iter()
        .filter(|draft| draft.steps[0].body["data_type"] == "relationship")
        .map(|draft| (draft.steps[0].body["name"].clone(), draft.phase.word()))
        .collect();
    let expected = [(json!("deskero_ci_router"), "objects"), (json!("deskero_problem"), "objects")];
    assert_eq!(names, expected);
}

#[test]
fn what_does_not_move_says_why() {
    let reserved = (key("ci", "REFERENCE_not_found"), object("ci", &[]));
    let lost = (key("ci", "c2"), object("ci", &[("owners", key("person", "p"))]));
    let context = of_infraon(&[]);
    let outcome = |one: &(SourceKey, ObjectInstance), context: &Context| match map_object(
        &one.0, &one.1, context,
    )
    .outcome
    {
        Outcome::Queued { reason, .. } => reason,
        Outcome::Excluded { rule } => rule,
        Outcome::HandedOff { document } => document,
        other => panic!("{other:?}"),
    };
    let ci = (key("ci", "c1"), object("ci:router", &[]));
    let asset = (key("asset", "a1"), object("asset:Laptop", &[]));
    for (one, answers, expected) in [
        (&reserved, &[][..], "external_id_reserved"),
        (&ci, &[("I6", "only:server, switch")], "I6, I7: ci:router"),
        (&asset, &[("I7", "only:phone")], "I6, I7: asset:Laptop"),
        (&ci, &[("I3", "no")], "custom_object_archive"),
    ] {
        assert_eq!(outcome(one, &of_infraon(answers)), expected);
    }
    let mut undecided = Decisions::default();
    undecided.set("G3", "admin:1").unwrap();
    let rules = MAPPING.replace("source = \"deskero\"", "source = \"infraon\"");
    let open = Context::new(Mapping::parse(&rules).unwrap(), &undecided).unwrap();
    assert_eq!(outcome(&ci, &open), "custom_objects_undecided");
    let mapped = map_object(&lost.0, &lost.1, &context);
    let draft = mapped.draft().unwrap();
    assert_eq!(draft.losses[&LossName::ReferenceMissing], 1);
    assert_eq!(draft.hand_off.len(), 1);
}

#[test]
fn without_custom_objects_threads_get_texts() {
    let context = knowing(&world(), &[("I3", "no")]);
    let names: Vec<_> = schema(&context)
        .into_iter()
        .filter(|draft| draft.key.object() == "conversation_attribute")
        .map(|draft| draft.key.id().to_owned())
        .collect();
    assert!(names.contains(&"deskero_ci_router".to_owned()), "{names:?}");
    assert!(names.contains(&"deskero_problem".to_owned()));
}
