//! `rollback`: plans and performs taking a migration back.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt};
use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use crate::destination::contract::{Destination, Read};
use crate::destination::intercom::request::id_text;
use crate::destination::intercom::undo::UndoBy;
use crate::engine::claim;
use crate::engine::forecast::{Forecast, forecast};
use crate::engine::policy::WritePolicy;
use crate::engine::reading;
use crate::engine::residue::{self, RollbackReport};
use crate::engine::rollback;
use crate::engine::rollback_plan::{self, Rollback};
use crate::engine::slice::{self, Slice};
use crate::engine::workspace;
use crate::engine::{Context, EngineError, recover};
use crate::model::event::Phase;
use crate::model::{Position, RunId};
use crate::project::Project;
use crate::report::biography;

/// Rows of a plan shown on the terminal; `--json` has all.
const ITEMS_SHOWN: usize = 30;

/// Plan and perform taking the migration back: what is ours goes, what was changed is restored,
/// what people touched since stays and is named, what cannot be undone is listed as residue.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Show what would be undone, dependents first, and what would be kept and stay: looks at
    /// Intercom, changes nothing. Without a token it looks at the ledger alone, and says so.
    Plan(Choice),
    /// Show what stays in Intercom of all rollbacks so far, interrupted ones included. Reads the
    /// ledger alone.
    Status,
    /// Undo it. It can be stopped and run again at any time.
    Apply {
        /// Which part.
        #[command(flatten)]
        choice: Choice,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// Which part of the migration; all of it by default. A part comes with all that depends on it.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(multiple = false)]
pub struct Choice {
    /// What one run wrote.
    #[arg(long, value_name = "RUN")]
    run: Option<RunId>,
    /// What was written from this position of the ledger on.
    #[arg(long, value_name = "POSITION")]
    since: Option<u64>,
    /// One phase.
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
    /// These records, by source key or Intercom id.
    #[arg(long, value_name = "KEY")]
    only: Vec<String>,
    /// What was done for the records on which the migration put this tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If nothing is approved, or Intercom or the ledger refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = match args {
        Args::Status | Args::Plan(_) => session.looking(&project).await?,
        Args::Apply { .. } => session.context(&project).await?,
    };
    match args {
        Args::Plan(choice) => {
            let slice = chosen(&context, choice).await?;
            let plan = rollback_plan::look(&context, &slice).await?;
            let forecast = match Project::token() {
                Ok(_) => {
                    let intercom = session.intercom(&project)?;
                    workspace::check(&context, &intercom).await?;
                    let policy = policy(&project, &context, &intercom).await?;
                    let by = undo_by(&project, &policy);
                    // Nothing is sent and nothing recorded, so this run is in no log.
                    let run = context.env.run_id();
                    Some(forecast(&context, run, &intercom, &plan, &by, &policy).await?)
                }
                Err(_) => None,
            };
            let head = json!({
                "digest": plan.digest, "slice": plan.words, "counts": plan.counts,
                "forecast": forecast,
            });
            let shown = plan_text(&context, &plan).await?;
            let text = || format!("{shown}\n\n{}", forecast_text(forecast.as_ref()));
            session.output.listed(&head, "items", plan.items(&context), text).await?;
            Ok(Exit::Done)
        }
        Args::Status => {
            let mut report = RollbackReport::default();
            let mut all = std::pin::pin!(residue::each(&context));
            while let Some(one) = all.try_next().await? {
                report.add(&one);
            }
            let text = || status_text(&report);
            let head = json!(report);
            session.output.listed(&head, "residue", residue::each(&context), text).await?;
            Ok(exit(&report))
        }
        Args::Apply { choice, yes } => {
            let intercom = session.intercom(&project)?;
            let report = perform(session, &project, &context, &intercom, choice, *yes).await?;
            let shown = || text(&report);
            let head = json!(report);
            session.output.listed(&head, "residue", residue::each(&context), shown).await?;
            Ok(exit(&report))
        }
    }
}

/// What the report means for scripts.
pub fn exit(report: &RollbackReport) -> Exit {
    if report.stuck.is_empty() { Exit::Done } else { Exit::Waiting }
}

async fn chosen(context: &Context, choice: &Choice) -> Result<Slice, CliError> {
    if let Some(run) = choice.run {
        return Ok(Slice::Run(run));
    }
    if let Some(position) = choice.since {
        return Ok(Slice::Since(Position(position)));
    }
    if let Some(word) = &choice.phase {
        let phase = Phase::from_word(word).ok_or_else(|| {
            CliError::usage("unknown_phase", format!("no phase is called {word}"), "See README.")
        })?;
        return Ok(Slice::Phase(phase));
    }
    if let Some(name) = &choice.tag {
        let streams = slice::tagged(context, name).await?;
        if streams.is_empty() {
            let what = format!("no record stands that the migration gave the tag {name:?}");
            return Err(CliError::usage("unknown_tag", what, "See deskledger show KEY."));
        }
        return Ok(Slice::Tag(name.clone(), streams));
    }
    if choice.only.is_empty() {
        return Ok(Slice::All);
    }
    let mut streams = BTreeSet::new();
    for word in &choice.only {
        streams.extend(biography::find(&context.ledger, word).await?);
    }
    Ok(Slice::Only(streams))
}

