//! Attached files: the index, what records name themselves, what is really there.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::common::attachment;
use super::container::{Container, safe_path};
use super::index::{IdSet, hash, hash_parts};
use super::inline::{InlineFile, data_uris, hex};
use super::row::Row;
use crate::model::SourceKey;
use crate::model::record::{Attachment, Record};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Paths of bytes that stand inside records.
pub const INLINE: &str = "inline:";

/// Separates paths in a cell.
const PATHS: char = '|';

/// The message of a thread that an index row refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// Second word of the message's key.
    pub object: &'static str,
    /// Its id.
    pub message: String,
    /// Second word of its thread's key, if not the one of tickets.
    pub thread_object: Option<&'static str>,
    /// Id of its thread.
    pub thread: String,
}

/// The attachments index, by owner: some forty bytes a row.
#[derive(Debug, Default)]
pub struct FileIndex {
    owners: Vec<(u64, u32, u32)>,
    texts: String,
    paths: HashMap<u64, (u32, u32)>,
    ids: IdSet,
    wanted: HashMap<u64, Option<Home>>,
}

/// A file that a record names.
#[derive(Debug)]
pub enum Named {
    /// In the index, under this id.
    Listed(String),
    /// Only here.
    Own(Box<FileRef>),
}

/// A file as it is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRef {
    /// Id within the source.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Path in the export.
    pub path: Option<String>,
    /// Address in the old help desk.
    pub url: Option<String>,
    /// Declared content type.
    pub content_type: Option<String>,
    /// Declared size.
    pub size_bytes: Option<u64>,
    /// Declared SHA-256.
    pub sha256: Option<String>,
    /// Content-ID.
    pub inline_cid: Option<String>,
    /// What was found of an inline file: SHA-256, size, type.
    pub inline: Option<(String, u64, Option<String>)>,
    /// It should be inline, but cannot be decoded.
    pub damaged: bool,
    /// Further columns of the index by their names.
    pub standard: BTreeMap<String, String>,
}

impl FileIndex {
    /// Takes a row of the index.
    pub fn observe(&mut self, row: &Row) {
        let id = index_id(row);
        let span = self.keep(&id);
        let parent_type = row.trimmed(attachment::PARENT_TYPE).unwrap_or("ticket").to_lowercase();
        let parent = row.id(attachment::PARENT_ID).unwrap_or_default();
        let message = message_named(row, &parent_type);
        let owner = match message {
            Some(message) => {
                self.wanted.insert(hash(&message), None);
                hash_parts(&["message", &message])
            }
            None => hash_parts(&[parent_word(&parent_type), parent]),
        };
        self.owners.push((owner, span.0, span.1));
        self.ids.add(hash(&id));
        if let Some(path) = path_named(row).as_deref().and_then(safe_path) {
            self.paths.insert(hash(&path), span);
        }
    }

    /// Tells of a message that index rows may refer to.
    pub fn message_seen(&mut self, object: &'static str, message: &str, thread: &str) {
        self.seen(object, (message, message), None, thread);
    }

    /// The same, where index rows may refer to it as `name` (see [`by_number`]).
    pub fn message_named(&mut self, object: &'static str, name: &str, message: &str, thread: &str) {
        self.seen(object, (name, message), None, thread);
    }

