//! The second reading: attached files, from the index and from the records that name them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::cells::Cells;
use super::common::attachment;
use super::files::{FileRef, Named, by_number, index_id, message_named, parent_word, path_named};
use super::index::hash;
use super::row::Row;
use super::yielding::Yielding;
use crate::model::event::Location;
use crate::model::record::Record;
use crate::model::{RecordKind, SourceKey};
use crate::source::contract::{Item, RejectedRow, SourceRecord};
use crate::source::finding::{Code, Finding};

impl Yielding<'_, '_, '_> {
    /// Tells a record its files; gives back those that only it names.
    pub(super) fn name_files(
        &mut self,
        object: usize,
        record: &mut Record,
        key: &SourceKey,
        row: &Row,
    ) -> Vec<FileRef> {
        let mut own = Vec::new();
        let Some(columns) = self.adapter.file_columns(object) else { return own };
        let mut keys = Vec::new();
        for id in self.listed(object, record, key, row) {
            push_key(&mut keys, self.file_key(&id));
        }
        for named in self.study.files.named(row, columns.files, columns.bodies, key) {
            let id = match named {
                Named::Listed(id) => id,
                Named::Own(file) => {
                    let id = file.id.clone();
                    own.push(*file);
                    id
                }
            };
            push_key(&mut keys, self.file_key(&id));
        }
        attach(record, keys);
        own
    }

    /// What the index lists for a record.
    fn listed(&self, object: usize, record: &Record, key: &SourceKey, row: &Row) -> Vec<String> {
        let files = &self.study.files;
        let ticket = self.adapter.parent_object("ticket").map(|(object, _)| object);
        let (owner, id) = match record {
            Record::Message(message) => {
                let mut found = Vec::new();
                let number = message.sequence.map(|number| number.to_string());
                let number = number.map(|number| by_number(message.conversation.id(), &number));
                for id in row.id(0).into_iter().chain(number.as_deref()) {
                    found.extend(files.listed("message", id).map(str::to_owned));
                }
                return found;
            }
            // Chats and the like have ids of their own, which may equal a ticket's.
            Record::Conversation(_) if ticket.is_some_and(|word| word != key.object()) => {
                (key.object(), key.id())
            }
            Record::Conversation(_) => ("ticket", key.id()),
            Record::Article(_) => ("article", key.id()),
            Record::Contact(_) => ("customer", key.id()),
            _ => return Vec::new(),
        };
        if id.is_empty() {
            return Vec::new();
        }
        let other = self.adapter.other_id(object, row).filter(|other| other != id);
        let other = other.as_deref().unwrap_or_default();
        files.listed(owner, id).chain(files.listed(owner, other)).map(str::to_owned).collect()
    }

    fn file_key(&self, id: &str) -> Option<SourceKey> {
        SourceKey::new(self.bundle.config.system, "attachment", id).ok()
    }

    pub(super) fn own_file(
        &mut self,
        file: FileRef,
        owner: &(SourceKey, Option<SourceKey>),
        at: &Location,
    ) -> ControlFlow<()> {
        let Some(&object) = self.names.get("attachments") else {
            return ControlFlow::Continue(());
        };
        self.count(object).rows += 1;
        *self.derived.entry("attachments").or_default() += 1;
        let raw = own_raw(&file, owner);
        let (parent, message) = owner.clone();
        self.file(object, &file, parent, message, at, raw, Vec::new())
    }

    /// A row of the attachments index.
    pub(super) fn index_row(&mut self, object: usize, mut cells: Cells<'_>) -> ControlFlow<()> {
        let row = cells.row;
        let id = index_id(row);
        let Some((parent, message)) = self.home(&mut cells) else {
            let key = self.file_key(&id);
            return self.reject(object, key, row, cells.findings);
        };
        let path = path_named(row);
        let url = cells.string(attachment::URL);
        let last = |text: &String| text.rsplit('/').next().unwrap_or(text).to_owned();
        let named = cells.string(attachment::FILE_NAME);
        let name = named.or_else(|| path.as_ref().or(url.as_ref()).map(last));
        let file = FileRef {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            url,
            path,
            content_type: cells.string(attachment::CONTENT_TYPE),
            size_bytes: cells.count(attachment::SIZE_BYTES),
            sha256: cells.string(attachment::SHA256),
            inline_cid: cells.string(attachment::INLINE_CID),
            inline: None,
            damaged: false,
            standard: marks(&mut cells),
        };
        let at = Location { file: row.file.to_string(), line: row.line };
        self.file(object, &file, parent, message, &at, row.raw(), cells.findings)
    }

    /// The thread, article or customer that an index row belongs to, and the message.
    fn home(&self, cells: &mut Cells<'_>) -> Option<(SourceKey, Option<SourceKey>)> {
        let system = self.bundle.config.system;
        let row = cells.row;
        let word = row.trimmed(attachment::PARENT_TYPE).unwrap_or("ticket").to_lowercase();
        let parent = row.id(attachment::PARENT_ID);
        let message = message_named(row, &word);
        let thread = self.adapter.parent_object("ticket").map_or("ticket", |(object, _)| object);
        if let Some(message) = message {
            if let Some(home) = self.study.files.home(&message) {
                let thread = home.thread_object.unwrap_or(thread);
                let parent = SourceKey::new(system, thread, &home.thread).ok()?;
                let message = SourceKey::new(system, home.object, &home.message).ok()?;
                return Some((parent, Some(message)));
            }
            return self.earlier(cells, &word, &message);
        }
        let Some((object, held_by)) = self.adapter.parent_object(parent_word(&word)) else {
            let reason = "Not a kind of record that has files.";
            cells.note_cell(Code::UnmappedValue, attachment::PARENT_TYPE, reason);
            return None;
        };
        let Some(parent) = parent else {
            cells.note_cell(Code::IdMissing, attachment::PARENT_ID, "The file belongs to nothing.");
            return None;
        };
        let resolved = self.adapter.resolve(held_by, parent);
        let known = self.names.get(held_by).map(|&index| &self.study.objects[index]);
        let is_known = known.is_some_and(|known| known.ids.contains(hash(parent)));
        let parent = resolved.as_deref().unwrap_or(parent);
        if resolved.is_none() && !is_known && !self.common.partial {
            let reason = "No such record is in the export.";
            cells.note_cell(Code::OrphanPart, attachment::PARENT_ID, reason);
            return None;
        }
        SourceKey::new(system, object, parent).ok().map(|key| (key, None))
    }

    /// The thread and message of an earlier export that a row of a partial one names: both, since
    /// a message's id does not tell its thread.
    fn earlier(
        &self,
        cells: &mut Cells<'_>,
        word: &str,
        message: &str,
    ) -> Option<(SourceKey, Option<SourceKey>)> {
        let system = self.bundle.config.system;
        if !self.common.partial {
            cells.note(Code::OrphanPart, "No such message is in the export.");
            return None;
        }
        let named = self.adapter.parent_object(parent_word(word));
        let named = named.zip(cells.row.id(attachment::PARENT_ID));
        let keys = named.and_then(|((thread, held_by), id)| {
            let object = self.adapter.message_object(thread)?;
            let resolved = self.adapter.resolve(held_by, id);
            let thread = SourceKey::new(system, thread, resolved.as_deref().unwrap_or(id)).ok()?;
            Some((thread, Some(SourceKey::new(system, object, message).ok()?)))
        });
        if keys.is_some() {
            let reason = "The message stands in an earlier export.";
            cells.note(Code::ReferenceOutside, reason);
        } else {
            let reason = "The message is not in this partial export, and the row names no ticket.";
            cells.note(Code::OrphanPart, reason);
        }
        keys
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one record, used by two callers")]
    fn file(
        &mut self,
        object: usize,
        file: &FileRef,
        parent: SourceKey,
        message: Option<SourceKey>,
        at: &Location,
        raw: Vec<u8>,
        mut findings: Vec<Finding>,
    ) -> ControlFlow<()> {
        let first = findings.len();
        let container = &self.bundle.container;
        let made = self.files.record(container, file, parent, message, &mut findings);
        for finding in findings.iter_mut().skip(first) {
            finding.at = Some(at.clone());
        }
        let key = self.file_key(&file.id);
        findings.iter_mut().for_each(|finding| finding.key.clone_from(&key));
        let at = at.clone();
        match (made, key) {
            (Err(fault), _) => {
                self.fault = Some(fault);
                ControlFlow::Break(())
            }
            (Ok(Some(attachment)), Some(key)) => {
                self.count(object).records += 1;
                let record = Record::Attachment(attachment);
                (self.sink)(Item::Record(Box::new(SourceRecord { key, at, raw, record, findings })))
            }
            (Ok(_), key) => {
                self.count(object).rejected += 1;
                let kind = Some(RecordKind::Attachment);
                let row = RejectedRow { key, kind, at, raw, findings };
                (self.sink)(Item::Rejected(Box::new(row)))
            }
        }
    }
}

