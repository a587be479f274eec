//! `report`: the pages as a folder.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::grouped;
use super::serve;
use super::session::Session;
use crate::web::folder::{self, Bounds, Written};

/// All records are counted before their page is written, however long it takes.
pub const PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Write the pages that `serve` shows into a folder of files, for people without the program. Only
/// its owner may read it. It holds personal data unless that is left out.
#[derive(clap::Args)]
pub struct Args {
    /// New or empty folder; `index.html` is where to begin.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Records that get a page of their own, in order of first reading.
    #[arg(long, default_value_t = 1_000)]
    records: u64,
    /// Pages that each list may have.
    #[arg(long, default_value_t = 100)]
    pages: u64,
    /// Also the proofs of these records' events.
    #[arg(long)]
    proofs: bool,
    /// Leave out the bytes beside the events: they are personal data.
    #[arg(long)]
    no_payloads: bool,
}

/// Runs the command.
///
/// # Errors
/// If there is no ledger, it cannot be read, or the folder cannot be written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context_to_look(&project).await?;
    let opened = serve::open(&project, context, !args.no_payloads, PATIENCE).await?;
    let bounds = Bounds { records: args.records, pages: args.pages.max(1), proofs: args.proofs };
    let written = folder::write(&opened, &args.out, bounds).await?;
    let start = args.out.join("index.html");
    let value = json!({ "start": start, "written": written, "whole": written.is_whole() });
    session.output.result(&value, || {
        format!(
            "{} pages and {} proofs written; begin with {}.{}",
            grouped(written.pages),
            grouped(written.proofs),
            start.display(),
            left_out(&written)
        )
    });
    Ok(if written.is_whole() { Exit::Done } else { Exit::Waiting })
}

/// What is not in the folder, why, and how to get it.
fn left_out(written: &Written) -> String {
    let mut text = String::new();
    if written.more_records {
        text.push_str(&format!(
            "\nOnly the first {} records have a page of their own: `--records N` takes more.",
            grouped(written.records)
        ));
    }
    if !written.cut_lists.is_empty() {
        text.push_str(&format!(
            "\nToo long for the folder, and cut: {}. `--pages N` takes more pages of each.",
            written.cut_lists.join(", ")
        ));
    }
    if !written.is_whole() {
        text.push_str("\n`deskledger serve` shows everything.");
    }
    text
}
