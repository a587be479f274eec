//! One room for each family of objects: its fields, its requests, and what its operations do. No
//! field of Intercom is named, and no operation told apart, outside of here.

mod address;
mod answered;
#[cfg(test)]
mod bodies_test;
mod compared;
mod contract;
mod member;
mod named;
mod of;
mod old_values;
mod search;
mod top;
pub mod translation;
mod weighed;

pub mod article;
pub mod attribute;
pub mod collection;
pub mod company;
pub mod contact;
pub mod conversation;
pub mod custom_object;
pub mod memo;
pub mod memo_look_up;
pub mod people;
pub mod read;
pub mod snapshot;
pub mod tag;
pub mod thread;
pub mod ticket;
pub mod workspace;

pub use answered::Entry;
pub use contract::{Adoption, Family, Leaves, RestsOn, Shown, Standing, Users};
pub use member::Members;
pub use named::ARCHIVED;
pub use of::{attributes, of, of_kind, set_attributes};
pub use search::PER_PAGE;
