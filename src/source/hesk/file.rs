//! Attached files as records: rows of `attachments` and `kb_attachments`, and pictures that stand
//! inside bodies.

use std::collections::HashMap;

use super::disk::Disk;
use super::emit::{Made, key};
use super::list;
use super::pass::{Pager, Pass, joined};
use super::row::Row;
use crate::model::SourceKey;
use crate::model::record::{Attachment, Body, BodyFormat};
use crate::source::bundle::files::INLINE;
use crate::source::bundle::inline::{InlineFile, data_uris};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// What stands before the bytes of a picture in a body.
const DATA: &str = ";base64,";

/// What a file hangs on.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Ticket or article.
    pub parent: SourceKey,
    /// Reply or note.
    pub message: Option<SourceKey>,
    /// Tracking id of the ticket, to tell files that a broken merge moved.
    pub tracking_id: Option<String>,
    /// Ticket's number, if it is one.
    pub ticket: Option<u32>,
}

/// Tables of attached files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Of tickets.
    Tickets,
    /// Of articles.
    Articles,
}

impl Shelf {
    fn table(self) -> &'static str {
        match self {
            Self::Tickets => "attachments",
            Self::Articles => "kb_attachments",
        }
    }

    fn object(self) -> &'static str {
        match self {
            Self::Tickets => "attachment",
            Self::Articles => "kb_attachment",
        }
    }
}

/// A file to be handed on: id of its row, key, what it hangs on.
pub type Wanted = (u32, SourceKey, Owner);

/// The HTML of a body in which pictures stand.
pub fn with_pictures(body: &Option<Body>) -> Option<String> {
    let rich = body.as_ref().filter(|body| body.format == BodyFormat::Html);
    rich.filter(|body| body.content.contains(DATA)).map(|body| body.content.clone())
}

/// Ids of the files that these posts name.
pub fn named_files(rows: &[Row]) -> Vec<u32> {
    let lists = rows.iter().filter_map(|row| row.filled("attachments"));
    lists.flat_map(list::attachments).map(|(id, _)| id).collect()
}