/// What people noted who move files by hand.
fn marks(cells: &mut Cells<'_>) -> BTreeMap<String, String> {
    let mut marks = BTreeMap::new();
    for slot in [attachment::MESSAGE_SEQ, attachment::NEW_FILE_NAME] {
        if let Some(text) = cells.string(slot) {
            marks.insert(attachment::COLUMNS[slot].name.to_owned(), text);
        }
    }
    for slot in [attachment::DOWNLOADED, attachment::REUPLOADED] {
        if let Some(yes) = cells.boolean(slot) {
            marks.insert(attachment::COLUMNS[slot].name.to_owned(), yes.to_string());
        }
    }
    marks
}

/// An inline or directly named file has no row of its own: what is known of it stands for it.
fn own_raw(file: &FileRef, owner: &(SourceKey, Option<SourceKey>)) -> Vec<u8> {
    let inline = file.inline.as_ref().map(|(sha256, ..)| sha256);
    let value = serde_json::json!({
        "attachment_id": file.id, "parent": owner.0, "message": owner.1, "file_name": file.name,
        "path": file.path, "url": file.url, "content_type": file.content_type,
        "content_sha256": inline,
    });
    crate::model::canonical_json(&value).unwrap_or_default()
}

fn push_key(keys: &mut Vec<SourceKey>, key: Option<SourceKey>) {
    if let Some(key) = key.filter(|key| !keys.contains(key)) {
        keys.push(key);
    }
}

fn attach(record: &mut Record, keys: Vec<SourceKey>) {
    match record {
        Record::Conversation(conversation) => conversation.attachments = keys,
        Record::Message(message) => message.attachments = keys,
        Record::Article(article) => article.attachments = keys,
        _ => {}
    }
}
