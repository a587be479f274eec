//! A nested JSON record as a row: leaves by their path, lists and embedded records as trees.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::binding::{ExtraColumn, Mapped};
use super::cell;
use super::header;
use super::layout::{Cell, ObjectLayout};
use super::row::Row;
use crate::source::finding::{Code, Finding};

/// Records are not nested deeper; below that a branch is kept as JSON text.
const DEPTH_MAX: usize = 8;

#[derive(Clone)]
enum Target {
    Slot(usize, usize),
    Extra(Arc<ExtraColumn>),
    Unused,
    Unknown,
}

/// Which path means what, remembered from record to record.
pub struct TreeBinding<'a> {
    layout: &'a ObjectLayout,
    mapped: Option<&'a Mapped>,
    targets: HashMap<String, Target>,
    /// Paths that were met and are not carried over.
    pub unused: BTreeSet<String>,
    /// Paths that mean nothing known, in an object without custom fields.
    pub unknown: BTreeSet<String>,
}

impl<'a> TreeBinding<'a> {
    /// For one object.
    pub fn new(layout: &'a ObjectLayout, mapped: Option<&'a Mapped>) -> Self {
        Self {
            layout,
            mapped,
            targets: HashMap::new(),
            unused: BTreeSet::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// Fills the row from a record; embedded records of other objects leave the raw record.
    pub fn fill(&mut self, row: &mut Row, mut record: Map<String, Value>) {
        let keys: Vec<String> = record.keys().cloned().collect();
        for key in keys {
            let children = matches!(self.target(&key),
                Target::Slot(slot, _) if self.layout.columns[slot].cell == Cell::Children);
            if children && record.get(&key).is_some_and(Value::is_array) {
                if let (Target::Slot(slot, _), Some(tree)) =
                    (self.target(&key), record.remove(&key))
                {
                    row.set_tree(slot, tree);
                }
            } else if let Some(value) = record.get(&key) {
                self.leaf(row, &key, value, 1);
            }
        }
        row.set_raw(Value::Object(record));
    }

    fn leaf(&mut self, row: &mut Row, path: &str, value: &Value, depth: usize) {
        match value {
            Value::Null => {}
            Value::String(text) => self.scalar(row, path, text),
            Value::Number(number) => self.scalar(row, path, &number.to_string()),
            Value::Bool(value) => self.scalar(row, path, if *value { "true" } else { "false" }),
            Value::Array(list) => self.list(row, path, value, list),
            Value::Object(map) => self.object(row, path, value, map, depth),
        }
    }

    fn scalar(&mut self, row: &mut Row, path: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.target(path) {
            Target::Slot(slot, rank) => row.set(slot, rank, text),
            Target::Extra(column) => row.add_extra(column, text),
            left => self.left_out(path, &left),
        }
    }

    fn list(&mut self, row: &mut Row, path: &str, value: &Value, list: &[Value]) {
        if list.is_empty() {
            return;
        }
        match self.target(path) {
            Target::Slot(slot, _) if self.layout.columns[slot].cell == Cell::FieldPairs => {
                field_pairs(row, value);
            }
            Target::Slot(slot, rank) if self.layout.columns[slot].cell == Cell::Json => {
                row.set(slot, rank, &value.to_string());
            }
            Target::Slot(slot, rank) => {
                // Coverage counts a list as filled; its words are read from the tree.
                row.set(slot, rank, &value.to_string());
                row.set_tree(slot, value.clone());
            }
            Target::Extra(column) => {
                let text = joined(list).unwrap_or_else(|| value.to_string());
                row.add_extra(column, &text);
            }
            left => self.left_out(path, &left),
        }
    }

    /// Remembers a path whose value is not carried over.
    fn left_out(&mut self, path: &str, target: &Target) {
        let paths = match target {
            Target::Unused => &mut self.unused,
            _ => &mut self.unknown,
        };
        if !paths.contains(path) {
            paths.insert(path.to_owned());
        }
    }

    fn object(
        &mut self,
        row: &mut Row,
        path: &str,
        value: &Value,
        map: &Map<String, Value>,
        depth: usize,
    ) {
        let target = self.target(path);
        if let Target::Slot(slot, _) = target
            && self.layout.columns[slot].cell == Cell::FieldPairs
        {
            field_pairs(row, value);
        } else if let Target::Slot(slot, rank) = target
            && self.layout.columns[slot].cell == Cell::Json
        {
            row.set(slot, rank, &value.to_string());
        } else if depth >= DEPTH_MAX {
            self.scalar(row, path, &value.to_string());
        } else if !map.is_empty() {
            for (key, value) in map {
                self.leaf(row, &format!("{path}.{key}"), value, depth + 1);
            }
        }
    }

    fn target(&mut self, path: &str) -> Target {
        if let Some(target) = self.targets.get(path) {
            return target.clone();
        }
        let target = self.bind(path);
        self.targets.insert(path.to_owned(), target.clone());
        target
    }

    fn bind(&self, path: &str) -> Target {
        let form = header::normalise(path);
        let ours = self.mapped.and_then(|map| map.get(&form));
        let custom = header::custom_label(path);
        let bound = match ours {
            Some(ours) => self.layout.slot(ours).map(|slot| (slot, 0)),
            None => self.layout.column_of(&form),
        };
        if let Some((slot, rank)) = bound {
            return Target::Slot(slot, rank);
        }
        let unused = |prefix: &&str| {
            let prefix = header::normalise(prefix);
            form == prefix || (path.contains('.') && form.starts_with(&prefix))
        };
        if self.layout.unused.iter().any(unused) {
            return Target::Unused;
        }
        if self.layout.fields_of.is_none() {
            return Target::Unknown;
        }
        let label = ours.map(String::as_str).or(custom).unwrap_or(path);
        Target::Extra(ExtraColumn::of(label))
    }
}

/// Custom fields as `{name: value}` or `[{name, value}]`.
pub fn field_pairs(row: &mut Row, value: &Value) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                add_pair(row, name, value);
            }
        }
        Value::Array(list) => {
            for pair in list {
                let name = ["name", "label", "key", "field"]
                    .iter()
                    .find_map(|key| pair.get(key).and_then(Value::as_str));
                match name {
                    Some(name) => add_pair(row, name, pair.get("value").unwrap_or(&Value::Null)),
                    None => {
                        let reason = "A custom field has no name.";
                        let finding = Finding::new(Code::UnknownColumn, reason);
                        row.findings.push(finding.value(&pair.to_string()));
                    }
                }
            }
        }
        _ => {}
    }
}

