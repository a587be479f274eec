//! One row as the server wrote it: every cell is text or absent.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::text;
use super::time;
use crate::model::Timestamp;

/// A row: names shared with its page, cells of its own.
#[derive(Clone, Debug)]
pub struct Row {
    names: Arc<[String]>,
    cells: Vec<Option<String>>,
    more: Vec<(&'static str, String)>,
}

impl Row {
    /// A row of `cells` under `names`.
    pub fn new(names: Arc<[String]>, cells: Vec<Option<String>>) -> Self {
        Self { names, cells, more: Vec::new() }
    }

    /// The cell of that name as written; `None` if it is absent or the server says NULL.
    pub fn raw(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| known == name)?;
        self.cells.get(at)?.as_deref()
    }

    /// The cell, or nothing if it is empty or blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|text| !text.trim().is_empty())
    }

    /// A label or name: trimmed, entities decoded once; nothing if it is empty.
    pub fn label(&self, name: &str) -> Option<String> {
        let text = text::decode(self.filled(name)?.trim());
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.raw(name)?.trim().parse().ok()
    }

    /// An id that is not 0.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.number(name).and_then(|id| u32::try_from(id).ok()).filter(|id| *id > 0)
    }

    /// A point in time, written in UTC.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        time::utc(self.raw(name)?)
    }

    /// True for `1`.
    pub fn flag(&self, name: &str) -> bool {
        self.raw(name) == Some("1")
    }

    /// Bytes of all cells.
    pub fn size_bytes(&self) -> usize {
        self.cells.iter().flatten().map(String::len).sum()
    }

    /// Adds what other tables say; names must be none of the table's own.
    pub fn derived(&mut self, name: &'static str, value: String) {
        self.more.push((name, value));
    }

    /// Empties a cell.
    pub fn clear(&mut self, name: &str) {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            self.cells[at] = None;
        }
    }

    /// Cells that say something, as canonical JSON (RFC 8785): flat text, names in order.
    pub fn json(&self) -> Vec<u8> {
        // Texts have the same form in both writers; only the order of names is left to us.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let own = self.names.iter().zip(&self.cells);
        let own = own.filter_map(|(name, cell)| Some((name.as_str(), cell.as_deref()?)));
        let more = self.more.iter().map(|(name, text)| (*name, text.as_str()));
        let mut cells: Vec<(&str, &str)> = own.chain(more).collect();
        cells.sort_unstable();
        let mut map = to.serialize_map(Some(cells.len()))?;
        for (name, text) in cells {
            map.serialize_entry(name, text)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, Option<&str>)]) -> Row {
        let names: Vec<String> = cells.iter().map(|(name, _)| (*name).to_owned()).collect();
        let cells = cells.iter().map(|(_, cell)| cell.map(str::to_owned)).collect();
        Row::new(names.into(), cells)
    }

    #[test]
    fn cells_are_read_as_what_they_hold() {
        let row = row(&[
            ("id", Some("12")),
            ("owner", Some("0")),
            ("subject", Some(" A &amp;amp; B ")),
            ("dt", Some("2023-09-26 09:14:25")),
            ("closedat", None),
        ]);
        assert_eq!(row.id("id"), Some(12));
        assert_eq!(row.id("owner"), None);
        assert_eq!(row.label("subject").as_deref(), Some("A &amp; B"));
        assert_eq!(row.time("dt").unwrap().to_rfc3339(), "2023-09-26T09:14:25Z");
        assert_eq!(row.time("closedat"), None);
        assert_eq!(row.raw("none"), None);
    }

    proptest::proptest! {
        #[test]
        fn its_json_is_canonical(texts in proptest::collection::vec(".{0,12}", 0..6)) {
            let names: Vec<String> = (0..texts.len()).map(|n| format!("c{}", 9 - n)).collect();
            let cells = texts.into_iter().map(Some).collect();
            let row = Row::new(names.into(), cells);
            let value: serde_json::Value = serde_json::from_slice(&row.json()).unwrap();
            proptest::prop_assert_eq!(row.json(), crate::model::canonical_json(&value).unwrap());
        }
    }
}
