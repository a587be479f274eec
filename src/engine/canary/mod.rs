//! What a workspace does where its description leaves it open (FACTS §12), found out with contacts
//! of our own, which are deleted again, and what is made of it afterwards.

mod company;
mod contact;
mod field;
mod file;
mod knowledge;
mod learned;
mod object;
mod probe;
mod run;
mod search;
mod state;
mod thread;
mod ticket;
mod workspace;

pub use learned::{CLOSED, Learned};
pub use probe::Probes;
pub use run::{Report, Setup, probe};
