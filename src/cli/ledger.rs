//! `ledger`: the ledger's own file.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::grouped;
use super::session::Session;
use crate::ledger;

/// Keep the ledger safe.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Write a whole copy to a new file, also while a run writes. Put in the ledger's place, it is
    /// opened as it is, and told from the newest if it is older.
    Backup {
        /// The file; it must not be there yet. Only its owner may read it.
        file: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// If there is no ledger, it lies in PostgreSQL, or the file is there already or cannot be written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let Args::Backup { file } = args;
    let anchor = project.present()?;
    let head = ledger::backup(&project.ledger_url(), file).await?;
    let (size, root) = (head.size, head.root.to_string());
    session.output.result(&json!({ "file": file, "events": size, "root": root }), || {
        format!("{} events written to {}.", grouped(size), file.display())
    });
    // It is copied all the same: an older ledger may be all there is.
    match anchor {
        Some(anchor) => Ok(anchor.check_head(&head).map(|()| Exit::Done)?),
        None => Ok(Exit::Done),
    }
}
