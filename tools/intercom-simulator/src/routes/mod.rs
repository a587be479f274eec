//! The operations, by resource.

mod article;
mod article_version;
mod attribute;
mod collection;
mod company;
mod company_scroll;
mod contact;
mod contact_life;
mod contact_link;
mod contact_search;
mod conversation;
mod conversation_attribute;
mod conversation_end;
mod conversation_link;
mod conversation_part;
mod conversation_search;
mod custom_object;
mod internal_article;
mod list_conversations;
mod list_knowledge;
mod list_others;
mod list_people;
mod list_tickets;
mod message;
mod misc;
mod redirect;
mod standard_attribute;
mod tag;
mod ticket;
mod ticket_search;
mod ticket_type;
mod ticket_update;
mod workspace;

pub(crate) mod table;

pub(crate) use conversation_part::{assign, close, open, write as write_part};
pub(crate) use tag::ensure as ensure_tag;
