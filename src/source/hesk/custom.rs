//! Custom fields of tickets: definitions in JSON, values in one column each.

use serde_json::Value;

use super::row::Row;
use super::text;
use super::time;
use crate::model::record::{FieldDefinition, FieldType, FieldValue};

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomField {
    /// Number of its column.
    pub number: u32,
    /// Column in `tickets`, which is also its key.
    pub column: String,
    /// What it is.
    pub definition: FieldDefinition,
    /// What it is called, in every language of the site's.
    pub labels: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Choice,
    Choices,
    Date,
}

impl CustomField {
    /// From a row of `custom_fields`.
    pub fn of(row: &Row, language: Option<&str>) -> Option<Self> {
        let number = row.id("id")?;
        let settings: Value =
            row.raw("value").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let options = |name: &str| -> Vec<String> {
            let list = settings[name].as_array().into_iter().flatten();
            let texts = list.filter_map(Value::as_str).map(text::decode);
            texts.filter(|option| !option.trim().is_empty()).collect()
        };
        let (field_type, kind, options) = match row.raw("type")? {
            "textarea" => (FieldType::Text, Kind::Text, Vec::new()),
            "radio" => (FieldType::List, Kind::Choice, options("radio_options")),
            "select" => (FieldType::List, Kind::Choice, options("select_options")),
            "checkbox" => (FieldType::MultiList, Kind::Choices, options("checkbox_options")),
            "date" => (FieldType::Date, Kind::Date, Vec::new()),
            "email" => (FieldType::Email, Kind::Text, Vec::new()),
            _ => (FieldType::String, Kind::Text, Vec::new()),
        };
        let column = format!("custom{number}");
        let label = row.raw("name").and_then(|json| text::by_language(json, language));
        let staff_only = row.raw("use") == Some("2");
        let definition = FieldDefinition {
            object: "ticket".to_owned(),
            field: column.clone(),
            label: label.unwrap_or_else(|| column.clone()),
            field_type,
            options,
            required: matches!(row.raw("req"), Some("1" | "2")),
            description: staff_only.then(|| "Seen by staff only.".to_owned()),
            depends_on: row.filled("category").map(|_| "category".to_owned()),
            declared: true,
        };
        let labels = row.raw("name").map(text::in_all_languages).unwrap_or_default();
        Some(Self { number, column, definition, labels, kind })
    }

    /// A column with values that no row of `custom_fields` describes.
    pub fn undeclared(number: u32) -> Self {
        let column = format!("custom{number}");
        let definition = FieldDefinition {
            object: "ticket".to_owned(),
            field: column.clone(),
            label: column.clone(),
            field_type: FieldType::Text,
            options: Vec::new(),
            required: false,
            description: None,
            depends_on: None,
            declared: false,
        };
        Self { number, column, definition, labels: Vec::new(), kind: Kind::Text }
    }

    /// A ticket's value; `Err` with the text if it is not of the field's type.
    pub fn value(&self, stored: &str) -> Option<Result<FieldValue, String>> {
        if stored.trim().is_empty() {
            return None;
        }
        let value = match self.kind {
            Kind::Text => FieldValue::Text(text::plain(stored).trim().to_owned()),
            Kind::Choice => FieldValue::Text(text::decode(stored.trim())),
            Kind::Choices => {
                let labels = stored.split("<br").map(|label| {
                    let label = label.split_once('>').map_or(label, |(tag, rest)| {
                        if tag.trim_matches([' ', '/']).is_empty() { rest } else { label }
                    });
                    text::decode(label.trim())
                });
                FieldValue::List(labels.filter(|label| !label.is_empty()).collect())
            }
            Kind::Date => match time::custom_day(stored) {
                Some(day) => FieldValue::Date(day),
                None => return Some(Err(text::decode(stored.trim()))),
            },
        };
        Some(Ok(value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Columns;
    use super::*;

    fn field(kind: &str, value: &str) -> CustomField {
        let columns = Columns::new(["id", "use", "req", "type", "name", "value"]);
        let cells = ["3", "1", "2", kind, r#"{"English":"Size &amp; colour"}"#, value];
        CustomField::of(&Row::new(columns, cells.map(Some)), None).unwrap()
    }

    #[test]
    fn values_are_read_by_their_type() {
        let text = |text: &str| Some(Ok(FieldValue::Text(text.to_owned())));
        assert_eq!(field("text", "{}").value("a &lt; b<br />\nc"), text("a < b\nc"));
        assert_eq!(field("textarea", "{}").value(""), None);
        let select = field("select", r#"{"select_options":["A &amp; B","C"]}"#);
        assert_eq!(select.definition.options, ["A & B", "C"]);
        assert_eq!(select.definition.label, "Size & colour");
        assert_eq!(select.value("A &amp; B"), text("A & B"));
        let boxes = field("checkbox", r#"{"checkbox_options":["red","blue"]}"#);
        let both = FieldValue::List(vec!["red".into(), "blue".into()]);
        assert_eq!(boxes.value("red<br />blue"), Some(Ok(both)));
        assert_eq!(
            field("date", "{}").value("1688169600"),
            Some(Ok(FieldValue::Date("2023-07-01".into())))
        );
        assert_eq!(field("date", "{}").value("soon"), Some(Err("soon".into())));
        assert_eq!(field("email", "{}").value("a@e.org"), text("a@e.org"));
    }

    proptest::proptest! {
        #[test]
        fn no_value_makes_it_panic(
            value in "(<br />|<|>|&amp;|[0-9a-zé]){0,20}",
            json in ".{0,20}",
        ) {
            for kind in ["text", "select", "checkbox", "date", "email", "odd"] {
                field(kind, &json).value(&value);
            }
        }
    }
}
