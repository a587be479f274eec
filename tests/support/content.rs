//! What a simulated workspace holds, for comparing it before and after.

use intercom_simulator::Running;
use serde_json::Value;

/// The workspace by content, without what reports keep of deleted threads.
pub fn content(simulator: &Running) -> Value {
    let mut state = simulator.comparable();
    for name in ["deleted_conversations", "deleted_tickets"] {
        state.as_object_mut().unwrap().remove(name);
    }
    state
}

/// The same without the claim, of which there must be one: it says how long the ledger was.
pub fn unclaimed(simulator: &Running) -> Value {
    let mut state = simulator.comparable();
    let tags = state["tags"].as_array_mut().unwrap();
    let all = tags.len();
    tags.retain(|name| !name.as_str().unwrap().starts_with("deskledger "));
    assert_eq!(all - tags.len(), 1, "claims");
    state
}

/// The kinds of object in which two states differ.
pub fn apart(left: &Value, right: &Value) -> Vec<String> {
    let names = left.as_object().unwrap().keys();
    names.filter(|name| left[*name] != right[*name]).cloned().collect()
}
