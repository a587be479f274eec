//! What the demo asks of the simulated workspace besides the API: what it holds, what it saw, and
//! two teammates at work.

use std::collections::BTreeMap;

use intercom_simulator::Running;
use serde_json::{Value, json};

/// Requests that changed the workspace.
pub fn writes(simulator: &Running) -> u64 {
    let applied = |entry: &&intercom_simulator::WitnessEntry| entry.applied;
    simulator.witness().iter().filter(applied).count() as u64
}

/// Lets a teammate answer one conversation and another tag a second one.
pub fn touch_two(simulator: &Running) -> Vec<String> {
    let state = simulator.state();
    let conversations = state["conversations"].as_array().cloned().unwrap_or_default();
    let id = |place: usize| conversations.get(place).map(|one| one["id"].clone());
    let (Some(first), Some(second)) = (id(2), id(5)) else {
        return Vec::new();
    };
    let acts = [
        json!({ "do": "reply", "conversation": first, "body": "One more thing: it ships today." }),
        json!({ "do": "tag_conversation", "conversation": second, "tag": "Follow up" }),
    ];
    acts.iter()
        .map(|act| match simulator.act(act) {
            Ok(_) => format!("conversation {}: {}", act["conversation"], act["do"]),
            Err(error) => format!("{}: {error}", act["do"]),
        })
        .collect()
}

/// Objects in which two states of the workspace differ, as `kind/id`.
pub fn differences(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (objects(before), objects(after));
    let mut found: Vec<String> = after
        .iter()
        .filter(|(key, object)| before.get(*key) != Some(object))
        .map(|(key, _)| key.clone())
        .collect();
    found.extend(before.keys().filter(|key| !after.contains_key(*key)).cloned());
    found.sort();
    found
}

fn objects(state: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    for (kind, list) in state.as_object().into_iter().flatten() {
        for (place, object) in list.as_array().into_iter().flatten().enumerate() {
            let id = match &object["id"] {
                Value::String(id) => id.clone(),
                Value::Number(id) => id.to_string(),
                _ => place.to_string(),
            };
            found.insert(format!("{kind}/{id}"), object);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_new_and_a_missing_object_differ() {
        let before = json!({ "tags": [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}] });
        let after = json!({ "tags": [{"id": "1", "name": "A"}, {"id": "3", "name": "c"}] });
        assert_eq!(differences(&before, &after), ["tags/1", "tags/2", "tags/3"]);
        assert!(differences(&before, &before).is_empty());
    }
}
