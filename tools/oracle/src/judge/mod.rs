//! The judge.

mod expected;
mod foreign;
mod knowledge;
mod people;
mod threads;
mod undone;
mod verdict;

pub use expected::Expected;
pub use undone::Residue;
pub use verdict::{complete, difference, standing, undone};
