//! `handoff`: the documents of what only people can move.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::engine::transform::learn;
use crate::model::visible::visible_json;
use crate::report::attachments::{attachments, csv};
use crate::report::handoff::{documents, markdown};
use crate::report::handoff_table::tables;
use crate::source;

/// Write the hand-off documents: saved replies, workflows and everything else that Intercom's API
/// cannot take, with its content, to be ticked off by people.
#[derive(clap::Args)]
pub struct Args {
    /// Folder for the documents.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read, or the folder cannot be written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.looking(&project).await?;
    // Without a confirmed map there is no saying how, only what.
    let rules = match session::rules(&context, &project).await {
        Ok(rules) => Some(learn(&context, rules).await?),
        Err(_) => None,
    };
    let documents = documents(&context.ledger, rules.as_ref()).await?;
    std::fs::create_dir_all(&args.out)?;
    let mut counts = BTreeMap::new();
    for (document, items) in &documents {
        let stem: String = document
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' })
            .collect();
        std::fs::write(args.out.join(format!("{stem}.md")), markdown(document, items))?;
        std::fs::write(
            args.out.join(format!("{stem}.json")),
            visible_json(&json!(items).to_string()).as_ref(),
        )?;
        counts.insert(document.clone(), items.len() as u64);
    }
    for table in rules.iter().flat_map(|rules| tables(&documents, rules)) {
        let name = format!("{}.csv", table.stem);
        std::fs::write(args.out.join(&name), table.csv()?)?;
        counts.insert(name, table.lines());
    }
    // Where people copy by hand, they also move the files that the program was not given.
    if source::find(&project.settings.source)?.guide().is_some() {
        let files = attachments(&context.ledger).await?;
        std::fs::write(args.out.join("attachment_checklist.csv"), csv(&files.files)?)?;
        std::fs::write(args.out.join("attachment_heavy_tickets.csv"), csv(&files.heavy)?)?;
        counts.insert("attachment_checklist".to_owned(), files.files.len() as u64);
        counts.insert("attachment_heavy_tickets".to_owned(), files.heavy.len() as u64);
    }
    session.output.result(&json!({ "folder": args.out, "documents": counts }), || {
        let rows = counts.iter().map(|(name, count)| vec![name.clone(), grouped(*count)]);
        format!("{}\nWritten to {}.", table(["document", "items"], rows), args.out.display())
    });
    Ok(Exit::Done)
}
