//! A small help desk made from a seed, what people change in it, its export, the workspace it is
//! moved to, and a judge of what must be in that workspace afterwards.
//!
//! It knows the product by its promises alone: no line of the product is used here. It judges by
//! the simulated workspace's state, never by what the product says of itself, except where the
//! product's list of what it left behind is itself to be judged.

mod act;
mod before;
mod bundle;
mod complaint;
mod desk;
mod edit;
mod judge;
mod making;
mod picture;
mod random;
mod words;

pub use act::{Act, Done};
pub use before::{ADMINS, Before};
pub use bundle::{Export, write};
pub use complaint::{Complaint, Kind};
pub use desk::{Agent, Area, Article, Company, Customer, Desk, Message, Ticket};
pub use edit::Edit;
pub use judge::{Expected, Residue, complete, difference, standing, undone};
pub use picture::{Picture, changed_keys, picture};
pub use random::Chance;
pub use words::{Words, visible};
