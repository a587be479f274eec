//! Which files of a help desk's own layout take what people made in Intercom since the cutover.

/// What a column of such a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ReturnCell {
    Id,
    Thread,
    Title,
    Name,
    Email,
    Phone,
    Body,
    BodyFormat,
    Status,
    PersonId,
    PersonEmail,
    PersonName,
    AssigneeId,
    AssigneeEmail,
    AssigneeName,
    AuthorType,
    Visibility,
    CreatedAt,
    UpdatedAt,
}

/// A column: its name and what it holds.
pub type ReturnColumn = (&'static str, ReturnCell);

/// A file with the rows of one object.
#[derive(Clone, Copy, Debug)]
pub struct ReturnFile {
    /// Name of the file.
    pub file: &'static str,
    /// Second word of the keys of its rows; of messages, of the thread they belong to.
    pub object: &'static str,
    /// Its columns.
    pub columns: &'static [ReturnColumn],
}

/// The files.
#[derive(Clone, Copy, Debug)]
pub struct ReturnLayout {
    /// New contacts.
    pub contacts: ReturnFile,
    /// New threads.
    pub threads: ReturnFile,
    /// New messages, by the object of their thread.
    pub messages: &'static [ReturnFile],
}

/// Columns of contacts: the names of the id and of the time they were made differ.
macro_rules! contact_columns {
    ($id:literal, $created:literal) => {{
        use crate::source::return_layout::ReturnCell as Cell;
        &[
            ($id, Cell::Id),
            ("name", Cell::Name),
            ("email", Cell::Email),
            ("phone", Cell::Phone),
            ($created, Cell::CreatedAt),
        ]
    }};
}

/// Columns of threads: id, title, the word before each of the customer's and the assignee's.
macro_rules! thread_columns {
    ($id:literal, $title:literal, $person:literal, $assignee:literal) => {{
        use crate::source::return_layout::ReturnCell as Cell;
        &[
            ($id, Cell::Id),
            ($title, Cell::Title),
            ("description", Cell::Body),
            ("body_format", Cell::BodyFormat),
            ("status", Cell::Status),
            (concat!($person, "_id"), Cell::PersonId),
            (concat!($person, "_email"), Cell::PersonEmail),
            (concat!($person, "_name"), Cell::PersonName),
            (concat!($assignee, "_id"), Cell::AssigneeId),
            (concat!($assignee, "_email"), Cell::AssigneeEmail),
            (concat!($assignee, "_name"), Cell::AssigneeName),
            ("created_at", Cell::CreatedAt),
            ("updated_at", Cell::UpdatedAt),
        ]
    }};
}

/// Columns of messages: the name of their thread's id differs.
macro_rules! message_columns {
    ($thread:literal) => {{
        use crate::source::return_layout::ReturnCell as Cell;
        &[
            ("message_id", Cell::Id),
            ($thread, Cell::Thread),
            ("author_type", Cell::AuthorType),
            ("author_id", Cell::PersonId),
            ("author_email", Cell::PersonEmail),
            ("author_name", Cell::PersonName),
            ("visibility", Cell::Visibility),
            ("body", Cell::Body),
            ("body_format", Cell::BodyFormat),
            ("created_at", Cell::CreatedAt),
        ]
    }};
}

pub(crate) use {contact_columns, message_columns, thread_columns};
