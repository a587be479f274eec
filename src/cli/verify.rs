//! `verify`: reads Intercom back, field by field.

use std::path::PathBuf;

use super::certify;
use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::engine::verify::{self, Asked, Scope, VerifyReport};
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
    /// Also what others added to objects that we made, and threads that are there twice: before
    /// cutover there is nothing of it.
    #[arg(long)]
    strict: bool,
    /// Write a signed certificate of what was found into this new file, and seal the ledger.
    /// Needs --all or --sample. Exit code 3: right, but something was skipped.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["unrecorded", "strict"])]
    certificate: Option<PathBuf>,
    /// File of the key that signs the certificate (`audit key new`).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key_file: Option<PathBuf>,
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
    if args.certificate.is_some() && !args.all && args.sample.is_none() {
        let what = "a certificate is of all records or of a sample";
        return Err(CliError::usage("no_choice", what, "Add --all or --sample N."));
    }
    let wanted = args.certificate.as_ref();
    let certificate = wanted
        .map(|file| certify::Asked::new(&project, file, args.key_file.as_ref()))
        .transpose()?;
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
    let asked = Asked { scope, strict: args.strict };
    let report = verify::verify(&context, run, &intercom, &policy, asked).await?;
    if let Some(run) = run {
        context.finish(run, report.counts()).await?;
    }
    let mut words = text(&report);
    let mut exit = exit(&report);
    if let (Some(certificate), Some(run)) = (&certificate, run) {
        let written = certificate.write(session, &context, &project, (run, &report)).await?;
        words.push_str(&format!("\n\n{}", written.method.join("\n")));
        if exit == Exit::Done && !report.skipped.is_empty() {
            exit = Exit::Waiting;
        }
    }
    session.output.result(&report, || words);
    Ok(exit)
}

/// What the report means for scripts.
pub fn exit(report: &VerifyReport) -> Exit {
    if report.undeclared.is_empty() && report.added.is_empty() {
        Exit::Done
    } else {
        Exit::NotWhole
    }
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
    if !report.added.is_empty() {
        let rows = report.added.iter().map(|(key, what)| vec![key.clone(), what.join(", ")]);
        text.push_str(&format!("\n\n{}", table(["record", "added by others"], rows)));
    }
    if !report.skipped.is_empty() {
        let rows = report.skipped.iter().map(|(key, why)| vec![key.clone(), (*why).to_owned()]);
        text.push_str(&format!("\n\n{}", table(["record", "not compared"], rows)));
    }
    text
}
