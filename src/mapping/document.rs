//! Names of the hand-off documents.

/// Files that a person has to move.
pub const ATTACHMENTS: &str = "attachments";
/// What contacts could not take.
pub const CONTACTS: &str = "contacts";
/// Links that still lead to the old help desk.
pub const OLD_LINKS: &str = "old_links";
/// Reminders.
pub const REMINDERS: &str = "reminders";
