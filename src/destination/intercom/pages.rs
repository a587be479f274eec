//! Lists, page by page, in whichever of its forms the API gives them (FACTS §3).

use std::collections::HashSet;

use serde_json::{Value, json};
use url::Url;

use super::super::contract::{Destination, DestinationError, Read};
use super::request::id_text;

/// Pages that are followed before a list is taken for endless: at 150 a page, 1.5 million objects.
const PAGES_MAX: usize = 10_000;

/// Keys under which lists stand in an answer.
const LIST_KEYS: [&str; 11] = [
    "data",
    "conversations",
    "tickets",
    "companies",
    "contacts",
    "tags",
    "admins",
    "teams",
    "segments",
    "macros",
    "instances",
];

/// The items of one page.
pub fn items(page: &Value) -> &[Value] {
    let list = LIST_KEYS.iter().find_map(|key| page.get(*key)?.as_array());
    list.map_or(&[], Vec::as_slice)
}

/// All items of a list.
///
/// # Errors
/// The first page that cannot be read.
pub async fn list_all(
    destination: &dyn Destination,
    read: Read,
) -> Result<Vec<Value>, DestinationError> {
    list(destination, read, PAGES_MAX, |_| false).await
}

/// The items of a list, each once, at most `pages_max` pages of it, until `enough` says so of a
/// page.
///
/// # Errors
/// The first page that cannot be read, or a list longer than any that is followed.
pub async fn list(
    destination: &dyn Destination,
    mut read: Read,
    pages_max: usize,
    enough: impl Fn(&[Value]) -> bool + Send,
) -> Result<Vec<Value>, DestinationError> {
    let path = read.path;
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for _ in 0..pages_max {
        let page = destination.read(&read).await.found(path)?;
        let new = items(&page);
        let done = new.is_empty() || enough(new);
        all.extend(new.iter().filter(|item| is_new(&mut seen, item)).cloned());
        if done || !turn(&mut read, &page) {
            return Ok(all);
        }
    }
    if pages_max < PAGES_MAX {
        return Ok(all);
    }
    Err(DestinationError::Endless { path, pages: pages_max })
}

/// Notes an item by its id. A list that grows in front while it is read shows what stood at the end
/// of a page again on the next.
fn is_new(seen: &mut HashSet<String>, item: &Value) -> bool {
    id_text(&item["id"]).is_none_or(|id| seen.insert(id))
}

/// Makes `read` ask for the next page; false if there is none.
pub fn turn(read: &mut Read, page: &Value) -> bool {
    let pages = &page["pages"];
    match &pages["next"] {
        Value::String(address) => {
            // Only the query is followed: the host is ours, whatever the answer says.
            let base = Url::parse("http://localhost/").ok();
            let next = Url::options().base_url(base.as_ref()).parse(address);
            let Ok(next) = next else { return false };
            let pairs = next.query_pairs();
            read.query = pairs.map(|(name, value)| (name.into(), value.into())).collect();
            true
        }
        next @ Value::Object(_) => {
            if let Some(cursor) = next["starting_after"].as_str() {
                set_cursor(read, cursor);
                return true;
            }
            next.get("page").and_then(id_text).is_some_and(|number| {
                set_query(read, "page", number);
                true
            })
        }
        _ => false,
    }
}

fn set_cursor(read: &mut Read, cursor: &str) {
    match &mut read.body {
        Some(body) => {
            let per_page = body["pagination"]["per_page"].clone();
            body["pagination"] = json!({ "starting_after": cursor });
            if !per_page.is_null() {
                body["pagination"]["per_page"] = per_page;
            }
        }
        None => set_query(read, "starting_after", cursor.to_owned()),
    }
}

fn set_query(read: &mut Read, name: &str, value: String) {
    read.query.retain(|(known, _)| known != name);
    read.query.push((name.to_owned(), value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(mut read: Read, next: Value) -> Option<Read> {
        turn(&mut read, &json!({ "pages": { "next": next } })).then_some(read)
    }

    #[test]
    fn all_forms_of_the_next_page() {
        let read = Read::get("/articles").query("page", 1);
        let next = json!("https://api.intercom.io/articles?page=2&per_page=25");
        let query = |read: Read| read.query;
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = vec![pair("page", "2"), pair("per_page", "25")];
        assert_eq!(turned(read.clone(), next).map(query), Some(expected));
        let next = json!({ "page": 2, "starting_after": "abc" });
        let expected = vec![pair("page", "1"), pair("starting_after", "abc")];
        assert_eq!(turned(read.clone(), next).map(query), Some(expected));
        let expected = vec![pair("page", "3")];
        assert_eq!(turned(read.clone(), json!({ "page": 3 })).map(query), Some(expected));
        assert_eq!(turned(read, Value::Null), None);
    }

    #[test]
    fn what_two_pages_show_counts_once() {
        let mut seen = HashSet::new();
        let shown = [json!({"id": "7"}), json!({"id": 8}), json!({"id": 7}), json!({"name": "a"})];
        let new: Vec<bool> = shown.iter().map(|item| is_new(&mut seen, item)).collect();
        assert_eq!(new, [true, true, false, true]);
    }

    #[test]
    fn a_search_carries_its_cursor_in_the_body() {
        let search = json!({ "query": {}, "pagination": { "per_page": 150 } });
        let read = Read::search("/contacts/search", search);
        let next = turned(read, json!({ "starting_after": "abc" })).unwrap();
        let pagination = json!({ "per_page": 150, "starting_after": "abc" });
        assert_eq!(next.body.unwrap()["pagination"], pagination);
    }
}
