//! What was sent against what is read back, field by field.

use super::family;
use super::kind::{ObjectKind, ReadBack};
use super::request::Request;
use super::verdict::Comparisons;

pub use super::verdict::{FieldComparison, ResolvedStep, StepIds, Verdict};

/// Compares what the steps of a record sent with what its object is read back as. Fields that
/// nobody sent, and those that Intercom sets itself, are not looked at (FACTS §8).
pub fn compare(steps: &[ResolvedStep], back: &ReadBack, ids: &StepIds) -> Vec<FieldComparison> {
    let mut out = Comparisons::default();
    // A record may also change objects beside its own: those are compared where they stand.
    let own = |step: &&ResolvedStep| ObjectKind::of(step.request.operation) == back.kind;
    let steps: Vec<ResolvedStep> = steps.iter().filter(own).cloned().collect();
    let family = family::of_kind(back.kind);
    for step in &steps {
        match family.with_later(step, &steps) {
            Some(whole) => family.compare(&whole, back, ids, &mut out),
            None => family.compare(step, back, ids, &mut out),
        }
    }
    family.compare_all(&steps, back, ids, &mut out);
    out.into_fields()
}

/// The fields of one request that are not as it sent them.
pub(super) fn differing(request: &Request, back: &ReadBack) -> Vec<String> {
    let step = ResolvedStep { key: "it".into(), request: request.clone() };
    compare(&[step], back, &StepIds::new())
        .into_iter()
        .filter(|field| field.verdict == Verdict::Differs)
        .map(|field| field.field)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::operation::Operation;
    use super::*;

    fn back(kind: ObjectKind, object: Value) -> ReadBack {
        let (tags, companies, notes) = (Vec::new(), Vec::new(), Vec::new());
        ReadBack { kind, id: "1".into(), object, tags, companies, notes }
    }

    fn step(key: &str, request: Request) -> ResolvedStep {
        ResolvedStep { key: key.into(), request }
    }

    fn verdicts(fields: &[FieldComparison]) -> Vec<(&str, bool)> {
        let equal = |field: &FieldComparison| field.verdict == Verdict::Equal;
        fields.iter().map(|field| (field.field.as_str(), equal(field))).collect()
    }

    #[test]
    fn a_contact_field_by_field() {
        let create = Request::new(Operation::ContactCreate).body(json!({
            "role": "user", "email": "Ann@Example.com", "name": "Ann", "phone": "+49 30 1",
            "custom_attributes": { "tier": "gold", "visits": 3 },
        }));
        let update = Request::new(Operation::ContactUpdate).body(json!({ "name": "Ann B" }));
        let tag =
            Request::new(Operation::ContactTag).with("contact_id", 1).body(json!({"id": "7"}));
        let note = Request::new(Operation::ContactNote)
            .with("contact_id", 1)
            .body(json!({ "body": "Called" }));
        let mut read = back(
            ObjectKind::Contact,
            json!({
                "role": "user", "email": "ann@example.com", "name": "Ann B", "phone": "+49301",
                "custom_attributes": { "tier": "silver", "visits": 3.0, "system": 1 },
            }),
        );
        read.tags = vec![json!({ "id": 7 })];
        read.notes = vec![json!({ "id": "5", "body": "<p>Called</p>" })];
        let steps =
            [step("create", create), step("u", update), step("tag", tag), step("memo", note)];
        let found = compare(&steps, &read, &StepIds::new());
        let expected = [
            ("role", true),
            ("email", true),
            ("phone", true),
            ("name", true),
            ("custom_attributes.tier", false),
            ("custom_attributes.visits", true),
            ("tag:7", true),
            ("note:memo", true),
        ];
        assert_eq!(verdicts(&found), expected);
    }

    #[test]
    fn an_article_shows_the_same_in_its_collection() {
        let create = Request::new(Operation::ArticleCreate).body(json!({
            "title": "A", "body": "<h3>x</h3><p>y", "author_id": 9, "state": "draft",
            "parent_id": 4, "parent_type": "collection",
        }));
        let publish = Request::new(Operation::ArticleUpdate)
            .with("article_id", 1)
            .body(json!({ "state": "published" }));
        let read = back(
            ObjectKind::Article,
            json!({
                "title": "A", "body": "<h2>x</h2>\n<p class=\"no-margin\">y</p>",
                "author_id": "9", "state": "published", "parent_ids": [4],
            }),
        );
        let steps = [step("create", create), step("publish", publish)];
        let found = compare(&steps, &read, &StepIds::new());
        assert!(found.iter().all(|field| field.verdict == Verdict::Equal), "{found:#?}");
        assert_eq!(found.len(), 5);
    }
}
