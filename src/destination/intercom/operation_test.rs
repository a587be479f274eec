//! The table against itself.

use super::operation::Operation;
use crate::model::{NotificationClass, Reversibility};

#[test]
fn names_are_those_of_the_ledger_and_unique() {
    for &operation in Operation::ALL {
        let spec = operation.spec();
        assert_eq!(spec.operation, operation);
        assert_eq!(serde_json::to_value(operation).unwrap(), spec.name);
        assert_eq!(Operation::from_name(spec.name), Some(operation));
    }
}

#[test]
fn a_row_without_an_inverse_is_irreversible_and_the_other_way_round() {
    for spec in Operation::ALL.iter().map(|operation| operation.spec()) {
        let irreversible = spec.reversibility == Reversibility::Irreversible;
        assert_eq!(spec.inverse.is_none(), irreversible, "{}", spec.name);
    }
}

#[test]
fn every_row_cites_the_facts() {
    for spec in Operation::ALL.iter().map(|operation| operation.spec()) {
        assert!(spec.cites.contains("; FACTS §"), "{}", spec.name);
    }
}

#[test]
fn what_may_notify_is_known_by_name() {
    let loud: Vec<_> = Operation::ALL
        .iter()
        .map(|operation| operation.spec())
        .filter(|spec| spec.notification == NotificationClass::MayNotify)
        .map(|spec| spec.name)
        .collect();
    assert_eq!(
        loud,
        [
            "conversation_create",
            "conversation_contact_reply",
            "conversation_assign",
            "conversation_snooze",
            "conversation_close",
            "conversation_open",
            "conversation_participant_add",
            "conversation_convert",
        ]
    );
}