/// Plans, asks, undoes.
///
/// # Errors
/// If nothing is approved, or Intercom or the ledger refuses.
pub async fn perform(
    session: &Session,
    project: &Project,
    context: &Context,
    intercom: &dyn Destination,
    choice: &Choice,
    yes: bool,
) -> Result<RollbackReport, CliError> {
    let policy = policy(project, context, intercom).await?;
    let files = session::files(session, context, project).await?;
    let gate = claim::enter(context, intercom).await?;
    let run = context.begin("rollback").await?;
    recover::recover(context, run, intercom, &files, &policy).await?;
    let slice = chosen(context, choice).await?;
    let plan = rollback_plan::plan(context, run, &slice).await?;
    let short = plan.digest.to_string()[..8].to_owned();
    let question = format!(
        "{}\nRollback {short}: {} records. Type {short} to undo them:",
        plan_text(context, &plan).await?,
        grouped(plan.len())
    );
    if !yes && session.ask(&question).as_deref() != Some(short.as_str()) {
        return Err(EngineError::NotApproved(short).into());
    }
    let by = undo_by(project, &policy);
    let claimed = gate.begin(run);
    let undone = rollback::perform(context, run, &claimed, &plan, &by, &policy).await;
    if let Some(error) = claimed.failure().await {
        return Err(error.into());
    }
    let report = undone?;
    // Nothing is left to be taken back: the workspace is free.
    match slice {
        Slice::All if report.stuck.is_empty() => claimed.release().await.map(drop)?,
        _ => claimed.leave().await?,
    }
    context.finish(run, report.counts()).await?;
    Ok(report)
}

fn undo_by(project: &Project, policy: &WritePolicy) -> UndoBy {
    UndoBy {
        delete_contacts: project.settings.write.rollback_deletes_contacts,
        redact_parts: project.settings.write.rollback_redacts_messages,
        admin_id: policy.admin.clone(),
    }
}

/// How things are undone. A rollback needs no map and no decision: without them it acts in the name
/// of the token's owner.
async fn policy(
    project: &Project,
    context: &Context,
    intercom: &dyn Destination,
) -> Result<WritePolicy, CliError> {
    if let Ok(rules) = session::rules(context, project).await {
        return session::write_policy(context, project, &rules).await;
    }
    let me = reading::patiently(context, || async {
        intercom.read(&Read::get("/me")).await.found("/me")
    });
    let me = me.await?;
    let admin = id_text(&me["id"]).unwrap_or_default();
    session::undo_policy(context, project, admin).await
}

/// What a look at Intercom says, for people.
fn forecast_text(forecast: Option<&Forecast>) -> String {
    let Some(forecast) = forecast else {
        return "Intercom was not looked at: set INTERCOM_ACCESS_TOKEN to see what would be kept."
            .to_owned();
    };
    let rows = forecast
        .would
        .iter()
        .map(|(word, count)| vec![format!("would {}", word.replace('_', " ")), grouped(*count)]);
    let mut text = table(["as Intercom stands now", "count"], rows);
    if !forecast.residue.is_empty() {
        let rows = forecast.residue.iter().map(|(kind, count)| vec![kind.clone(), grouped(*count)]);
        text.push_str(&format!("\n\n{}", table(["would stay", "count"], rows)));
    }
    if !forecast.kept.is_empty() {
        let rows = forecast.kept.iter().map(|(key, why)| vec![key.clone(), why.join(", ")]);
        let rows: Vec<_> = rows.take(ITEMS_SHOWN).collect();
        text.push_str(&format!("\n\n{}", table(["would be kept", "because of"], rows)));
    }
    text.push_str(&format!(
        "\n\n{} requests change something; about {} s at the pace of this look.",
        grouped(forecast.requests),
        grouped(forecast.expected_ms.div_ceil(1_000))
    ));
    text
}

/// What stays, for people.
fn status_text(report: &RollbackReport) -> String {
    if report.left.is_empty() {
        return "Nothing stays of what was rolled back.".to_owned();
    }
    text(report)
}

async fn plan_text(context: &Context, plan: &Rollback) -> Result<String, CliError> {
    let counts: Vec<String> =
        plan.counts.iter().map(|(word, count)| format!("{word} {}", grouped(*count))).collect();
    let first: Vec<_> = plan.items(context).take(ITEMS_SHOWN).try_collect().await?;
    let rows = first.iter().map(|item| {
        let action = format!("{:?}", item.action).to_lowercase();
        let steps: Vec<&str> = item.steps.iter().map(|step| step.as_str()).collect();
        vec![action, item.key.to_string(), steps.join(", ")]
    });
    let mut text = format!(
        "Rollback of {}: {}.\n{}",
        plan.words,
        if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") },
        table(["what", "record", "steps undone"], rows)
    );
    let more = plan.len().saturating_sub(ITEMS_SHOWN as u64);
    if more > 0 {
        text.push_str(&format!("\n… and {} more; see --json.", grouped(more)));
    }
    Ok(text)
}

/// The report for people.
pub fn text(report: &RollbackReport) -> String {
    let rows = report.done.iter().map(|(word, count)| vec![word.clone(), grouped(*count)]);
    let mut text = table(["undone", "count"], rows);
    if !report.kept.is_empty() {
        let rows = report.kept.iter().map(|(key, why)| vec![key.clone(), why.join(", ")]);
        text.push_str(&format!("\n\n{}", table(["kept", "because people touched"], rows)));
    }
    if !report.stuck.is_empty() {
        let rows = report.stuck.iter().map(|(key, why)| vec![key.clone(), why.clone()]);
        text.push_str(&format!("\n\n{}", table(["stuck", "why"], rows)));
    }
    let kinds: Vec<_> = report.left.iter().filter(|(kind, _)| *kind != "kept").collect();
    if !kinds.is_empty() {
        let rows = kinds
            .iter()
            .map(|(kind, (count, what))| vec![(*kind).clone(), grouped(*count), what.clone()]);
        text.push_str(&format!("\n\n{}", table(["residue", "count", "what stays"], rows)));
    }
    text
}
