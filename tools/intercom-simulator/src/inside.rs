//! An operation of the API done from inside, as if another app had called it.

use crate::call::Call;
use crate::routes::table::find;
use crate::state::State;
use serde_json::Value;

/// Does one operation and gives its answer, or the words with which it was refused.
pub(crate) fn perform(
    state: &mut State,
    method: &str,
    target: &str,
    body: Value,
    now_ms: i64,
) -> Result<Value, String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (route, params) = find(method, path).ok_or("no such operation")?;
    let html = route.takes_html().then(|| body["body"].as_str().map(crate::html::message));
    let call = Call {
        path: path.to_owned(),
        params,
        query: crate::http::query(query),
        body,
        html: html.flatten(),
        files: Vec::new(),
        now: now_ms.div_euclid(1000),
        now_ms,
    };
    let reply = (route.handler)(state, &call).map_err(|error| error.message)?;
    Ok(serde_json::from_slice(&reply.body).unwrap_or(Value::Null))
}
