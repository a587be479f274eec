//! How stored objects look in answers.

mod article;
mod company;
mod contact;
mod thread;
mod ticket;

pub(crate) use article::{article, collection, internal_article, redirect, version};
pub(crate) use company::company;
pub(crate) use contact::{ContactView, admin, admin_or_bot, note, tag_link, tags, team};
pub(crate) use thread::{AuthorView, PartView, ThreadView, attachments};
pub(crate) use ticket::{TicketPartView, TicketView, ticket_attribute, ticket_state, ticket_type};
