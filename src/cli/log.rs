//! `log`: the runs, newest first.

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::model::Timestamp;

/// Runs shown unless told otherwise.
const RUNS_DEFAULT: usize = 20;

/// Show the runs, newest first: who, what, when, counts.
#[derive(clap::Args)]
pub struct Args {
    /// How many.
    #[arg(short = 'n', long, default_value_t = RUNS_DEFAULT)]
    number: usize,
}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context(&project).await?;
    let mut runs = context.runs().await?;
    runs.reverse();
    runs.truncate(args.number);
    let time = |us: i64| Timestamp(us / 1000).to_rfc3339();
    let values: Vec<_> = runs
        .iter()
        .map(|run| {
            json!({
                "run": run.run, "kind": run.kind, "operator": run.operator,
                "program": run.program, "mapping": run.mapping,
                "started_at": time(run.started_at_us),
                "finished_at": run.finished_at_us.map(time),
                "interrupted": run.interrupted, "counts": run.counts,
            })
        })
        .collect();
    session.output.result(&values, || {
        table(
            ["run", "what", "who", "started", "ended", "counts"],
            runs.iter().map(|run| {
                let ended = match (run.finished_at_us, run.interrupted) {
                    (Some(at), _) => time(at),
                    (None, true) => "interrupted".to_owned(),
                    (None, false) => "unfinished".to_owned(),
                };
                let counts: Vec<String> = run
                    .counts
                    .iter()
                    .filter(|(_, count)| **count > 0)
                    .map(|(name, count)| format!("{name} {count}"))
                    .collect();
                let mut row = vec![run.run.to_string(), run.kind.clone(), run.operator.clone()];
                row.extend([time(run.started_at_us), ended, counts.join(", ")]);
                row
            }),
        )
    });
    Ok(Exit::Done)
}
