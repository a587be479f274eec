//! Objects that every export lays out alike: attachments index, tags, custom fields, workflows.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::infer;
use super::layout::{ObjectLayout, columns};
use super::owner::owner_word;
use crate::model::RecordKind;
use crate::model::record::{ConfigurationItem, FieldDefinition, FieldType, Tag};
use crate::source::finding::Code;

columns! {
    /// Columns of the attachments index.
    attachment, copied by hand {
        ID = "attachment_id" Id, ["id"];
        PARENT_TYPE = "parent_type" Word, ["object", "object_type"];
        PARENT_ID = "parent_id" Id, ["ticket_id", "object_id"];
        MESSAGE_ID = "message_id" Id, ["reply_id"];
        FILE_NAME = "file_name" Text, ["name", "documentName", "filename"];
        PATH = "path" Text, ["file", "file_path"];
        CONTENT_TYPE = "content_type" Word, ["documentType", "mime_type", "type"];
        SIZE_BYTES = "size_bytes" Integer, ["size"];
        SHA256 = "sha256" Text, ["checksum"];
        URL = "url" Text, ["link"];
        INLINE_CID = "inline_cid" Text, ["cid", "content_id"];
        MESSAGE_SEQ = "message_seq" Id, ["seq", "message_number"];
        NEW_FILE_NAME = "new_file_name" Text, ["renamed_to", "saved_as"];
        DOWNLOADED = "downloaded" Boolean, [];
        REUPLOADED = "reuploaded" Boolean, ["re-uploaded"];
    }
}

columns! {
    /// Columns of tags.
    tag, copied by hand {
        NAME = "tag" Id, ["name", "text"];
        DESCRIPTION = "description" Text, [];
        COUNT = "count" Integer, ["uses"];
        KIND = "kind" Word, [];
        USED_ON = "used_on" Text, [];
    }
}

columns! {
    /// Columns of custom field definitions.
    custom_field, copied by hand {
        ID = "id" Id, ["_id"];
        OBJECT = "object" Word, ["belongs_to", "entity"];
        FIELD_KEY = "field_key" Text, ["key", "field", "name"];
        LABEL = "label" Text, ["title"];
        TYPE = "type" Word, ["field_type", "data_type"];
        OPTIONS = "options" List, ["values", "choices"];
        REQUIRED = "required" Boolean, ["mandatory"];
        DESCRIPTION = "description" Text, ["help"];
        LINKED_TO = "linked_to" Text, ["linkedField", "depends_on"];
        LINKED_VALUES = "linked_values" List, ["linkedValues"];
    }
}

columns! {
    /// Columns of workflows and rules.
    workflow {
        NAME = "name" Id, ["title"];
        KIND = "kind" Word, ["type"];
        ACTIVE = "active" Boolean, ["enabled"];
        TRIGGER = "trigger" Text, ["event"];
        CONDITIONS = "conditions" Text, ["condition"];
        ACTIONS = "actions" Text, ["action"];
        TIMING = "timing" Text, ["schedule", "target"];
        NOTES = "notes" Text, ["description"];
    }
}

/// Layout of the attachments index.
pub const ATTACHMENTS: ObjectLayout = ObjectLayout {
    id_required: false,
    ..ObjectLayout::new(
        "attachments",
        RecordKind::Attachment,
        &["attachment", "files"],
        attachment::COLUMNS,
    )
};

/// Layout of tags.
pub const TAGS: ObjectLayout = ObjectLayout::new("tags", RecordKind::Tag, &["tag"], tag::COLUMNS);

/// Layout of custom field definitions.
pub const CUSTOM_FIELDS: ObjectLayout = ObjectLayout {
    id_required: false,
    ..ObjectLayout::new(
        "custom_fields",
        RecordKind::FieldDefinition,
        &["custom_field", "fields"],
        custom_field::COLUMNS,
    )
};

/// Layout of workflows.
pub const WORKFLOWS: ObjectLayout = ObjectLayout::new(
    "workflows",
    RecordKind::ConfigurationItem,
    &["workflow", "rules", "automations", "sla"],
    workflow::COLUMNS,
);

/// A tag; `None` if its name is empty.
pub fn tag_of(cells: &mut Cells<'_>) -> Option<Tag> {
    let name = cells.string(tag::NAME)?;
    let description = cells.string(tag::DESCRIPTION);
    let count = cells.count(tag::COUNT);
    Some(Tag { name, description, count, kind: cells.string(tag::KIND) })
}

/// A declared custom field; `None` if it names no field or object.
pub fn field_of(cells: &mut Cells<'_>) -> Option<FieldDefinition> {
    let label = cells.string(custom_field::LABEL);
    let name = cells.string(custom_field::FIELD_KEY).or_else(|| label.clone())?;
    let object = cells.string(custom_field::OBJECT)?.to_lowercase();
    let object = match object.split_once(':') {
        Some((of, written)) => owner_word(of.trim(), Some(written)),
        None => object.strip_suffix('s').unwrap_or(&object).to_owned(),
    };
    let word = cells.row.trimmed(custom_field::TYPE).unwrap_or_default();
    let field_type = infer::field_type(word);
    if field_type.is_none() {
        let reason = "Not a known type; the field is read as a line of text.";
        cells.note_cell(Code::FieldTypeDoubt, custom_field::TYPE, reason);
    }
    let mut options = cells.list(custom_field::OPTIONS, "value");
    let linked = cells.list(custom_field::LINKED_VALUES, "value");
    let depends_on = cells.string(custom_field::LINKED_TO);
    if depends_on.is_some() || !linked.is_empty() {
        let reason = "Which options are offered depends on another field.";
        cells.note(Code::DependencyLost, reason);
    }
    if options.is_empty() {
        options = linked;
    }
    Some(FieldDefinition {
        object,
        field: super::header::field_key(&name),
        label: label.unwrap_or(name),
        field_type: field_type.unwrap_or(FieldType::String),
        options,
        required: cells.boolean(custom_field::REQUIRED).unwrap_or(false),
        description: cells.string(custom_field::DESCRIPTION),
        depends_on,
        declared: true,
    })
}

/// A workflow or rule, for the hand-off; `None` if it has no name.
pub fn workflow_of(cells: &mut Cells<'_>) -> Option<ConfigurationItem> {
    let name = cells.string(workflow::NAME)?;
    let kind = cells.string(workflow::KIND).unwrap_or_else(|| "workflow".to_owned());
    let mut details = BTreeMap::new();
    for slot in workflow::TRIGGER..workflow::COLUMNS.len() {
        if let Some(text) = cells.string(slot) {
            details.insert(workflow::COLUMNS[slot].name.to_owned(), text);
        }
    }
    let kind = kind.to_lowercase();
    Some(ConfigurationItem { kind, name, active: cells.boolean(workflow::ACTIVE), details })
}
