//! Grows help-desk exports to any size from a seed: plausible, deterministic, in constant memory.
//!
//! A bundle is described by a [`Recipe`]. [`write()`] carries it out. Beside the bundle's own files
//! lies the recipe, `generator.json`; [`Recipe::read`] takes it up again, [`Recipe::later`] adds a
//! round of changes, and writing that gives a later full export of the same desk with a
//! `changes.json` that lists what moved since.
//!
//! Every record follows from the seed, its kind and its index alone. So nothing has to be kept
//! while writing, and an unchanged record is the same, byte for byte, in each later export.
#![forbid(unsafe_code)]

mod article;
mod bundle;
mod chance;
mod change;
mod customer;
mod desk;
mod error;
mod identity;
mod recipe;
mod row;
mod table;
mod ticket;
mod words;

pub use bundle::{Summary, write};
pub use error::Error;
pub use recipe::{Format, Recipe, Round};
