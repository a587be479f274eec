//! Request bodies: each constructor gives a [`Step`](super::step::Step). Fields and their limits
//! are those of the description of version 2.16; the section of the facts stands at each.

mod reference;

pub mod article;
pub mod attribute;
pub mod company;
pub mod contact;
pub mod conversation;
pub mod object;
pub mod tag;
pub mod ticket;

pub use reference::{Attributes, IntRef, Ref};
