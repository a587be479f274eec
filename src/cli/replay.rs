//! `replay`: rebuilds every projection from event 0 and compares.

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;

/// Rebuild everything that is computed from the events and compare it with what is stored.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(session: &Session, _: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context(&project).await?;
    let head = context.ledger.head().await.map_err(crate::engine::EngineError::from)?;
    let differences =
        context.ledger.rebuild_and_compare().await.map_err(crate::engine::EngineError::from)?;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let value = json!({
        "events": head.size,
        "differences": differences
            .iter()
            .map(|one| json!({ "projection": one.projection, "key": hex(&one.key) }))
            .collect::<Vec<_>>(),
    });
    session.output.result(&value, || {
        if differences.is_empty() {
            return format!("{} events replayed; every projection equals its rebuild.", head.size);
        }
        let rows = differences.iter().map(|one| {
            let side = |side: &Option<Vec<u8>>| if side.is_some() { "yes" } else { "no" };
            vec![
                one.projection.to_owned(),
                hex(&one.key),
                side(&one.stored).to_owned(),
                side(&one.rebuilt).to_owned(),
            ]
        });
        table(["projection", "row", "stored", "rebuilt"], rows)
    });
    Ok(if differences.is_empty() { Exit::Done } else { Exit::NotWhole })
}
