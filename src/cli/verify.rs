//! `verify`: reads Intercom back, field by field.

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::engine::verify::{self, Scope, VerifyReport};
use crate::engine::workspace;

/// Read Intercom back and compare every field with what was to arrive. Undeclared differences end
/// with exit code 4.
#[derive(clap::Args)]
pub struct Args {
    /// Everything, also what was found equal before.
    #[arg(long, conflicts_with = "sample")]
    all: bool,
    /// So many records, chosen at random.
    #[arg(long, value_name = "N")]
    sample: Option<u64>,
    /// Start of the random choice: the same start chooses the same records.
    #[arg(long, value_name = "S", requires = "sample")]
    rng_start: Option<u64>,
    /// Record nothing in the ledger: it may then run while another process writes.
    #[arg(long)]
    unrecorded: bool,
}

/// Runs the command.
///
/// # Errors
/// If Intercom cannot be read, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = match args.unrecorded {
        true => session.context_to_look(&project).await?,
        false => session.context(&project).await?,
    };
    let rules = session::rules(&context, &project).await?;
    let policy = session::write_policy(&context, &project, &rules).await?;
    let scope = match args.sample {
        Some(number) => {
            let rng_start = args.rng_start.unwrap_or_else(|| session.env.random_below(u64::MAX));
            Scope::Sample { number, rng_start }
        }
        None if args.all => Scope::All,
        None => Scope::Unverified,
    };
    workspace::check(&context, &intercom).await?;
    let run = match args.unrecorded {
        true => None,
        false => Some(context.begin("verify").await?),
    };
    let report = verify::verify(&context, run, &intercom, &policy, scope).await?;
    if let Some(run) = run {
        context.finish(run, report.counts()).await?;
    }
    session.output.result(&report, || text(&report));
    Ok(exit(&report))
}

/// What the report means for scripts.
pub fn exit(report: &VerifyReport) -> Exit {
    if report.undeclared.is_empty() { Exit::Done } else { Exit::NotWhole }
}

/// The report for people.
pub fn text(report: &VerifyReport) -> String {
    let mut text = format!(
        "{} objects, {} fields compared, {} undeclared differences.",
        grouped(report.objects),
        grouped(report.fields),
        grouped(report.undeclared.len() as u64)
    );
    if let Some(rng_start) = report.rng_start {
        text.push_str(&format!(" Chosen with --rng-start {rng_start}."));
    }
    if !report.declared.is_empty() {
        let rows = report.declared.iter().map(|(name, n)| vec![name.clone(), grouped(*n)]);
        text.push_str(&format!("\n\n{}", table(["declared difference", "fields"], rows)));
    }
    if !report.undeclared.is_empty() {
        let rows =
            report.undeclared.iter().map(|(key, fields)| vec![key.clone(), fields.join(", ")]);
        text.push_str(&format!("\n\n{}", table(["record", "fields that differ"], rows)));
    }
    text
}