    /// The same, for a thread that is no ticket.
    pub fn message_seen_in(
        &mut self,
        object: &'static str,
        message: &str,
        (thread_object, thread): (&'static str, &str),
    ) {
        self.seen(object, (message, message), Some(thread_object), thread);
    }

    fn seen(
        &mut self,
        object: &'static str,
        (name, message): (&str, &str),
        thread_object: Option<&'static str>,
        thread: &str,
    ) {
        if self.wanted.is_empty() {
            return;
        }
        if let Some(home @ None) = self.wanted.get_mut(&hash(name)) {
            let (message, thread) = (message.to_owned(), thread.to_owned());
            *home = Some(Home { object, message, thread_object, thread });
        }
    }

    /// Ends the filling.
    pub fn finish(&mut self) {
        self.owners.sort_by_key(|(owner, ..)| *owner);
        self.owners.shrink_to_fit();
        self.ids.finish(true);
    }

    /// Ids of the index's files of an owner (`ticket`, `message`, `article`, `customer`), in
    /// file order.
    pub fn listed(&self, owner: &str, id: &str) -> impl Iterator<Item = &str> {
        let owner = if self.owners.is_empty() { 0 } else { hash_parts(&[owner, id]) };
        let start = self.owners.partition_point(|(found, ..)| *found < owner);
        let rest = self.owners.get(start..).unwrap_or_default();
        rest.iter()
            .take_while(move |(found, ..)| *found == owner)
            .filter_map(|&(_, from, to)| self.texts.get(from as usize..to as usize))
    }

    /// The message that an index row refers to.
    pub fn home(&self, message: &str) -> Option<&Home> {
        self.wanted.get(&hash(message))?.as_ref()
    }

    /// The index's id for an entry of a record's own list: an id or a path.
    fn listed_id(&self, entry: &str) -> Option<String> {
        if self.ids.contains(hash(entry)) {
            return Some(entry.to_owned());
        }
        let &(from, to) = self.paths.get(&hash(&safe_path(entry)?))?;
        self.texts.get(from as usize..to as usize).map(str::to_owned)
    }

    fn keep(&mut self, text: &str) -> (u32, u32) {
        let start = self.texts.len() as u32;
        self.texts.push_str(text);
        (start, self.texts.len() as u32)
    }

    /// The files that a record names itself: in a column, as embedded documents, in its bodies.
    pub fn named(
        &self,
        row: &Row,
        files: Option<usize>,
        bodies: &[usize],
        owner: &SourceKey,
    ) -> Vec<Named> {
        let mut named = Vec::new();
        let prefix = format!("{}:{}", owner.object(), owner.id());
        if let Some(slot) = files {
            match row.tree(slot) {
                Some(Value::Array(list)) => {
                    for (value, number) in list.iter().zip(1..) {
                        named.push(self.document(value, &prefix, number));
                    }
                }
                Some(value) => named.push(self.document(value, &prefix, 1)),
                None => {
                    let text = row.text(slot).unwrap_or_default();
                    let entries = text.split(PATHS).map(str::trim).filter(|t| !t.is_empty());
                    named.extend(entries.map(|entry| self.entry(entry, &prefix)));
                }
            }
        }
        let mut number = 0;
        for text in bodies.iter().filter_map(|&slot| row.text(slot)) {
            if !text.contains(";base64,") {
                continue;
            }
            for uri in data_uris(text) {
                number += 1;
                let id = format!("{prefix}:inline:{number}");
                let content_type = Some(uri.content_type.to_owned());
                let extension = uri.content_type.rsplit('/').next().unwrap_or("bin");
                let extension = extension.split('+').next().unwrap_or(extension);
                let name = format!("inline-{number}.{extension}");
                let mut file = FileRef { id, name, content_type, ..FileRef::default() };
                match uri.bytes() {
                    Some(bytes) => {
                        let found = InlineFile::of(&bytes);
                        let kind = found.content_type.map(str::to_owned);
                        file.inline = Some((found.sha256_hex(), found.size_bytes, kind));
                    }
                    None => file.damaged = true,
                }
                named.push(Named::Own(Box::new(file)));
            }
        }
        named
    }

    /// A file without a row of its own is a record of each that names it: two messages may carry
    /// one file, and both must end somewhere.
    fn entry(&self, entry: &str, prefix: &str) -> Named {
        if let Some(id) = self.listed_id(entry) {
            return Named::Listed(id);
        }
        let mut file = FileRef {
            id: format!("{prefix}:{entry}"),
            name: base_name(entry),
            ..FileRef::default()
        };
        if entry.starts_with("http://") || entry.starts_with("https://") {
            file.url = Some(entry.to_owned());
        } else {
            file.path = Some(entry.to_owned());
        }
        Named::Own(Box::new(file))
    }

    fn document(&self, value: &Value, prefix: &str, number: usize) -> Named {
        let Value::Object(map) = value else {
            return self.entry(value.as_str().unwrap_or_default(), prefix);
        };
        let text = |keys: &[&str]| {
            let found = keys.iter().find_map(|key| map.get(*key).and_then(Value::as_str));
            found.map(str::to_owned).filter(|text| !text.is_empty())
        };
        let own_id = text(&["id", "_id", "attachment_id"]);
        if let Some(id) = own_id.as_deref().and_then(|id| self.listed_id(id)) {
            return Named::Listed(id);
        }
        let path = text(&["path"]);
        if let Some(id) = path.as_deref().and_then(|path| self.listed_id(path)) {
            return Named::Listed(id);
        }
        let sha256 = text(&["content_sha256"]);
        let size = map.get("content_size_bytes").and_then(Value::as_u64);
        let inline = sha256.zip(size).map(|(sha, size)| (sha, size, text(&["content_type_found"])));
        let damaged = inline.is_none() && text(&["documentBlob", "documentBase64"]).is_some();
        let name = text(&["documentName", "file_name", "fileName", "name"]);
        let name = name.or_else(|| path.as_deref().map(base_name));
        let id = match own_id {
            // An id that is a path names a file, which several records may carry.
            Some(path) if path.contains('/') => format!("{prefix}:{path}"),
            Some(id) => id,
            None => format!("{prefix}:{number}"),
        };
        Named::Own(Box::new(FileRef {
            id,
            name: name.unwrap_or_else(|| format!("attachment-{number}")),
            path,
            url: text(&["url", "documentUrl"]),
            content_type: text(&["documentType", "content_type", "contentType"]),
            size_bytes: map.get("size_bytes").and_then(Value::as_u64),
            sha256: text(&["sha256"]),
            inline_cid: text(&["inline_cid", "contentId"]),
            inline,
            damaged,
            standard: BTreeMap::new(),
        }))
    }
}

/// A message by its thread and its number in it, where messages have no ids of their own.
pub fn by_number(thread: &str, number: &str) -> String {
    format!("{thread}#{number}")
}

/// The message that an index row names, by id or by number.
pub fn message_named(row: &Row, parent_type: &str) -> Option<String> {
    let parent = row.id(attachment::PARENT_ID);
    if let Some(message) = row.id(attachment::MESSAGE_ID) {
        return Some(message.to_owned());
    }
    if is_message(parent_type) {
        return parent.map(str::to_owned);
    }
    let number = row.id(attachment::MESSAGE_SEQ)?;
    let plain = number.parse::<u64>().map_or_else(|_| number.to_owned(), |n| n.to_string());
    Some(by_number(parent?, &plain))
}

/// Where the file of an index row lies. Files that were renamed by hand lie under their new name
/// in the folder of attachments.
pub fn path_named(row: &Row) -> Option<String> {
    let renamed = || row.trimmed(attachment::NEW_FILE_NAME).map(|new| format!("attachments/{new}"));
    row.trimmed(attachment::PATH).map(str::to_owned).or_else(renamed)
}

/// Id of an index row; made from its content if it has none.
pub fn index_id(row: &Row) -> String {
    if let Some(id) = row.id(attachment::ID) {
        return id.to_owned();
    }
    let parts = [attachment::PARENT_TYPE, attachment::PARENT_ID, attachment::MESSAGE_ID];
    let parts = parts.into_iter().chain([attachment::PATH, attachment::URL, attachment::FILE_NAME]);
    let mut texts: Vec<&str> = parts.map(|slot| row.trimmed(slot).unwrap_or_default()).collect();
    // Rows without a number keep the id they always had.
    texts.extend(row.trimmed(attachment::MESSAGE_SEQ));
    generated("attachments", &texts)
}

/// A key made from content: `gen:` and 16 hexadecimal digits.
pub fn generated(object: &str, parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(object);
    for part in parts {
        hasher.update(b"|");
        hasher.update(part);
    }
    format!("gen:{}", &hex(&hasher.finalize())[..16])
}

/// The index's words for messages.
pub fn is_message(parent_type: &str) -> bool {
    matches!(parent_type, "message" | "reply" | "note" | "comment")
}

/// The index's words for other parents, in one form.
pub fn parent_word(parent_type: &str) -> &str {
    match parent_type {
        "conversation" | "request" | "incident" => "ticket",
        "session" => "chat",
        "contact" | "client" | "visitor" | "requester" => "customer",
        "kb_article" | "knowledge_item" => "article",
        other => other,
    }
}

fn base_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// The root that a record's files belong to, and the message.
pub fn owner_of(record: &Record, key: &SourceKey) -> (SourceKey, Option<SourceKey>) {
    match record {
        Record::Message(message) => (message.conversation.clone(), Some(key.clone())),
        _ => (key.clone(), None),
    }
}

/// Checks named files against what is there.
#[derive(Debug, Default)]
pub struct FileCheck {
    referenced: HashSet<u64>,
}

impl FileCheck {
    /// The record of a file, and what is noteworthy about it; `None` if its path is refused.
    ///
    /// # Errors
    /// If the file is there and cannot be read.
    pub fn record(
        &mut self,
        container: &Container,
        file: &FileRef,
        parent: SourceKey,
        message: Option<SourceKey>,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<Attachment>, SourceError> {
        let mut note = |code, reason: String| {
            findings.push(Finding::new(code, reason).object("attachments").value(&file.name));
        };
        let guessed = || mime_guess::from_path(&file.name).first_raw().map(str::to_owned);
        let declared = file.content_type.clone().filter(|word| word.contains('/'));
        let mut attachment = Attachment {
            parent,
            message,
            name: file.name.clone(),
            path: None,
            url: file.url.clone(),
            content_type: String::new(),
            size_bytes: None,
            sha256: None,
            inline_cid: file.inline_cid.clone(),
            standard: file.standard.clone(),
        };
        let mut found_type = None;
        if let Some((sha256, size_bytes, kind)) = &file.inline {
            attachment.path = Some(format!("{INLINE}{sha256}"));
            attachment.sha256 = Some(sha256.clone());
            attachment.size_bytes = Some(*size_bytes);
            found_type.clone_from(kind);
        } else if let Some(written) = &file.path {
            let Some(path) = safe_path(written) else {
                note(Code::PathRefused, "The path leads out of the export.".to_owned());
                return Ok(None);
            };
            self.referenced.insert(hash(&path));
            match container.find(&path) {
                Ok(entry) => {
                    let (sha256, size_bytes, kind) = facts(container, entry)?;
                    attachment.sha256 = Some(sha256);
                    attachment.size_bytes = Some(size_bytes);
                    found_type = kind;
                }
                Err(_) => note(Code::FileMissing, format!("The export has no file {path:?}.")),
            }
            attachment.path = Some(path);
        } else if file.damaged {
            note(Code::BadInlineFile, "The embedded bytes cannot be decoded.".to_owned());
        } else if file.url.is_none() {
            note(Code::FileMissing, "Neither path nor address nor content.".to_owned());
        }
        differences(file, &attachment, &mut note);
        let said = declared.or_else(guessed);
        if let (Some(said), Some(found)) = (&said, &found_type)
            && !same_family(said, found)
        {
            note(Code::ContentTypeMismatch, format!("The bytes are {found}, not {said}."));
        }
        let content_type = said.or(found_type).or_else(|| file.content_type.clone());
        attachment.content_type =
            content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        Ok(Some(attachment))
    }

    /// Files in the folder of attachments that nobody names.
    pub fn orphans(&self, container: &Container, findings: &mut Vec<Finding>) {
        for entry in container.entries() {
            if entry.path.starts_with("attachments/")
                && !self.referenced.contains(&hash(&entry.path))
            {
                let reason = "No record names the file.";
                findings.push(Finding::new(Code::FileOrphan, reason).at(&entry.path, 1));
            }
        }
    }
}

/// What the index says of a file against what it is.
fn differences(file: &FileRef, found: &Attachment, note: &mut dyn FnMut(Code, String)) {
    if let (Some(claimed), Some(found)) = (&file.sha256, &found.sha256)
        && !claimed.eq_ignore_ascii_case(found)
    {
        note(Code::ChecksumMismatch, "The file is not the one the index describes.".to_owned());
    }
    if let (Some(claimed), Some(found)) = (file.size_bytes, found.size_bytes)
        && claimed != found
    {
        note(Code::ChecksumMismatch, format!("{found} bytes; the index says {claimed}."));
    }
}

/// Office documents are ZIP files by their magic bytes; plain types have none.
fn same_family(said: &str, found: &str) -> bool {
    let family = |kind: &str| kind.split('/').next().unwrap_or_default().to_owned();
    said == found
        || (found == "application/zip" && said.starts_with("application/"))
        || (family(said) == family(found) && family(said) != "image")
        || (matches!(said, "image/jpg" | "image/pjpeg") && found == "image/jpeg")
        || said == "application/octet-stream"
        || (family(said) == "text" && found.starts_with("text/"))
}

/// Enough for every known magic number.
const MAGIC_BYTES: usize = 8192;

fn facts(
    container: &Container,
    entry: &super::container::Entry,
) -> Result<(String, u64, Option<String>), SourceError> {
    let read = container.with_reader(entry, |content| {
        let mut hasher = Sha256::new();
        let mut head = Vec::with_capacity(MAGIC_BYTES);
        let mut buffer = vec![0; 64 * 1024];
        let mut size_bytes = 0_u64;
        loop {
            let count = content.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            let bytes = &buffer[..count];
            hasher.update(bytes);
            size_bytes += count as u64;
            head.extend(bytes.iter().take(MAGIC_BYTES - head.len()));
        }
        let kind = infer::get(&head).map(|kind| kind.mime_type().to_owned());
        Ok::<_, std::io::Error>((hex(&hasher.finalize()), size_bytes, kind))
    })?;
    read.map_err(|cause| SourceError::Read { path: entry.path.clone(), cause })
}
