//! The request budget of a workspace, learned from what the server says (FACTS §2).

mod gate;
mod others;
mod pace;
#[cfg(test)]
mod tests;
mod window;

pub use gate::{Budget, Permit};
pub use window::{BudgetSettings, BudgetView, Seen};
