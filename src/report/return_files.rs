//! What goes back to the help desk, as the files of its own layout; what does not is listed in a
//! file beside them, which its readers pass over.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::cell::guarded;
use super::error::ReportError;
use crate::model::Timestamp;
use crate::model::event::Counts;
use crate::model::record::AuthorRole;
use crate::model::returned::{
    LeftBehind, Returned, ReturnedKind, ReturnedMessage, ReturnedPerson, ReturnedState,
};
use crate::source::return_layout::{ReturnCell, ReturnFile, ReturnLayout};

/// The file that lists what does not go back.
pub const LEFT_FILE: &str = "left_out.csv";
const LEFT_COLUMNS: [&str; 5] = ["what", "intercom_id", "of", "reason", "detail"];
const MANIFEST: &str = "manifest.json";
const NO_FILE: &str = "the layout has no file for messages of such threads";

/// What was written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ReturnSummary {
    /// Rows written for the help desk, by kind.
    pub written: Counts,
    /// What does not go back, by kind.
    pub left_out: Counts,
    /// Files written, with their rows.
    pub files: BTreeMap<String, u64>,
}

/// The files while they are written.
pub struct ReturnFiles {
    folder: PathBuf,
    layout: &'static ReturnLayout,
    open: BTreeMap<&'static str, csv::Writer<File>>,
    summary: ReturnSummary,
}

impl ReturnFiles {
    /// Makes the folder, for its owner alone; one that is there must be empty.
    ///
    /// # Errors
    /// If it cannot be made, or is not empty.
    pub fn new(folder: &Path, layout: &'static ReturnLayout) -> Result<Self, ReportError> {
        make(folder).map_err(|cause| failed(folder, cause))?;
        Ok(Self {
            folder: folder.to_owned(),
            layout,
            open: BTreeMap::new(),
            summary: ReturnSummary::default(),
        })
    }

    /// Writes one thing.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn take(&mut self, returned: &Returned) -> Result<(), ReportError> {
        let layout = self.layout;
        match returned {
            Returned::Contact(contact) => self.row(&layout.contacts, returned, &contact.id),
            Returned::Thread(thread) => self.row(&layout.threads, returned, &thread.id),
            Returned::Message(message) => {
                match layout.messages.iter().find(|file| file.object == message.object) {
                    Some(file) => self.row(file, returned, &message.id),
                    None => self.left(&homeless(message)),
                }
            }
            Returned::Left(left) => self.left(left),
        }
    }

    /// Writes what the export says of itself.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, source: &str, now: Timestamp) -> Result<ReturnSummary, ReportError> {
        for (name, mut file) in std::mem::take(&mut self.open) {
            file.flush().map_err(|cause| failed(&self.folder.join(name), cause))?;
        }
        let path = self.folder.join(MANIFEST);
        let manifest = json!({
            "source": source,
            "export_kind": "delta",
            "exported_at": now.to_rfc3339(),
            "timezone": "UTC",
            "ignore": [LEFT_FILE],
        });
        let mut file = put(&path).map_err(|cause| failed(&path, cause))?;
        let text = format!("{manifest:#}\n");
        std::io::Write::write_all(&mut file, text.as_bytes())
            .map_err(|cause| failed(&path, cause))?;
        Ok(self.summary)
    }

    fn row(&mut self, file: &ReturnFile, returned: &Returned, id: &str) -> Result<(), ReportError> {
        let names = file.columns.iter().map(|(name, _)| *name);
        let cells = file.columns.iter().map(|(_, cell)| text(*cell, returned, id));
        self.write(file.file, &names.collect::<Vec<_>>(), cells)?;
        let word = match returned {
            Returned::Contact(_) => ReturnedKind::Contact,
            Returned::Thread(_) => ReturnedKind::Thread,
            Returned::Message(_) | Returned::Left(_) => ReturnedKind::Message,
        };
        *self.summary.written.entry(word.word().to_owned()).or_default() += 1;
        Ok(())
    }

    fn left(&mut self, left: &LeftBehind) -> Result<(), ReportError> {
        let cells =
            [left.what, left.id.as_str(), left.of.as_str(), left.reason, left.detail.as_str()];
        self.write(LEFT_FILE, &LEFT_COLUMNS, cells.into_iter().map(str::to_owned))?;
        *self.summary.left_out.entry(left.what.to_owned()).or_default() += 1;
        Ok(())
    }

    fn write(
        &mut self,
        name: &'static str,
        columns: &[&str],
        cells: impl Iterator<Item = String>,
    ) -> Result<(), ReportError> {
        let path = self.folder.join(name);
        let broken = |error: csv::Error| ReportError::Page(error.to_string());
        if !self.open.contains_key(name) {
            let file = put(&path).map_err(|cause| failed(&path, cause))?;
            let mut writer = csv::Writer::from_writer(file);
            writer.write_record(columns).map_err(broken)?;
            self.open.insert(name, writer);
        }
        if let Some(writer) = self.open.get_mut(name) {
            writer.write_record(cells.map(|cell| guarded(&cell))).map_err(broken)?;
            *self.summary.files.entry(name.to_owned()).or_default() += 1;
        }
        Ok(())
    }
}

