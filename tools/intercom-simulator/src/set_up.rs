//! What people set up in Intercom by hand, because no call of the API does: teammates, teams,
//! ticket states, help centres, types of custom objects.

use crate::state::State;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Replaces the lists that an action names; they have the form of the workspace file.
pub(crate) fn set_up(state: &mut State, action: &Value) -> Result<Value, String> {
    replace(&mut state.admins, action, "admins")?;
    replace(&mut state.teams, action, "teams")?;
    replace(&mut state.object_types, action, "custom_object_types")?;
    replace(&mut state.knowledge.centers, action, "help_centers")?;
    let known: Vec<u64> = state.ticket_states.iter().map(|one| one.id).collect();
    replace(&mut state.ticket_states, action, "ticket_states")?;
    let new = state.ticket_states.iter().map(|one| one.id).filter(|id| !known.contains(id));
    let new: Vec<u64> = new.collect();
    for found in state.ticket_types.values_mut() {
        found.states.extend(&new);
    }
    Ok(json!({}))
}

fn replace<T: DeserializeOwned>(
    list: &mut Vec<T>,
    action: &Value,
    key: &str,
) -> Result<(), String> {
    if let Some(given) = action.get(key) {
        *list = Vec::deserialize(given).map_err(|error| format!("{key}: {error}"))?;
    }
    Ok(())
}
