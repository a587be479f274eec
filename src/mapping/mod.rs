//! From a hub record to what is to be done in Intercom. Pure: values in, values out.

mod account;
pub mod answer_check;
mod asked;
mod body;
mod cut;
mod decision_kind;
pub mod decision_list;
mod decision_source;
pub mod erased;
mod error;
mod escape;
mod exclude;
mod extra;
mod file;
pub mod fold;
mod frame;
mod html;
mod layout;
mod merge;
mod opening;
mod policy_read;
mod policy_source;
mod propose_field;
mod rule_check;
mod rule_read;
mod saved_reply;
mod system;
mod technician;
mod text;
mod thread;
mod thread_rule;
mod ticket;
mod time;

pub mod article;
pub mod attribute;
pub mod collection;
pub mod company;
pub mod contact;
pub mod context;
pub mod conversation;
pub mod decision;
pub mod defaults;
pub mod document;
pub mod draft;
pub mod drift;
pub mod field;
pub mod index;
pub mod input;
pub mod instruction;
pub mod known_field;
pub mod link;
pub mod loss;
pub mod map;
pub mod mention;
pub mod need;
pub mod object;
pub mod object_type;
pub mod object_value;
pub mod other;
mod parts;
pub mod policy;
pub mod profile;
pub mod proposal;
pub mod propose;
pub mod relation;
pub mod rule;
pub mod rule_text;
pub mod tag;
pub mod ticket_type;

#[cfg(test)]
mod article_test;
#[cfg(test)]
mod contact_test;
#[cfg(test)]
mod conversation_test;
#[cfg(test)]
mod decision_test;
#[cfg(test)]
mod effect_test;
#[cfg(test)]
mod object_test;
#[cfg(test)]
mod propose_test;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod ticket_test;

pub use context::Context;
pub use error::MappingError;
