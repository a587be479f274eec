//! What must hold of the catalogue.

use super::event::*;

#[test]
fn type_numbers_and_names_are_unique() {
    for (i, a) in CATALOGUE.iter().enumerate() {
        for b in &CATALOGUE[i + 1..] {
            assert_ne!((a.type_id, a.version), (b.type_id, b.version), "{} {}", a.name, b.name);
            assert_ne!((a.name, a.version), (b.name, b.version));
        }
    }
}

#[test]
fn facts_round_trip_in_canonical_form() {
    let event = Event::from(RecordExcluded { rule: "history_window".into() });
    let facts = event.facts().unwrap();
    assert_eq!(facts, br#"{"rule":"history_window"}"#);
    assert_eq!(Event::from_facts(event.type_id(), event.version(), &facts).unwrap(), event);
}

#[test]
fn unknown_versions_and_fields_are_refused() {
    assert!(matches!(Event::from_facts(31, 9, b"{}"), Err(EventError::Unknown { .. })));
    assert!(Event::from_facts(31, 1, br#"{"rule":"x","more":1}"#).is_err());
}
