//! Request bodies: each constructor gives a [`Step`](super::step::Step). Fields and their limits
//! are those of the description of version 2.16; the section of the facts stands at each. They
//! stand in the room of their family; here is where a draft finds them.

pub mod article;

pub use super::family::attribute::payload as attribute;
pub use super::family::company::payload as company;
pub use super::family::contact::payload as contact;
pub use super::family::conversation::payload as conversation;
pub use super::family::custom_object::payload as object;
pub use super::family::tag::payload as tag;
pub use super::family::ticket::payload as ticket;
pub use super::reference::{Attributes, IntRef, Ref};
