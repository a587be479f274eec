//! What a budget needs to be shared by several processes.

use async_trait::async_trait;

use super::book::{Ask, Drawn};

/// Where the processes that send requests to one workspace agree on who sends how many.
#[async_trait]
pub trait SharedBudget: Send + Sync {
    /// Draws as [`Book::draw`](super::Book::draw) says, alone among all processes. If nobody can
    /// tell whether it was done, drawing again sets it right.
    ///
    /// # Errors
    /// If it cannot be reached.
    async fn draw(&self, ask: &Ask) -> Result<Drawn, BudgetFault>;
}

/// The shared budget cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("the shared request budget cannot be drawn from: {0}")]
pub struct BudgetFault(pub String);