fn homeless(message: &ReturnedMessage) -> LeftBehind {
    LeftBehind {
        what: ReturnedKind::Message.word(),
        id: message.id.clone(),
        of: format!("{} {}", message.object, message.thread),
        reason: NO_FILE,
        detail: String::new(),
    }
}

/// The cell of a column.
fn text(cell: ReturnCell, returned: &Returned, id: &str) -> String {
    let nobody = ReturnedPerson::default();
    let (person, assignee) = match returned {
        Returned::Thread(thread) => (&thread.customer, &thread.assignee),
        Returned::Message(message) => (&message.author, &nobody),
        Returned::Contact(_) | Returned::Left(_) => (&nobody, &nobody),
    };
    let found = match (cell, returned) {
        (ReturnCell::Id, _) => Some(id.to_owned()),
        (ReturnCell::PersonId, _) => person.id.clone(),
        (ReturnCell::PersonEmail, _) => person.email.clone(),
        (ReturnCell::PersonName, _) => person.name.clone(),
        (ReturnCell::AssigneeId, _) => assignee.id.clone(),
        (ReturnCell::AssigneeEmail, _) => assignee.email.clone(),
        (ReturnCell::AssigneeName, _) => assignee.name.clone(),
        (ReturnCell::Name, Returned::Contact(contact)) => contact.name.clone(),
        (ReturnCell::Email, Returned::Contact(contact)) => contact.email.clone(),
        (ReturnCell::Phone, Returned::Contact(contact)) => contact.phone.clone(),
        (ReturnCell::CreatedAt, Returned::Contact(contact)) => time(contact.created_at),
        (ReturnCell::Title, Returned::Thread(thread)) => thread.title.clone(),
        (ReturnCell::Body, Returned::Thread(thread)) => thread.body.clone(),
        (ReturnCell::Status, Returned::Thread(thread)) => Some(status(thread.state).to_owned()),
        (ReturnCell::CreatedAt, Returned::Thread(thread)) => time(thread.created_at),
        (ReturnCell::UpdatedAt, Returned::Thread(thread)) => time(thread.updated_at),
        (ReturnCell::Thread, Returned::Message(message)) => Some(message.thread.clone()),
        (ReturnCell::Body, Returned::Message(message)) => Some(message.body.clone()),
        (ReturnCell::CreatedAt, Returned::Message(message)) => time(message.created_at),
        (ReturnCell::AuthorType, Returned::Message(message)) => {
            Some(author_type(message.role).to_owned())
        }
        (ReturnCell::Visibility, Returned::Message(message)) => {
            Some(if message.note { "internal" } else { "public" }.to_owned())
        }
        (ReturnCell::BodyFormat, _) => Some("html".to_owned()),
        _ => None,
    };
    found.unwrap_or_default()
}

fn time(seconds: Option<i64>) -> Option<String> {
    seconds.map(|at| Timestamp::from_seconds(at).to_rfc3339())
}

/// Every help desk's word for a state.
fn status(state: ReturnedState) -> &'static str {
    match state {
        ReturnedState::Open => "open",
        ReturnedState::Pending => "pending",
        ReturnedState::Closed => "closed",
    }
}

/// Every help desk's word for a role.
fn author_type(role: AuthorRole) -> &'static str {
    match role {
        AuthorRole::Customer => "customer",
        AuthorRole::Agent => "agent",
        AuthorRole::System => "system",
        AuthorRole::Bot => "bot",
    }
}

fn failed(path: &Path, cause: std::io::Error) -> ReportError {
    ReportError::File { path: path.to_owned(), cause }
}

fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(std::io::Error::other("the folder is not empty"));
    }
    // One that was there keeps no more rights than one that was made.
    #[cfg(unix)]
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// A new file for its owner alone.
fn put(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
