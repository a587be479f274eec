//! How stored objects look in answers.

mod article;
mod company;
mod contact;
mod custom_object;
mod thread;
mod ticket;

pub(crate) use article::{article, collection, internal_article, redirect, version};
pub(crate) use company::company;
pub(crate) use contact::{ContactView, admin, note, tag_link, tags, team};
pub(crate) use custom_object::instance;
pub(crate) use thread::{PartView, ThreadView};
pub(crate) use ticket::{TicketPartView, TicketView, ticket_attribute, ticket_state, ticket_type};
