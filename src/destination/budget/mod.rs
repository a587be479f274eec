//! The request budget of a workspace, learned from what the server says (FACTS §2).

mod book;
pub mod contract;
mod gate;
mod hand;
mod others;
mod pace;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
mod window;

pub use book::{Ask, Book, Drawn, Held};
pub use gate::{Budget, Permit};
pub use window::{BudgetSettings, BudgetView, Seen};
