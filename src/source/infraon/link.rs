//! Links between incidents and objects: from list columns, link files and relations.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::resolve::{Found, Kind, Resolver, key};
use crate::model::SourceKey;
use crate::source::bundle::header;
use crate::source::bundle::index::hash_parts;
use crate::source::bundle::row::Row;

/// Names of relations to records of a kind.
pub(super) fn relation_to(kind: Kind) -> &'static str {
    kind.object()
}

/// What is said of the two ends of a link, before ids are known.
#[derive(Debug)]
pub(super) struct Link {
    /// Which record gets the reference.
    pub(super) from: (Kind, Box<str>),
    /// Its name.
    pub(super) relation: Cow<'static, str>,
    /// What it leads to.
    pub(super) to: (Kind, Box<str>),
}

/// References of one record by relation name.
pub(super) type References = BTreeMap<String, Vec<SourceKey>>;

/// All records that may be linked, and their links.
#[derive(Debug, Default)]
pub(super) struct Links {
    resolvers: [Resolver; Kind::ALL.len()],
    links: Vec<Link>,
    settled: HashMap<u64, References>,
}

impl Links {
    /// The records of a kind.
    pub(super) fn of(&self, kind: Kind) -> &Resolver {
        &self.resolvers[kind as usize]
    }

    /// The records of a kind, to be filled.
    pub(super) fn of_mut(&mut self, kind: Kind) -> &mut Resolver {
        &mut self.resolvers[kind as usize]
    }

    /// What `text` means. Assets are called configuration items too, and the other way round.
    pub(super) fn find(&self, kind: Kind, text: &str) -> (Kind, Found) {
        let found = self.of(kind).find(text);
        let other = match kind {
            Kind::Ci => Kind::Asset,
            Kind::Asset => Kind::Ci,
            _ => return (kind, found),
        };
        match found {
            Found::Nothing => match self.of(other).find(text) {
                Found::Nothing => (kind, Found::Nothing),
                found => (other, found),
            },
            found => (kind, found),
        }
    }

    /// Takes a link. It stands on the record that is read later, so that each reference leads to
    /// what is there already.
    pub(super) fn join(&mut self, one: (Kind, &str), other: (Kind, &str)) {
        let (from, to) = if one.0 > other.0 { (one, other) } else { (other, one) };
        self.relate(from, relation_to(to.0), to);
    }

    /// Takes a link that stands on `from` under a name of its own.
    pub(super) fn relate(
        &mut self,
        from: (Kind, &str),
        relation: impl Into<Cow<'static, str>>,
        to: (Kind, &str),
    ) {
        let end = |(kind, text): (Kind, &str)| (kind, text.into());
        self.links.push(Link { from: end(from), relation: relation.into(), to: end(to) });
    }

    /// Turns links into references by id. Links that lead nowhere are told where they are read.
    pub(super) fn settle(&mut self, mut tell: impl FnMut((Kind, &str), &str, (Kind, &str))) {
        let mut settled: HashMap<u64, References> = HashMap::new();
        for link in std::mem::take(&mut self.links) {
            let (from, from_id) = self.find(link.from.0, &link.from.1);
            let (to, to_id) = self.find(link.to.0, &link.to.1);
            let (Found::One(from_id), Found::One(to_id)) = (from_id, to_id) else { continue };
            let Some(target) = key(to.word(), &to_id) else { continue };
            tell((from, &from_id), &link.relation, (to, &to_id));
            let references = settled.entry(hash_parts(&[from.word(), &from_id])).or_default();
            references.entry(link.relation.into_owned()).or_default().push(target);
        }
        for keys in settled.values_mut().flat_map(BTreeMap::values_mut) {
            keys.sort();
            keys.dedup();
        }
        self.settled = settled;
    }

    /// The references of a record.
    pub(super) fn references(&mut self, kind: Kind, id: &str) -> References {
        self.settled.remove(&hash_parts(&[kind.word(), id])).unwrap_or_default()
    }

    /// Links taken so far that lead to a kind.
    pub(super) fn count_to(&self, kind: Kind) -> usize {
        let ends = |link: &&Link| link.from.0 == kind || link.to.0 == kind;
        self.links.iter().filter(ends).count()
    }
}

/// The ids of a cell: separated by `|`, `;` or `,`, a JSON list of ids, or of records with ids.
pub(super) fn ids(row: &Row, slot: usize) -> Vec<String> {
    if let Some(tree) = row.tree(slot) {
        return ids_of_tree(tree);
    }
    ids_of_text(row.typed(slot).unwrap_or_default())
}

fn ids_of_text(text: &str) -> Vec<String> {
    if text.starts_with('[')
        && let Ok(value @ Value::Array(_)) = serde_json::from_str(text)
    {
        return ids_of_tree(&value);
    }
    distinct(text.split(['|', ';', ',']).map(str::to_owned))
}

