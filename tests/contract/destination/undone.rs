//! Doing and undoing leaves what the table's class promises (FACTS §6).

use deskledger::destination::intercom::inverse;
use deskledger::destination::{Answer, Destination};
use deskledger::model::Reversibility;
use serde_json::Value;

use super::support::{Desk, done};
use super::unknown::{furnished, steps};
use super::written::by;

/// The workspace by content, without what reports keep of deleted threads.
fn content(desk: &Desk) -> Value {
    let mut state = desk.running.comparable();
    for name in ["deleted_conversations", "deleted_tickets"] {
        state.as_object_mut().unwrap().remove(name);
    }
    state
}

#[tokio::test]
async fn do_and_undo_leave_what_the_class_promises() {
    let mut undone = 0;
    for step in steps() {
        let desk = furnished().await;
        let before = content(&desk);
        let request = desk.resolve(&step);
        let Answer::Done { object: Some(object), .. } = desk.client.attempt(&request).await else {
            panic!("{} was not done", step.key);
        };
        assert_ne!(content(&desk), before, "{} changes nothing", step.operation.name());
        let Some(undo) = inverse(&request, &object, &by()) else { continue };
        let notices = desk.running.mailbox().len();
        done(desk.client.attempt(&undo).await, &undo);
        let spec = step.operation.spec();
        match spec.reversibility {
            Reversibility::Exact => assert_eq!(content(&desk), before, "{}", spec.name),
            _ => assert_ne!(content(&desk), before, "{} is better than it says", spec.name),
        }
        assert_eq!(desk.running.mailbox().len(), notices, "undoing {} notifies", spec.name);
        undone += 1;
    }
    assert!(undone >= 15, "only {undone} were undone");
}
