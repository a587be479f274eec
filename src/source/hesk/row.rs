//! One row as the server wrote it: every cell is text or absent.

use std::sync::Arc;

use super::text;
use super::time;
use crate::model::Timestamp;
use crate::model::canonical_json::write_text;

/// Before the heading of a custom field in an export's row.
pub const CUSTOM: &str = "cf:";

/// The names of the cells of a page's rows, with what is the same in all of them when they are
/// written down.
#[derive(Debug)]
pub struct Columns {
    names: Vec<Box<str>>,
    /// Places of the names in the order of RFC 8785, each with its name as JSON and a colon.
    written: Vec<(usize, Vec<u8>)>,
}

impl Columns {
    /// These names, in the order of the cells.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Arc<Self> {
        let names: Vec<Box<str>> = names.into_iter().map(|name| name.as_ref().into()).collect();
        let mut places: Vec<usize> = (0..names.len()).collect();
        places.sort_by(|one, other| in_order(&names[*one], &names[*other]));
        let key = |place: usize| {
            let mut key = Vec::new();
            write_text(&mut key, &names[place]);
            key.push(b':');
            (place, key)
        };
        let written = places.into_iter().map(key).collect();
        Arc::new(Self { names, written })
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a place.
    pub fn name(&self, place: usize) -> Option<&str> {
        self.names.get(place).map(AsRef::as_ref)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.as_ref() == name)
    }
}

/// Where a cell's text stands in its row; `None` for NULL.
type Span = Option<(u32, u32)>;

/// A row: names shared with its page, all texts in one piece.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<Columns>,
    text: String,
    spans: Vec<Span>,
    more: Vec<(&'static str, String)>,
}

impl Row {
    /// A row without cells yet, with room for so many bytes.
    pub fn with_room(columns: Arc<Columns>, bytes: usize) -> Self {
        let spans = Vec::with_capacity(columns.len());
        Self { columns, text: String::with_capacity(bytes), spans, more: Vec::new() }
    }

    /// A row of `cells` under `columns`.
    pub fn new<'a>(
        columns: Arc<Columns>,
        cells: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Self {
        let mut row = Self::with_room(columns, 0);
        cells.into_iter().for_each(|cell| row.push(cell));
        row
    }

    /// A row of few cells with their names.
    pub fn of(cells: &[(&str, Option<&str>)]) -> Self {
        let columns = Columns::new(cells.iter().map(|(name, _)| *name));
        Self::new(columns, cells.iter().map(|(_, cell)| *cell))
    }

    /// Adds the next cell.
    pub fn push(&mut self, cell: Option<&str>) {
        // No row is longer than a packet of the server's, which ends at 1 GB.
        let end = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let from = end(&self.text);
        let span = cell.map(|cell| {
            self.text.push_str(cell);
            (from, end(&self.text))
        });
        self.spans.push(span);
    }

    /// Names of the cells, in their order.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    fn cell(&self, place: usize) -> Option<&str> {
        let (from, to) = (*self.spans.get(place)?)?;
        self.text.get(from as usize..to as usize)
    }

    /// The cell of that name as written; `None` if it is absent or the server says NULL.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.cell(self.columns.place(name)?)
    }

    /// The cell, or nothing if it is empty or blank.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|text| !text.trim().is_empty())
    }

    /// A label or name: trimmed, entities decoded once; nothing if it is empty.
    pub fn label(&self, name: &str) -> Option<String> {
        let text = text::trimmed(text::decode(self.filled(name)?.trim()));
        (!text.is_empty()).then_some(text)
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
        self.text.len()
    }

    /// Adds what other tables say; names must be none of the table's own.
    pub fn derived(&mut self, name: &'static str, value: String) {
        self.more.push((name, value));
    }

    /// Empties a cell.
    pub fn clear(&mut self, name: &str) {
        if let Some(span) = self.columns.place(name).and_then(|place| self.spans.get_mut(place)) {
            *span = None;
        }
    }

    /// Empties the cells of an export's row that say who asked.
    pub fn clear_people(&mut self) {
        for column in ["name", "email", "followers"] {
            self.clear(column);
        }
        for place in 0..self.columns.len() {
            let is_field = self.columns.name(place).is_some_and(|name| name.starts_with(CUSTOM));
            if is_field && let Some(span) = self.spans.get_mut(place) {
                *span = None;
            }
        }
    }

    /// Cells that say something, as canonical JSON (RFC 8785): flat text, names in order.
    pub fn json(&self) -> Vec<u8> {
        let more: usize = self.more.iter().map(|(name, text)| name.len() + text.len() + 8).sum();
        let keys: usize = self.columns.written.iter().map(|(_, key)| key.len() + 8).sum();
        // Line ends and quotes grow; a tenth more is nearly always enough.
        let mut json = Vec::with_capacity(self.text.len() * 11 / 10 + keys + more);
        let mut more: Vec<&(&str, String)> = self.more.iter().collect();
        more.sort_by(|one, other| in_order(one.0, other.0));
        let mut more = more.into_iter().peekable();
        json.push(b'{');
        for (place, key) in &self.columns.written {
            let Some(text) = self.cell(*place) else { continue };
            let name = &self.columns.names[*place];
            while let Some((name, text)) = more.next_if(|next| in_order(next.0, name).is_lt()) {
                write_more(&mut json, name, text);
            }
            begin(&mut json);
            json.extend_from_slice(key);
            write_text(&mut json, text);
        }
        more.for_each(|(name, text)| write_more(&mut json, name, text));
        json.push(b'}');
        json
    }
}

/// The order of RFC 8785: by UTF-16 code units.
fn in_order(one: &str, other: &str) -> std::cmp::Ordering {
    if one.is_ascii() && other.is_ascii() {
        return one.cmp(other);
    }
    one.encode_utf16().cmp(other.encode_utf16())
}

fn begin(json: &mut Vec<u8>) {
    if json.len() > 1 {
        json.push(b',');
    }
}

fn write_more(json: &mut Vec<u8>, name: &str, text: &str) {
    begin(json);
    write_text(json, name);
    json.push(b':');
    write_text(json, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[(&str, Option<&str>)]) -> Row {
        Row::of(cells)
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

    #[test]
    fn what_is_cleared_is_not_written() {
        let mut row = row(&[("b", Some("x")), ("a", Some("")), ("c", None)]);
        row.derived("ab", "y\n".to_owned());
        row.derived("z", "\"".to_owned());
        assert_eq!(row.json(), br#"{"a":"","ab":"y\n","b":"x","z":"\""}"#);
        row.clear("b");
        row.clear("none");
        assert_eq!((row.raw("b"), row.raw("a")), (None, Some("")));
        assert_eq!(row.json(), br#"{"a":"","ab":"y\n","z":"\""}"#);
    }

    proptest::proptest! {
        #[test]
        fn its_json_is_canonical(
            cells in proptest::collection::btree_map(
                ".{1,4}",
                proptest::option::of(".{0,12}"),
                0..6,
            ),
            more in ".{0,12}",
        ) {
            let own: Vec<(&str, Option<&str>)> = cells
                .iter()
                .rev()
                .filter(|(name, _)| *name != "people")
                .map(|(name, cell)| (name.as_str(), cell.as_deref()))
                .collect();
            let mut row = Row::of(&own);
            row.derived("people", more);
            let value: serde_json::Value = serde_json::from_slice(&row.json()).unwrap();
            proptest::prop_assert_eq!(row.json(), crate::model::canonical_json(&value).unwrap());
        }
    }
}
