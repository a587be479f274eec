//! `show`: the biography of a source key or Intercom id.

use super::error::{CliError, Exit};
use super::session::Session;
use crate::report::biography::{self, Biography};

/// Show the life of a record: every event, by source key (system/object/id) or Intercom id.
#[derive(clap::Args)]
pub struct Args {
    /// Source key or Intercom id.
    key: String,
    /// The bytes beside the events too: they are personal data.
    #[arg(long)]
    payloads: bool,
}

/// Runs the command.
///
/// # Errors
/// If nothing has the key, or the ledger cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context(&project).await?;
    let mut lives = Vec::new();
    for stream in biography::find(&context.ledger, &args.key).await? {
        lives.push(biography::biography(&context.ledger, stream, args.payloads).await?);
    }
    session.output.result(&lives, || lives.iter().map(text).collect::<Vec<_>>().join("\n\n"));
    Ok(Exit::Done)
}

fn text(life: &Biography) -> String {
    let mut text = life.key.clone();
    for chapter in &life.chapters {
        text.push_str(&format!(
            "\n{:>8}  {}  {:<22} {}",
            chapter.position, chapter.at, chapter.event, chapter.facts
        ));
        if let Some(payload) = &chapter.payload {
            text.push_str(&format!("\n          {payload}"));
        }
    }
    if !life.parts.is_empty() {
        text.push_str(&format!("\nparts: {}", life.parts.join(", ")));
    }
    text
}
