//! The workspace: what Intercom would keep.

mod admin;
mod attribute;
mod company;
mod contact;
mod core;
mod custom_object;
mod file;
mod ghost;
mod help;
mod id;
mod tag;
mod thread;
mod ticket;

pub(crate) use admin::{Admin, App, Team};
pub(crate) use attribute::{
    ConversationAttribute, ConversationAttributes, DataAttribute, DataAttributes, ListOption,
};
pub(crate) use company::{Companies, Company, Scroll};
pub(crate) use contact::{Contact, Contacts, LockedIdentity, Merged, Note, NoteOwner};
pub(crate) use core::State;
pub(crate) use custom_object::{CustomObjectType, Instance};
pub(crate) use file::{Attachment, Files, Upload, signature};
pub(crate) use ghost::Ghosts;
pub(crate) use help::{
    Article, ArticleContent, ArticleVersion, Collection, HelpCenter, InternalArticle, Knowledge,
    Redirect,
};
pub(crate) use id::{CompanyId, ContactId, Ids, Kind};
pub(crate) use tag::{Tag, TagLink, Tags, attach, detach};
pub(crate) use thread::{
    Assignee, Author, DeletedThread, Part, PartEvent, Source, Thread, ThreadState, Threads,
};
pub(crate) use ticket::{TicketAttribute, TicketFields, TicketState, TicketType};
