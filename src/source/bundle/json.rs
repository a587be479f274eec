//! JSON: an array, one record per line, or paged envelopes, streamed record by record.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::header;

/// Names under which envelopes hold their records, besides the object's own stems.
const ENVELOPE_KEYS: &[&str] = &["records", "results", "data", "items", "rows"];

/// What envelopes say of themselves.
const PAGE_KEYS: &[&str] = &[
    "totalrecords",
    "recordsperpage",
    "previousquery",
    "nextquery",
    "count",
    "total",
    "next",
    "previous",
    "page",
    "pages",
    "pagesize",
    "totalpages",
    "maxpagelimit",
    "limit",
    "offset",
];

/// Bytes read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// One thing found in a JSON file.
#[derive(Debug)]
pub enum Found {
    /// A record.
    Record(Map<String, Value>),
    /// Something else where a record should be.
    Other(Value),
    /// A record with this key twice; the record follows.
    RepeatedKey(String),
    /// How many records the envelope claims.
    Total(u64),
    /// Something beside the records in an envelope that is not read.
    Unread(String),
    /// A line that is no JSON (files of one record per line only).
    BadLine {
        /// Why.
        error: String,
        /// The line as written.
        line: String,
    },
}

/// Takes what was found, with the record's number (or line) from 1.
pub type Take<'a> = dyn FnMut(Found, u64) -> ControlFlow<()> + 'a;

/// Streams the records of a file. `stems` are the normalised names of the object, under which
/// an envelope may hold them.
///
/// # Errors
/// The reason, with line and column, if the file is no JSON from some point on.
pub fn read(
    text: Box<dyn Read + '_>,
    lines: bool,
    stems: &BTreeSet<String>,
    take: &mut Take<'_>,
) -> Result<ControlFlow<()>, String> {
    let mut ended = ControlFlow::Continue(());
    let state = RefCell::new(State { take, number: 0, flow: &mut ended });
    let seed = Seed { state: &state, stems, depth: 0, inside: false };
    if lines {
        read_lines(text, &seed)?;
    } else {
        let reader = BufReader::with_capacity(BUFFER_BYTES, text);
        let mut values = serde_json::Deserializer::from_reader(reader);
        loop {
            // Pages are often written one after the other.
            if values.end().is_ok() {
                break;
            }
            if let Err(error) = seed.deserialize(&mut values) {
                if state.borrow().flow.is_break() {
                    break;
                }
                return Err(error.to_string());
            }
        }
    }
    Ok(ended)
}

fn read_lines(text: Box<dyn Read + '_>, seed: &Seed<'_, '_>) -> Result<(), String> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, text);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let limit = super::table::ROW_BYTES_MAX;
        let count = reader.by_ref().take(limit).read_until(b'\n', &mut line);
        let count = count.map_err(|error| error.to_string())?;
        if count as u64 == limit {
            return Err(format!("line {} is larger than any export writes", number + 1));
        }
        if count == 0 {
            return Ok(());
        }
        number += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        seed.state.borrow_mut().number = number - 1;
        let mut value = serde_json::Deserializer::from_slice(&line);
        let result = seed.deserialize(&mut value).and_then(|()| value.end());
        if seed.state.borrow().flow.is_break() {
            return Ok(());
        }
        if let Err(error) = result {
            seed.state.borrow_mut().number = number;
            let line = String::from_utf8_lossy(line.trim_ascii()).into_owned();
            seed.give_in_place(Found::BadLine { error: error.to_string(), line });
            if seed.state.borrow().flow.is_break() {
                return Ok(());
            }
        }
    }
}

struct State<'t, 'a> {
    take: &'t mut Take<'a>,
    number: u64,
    flow: &'t mut ControlFlow<()>,
}

#[derive(Clone, Copy)]
struct Seed<'s, 'a> {
    state: &'s RefCell<State<'s, 'a>>,
    stems: &'s BTreeSet<String>,
    depth: u8,
    /// Inside an envelope, below one of its keys.
    inside: bool,
}

