//! `inspect`: what is in the source. Writes nothing to the ledger.

use std::path::{Path, PathBuf};

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::read::{self, waits};
use super::session::Session;
use crate::project::Project;
use crate::source::{Inventory, Severity};

/// Show what the export holds: counts, columns with their coverage, dates, findings with file and
/// line. Nothing is written.
#[derive(clap::Args)]
pub struct Args {
    /// Another export than the project's.
    #[arg(long, value_name = "PATH")]
    bundle: Option<PathBuf>,
    /// Every column, not only those with gaps.
    #[arg(long)]
    columns: bool,
}

/// Runs the command.
///
/// # Errors
/// If the export cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let inventory = inventory(session, &project, args.bundle.as_deref()).await?;
    session.output.result(&inventory, || text(&inventory, args.columns));
    let blocks = inventory.findings.iter().any(|group| group.severity == Severity::Blocking);
    Ok(if blocks || waits(&inventory.findings) { Exit::Waiting } else { Exit::Done })
}

async fn inventory(
    session: &Session,
    project: &Project,
    bundle: Option<&Path>,
) -> Result<Inventory, CliError> {
    let (mut reader, _) = project.reader(&session.env, bundle)?;
    let looked = tokio::task::spawn_blocking(move || reader.inventory()).await;
    Ok(looked.map_err(|_| crate::engine::EngineError::Interrupted("looking at the export"))??)
}

fn text(inventory: &Inventory, all_columns: bool) -> String {
    let day = |time: Option<crate::model::Timestamp>| {
        time.map_or_else(String::new, |time| time.to_rfc3339()[..10].to_owned())
    };
    let objects = table(
        ["object", "rows", "records", "rejected", "duplicates", "expected", "from", "to"],
        inventory.objects.iter().map(|object| {
            vec![
                object.object.clone(),
                grouped(object.count.rows),
                grouped(object.count.records),
                grouped(object.count.rejected),
                grouped(object.count.duplicates),
                object.expected.map(grouped).unwrap_or_default(),
                day(object.from),
                day(object.to),
            ]
        }),
    );
    let columns = table(
        ["object", "column", "holds", "filled %", "known"],
        inventory.objects.iter().flat_map(|object| {
            object.columns.iter().filter(move |column| all_columns || !column.known).map(
                move |column| {
                    vec![
                        object.object.clone(),
                        column.column.clone(),
                        column.cell.clone(),
                        format!("{:.1}", column.coverage_percent()),
                        if column.known { "yes" } else { "custom field" }.to_owned(),
                    ]
                },
            )
        }),
    );
    format!("{objects}\n\n{columns}\n\n{}", read::findings(&inventory.findings))
}
