//! The small lists, custom fields and tags, as records of a source.

use super::adapter::{Made, Outcome};
use super::cells::Cells;
use super::common;
use crate::model::SourceKey;
use crate::source::finding::Code;

/// Makes the key of a source's record out of the object's word and the id.
pub type MakeKey = fn(&str, &str) -> Option<SourceKey>;

/// A declared custom field as a record; `owner` gives our word for what it belongs to.
pub fn field(cells: &mut Cells<'_>, key: MakeKey, owner: fn(&str) -> &str) -> Outcome {
    let Some(mut definition) = common::field_of(cells) else {
        cells.note(Code::NameMissing, "The definition names no field or no object.");
        return Outcome::Reject(None);
    };
    definition.object = owner(&definition.object).to_owned();
    let id = format!("{}:{}", definition.object, definition.field);
    match key("custom_field", &id) {
        Some(key) => Outcome::Record(Made { key, natural: Some(id), record: definition.into() }),
        None => Outcome::Reject(None),
    }
}

/// A tag as a record.
pub fn tag(cells: &mut Cells<'_>, key: MakeKey) -> Outcome {
    let Some(tag) = common::tag_of(cells) else { return Outcome::Reject(None) };
    match key("tag", &tag.name.to_lowercase()) {
        Some(key) => Outcome::Record(Made { key, natural: None, record: tag.into() }),
        None => Outcome::Reject(None),
    }
}
