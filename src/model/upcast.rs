//! Older event versions into today's, one small function each.
//!
//! Stored events are never rewritten: an old version is turned into the next one at every reading,
//! step by step, until it has today's shape.

use serde_json::{Map, Value};

use super::Event;
use super::event::{CATALOGUE, EventError};

/// Facts of an event before they have today's shape.
pub type Facts = Map<String, Value>;

/// Turns the facts of one version of one kind of event into those of the next version.
pub struct Upcaster {
    /// The kind of event.
    pub type_id: u16,
    /// The version that it reads. It writes the next.
    pub from: u16,
    /// The change. It may rename, add or derive facts; it must not need anything else.
    pub change: fn(Facts) -> Facts,
}

/// All of them, one for every version that a release has written and that is not today's.
pub const UPCASTERS: &[Upcaster] = &[
    Upcaster { type_id: 51, from: 1, change: |facts| with(facts, &WRITE_STARTED_1) },
    Upcaster { type_id: 81, from: 1, change: |facts| with(facts, &NO_EFFECT) },
    Upcaster { type_id: 82, from: 1, change: undo_succeeded_1 },
    Upcaster { type_id: 83, from: 1, change: |facts| with(facts, &NO_EFFECT) },
    Upcaster { type_id: 84, from: 1, change: |facts| with(facts, &NO_EFFECT) },
    Upcaster { type_id: 85, from: 1, change: |facts| with(facts, &NO_EFFECT) },
];

/// What the first version of `WriteStarted` did not say. What stood before lies in the latest
/// `PreImageCaptured` of the step; whether it took an object over, its outcome says.
const WRITE_STARTED_1: [(&str, Value); 4] = [
    ("adopting", Value::Bool(false)),
    ("before", Value::Null),
    ("content", Value::Null),
    ("removes", Value::Bool(false)),
];

/// The first versions of the undo events were about all effects of a step.
const NO_EFFECT: [(&str, Value); 1] = [("effect", Value::Null)];

fn with(mut facts: Facts, more: &[(&str, Value)]) -> Facts {
    for (name, value) in more {
        facts.insert((*name).to_owned(), value.clone());
    }
    facts
}

/// An undone create was the end of the record's object, whatever else was done to it.
fn undo_succeeded_1(facts: Facts) -> Facts {
    let ends = facts.get("step").and_then(Value::as_str) == Some("create");
    let more = [("ends", Value::Bool(ends)), ("kept", Value::Array(Vec::new()))];
    with(with(facts, &NO_EFFECT), &more)
}

/// Reads the facts of an event in any version that a release has written.
///
/// # Errors
/// If the type or version is unknown, or the facts do not fit it.
pub fn event(type_id: u16, version: u16, facts: &[u8]) -> Result<Event, EventError> {
    event_through(UPCASTERS, type_id, version, facts)
}

fn event_through(
    upcasters: &[Upcaster],
    type_id: u16,
    version: u16,
    facts: &[u8],
) -> Result<Event, EventError> {
    let today = CATALOGUE.iter().find(|kind| kind.type_id == type_id);
    let kind = match today {
        Some(kind) if version < kind.version => kind,
        _ => return Event::from_facts(type_id, version, facts),
    };
    let refused = |cause| EventError::Facts { name: kind.name, cause };
    let mut shape: Facts = serde_json::from_slice(facts).map_err(refused)?;
    for from in version..kind.version {
        let upcaster = upcasters
            .iter()
            .find(|upcaster| upcaster.type_id == type_id && upcaster.from == from)
            .ok_or(EventError::Unknown { type_id, version })?;
        shape = (upcaster.change)(shape);
    }
    let shape = serde_json::to_vec(&shape).map_err(refused)?;
    Event::from_facts(type_id, kind.version, &shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::RecordExcluded;

    /// As if version 0 of `RecordExcluded` had called the rule `because`.
    const FROM_BECAUSE: &[Upcaster] = &[Upcaster {
        type_id: 31,
        from: 0,
        change: |mut facts| {
            let because = facts.remove("because").unwrap_or_default();
            facts.insert("rule".into(), because);
            facts
        },
    }];

    #[test]
    fn an_old_version_is_read_in_todays_shape() {
        let event = event_through(FROM_BECAUSE, 31, 0, br#"{"because":"spam"}"#).unwrap();
        assert_eq!(event, RecordExcluded { rule: "spam".into() }.into());
    }

    #[test]
    fn todays_version_is_read_as_it_is() {
        let excluded = RecordExcluded { rule: "spam".into() };
        assert_eq!(event(31, 1, br#"{"rule":"spam"}"#).unwrap(), excluded.into());
    }

    #[test]
    fn what_the_first_release_wrote_is_read() {
        let zeroes = "0".repeat(64);
        let facts = serde_json::json!({
            "attempt": 1, "digest": zeroes, "notification": "silent", "request": zeroes,
            "operation": "contact_create", "reversibility": "exact", "step": "create",
            "target": null,
        });
        let started = event(51, 1, facts.to_string().as_bytes());
        assert!(matches!(started, Ok(Event::WriteStarted(facts)) if facts.before.is_none()));
        for (step, ended) in [("create", true), ("tag:a", false)] {
            let facts = format!(r#"{{"already_gone":false,"step":"{step}"}}"#);
            let undone = event(82, 1, facts.as_bytes());
            assert!(matches!(undone, Ok(Event::UndoSucceeded(facts)) if facts.ends == ended));
        }
    }

    #[test]
    fn versions_never_written_are_refused() {
        let unknown = |result| matches!(result, Err(EventError::Unknown { .. }));
        assert!(unknown(event(31, 0, br#"{"because":"spam"}"#)));
        assert!(unknown(event(31, 2, br#"{"rule":"spam"}"#)));
        assert!(unknown(event(999, 1, b"{}")));
    }

    #[test]
    fn facts_that_do_not_fit_after_all_steps_are_refused() {
        let result = event_through(FROM_BECAUSE, 31, 0, br#"{"why":"spam"}"#);
        assert!(matches!(result, Err(EventError::Facts { .. })));
    }
}