/// Envelopes are not nested deeper: object name, `records`, array.
const ENVELOPE_DEPTH_MAX: u8 = 4;

impl Seed<'_, '_> {
    fn deeper(&self, inside: bool) -> Self {
        Self { depth: self.depth + 1, inside, ..*self }
    }

    /// Hands over a record; false ends the reading.
    fn give(&self, found: Found) -> bool {
        self.state.borrow_mut().number += 1;
        self.give_in_place(found)
    }

    fn give_in_place(&self, found: Found) -> bool {
        let mut state = self.state.borrow_mut();
        let number = state.number;
        *state.flow = (state.take)(found, number);
        state.flow.is_continue()
    }

    /// Whether an envelope may hold its records under that key, and whether as an object, too.
    fn envelope_key(&self, key: &str) -> Option<bool> {
        let form = header::stem(key);
        if self.stems.contains(&form) {
            return Some(true);
        }
        ENVELOPE_KEYS.contains(&form.as_str()).then_some(false)
    }

    fn give_page(&self, record: &Map<String, Value>) -> bool {
        record.iter().all(|(key, value)| match header::stem(key).as_str() {
            "totalrecords" | "count" | "total" => {
                value.as_u64().is_none_or(|total| self.give_in_place(Found::Total(total)))
            }
            key if PAGE_KEYS.contains(&key) || value.is_null() => true,
            _ => self.give_in_place(Found::Unread(key.clone())),
        })
    }

    fn give_map(&self, map: Map<String, Value>, repeated: Option<String>) -> bool {
        self.state.borrow_mut().number += 1;
        repeated.is_none_or(|key| self.give_in_place(Found::RepeatedKey(key)))
            && self.give_in_place(Found::Record(map))
    }
}

impl<'de> DeserializeSeed<'de> for &Seed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(*self)
    }
}

