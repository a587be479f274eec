//! Articles and collections.

use std::collections::BTreeMap;

use serde_json::Value;

use super::expected::{Expected, live};
use crate::complaint::{Complaint, Kind};
use crate::desk::Article;
use crate::picture::text;
use crate::words::{marks, visible};

fn by_mark<'v>(state: &'v Value, expected: &Expected<'_>) -> BTreeMap<String, Vec<&'v Value>> {
    let mut found = BTreeMap::<String, Vec<&Value>>::new();
    for article in live(state, "articles").filter(|one| !expected.is_others("articles", one)) {
        let body = shown(article);
        let mark = marks(&body).into_iter().next().map_or_else(String::new, |(mark, _)| mark);
        found.entry(mark).or_default().push(article);
    }
    found
}

fn shown(article: &Value) -> String {
    visible(article["body"].as_str().unwrap_or_default())
}

/// Names of the collections the desk asks for.
fn wanted<'a>(expected: &Expected<'a>) -> Vec<&'a str> {
    let areas = expected.desk.areas.iter().map(|area| area.name.as_str());
    areas.chain([expected.desk.group.as_str()]).collect()
}

/// At any time: no article and no collection twice, nothing that nobody wrote.
pub(super) fn standing(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    let by_mark = by_mark(state, expected);
    let known: Vec<&str> =
        expected.desk.articles.iter().map(|one| one.words.mark.as_str()).collect();
    for (mark, articles) in &by_mark {
        let ids: Vec<String> = articles.iter().map(|one| text(&one["id"])).collect();
        if !known.contains(&mark.as_str()) {
            // Between creating an article and giving it its text, it has none.
            if articles.iter().any(|one| !shown(one).is_empty()) {
                let at = format!("articles/{ids:?}");
                found.push(Complaint::new(Kind::Stray, at, "nobody wrote it"));
            }
        } else if articles.len() > 1 {
            let said = format!("stands as {ids:?}");
            found.push(Complaint::new(Kind::Doubled, format!("article {mark}"), said));
        }
    }
    let names = wanted(expected);
    let mut counts = BTreeMap::<&str, usize>::new();
    for one in live(state, "collections").filter(|one| !expected.is_others("collections", one)) {
        let name = one["name"].as_str().unwrap_or_default();
        *counts.entry(name).or_default() += 1;
        if !names.contains(&name) {
            let at = format!("collections/{}", text(&one["id"]));
            found.push(Complaint::new(Kind::Stray, at, name));
        }
    }
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
        let said = format!("{count} of this name");
        found.push(Complaint::new(Kind::Doubled, format!("collection {name}"), said));
    }
}

/// After a whole pass: every article and collection is there, as at the desk.
pub(super) fn complete(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    let by_mark = by_mark(state, expected);
    for article in expected.desk.articles.iter().filter(|article| !article.withdrawn) {
        let at = format!("article {} ({})", article.id, article.words.mark);
        match by_mark.get(&article.words.mark).and_then(|all| all.first()) {
            None => found.push(Complaint::new(Kind::Missing, at, &*article.title)),
            Some(one) => written(state, one, article, expected, &at, found),
        }
    }
    for name in wanted(expected) {
        if !live(state, "collections").any(|one| one["name"] == name) {
            found.push(Complaint::new(Kind::Missing, format!("collection {name}"), ""));
        }
    }
}

fn written(
    state: &Value,
    held: &Value,
    article: &Article,
    expected: &Expected<'_>,
    at: &str,
    found: &mut Vec<Complaint>,
) {
    let mut complain = |kind, said: String| found.push(Complaint::new(kind, at, said));
    // A footer may follow.
    if !shown(held).starts_with(&visible(article.words.latest())) {
        complain(Kind::Words, format!("says {:?}", shown(held)));
    }
    if held["title"] != article.title.as_str() {
        complain(Kind::Field, format!("is titled {}", held["title"]));
    }
    if (held["state"] == "published") != article.published {
        complain(Kind::State, format!("is {}", held["state"]));
    }
    let area = expected.desk.areas.get(article.area).map_or("", |area| area.name.as_str());
    let parents: Vec<String> =
        held["parent_ids"].as_array().into_iter().flatten().map(text).collect();
    let is = |one: &Value| parents.contains(&text(&one["id"])) && one["name"] == area;
    if !live(state, "collections").any(is) {
        complain(Kind::Field, format!("does not stand in {area}"));
    }
}
