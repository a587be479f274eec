//! `plan`: maps what changed and says what would be sent.

use std::io::Write;
use std::path::PathBuf;

use super::error::{BLOCKED, CliError, Exit};
use super::findings;
use super::output::{duration, grouped, table};
use super::session::{self, Session};
use crate::engine::confirm;
use crate::engine::plan::{self, Plan, PlanSettings};
use crate::engine::release::release_refused;
use crate::engine::transform::transform;
use crate::engine::{Context, EngineError};
use crate::mapping::Context as Rules;
use crate::model::RunId;
use crate::model::event::Counts;
use crate::project::Project;

/// Requests per 10 s that the estimate of the duration rests on: 10,000 a minute, the default of
/// an app (FACTS §2); the workspace's own figure is learned while writing.
const WINDOW_REQUESTS: u64 = 1_667;

/// Map what changed, and plan every create, update, attach and no-op with request counts,
/// reversibility and declared losses. Nothing is sent. The plan has a digest.
#[derive(clap::Args)]
pub struct Args {
    /// Write every planned item as a line of JSON.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// If no map is confirmed, a blocking decision is open, or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.context(&project).await?;
    let rules = match session::rules(&context, &project).await {
        // The first that is missed is not all that is open.
        Err(error) if error.code == "decisions_open" => {
            let all = confirm::all_open(&context, &project_decisions(&project)).await?;
            return Err(all.map_or(error, CliError::from));
        }
        rules => rules?,
    };
    session::check_reading(&context, &project).await?;
    let run = context.begin("plan").await?;
    let (plan, counts) = match perform(&context, run, &rules, &project, args).await {
        Err(error) => return Err(named(error, &context, &project).await?),
        Ok(made) => made,
    };
    context.finish(run, counts).await?;
    session.output.result(&plan, || text(&plan));
    Ok(if plan.waiting == 0 { Exit::Done } else { Exit::Waiting })
}

/// The error, with the findings that block if it is about those.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn named(
    error: CliError,
    context: &Context,
    project: &Project,
) -> Result<CliError, CliError> {
    if error.code != BLOCKED {
        return Ok(error);
    }
    let said = findings::named(&findings::questions(context, project).await?);
    Ok(CliError { message: format!("{}:{said}", error.message), ..error })
}

/// Maps and plans within a run that is already begun.
///
/// # Errors
/// If a decision is open, or the ledger refuses.
pub async fn perform(
    context: &Context,
    run: RunId,
    rules: &Rules,
    project: &Project,
    args: &Args,
) -> Result<(Plan, Counts), CliError> {
    session::check_reading(context, project).await?;
    confirm::check_decisions(context, project_decisions(project)).await?;
    release_refused(context, run).await?;
    let report = transform(context, run, rules.clone()).await?;
    let policy = session::write_policy(context, project, rules).await?;
    let settings =
        PlanSettings { admin: &policy.admin, policy: policy.edits, withdrawn: policy.withdrawn };
    let plan = match &args.out {
        Some(path) => {
            let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
            let plan = plan::plan(context, run, &settings, Some(&mut file)).await?;
            file.flush().map_err(|cause| EngineError::Output(cause.to_string()))?;
            plan
        }
        None => plan::plan(context, run, &settings, None).await?,
    };
    let mut counts = report.counts();
    counts.insert("items".to_owned(), plan.items);
    counts.insert("planned_requests".to_owned(), plan.requests);
    Ok((plan, counts))
}

fn project_decisions(project: &Project) -> confirm::Decided<'_> {
    confirm::Decided {
        source: &project.settings.source,
        decisions: &project.decisions,
        accepted: &project.settings.export.accepted,
    }
}

/// The plan for people.
pub fn text(plan: &Plan) -> String {
    let digest = plan.digest.map(|digest| digest.to_string()).unwrap_or_default();
    let seconds = plan.requests.div_ceil(WINDOW_REQUESTS) * 10;
    let mut text = format!(
        "Plan {digest}\n{} records, {} requests, about {} at {} requests per 10 s.",
        grouped(plan.items),
        grouped(plan.requests),
        duration(seconds),
        grouped(WINDOW_REQUESTS),
    );
    for (title, counts) in [
        ("phase", &plan.phases),
        ("operation", &plan.operations),
        ("reversibility", &plan.reversibility),
        ("notification", &plan.notification),
        ("declared loss", &plan.losses),
        ("withdrawn at the source, and here", &plan.withdrawn),
    ] {
        if !counts.is_empty() {
            let rows = counts.iter().map(|(name, count)| vec![name.clone(), grouped(*count)]);
            text.push_str(&format!("\n\n{}", table([title, "count"], rows)));
        }
    }
    if plan.waiting > 0 {
        text.push_str(&format!("\n\n{}", waiting_text(plan.waiting)));
    }
    if !plan.needs.is_empty() {
        let rows = plan.needs.iter().map(|need| {
            let phases: Vec<&str> = need.phases.iter().map(|phase| phase.word()).collect();
            vec![need.label(), phases.join(", "), grouped(need.requests)]
        });
        let head = ["must be there, made by people", "before", "requests"];
        text.push_str(&format!(
            "\n\n{}\n`deskledger doctor` looks whether it is.",
            table(head, rows)
        ));
    }
    text
}

/// What is left out because a person has to decide, and where to look.
pub fn waiting_text(waiting: u64) -> String {
    format!(
        "{} records wait for a person and are not planned: see deskledger reconcile.",
        grouped(waiting)
    )
}