fn ids_of_tree(tree: &Value) -> Vec<String> {
    match tree {
        Value::Array(list) => distinct(list.iter().filter_map(id_in)),
        other => distinct(id_in(other)),
    }
}

fn distinct(ids: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for id in ids {
        let Some(id) = crate::source::bundle::cell::id(&id) else { continue };
        if !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
    }
    found
}

/// Names under which a record gives its id, best first.
const ID_NAMES: [&str; 9] =
    ["id", "_id", "uuid", "ref_id", "reference_id", "asset_id", "ci_id", "display_id", "number"];

fn id_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => ID_NAMES.iter().find_map(|name| match map.get(*name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }),
        _ => None,
    }
}

/// A reference of an incident's own list, which may lead to any module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// What it leads to, if its module's name is known.
    pub(super) kind: Option<Kind>,
    /// Id or number.
    pub(super) id: String,
    /// As written.
    pub(super) raw: String,
}

/// The references of a JSON list. Ids alone, without a module, are kept with no kind.
pub(super) fn references_in(text: &str) -> Vec<Reference> {
    let list = match serde_json::from_str(text) {
        Ok(Value::Array(list)) => list,
        Ok(other @ Value::Object(_)) => vec![other],
        _ => ids_of_text(text).into_iter().map(Value::String).collect(),
    };
    let reference = |value: &Value| {
        let word = ["type", "module", "module_name", "reference_type"].iter().find_map(|name| {
            let word = value.get(*name)?;
            word.as_str().or_else(|| word.get("name")?.as_str())
        });
        let raw = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(Reference { kind: word.and_then(Kind::of_module), id: id_in(value)?, raw })
    };
    list.iter().filter_map(reference).collect()
}

/// The name of a relation in one form.
pub(super) fn relation_name(written: &str) -> String {
    header::field_key(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_every_form() {
        for (text, expected) in [
            ("a|b", vec!["a", "b"]),
            ("INC-1; INC-2,INC-1", vec!["INC-1", "INC-2"]),
            (r#"["a",{"id":"b","name":"Name"},7]"#, vec!["a", "b", "7"]),
            (r#"[{"name":"no id"}]"#, vec![]),
            ("'007", vec!["007"]),
            ("[broken", vec!["[broken"]),
            ("", vec![]),
        ] {
            assert_eq!(ids_of_text(text), expected, "{text}");
        }
    }

    #[test]
    fn references_of_any_module() {
        let reference = |kind, id: &str| (kind, id.to_owned());
        for (text, expected) in [
            (
                r#"[{"type":"Problem","id":"p1"},{"module":{"name":"changes"},"ref_id":"c1"}]"#,
                vec![reference(Some(Kind::Problem), "p1"), reference(Some(Kind::Change), "c1")],
            ),
            (r#"{"type":"contract","id":"x"}"#, vec![reference(None, "x")]),
            ("p1|p2", vec![reference(None, "p1"), reference(None, "p2")]),
            ("[]", vec![]),
        ] {
            let found = references_in(text).into_iter().map(|one| (one.kind, one.id));
            assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn a_link_stands_on_what_is_read_later() {
        let mut links = Links::default();
        links.of_mut(Kind::Incident).add("i1", Some("INC-1"));
        links.of_mut(Kind::Ci).add("c1", None);
        links.of_mut(Kind::Asset).add("a1", None);
        for kind in Kind::ALL {
            links.of_mut(kind).finish();
        }
        links.join((Kind::Incident, "INC-1"), (Kind::Ci, "c1"));
        links.join((Kind::Ci, "c1"), (Kind::Incident, "i1"));
        links.join((Kind::Incident, "i1"), (Kind::Ci, "a1"));
        links.join((Kind::Incident, "i1"), (Kind::Ci, "nowhere"));
        links.relate((Kind::Ci, "c1"), "runs_on", (Kind::Ci, "a1"));
        let mut told = 0;
        links.settle(|_, _, _| told += 1);
        assert_eq!(told, 4);
        let shown = |references: References| format!("{references:?}");
        let of_ci = shown(links.references(Kind::Ci, "c1"));
        assert!(of_ci.contains("incidents") && of_ci.contains("runs_on"), "{of_ci}");
        assert_eq!(of_ci.matches("incident\"").count(), 1, "{of_ci}");
        assert!(shown(links.references(Kind::Asset, "a1")).contains("incidents"));
        assert!(links.references(Kind::Incident, "i1").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "(\\[|\\]|\\{|\\}|\"id\"|\"type\"|:|,|\\||;|1|\"x\"| ){0,40}",
        ) {
            ids_of_text(&text);
            let found = references_in(&text);
            proptest::prop_assert!(found.len() <= text.len());
        }
    }
}
