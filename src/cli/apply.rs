//! `apply`: performs exactly the plan.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::destination::contract::Destination;
use crate::engine::claim;
use crate::engine::files::Files;
use crate::engine::plan::{self, SealedPlan};
use crate::engine::policy::WritePolicy;
use crate::engine::recover;
use crate::engine::write::{ApplyReport, Selection, Writer};
use crate::engine::{Context, EngineError};
use crate::engine::{release, sample, withdrawal};
use crate::model::event::Phase;
use crate::model::{RunId, StreamId};
use crate::report::biography;

/// Perform the plan that was made last, phase by phase. It can be stopped and run again at any
/// time: what is done is known from the ledger.
#[derive(Default, clap::Args)]
pub struct Args {
    /// The plan must be the one in this file (written by `plan --out`).
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Approve the plan without asking.
    #[arg(long)]
    pub yes: bool,
    /// Only so many conversations, chosen to cover every channel, status, field and kind of file,
    /// with all that they need.
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Only this phase.
    #[arg(long, value_name = "PHASE", value_parser = phase)]
    pub phase: Option<Phase>,
    /// Only these records and what they need; also tries again what Intercom refused.
    #[arg(long, value_name = "KEY")]
    pub only: Vec<String>,
}

/// A phase by its word.
fn phase(word: &str) -> Result<Phase, String> {
    Phase::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Phase::ALL.iter().map(|phase| phase.word()).collect();
        format!("phases are {}", words.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// If there is no approved plan, Intercom or the ledger refuses, or a gate does not close.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    let context = session.context(&project).await?;
    let rules = session::rules(&context, &project).await?;
    session::check_reading(&context, &project).await?;
    let policy = session::write_policy(&context, &project, &rules).await?;
    let files = session::files(session, &context, &project).await?;
    let plan = current(&context, args).await?;
    plan::check_waivers(&plan.sealed, &policy.waivers)?;
    session::check_fit(&context, &rules).await?;
    let gate = claim::enter(&context, &intercom).await?;
    let run = context.begin("apply").await?;
    approve(session, &context, run, &plan, args.yes).await?;
    let claimed = gate.begin(run);
    let written = perform(&context, run, &claimed, &files, &policy, args).await;
    let report = session::left(&claimed, written).await?;
    context.finish(run, report.counts()).await?;
    let waiting = context.waiting().await?;
    session.output.result(&report, || match waiting {
        0 => text(&report),
        waiting => format!("{}\n\n{}", text(&report), super::plan::waiting_text(waiting)),
    });
    let waits = waiting > 0 || !report.waiting.is_empty();
    Ok(if waits { Exit::Waiting } else { Exit::Done })
}

/// The plan in force; it must be the one of the file, if one is named.
async fn current(context: &Context, args: &Args) -> Result<SealedPlan, CliError> {
    let plan = plan::current(context).await?;
    if let Some(path) = &args.plan {
        let digest = plan::digest_of_file(std::fs::File::open(path)?)?;
        if digest != plan.sealed.plan {
            let why = "the file holds another plan".to_owned();
            return Err(EngineError::PlanStale(why).into());
        }
    }
    Ok(plan)
}

/// Asks for approval, unless it was given.
///
/// # Errors
/// If it is not given, or the ledger refuses.
pub async fn approve(
    session: &Session,
    context: &Context,
    run: RunId,
    plan: &SealedPlan,
    yes: bool,
) -> Result<(), CliError> {
    if plan.approved {
        return Ok(());
    }
    let sealed = &plan.sealed;
    let short = sealed.plan.to_string()[..8].to_owned();
    let question = format!(
        "Plan {short}: {} records, {} requests. Type {short} to approve:",
        grouped(sealed.items),
        grouped(sealed.requests)
    );
    if yes || session.ask(&question).as_deref() == Some(short.as_str()) {
        plan::approve(context, run, sealed.plan).await?;
        return Ok(());
    }
    Err(EngineError::NotApproved(short).into())
}

/// Settles what an earlier run left open, then writes.
///
/// # Errors
/// If Intercom or the ledger refuses, or a gate does not close.
pub async fn perform(
    context: &Context,
    run: RunId,
    destination: &dyn Destination,
    files: &Files,
    policy: &WritePolicy,
    args: &Args,
) -> Result<ApplyReport, CliError> {
    let recovered = recover::recover(context, run, destination, files, policy).await?;
    let mut only: Option<BTreeSet<StreamId>> = None;
    if !args.only.is_empty() {
        let mut roots = BTreeSet::new();
        for word in &args.only {
            roots.extend(biography::find(&context.ledger, word).await?);
        }
        release::release(context, run, &roots).await?;
        only = Some(sample::with_needs(context, roots).await?);
    } else if let Some(number) = args.sample {
        let roots = sample::choose(context, number).await?;
        only = Some(sample::with_needs(context, roots).await?);
    }
    let selection = Selection { only, phase: args.phase };
    let writer = Writer::new(context, destination, files, policy, run);
    let mut report = writer.apply(&selection).await?;
    report.waiting.extend(recovered.waiting);
    if selection.is_everything() {
        let withdrawn = withdrawal::perform(context, run, destination, policy).await?;
        report.withdrawn = withdrawn.done;
        report.waiting.extend(withdrawn.waiting);
    }
    Ok(report)
}

/// The report for people.
pub fn text(report: &ApplyReport) -> String {
    let rows = Phase::ALL.iter().filter_map(|phase| {
        let written = report.written.get(phase.word())?;
        Some(vec![phase.word().to_owned(), grouped(*written)])
    });
    let mut text = table(["phase", "records written"], rows);
    if report.written.is_empty() {
        text = "Nothing to write.".to_owned();
    }
    text.push_str(&format!("\n{} requests.", grouped(report.requests)));
    if !report.withdrawn.is_empty() {
        let rows = report.withdrawn.iter().map(|(word, count)| vec![word.clone(), grouped(*count)]);
        text.push_str(&format!("\n\n{}", table(["withdrawn at the source", "records"], rows)));
    }
    if !report.waiting.is_empty() {
        let rows = report.waiting.iter().map(|(key, why)| vec![key.clone(), why.clone()]);
        text.push_str(&format!("\n\n{}", table(["waiting", "reason"], rows)));
    }
    text
}
