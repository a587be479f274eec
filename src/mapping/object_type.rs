//! Types of the attributes of custom objects, in the words of the sheet by which people make them.

use std::collections::BTreeMap;

use crate::model::record::{FieldDefinition, FieldType};

/// Types of the attributes of a type of custom objects, by name of the attribute.
pub(super) type Types = BTreeMap<String, &'static str>;

/// Types in the words of the sheet.
pub(super) const TEXT: &str = "text";
/// Whole numbers.
pub(super) const INTEGER: &str = "integer";
/// Numbers.
pub(super) const DECIMAL: &str = "decimal";
/// Yes or no.
pub(super) const BOOLEAN: &str = "boolean";
/// A point in time.
pub(super) const TIME: &str = "date and time";
/// References to custom objects.
pub(super) const RELATION: &str = "relationship, many";

/// The word for the type of an attribute that holds a field.
pub(super) fn word(field: &FieldDefinition) -> &'static str {
    match field.field_type {
        FieldType::Integer => INTEGER,
        FieldType::Decimal => DECIMAL,
        FieldType::Boolean => BOOLEAN,
        FieldType::Date | FieldType::DateTime => TIME,
        _ => TEXT,
    }
}