impl Pass<'_, '_, '_> {
    /// Ids and keys of the files that a post names. A second post that names the same file gets
    /// a key of its own, since a broken merge leaves both.
    pub fn claim(
        &mut self,
        shelf: Shelf,
        cell: Option<&str>,
        owner: &SourceKey,
    ) -> Vec<(u32, SourceKey)> {
        let mut claimed = Vec::new();
        for (id, _) in list::attachments(cell.unwrap_or_default()) {
            let is_first = shelf == Shelf::Articles || self.memory.attached.insert(id);
            let own = match is_first {
                true => id.to_string(),
                false => format!("{id}:{}:{}", owner.object(), owner.id()),
            };
            if let Ok(key) = key(shelf.object(), &own)
                && !claimed.iter().any(|(_, known)| *known == key)
            {
                claimed.push((id, key));
            }
        }
        claimed
    }

    /// Rows of attached files by id.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn file_rows(
        &mut self,
        shelf: Shelf,
        ids: &[u32],
    ) -> Result<HashMap<u32, Row>, SourceError> {
        if ids.is_empty() || !self.schema.has(shelf.table()) {
            return Ok(HashMap::new());
        }
        let selection = self.schema.selection(shelf.table(), &[]);
        let table = self.schema.quoted(shelf.table());
        let (list, wanted) = (&selection.list, joined(ids));
        let sql = format!("SELECT {list} FROM {table} WHERE att_id IN ({wanted})");
        let rows = self.database.rows(sql, &selection.columns).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.id("att_id")?, row))).collect())
    }

    /// Hands on the files of a post.
    ///
    /// # Errors
    /// If a file is there and cannot be read.
    pub fn files(
        &mut self,
        shelf: Shelf,
        wanted: &[Wanted],
        rows: &HashMap<u32, Row>,
    ) -> Result<bool, SourceError> {
        for (id, key, owner) in wanted {
            let Some(row) = rows.get(id) else {
                self.emit.tally(
                    shelf.table(),
                    Code::DanglingReference,
                    "a post names a file that has no row",
                    u64::from(*id),
                );
                continue;
            };
            if shelf == Shelf::Tickets {
                self.moved_by_merge(row, owner);
            }
            if !self.file(shelf, row, key, owner)? {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// A file that says another ticket than the one whose post names it: a merge broke off.
    fn moved_by_merge(&mut self, row: &Row, owner: &Owner) {
        let (Some(said), Some(own)) = (row.raw("ticket_id"), &owner.tracking_id) else { return };
        if said != own {
            self.emit.tally(
                "attachments",
                Code::MergeUnfinished,
                "the file names another ticket than the post it hangs on",
                row.number("att_id").unwrap_or_default().unsigned_abs(),
            );
        }
    }

    fn file(
        &mut self,
        shelf: Shelf,
        row: &Row,
        key: &SourceKey,
        owner: &Owner,
    ) -> Result<bool, SourceError> {
        let url = match shelf {
            Shelf::Articles => row
                .raw("att_id")
                .map(|id| self.address(&format!("download_attachment.php?kb_att={id}"))),
            Shelf::Tickets => None,
        };
        let (record, findings) = attachment(self.disk, row, owner, url)?;
        if let Some(path) = &record.path {
            self.memory.on_disk.insert(path.clone());
        }
        let line = row.number("att_id").unwrap_or_default().unsigned_abs();
        let mut row = row.clone();
        // What hangs where is not told by the row alone; with it, content tells every change.
        row.derived("hangs_on", owner.message.as_ref().unwrap_or(&owner.parent).to_string());
        row.derived("found", record.sha256.clone().unwrap_or_default());
        let at = (shelf.table(), line);
        let (object, key) = (shelf.table(), key.clone());
        Ok(self.emit.record(Made { object, key, at, row: &row, record: record.into(), findings }))
    }

    /// An address of the old site, relative if the site's own is not known.
    pub fn address(&self, page: &str) -> String {
        match &self.site.url {
            Some(url) => format!("{url}/{page}"),
            None => page.to_owned(),
        }
    }

    /// Files that no post names: they belong to the ticket of their tracking id.
    ///
    /// # Errors
    /// If the database or a file cannot be read.
    pub async fn unnamed_files(&mut self) -> Result<bool, SourceError> {
        if !self.schema.has("attachments") {
            return Ok(self.emit.goes_on());
        }
        let selection = self.schema.selection("attachments", &[]);
        let mut pager = Pager::default();
        loop {
            let page = self.page(&mut pager, ("attachments", "att_id"), &selection).await?;
            if page.is_empty() {
                return Ok(self.emit.goes_on());
            }
            let is_new =
                |row: &&Row| row.id("att_id").is_some_and(|id| !self.memory.attached.contains(&id));
            let others: Vec<Row> = page.iter().filter(is_new).cloned().collect();
            let ids: Vec<&str> = others.iter().filter_map(|row| row.raw("ticket_id")).collect();
            let tickets = self.tickets_of(&ids).await?;
            for row in &others {
                if !self.unnamed_file(row, &tickets)? {
                    return Ok(false);
                }
            }
        }
    }

    fn unnamed_file(
        &mut self,
        row: &Row,
        tickets: &HashMap<String, u32>,
    ) -> Result<bool, SourceError> {
        let id = row.id("att_id").unwrap_or_default();
        let own = key("attachment", &id.to_string())?;
        let ticket = row.raw("ticket_id").and_then(|id| tickets.get(id)).copied();
        let Some(ticket) = ticket.filter(|ticket| self.memory.has_ticket(*ticket)) else {
            let reason = "Neither a post nor a ticket belongs to the file.";
            let finding = Finding::new(Code::OrphanPart, reason).column("ticket_id");
            let kind = crate::model::RecordKind::Attachment;
            let at = ("attachments", u64::from(id));
            return Ok(self.emit.reject("attachments", kind, own, at, (row, finding)));
        };
        let what = "no post names the file; it is kept with its ticket";
        self.emit.tally("attachments", Code::DanglingReference, what, u64::from(id));
        let owner = Owner {
            parent: super::emit::numbered("ticket", ticket),
            message: None,
            tracking_id: None,
            ticket: Some(ticket),
        };
        self.file(Shelf::Tickets, row, &own, &owner)
    }

    /// Pictures that stand inside a body.
    pub fn inline_files(&mut self, at: (&'static str, u64), body: &str, owner: &Owner) -> bool {
        let subject = owner.message.as_ref().unwrap_or(&owner.parent).clone();
        for (number, uri) in (1..).zip(data_uris(body)) {
            let id = format!("{}:{}:inline:{number}", subject.object(), subject.id());
            let Ok(key) = key("attachment", &id) else { continue };
            let kind = uri.content_type.rsplit('/').next().unwrap_or("bin");
            let kind = kind.split('+').next().unwrap_or(kind);
            let mut record = Attachment {
                parent: owner.parent.clone(),
                message: owner.message.clone(),
                name: format!("inline-{number}.{kind}"),
                path: None,
                url: None,
                content_type: uri.content_type.to_owned(),
                size_bytes: None,
                sha256: None,
                inline_cid: None,
                standard: Default::default(),
            };
            let mut findings = Vec::new();
            match uri.bytes() {
                Some(bytes) => {
                    let found = InlineFile::of(&bytes);
                    record.path = Some(format!("{INLINE}{}", found.sha256_hex()));
                    record.sha256 = Some(found.sha256_hex());
                    record.size_bytes = Some(found.size_bytes);
                }
                None => {
                    let reason = "The embedded bytes cannot be decoded.";
                    findings.push(Finding::new(Code::BadInlineFile, reason));
                }
            }
            let digest = record.sha256.clone().unwrap_or_default();
            let row = Row::of(&[("sha256", Some(&digest))]);
            let made = Made {
                object: "inline_files",
                key,
                at,
                row: &row,
                record: record.into(),
                findings,
            };
            if !self.emit.record(made) {
                return false;
            }
        }
        true
    }

    /// Files in the folder that no row names.
    pub fn strangers_on_disk(&mut self) {
        for name in self.disk.names() {
            if !self.memory.on_disk.contains(name) {
                let reason = "No row names the file.";
                let path = format!("attachments/{name}");
                self.emit.note(Finding::new(Code::FileOrphan, reason).at(&path, 1));
            }
        }
    }
}

/// A file's record, and what is noteworthy about it.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn attachment(
    disk: &Disk,
    row: &Row,
    owner: &Owner,
    url: Option<String>,
) -> Result<(Attachment, Vec<Finding>), SourceError> {
    let saved = row.raw("saved_name").unwrap_or_default();
    let name = row.label("real_name").unwrap_or_else(|| saved.to_owned());
    let guessed = mime_guess::from_path(&name).first_raw();
    let mut findings = Vec::new();
    let mut note = |code, reason: String| findings.push(Finding::new(code, reason).value(&name));
    let mut record = Attachment {
        parent: owner.parent.clone(),
        message: owner.message.clone(),
        name: name.clone(),
        path: None,
        url,
        content_type: guessed.unwrap_or("application/octet-stream").to_owned(),
        size_bytes: None,
        sha256: None,
        inline_cid: None,
        standard: Default::default(),
    };
    if saved.contains(['/', '\\']) || saved.starts_with('.') {
        note(Code::FileMissing, "The saved name leads out of the folder; it is refused.".into());
        return Ok((record, findings));
    }
    let Some(found) = disk.find(saved) else {
        record.path = Some(saved.to_owned()).filter(|name| !name.is_empty());
        let reason =
            if disk.is_given() { "The folder has no such file." } else { "No folder was given." };
        note(Code::FileMissing, reason.to_owned());
        return Ok((record, findings));
    };
    if found != saved {
        note(Code::FileRenamed, "The folder has the file under another spelling.".to_owned());
    }
    let file = disk.look(found)?;
    if let Some(claimed) = row.number("size").and_then(|size| u64::try_from(size).ok())
        && claimed != file.size_bytes
    {
        let (found, code) = (file.size_bytes, Code::ChecksumMismatch);
        note(code, format!("{found} bytes; the row says {claimed}: cut short or exchanged."));
    }
    if guessed.is_none()
        && let Some(kind) = file.kind
    {
        record.content_type = kind.to_owned();
    }
    record.path = Some(file.name);
    record.size_bytes = Some(file.size_bytes);
    record.sha256 = Some(file.sha256);
    Ok((record, findings))
}
