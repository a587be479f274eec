//! Doing and undoing leaves what the table's class promises (FACTS §6).

use deskledger::destination::intercom::inverse;
use deskledger::destination::{Answer, Destination};
use deskledger::model::Reversibility;

use super::support::done;
use super::unknown::{furnished, steps};
use super::written::by;
use crate::support::content::content;

#[tokio::test]
async fn do_and_undo_leave_what_the_class_promises() {
    let mut undone = 0;
    for step in steps() {
        let desk = furnished().await;
        let before = content(&desk.running);
        let request = desk.resolve(&step);
        let Answer::Done { object: Some(object), .. } = desk.client.attempt(&request).await else {
            panic!("{} was not done", step.key);
        };
        assert_ne!(content(&desk.running), before, "{} changes nothing", step.operation.name());
        let Some(undo) = inverse(&request, &object, &by()) else { continue };
        let notices = desk.running.mailbox().len();
        done(desk.client.attempt(&undo).await, &undo);
        let spec = step.operation.spec();
        match spec.reversibility {
            Reversibility::Exact => assert_eq!(content(&desk.running), before, "{}", spec.name),
            _ => assert_ne!(content(&desk.running), before, "{} is better than it says", spec.name),
        }
        assert_eq!(desk.running.mailbox().len(), notices, "undoing {} notifies", spec.name);
        undone += 1;
    }
    assert!(undone >= 15, "only {undone} were undone");
}
