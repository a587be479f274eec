//! Custom fields as the confirmed map knows them, for readers of exports that do not declare them
//! again.

use crate::model::record::{FieldDefinition, FieldType};

use super::rule::{Attribute, AttributeType, CUSTOM, FieldRule, Mapping};

/// The custom fields that have an attribute.
pub fn known_fields(mapping: &Mapping) -> Vec<FieldDefinition> {
    let known = |(from, rule): (&String, &FieldRule)| {
        let FieldRule::Attribute(attribute) = rule else { return None };
        let (object, name) = from.split_once('.')?;
        let field = name.strip_prefix(CUSTOM)?;
        Some(FieldDefinition {
            object: object.to_owned(),
            field: field.to_owned(),
            label: attribute.description.clone().unwrap_or_else(|| field.to_owned()),
            field_type: field_type(attribute),
            options: attribute.options.clone(),
            required: false,
            description: None,
            depends_on: None,
            declared: true,
        })
    };
    mapping.fields.iter().filter_map(known).collect()
}

/// A text with options is a field of which several may be chosen.
fn field_type(attribute: &Attribute) -> FieldType {
    match attribute.data_type {
        AttributeType::String if attribute.options.is_empty() => FieldType::String,
        AttributeType::String => FieldType::MultiList,
        AttributeType::Integer => FieldType::Integer,
        AttributeType::Decimal => FieldType::Decimal,
        AttributeType::Boolean => FieldType::Boolean,
        AttributeType::Date => FieldType::Date,
        AttributeType::Datetime => FieldType::DateTime,
        AttributeType::List => FieldType::List,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_tells_how_custom_fields_are_read() {
        let text = r#"
format = 1
source = "itco"
prefix = "itco"

[[field]]
from = "ticket.cf_color"
to = "conversation.itco_color"
type = "string"
options = ["Red", "Blue"]

[[field]]
from = "ticket.cf_floor"
to = "conversation.itco_floor"
type = "integer"

[[field]]
from = "customer.cf_tier"
to = "contact.itco_tier"
type = "list"
options = ["Gold", "Silver"]

[[field]]
from = "customer.cf_memo"
drop = "not wanted"

[[field]]
from = "ticket.priority"
to = "conversation.itco_priority"
type = "string"
"#;
        let found = known_fields(&Mapping::parse(text).unwrap());
        let said: Vec<_> =
            found.iter().map(|one| (&*one.object, &*one.field, one.field_type)).collect();
        let expected = [
            ("customer", "tier", FieldType::List),
            ("ticket", "color", FieldType::MultiList),
            ("ticket", "floor", FieldType::Integer),
        ];
        assert_eq!(said, expected);
        assert_eq!(found[1].options, ["Red", "Blue"]);
    }
}