fn ended<E: serde::de::Error>() -> E {
    E::custom("ended by the reader")
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, an array of records, or an envelope around one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        // An array of pages is read like an array of records.
        let seed = self.deeper(false);
        if seed.depth > ENVELOPE_DEPTH_MAX {
            return Err(A::Error::custom("arrays within arrays"));
        }
        while seq.next_element_seed(&seed)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut record = Map::new();
        let mut repeated = None;
        let mut page = false;
        while let Some(key) = map.next_key::<String>()? {
            let is_record = record.contains_key("id") || record.contains_key("_id");
            let envelope = self.envelope_key(&key).filter(|_| !is_record);
            let value = match envelope.filter(|_| self.depth < ENVELOPE_DEPTH_MAX) {
                Some(objects) => {
                    let inner = EnvelopeValue { seed: self.deeper(true), objects };
                    let Some(value) = map.next_value_seed(inner)? else {
                        page = true;
                        continue;
                    };
                    value
                }
                None => map.next_value()?,
            };
            if record.insert(key.clone(), value).is_some() {
                repeated = Some(key);
            }
        }
        let about_pages = |key: &String| PAGE_KEYS.contains(&header::stem(key).as_str());
        page = page || (self.inside && record.keys().all(about_pages));
        let go_on = if page { self.give_page(&record) } else { self.give_map(record, repeated) };
        if go_on { Ok(()) } else { Err(ended()) }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.other(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.other(value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.other(value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.other(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.other(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.other(value.into())
    }
}

impl Seed<'_, '_> {
    fn other<E: serde::de::Error>(&self, value: Value) -> Result<(), E> {
        if self.give(Found::Other(value)) { Ok(()) } else { Err(ended()) }
    }
}

/// The value below an envelope's key: an array of records or, under the object's own name, the
/// inner envelope; then `None`. Anything else is the value of a record and comes back.
struct EnvelopeValue<'s, 'a> {
    seed: Seed<'s, 'a>,
    objects: bool,
}

impl<'de> DeserializeSeed<'de> for EnvelopeValue<'_, '_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<Value>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeValue<'_, '_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records or an envelope")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Option<Value>, A::Error> {
        self.seed.visit_seq(seq).map(|()| None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Value>, A::Error> {
        if self.objects {
            return self.seed.visit_map(map).map(|()| None);
        }
        let map = Map::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Some(Value::Object(map)))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Option<Value>, E> {
        Ok(Some(Value::Null))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, lines: bool) -> (Vec<String>, bool) {
        let stems = BTreeSet::from(["ticket".to_owned(), "tickets".to_owned()]);
        let mut all = Vec::new();
        let result = read(Box::new(text.as_bytes()), lines, &stems, &mut |found, number| {
            all.push(match found {
                Found::Record(map) => format!("{number} {}", Value::Object(map)),
                Found::Other(value) => format!("{number} other {value}"),
                Found::RepeatedKey(key) => format!("{number} repeated {key}"),
                Found::Total(total) => format!("total {total}"),
                Found::Unread(key) => format!("unread {key}"),
                Found::BadLine { .. } => format!("{number} bad"),
            });
            ControlFlow::Continue(())
        });
        (all, result.is_ok())
    }

    #[test]
    fn shapes() {
        for (text, expected) in [
            (r#"[{"id":1},{"id":2}]"#, vec![r#"1 {"id":1}"#, r#"2 {"id":2}"#]),
            (r#"{"id":1,"data":[1]}"#, vec![r#"1 {"data":[1],"id":1}"#]),
            (r#"{"id":1} {"id":2}"#, vec![r#"1 {"id":1}"#, r#"2 {"id":2}"#]),
            (
                r#"{"ticket":{"totalRecords":2,"nextQuery":"x","records":[{"id":1},{"id":2}]}}"#,
                vec![r#"1 {"id":1}"#, r#"2 {"id":2}"#, "total 2"],
            ),
            (r#"{"count":1,"next":null,"results":[{"id":1}]}"#, vec![r#"1 {"id":1}"#, "total 1"]),
            (
                r#"[{"tickets":{"records":[{"id":1}]}},{"tickets":{"records":[{"id":2}]}}]"#,
                vec![r#"1 {"id":1}"#, r#"2 {"id":2}"#],
            ),
            (r#"{"ticket":{"id":1}}"#, vec![r#"1 {"id":1}"#]),
            (
                r#"{"tickets":[{"id":1}],"customers":[{}]}"#,
                vec![r#"1 {"id":1}"#, "unread customers"],
            ),
            (r#"{"data":{"x":1},"id":7}"#, vec![r#"1 {"data":{"x":1},"id":7}"#]),
            (r#"{"ticket":"T1","a":2}"#, vec![r#"1 {"a":2,"ticket":"T1"}"#]),
            (r#"[1,{"id":1}]"#, vec!["1 other 1", r#"2 {"id":1}"#]),
            (r#"{"id":1,"a":1,"a":2}"#, vec!["1 repeated a", r#"1 {"a":2,"id":1}"#]),
            (r#"{"tickets":{"totalRecords":0,"records":[]}}"#, vec!["total 0"]),
            ("", vec![]),
            ("[]", vec![]),
        ] {
            assert_eq!(
                found(text, false),
                (expected.iter().map(|t| (*t).to_owned()).collect(), true)
            );
        }
    }

    #[test]
    fn what_follows_a_fault_is_told() {
        assert_eq!(found(r#"[{"id":1},{"id":"#, false), (vec![r#"1 {"id":1}"#.to_owned()], false));
    }

    #[test]
    fn bad_lines_do_not_stop_the_others() {
        let text = "{\"id\":1}\n\nnope\n{\"id\":2}\n";
        let (all, ok) = found(text, true);
        assert_eq!(all, [r#"1 {"id":1}"#, "3 bad", r#"4 {"id":2}"#]);
        assert!(ok);
    }
}
