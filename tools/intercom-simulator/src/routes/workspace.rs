//! `/me`, teammates, teams.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::State;
use crate::view;
use serde_json::{Value, json};

pub(crate) fn me(state: &mut State, _: &Call) -> Answer {
    let Some(admin) = state.admins.first() else {
        return Err(ApiError::not_found());
    };
    let mut value = view::admin(state, admin);
    value["email_verified"] = json!(true);
    value["avatar"] = json!({"type": "avatar", "image_url": null});
    value["app"] = json!({
        "type": "app", "id_code": state.app.id_code, "name": state.app.name,
        "region": state.app.region, "timezone": state.app.timezone,
        "created_at": state.app.created_at, "identity_verification": false,
    });
    Ok(Reply::ok(&value))
}

pub(crate) fn admins(state: &mut State, _: &Call) -> Answer {
    let all = state.admins.iter().chain(&state.operator);
    let admins: Vec<Value> = all.map(|a| view::admin(state, a)).collect();
    Ok(Reply::ok(&json!({"type": "admin.list", "admins": admins})))
}

pub(crate) fn admin(state: &mut State, call: &Call) -> Answer {
    let missing = || ApiError::new(404, "admin_not_found", "Admin not found");
    let id = call.number(0).ok_or_else(missing)?;
    let admin = state.admin(id).ok_or_else(missing)?;
    Ok(Reply::ok(&view::admin(state, admin)))
}

pub(crate) fn away(state: &mut State, call: &Call) -> Answer {
    let id = call.number(0).ok_or_else(ApiError::admin_not_found)?;
    let enabled =
        call.flag("away_mode_enabled").ok_or_else(|| ApiError::missing("away_mode_enabled"))?;
    let reassign =
        call.flag("away_mode_reassign").ok_or_else(|| ApiError::missing("away_mode_reassign"))?;
    let admin =
        state.admins.iter_mut().find(|a| a.id == id).ok_or_else(ApiError::admin_not_found)?;
    admin.away_mode_enabled = enabled;
    admin.away_mode_reassign = reassign;
    let admin = admin.clone();
    Ok(Reply::ok(&view::admin(state, &admin)).about("admin", id))
}

pub(crate) fn teams(state: &mut State, _: &Call) -> Answer {
    let teams: Vec<Value> = state.teams.iter().map(view::team).collect();
    Ok(Reply::ok(&json!({"type": "team.list", "teams": teams})))
}

pub(crate) fn team(state: &mut State, call: &Call) -> Answer {
    let missing = || ApiError::new(404, "team_not_found", "Team not found");
    let team = call.number(0).and_then(|id| state.team(id)).ok_or_else(missing)?;
    Ok(Reply::ok(&view::team(team)))
}
