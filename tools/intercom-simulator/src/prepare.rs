//! Turns bytes into a request: all that is slow and needs no state.

use crate::call::Call;
use crate::error::ApiError;
use crate::routes::table::{Route, find};
use crate::sim::{Arrived, Headers};
use crate::state::Upload;
use crate::witness::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper::http::request::Parts;
use serde_json::Value;

pub(crate) fn prepare(parts: &Parts, body: Bytes, too_large: bool) -> Arrived {
    let header = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(ToOwned::to_owned)
    };
    let headers = Headers {
        authorization: header(AUTHORIZATION.as_str()),
        accept: header(ACCEPT.as_str()),
        content_type: header(CONTENT_TYPE.as_str()),
        version: header("intercom-version"),
        host: header("host"),
    };
    let method = method_name(&parts.method);
    let path = parts.uri.path();
    let target = parts.uri.path_and_query().map_or_else(|| path.to_owned(), ToString::to_string);
    let found = find(method, path);
    let route = found.as_ref().map(|(route, _)| *route);
    let call = if too_large {
        Err(ApiError::new(413, "parameter_invalid", "The request is too large"))
    } else {
        let params = found.map(|(_, params)| params).unwrap_or_default();
        call(route, params, path, parts.uri.query().unwrap_or(""), &body)
    };
    Arrived { method, target, headers, body, route, call }
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        _ => "OTHER",
    }
}

fn call(
    route: Option<&Route>,
    params: Vec<String>,
    path: &str,
    query: &str,
    body: &[u8],
) -> Result<Call, ApiError> {
    let body: Value = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(body)
            .map_err(|_| ApiError::invalid("The request body is not valid JSON"))?
    };
    let html = route
        .filter(|route| route.takes_html())
        .and_then(|_| body["body"].as_str())
        .map(crate::html::message);
    let files = uploads(&body)?;
    let query = crate::http::query(query);
    Ok(Call { path: path.to_owned(), params, query, body, html, files, now: 0, now_ms: 0 })
}

fn uploads(body: &Value) -> Result<Vec<Upload>, ApiError> {
    let Some(list) = body.get("attachment_files") else {
        return Ok(Vec::new());
    };
    let invalid = || ApiError::invalid("attachment_files is invalid");
    let list = list.as_array().ok_or_else(invalid)?;
    list.iter()
        .map(|file| {
            let text = |key: &str| file[key].as_str().ok_or_else(invalid);
            let data = STANDARD.decode(text("data")?).map_err(|_| invalid())?;
            Ok(Upload {
                name: text("name")?.to_owned(),
                content_type: text("content_type")?.to_owned(),
                sha256: digest(&data),
                data: data.into(),
            })
        })
        .collect()
}
