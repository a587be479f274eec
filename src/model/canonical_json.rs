//! The one byte form that is hashed: RFC 8785 (JSON Canonicalization Scheme).

use std::cell::Cell;

use serde::Serialize;

use super::canonical_writer::Writer;
pub use super::canonical_writer::{CanonicalJsonError, write_text};

/// The canonical bytes of `value`.
///
/// # Errors
/// If the value holds what JSON cannot (a non-finite number, a non-text key).
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalJsonError> {
    // A value may write others while it is written; those find no writer and make their own.
    let mut writer = WRITER.take();
    let written = value.serialize(&mut writer).map(|()| writer.bytes().to_vec());
    writer.clear();
    WRITER.set(writer);
    written
}

thread_local! {
    // Growing its room step by step took longer than writing a record.
    static WRITER: Cell<Writer> = Cell::default();
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn keys_are_sorted_and_whitespace_is_gone() {
        let value: Value = serde_json::from_str(r#"{ "b": 1.0, "a": "ü" }"#).unwrap();
        assert_eq!(canonical_json(&value).unwrap(), r#"{"a":"ü","b":1}"#.as_bytes());
    }

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(i64),
        Tuple(u8, char),
        Struct { z: f32, a: Option<bool> },
    }

    #[derive(Serialize)]
    struct Nested {
        zeta: Vec<Shape>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
        alpha: (u64, i64, ()),
        numbered: HashMap<i32, &'static str>,
    }

    /// The library that says the same, slower.
    fn expected<T: Serialize>(value: &T) -> String {
        String::from_utf8(serde_json_canonicalizer::to_vec(value).unwrap()).unwrap()
    }

    fn ours<T: Serialize>(value: &T) -> String {
        String::from_utf8(canonical_json(value).unwrap()).unwrap()
    }

    #[test]
    fn every_shape_of_serde_is_written() {
        let value = Nested {
            zeta: vec![
                Shape::Unit,
                Shape::Newtype(-3),
                Shape::Tuple(7, '"'),
                Shape::Struct { z: 0.1, a: Some(true) },
                Shape::Struct { z: -0.0, a: None },
            ],
            rest: BTreeMap::from([("m".to_owned(), json!({"y": [], "x": {}}))]),
            alpha: (u64::MAX, i64::MIN, ()),
            numbered: HashMap::from([(10, "ten"), (9, "nine"), (-1, "less")]),
        };
        assert_eq!(ours(&value), expected(&value));
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        assert!(canonical_json(&f64::NAN).is_err());
        assert!(canonical_json(&[f32::INFINITY]).is_err());
        assert!(canonical_json(&BTreeMap::from([((1, 2), 3)])).is_err());
        assert!(canonical_json(&BTreeMap::from([((), 3)])).is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = "(\\PC|[\"\\\\\\x00-\\x1f/\u{e000}\u{ffff}\u{1f600}]){0,6}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::vec((text, inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Members in the order they came in, as a struct or an unsorted map gives them.
    struct AsIs<'a>(&'a Value);

    impl Serialize for AsIs<'_> {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Value::Array(items) => to.collect_seq(items.iter().map(AsIs)),
                Value::Object(members) => {
                    to.collect_map(members.iter().rev().map(|(key, value)| (key, AsIs(value))))
                }
                other => other.serialize(to),
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_library_writes(value in any_json()) {
            prop_assert_eq!(ours(&value), expected(&value));
        }

        #[test]
        fn the_order_of_members_does_not_matter(value in any_json()) {
            prop_assert_eq!(ours(&AsIs(&value)), ours(&value));
        }
    }
}