fn add_pair(row: &mut Row, name: &str, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text.clone(),
        Value::Array(list) => joined(list).unwrap_or_else(|| value.to_string()),
        other => other.to_string(),
    };
    if !text.is_empty() {
        row.add_extra(ExtraColumn::of(name), &text);
    }
}

/// A list of words as one cell of a table would hold it; `None` if that would change it.
fn joined(list: &[Value]) -> Option<String> {
    let words: Option<Vec<&str>> =
        list.iter().map(|value| value.as_str().filter(|word| !word.contains('|'))).collect();
    words.map(|words| words.join("|"))
}

/// The words of a JSON list: texts, or objects that name themselves by `text`, `name`, `tag` or
/// the given key.
pub fn words(value: &Value, key: &str) -> Vec<String> {
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(map) => ["text", "name", "tag", "label", key]
            .iter()
            .find_map(|key| map.get(*key).and_then(Value::as_str))
            .map(str::to_owned),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().filter_map(word).collect(),
        other => word(other).into_iter().collect(),
    }
}

/// The words of a list cell: a JSON array, or separated.
pub fn list_words(text: &str, separator: char) -> Vec<String> {
    if text.trim_start().starts_with('[')
        && let Ok(value @ Value::Array(_)) = serde_json::from_str(text)
    {
        return cell::distinct(words(&value, "tag"));
    }
    cell::list(text, separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_may_be_json() {
        assert_eq!(list_words(r#"["a","b"]"#, ','), ["a", "b"]);
        assert_eq!(list_words(r#"[{"text":"a"},{"tag":"b"}]"#, ','), ["a", "b"]);
        assert_eq!(list_words("[urgent], b", ','), ["[urgent]", "b"]);
    }
}
