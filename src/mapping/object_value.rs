//! Values of custom objects by the types of their attributes. A type is made once, by hand, for all
//! instances: a value that does not fit it would take the whole instance with it.

use serde_json::{Value, json};

use crate::destination::intercom::payload::Attributes;
use crate::model::SourceKey;
use crate::model::record::{FieldValue, Fields};

use super::account::Account;
use super::document;
use super::field::{as_boolean, as_second, as_text};
use super::fold::slug;
use super::loss::LossName;
use super::object_type::{BOOLEAN, DECIMAL, INTEGER, TEXT, TIME, Types};

/// The word for what a value is where no type is known.
fn shown(value: &FieldValue) -> &'static str {
    match value {
        FieldValue::Integer(_) => INTEGER,
        FieldValue::Decimal(_) => DECIMAL,
        FieldValue::Boolean(_) => BOOLEAN,
        FieldValue::Date(_) | FieldValue::DateTime(_) => TIME,
        FieldValue::List(_) | FieldValue::Text(_) => TEXT,
    }
}

/// Values by attribute. One that does not fit its type is left out and listed, alone.
pub(super) fn values(
    (key, fields): (&SourceKey, &Fields),
    types: Option<&Types>,
    account: &mut Account,
) -> Attributes {
    let mut found = Attributes::new();
    for (field, value) in fields {
        let text = as_text(value);
        if text.trim().is_empty() {
            continue;
        }
        let name = slug(field);
        let kind = types.and_then(|types| types.get(&name)).copied().unwrap_or(shown(value));
        let Some(json) = of_type(value, kind) else {
            let text = format!("{field}: {text:?} is no {kind}; the value is left out");
            account.by_hand(LossName::ObjectValueUnfit, document::CUSTOM_OBJECTS, key, text);
            continue;
        };
        if matches!(value, FieldValue::List(values) if values.len() > 1) {
            account.lose(LossName::MultiSelectJoined);
        }
        account.typed(&name, kind);
        found.insert(name, json);
    }
    found
}

/// A value as a type takes it: never an array.
fn of_type(value: &FieldValue, kind: &str) -> Option<Value> {
    let text = as_text(value);
    let number = || text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match kind {
        INTEGER => {
            let whole = text
                .trim()
                .split_once('.')
                .filter(|(_, rest)| !rest.is_empty() && rest.bytes().all(|digit| digit == b'0'));
            let digits = whole.map_or(text.trim(), |(digits, _)| digits);
            digits.parse::<i64>().ok().map(|number| json!(number))
        }
        DECIMAL => number().map(|number| json!(number)),
        BOOLEAN => as_boolean(value).map(|yes| json!(yes)),
        TIME => as_second(value).map(|(second, _)| json!(second)),
        _ => Some(json!(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_does_not_fit_is_lost_alone() {
        let fields: Fields = [
            ("Floor".to_owned(), FieldValue::Text("third".into())),
            ("seats".to_owned(), FieldValue::Text("12".into())),
            ("price".to_owned(), FieldValue::Integer(40)),
            ("colours".to_owned(), FieldValue::List(vec!["red".into(), "blue".into()])),
            ("leased".to_owned(), FieldValue::Text("oui".into())),
            ("until".to_owned(), FieldValue::Text("some day".into())),
            ("weight".to_owned(), FieldValue::Decimal("7.00".into())),
            ("blank".to_owned(), FieldValue::List(Vec::new())),
        ]
        .into();
        let types: Types = [
            ("floor", INTEGER),
            ("seats", INTEGER),
            ("price", DECIMAL),
            ("colours", TEXT),
            ("leased", BOOLEAN),
            ("until", TIME),
        ]
        .map(|(name, kind)| (name.to_owned(), kind))
        .into();
        let key: SourceKey = "infraon/asset/7".parse().unwrap();
        let mut account = Account::default();
        let found = values((&key, &fields), Some(&types), &mut account);
        let sent = serde_json::to_value(&found).unwrap();
        let expected = json!({
            "colours": "red, blue", "leased": true, "price": 40.0, "seats": 12, "weight": 7.0,
        });
        assert_eq!(sent, expected);
        let draft = account.derived_draft(key, crate::mapping::draft::Becomes::Object, Vec::new());
        assert_eq!(draft.losses[&LossName::ObjectValueUnfit], 2);
        let said: Vec<&str> = draft.hand_off.iter().map(|item| item.text.as_str()).collect();
        assert_eq!(
            said,
            [
                "Floor: \"third\" is no integer; the value is left out",
                "until: \"some day\" is no date and time; the value is left out",
            ]
        );
        assert_eq!(draft.types["price"], DECIMAL);
        assert_eq!(draft.types["weight"], DECIMAL, "though what is sent may be written 7");
        assert!(!draft.types.contains_key("floor"), "what is not sent is not asked for");
    }
}
