//! Records as rows, in the names of Deskero's API.

mod people;
mod shelf;
mod thread;

pub(crate) use people::{AgentRow, CustomerRow, FieldRow, TagRow};
pub(crate) use shelf::{AreaRow, ArticleRow, GroupRow};
pub(crate) use thread::{FileRow, ReplyRow, TicketRow};
