//! Companies by scroll: one at a time, for a minute of idleness at most, from the start only.

use super::company::listed;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::state::{Scroll, State};
use crate::view;
use serde_json::{Value, json};

/// Companies on one page of a scroll.
const SCROLL_PAGE: usize = 100;
/// A scroll that nobody went on with for so long is over.
const IDLE_MAX_MS: i64 = 60_000;

pub(crate) fn scroll(state: &mut State, call: &Call) -> Answer {
    let open = state.scroll.filter(|open| call.now_ms - open.used_ms < IDLE_MAX_MS);
    let mut current = match (call.query("scroll_param"), open) {
        (None | Some(""), Some(_)) => {
            let message = "scroll already exists for this workspace";
            return Err(ApiError::new(400, "scroll_exists", message));
        }
        (None | Some(""), None) => {
            state.scrolls += 1;
            Scroll { number: state.scrolls, at: 0, used_ms: call.now_ms }
        }
        (Some(param), open) => open
            .filter(|open| param == name(open.number))
            .ok_or_else(|| ApiError::new(404, "not_found", "scroll parameter not found"))?,
    };
    let keys = listed(state);
    let page = keys.iter().skip(current.at).take(SCROLL_PAGE);
    let found = page.filter_map(|id| Some((*id, state.companies.get(*id)?)));
    let data: Vec<Value> = found.map(|(id, c)| view::company(state, id, c)).collect();
    current.at += data.len();
    current.used_ms = call.now_ms;
    // The empty page is the end.
    state.scroll = (!data.is_empty()).then_some(current);
    Ok(Reply::ok(&json!({"type": "list", "data": data, "pages": null, "total_count": null,
                         "scroll_param": name(current.number)})))
}

fn name(number: u64) -> String {
    format!("scroll-{number}")
}
