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

/// Where two values differ first, and how; `None` if they are equal.
pub fn first_difference(left: &Value, right: &Value) -> Option<String> {
    let inner = |at: String, left: &Value, right: &Value| {
        first_difference(left, right).map(|more| format!("{at}{more}"))
    };
    match (left, right) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, value)| inner(format!(".{name}"), value, &b[name]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(at, (one, other))| inner(format!("[{at}]"), one, other))
        }
        (one, other) => (one != other).then(|| format!(": {one} is not {other}")),
    }
}
