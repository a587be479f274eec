//! `status`: where the migration stands, also while another process writes.

use serde::Serialize;

use super::error::{CliError, Exit};
use super::findings;
use super::output::{duration, grouped};
use super::run_file;
use super::session::{self, Session};
use crate::engine::confirm::{self, Decided};
use crate::engine::{Context, plan};
use crate::project::Project;
use crate::report::status::{self, LastRun, Pace, PlanStanding, RunState, Status};

/// Silence after which a running process is said to be quiet.
const QUIET_MS: u64 = 30_000;

/// Show where the migration stands: the stage, requests done and left, pace and time left, the last
/// error, who writes the ledger, and what comes next. Reads the ledger alone, beside a run if need
/// be, and from a folder in which nothing can be written. Ends with 3 if something waits for a
/// person.
#[derive(clap::Args)]
pub struct Args {}

/// What comes next.
#[derive(Debug, Serialize)]
struct Next {
    /// Short stable name of what stands in the way, or of what is to be done.
    code: String,
    /// Why.
    why: String,
    /// The way on.
    hint: String,
    #[serde(skip)]
    exit: Exit,
}

impl Next {
    fn new(code: &str, why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), why: why.into(), hint: hint.into(), exit: Exit::Done }
    }

    fn waiting(self) -> Self {
        Self { exit: Exit::Waiting, ..self }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    source: &'a str,
    intercom_url: &'a str,
    #[serde(flatten)]
    status: Option<&'a Status>,
    /// The error that ended the last run, as its file says.
    run_error: Option<String>,
    next: Option<&'a Next>,
}

/// Runs the command.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn run(session: &Session, _: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = match session.context_to_look(&project).await {
        // Nothing was read yet; looking makes no ledger.
        Err(error) if error.code == "ledger_missing" => {
            let next = Next::new("nothing_read", "nothing was read yet", "`deskledger read`");
            tell(session, &project, None, Some(&next));
            return Ok(Exit::Done);
        }
        Err(error) if session::is_not_ready(&error) => session.context(&project).await?,
        looked => looked?,
    };
    let found = status::status(&context.ledger, session.env.now_us()).await?;
    let running = found.run.as_ref().is_some_and(|run| run.state == RunState::Running);
    let next = match running {
        true => None,
        false => Some(next(&context, &project, &found).await?),
    };
    tell(session, &project, Some(&found), next.as_ref());
    Ok(match next {
        Some(next) if next.exit != Exit::Done => next.exit,
        _ if found.waiting > 0 => Exit::Waiting,
        _ => Exit::Done,
    })
}

fn tell(session: &Session, project: &Project, status: Option<&Status>, next: Option<&Next>) {
    let (source, intercom_url) = (&project.settings.source, &project.settings.intercom_url);
    let stopped = status.and_then(|status| status.run.as_ref());
    let stopped = stopped.filter(|run| run.state == RunState::Stopped);
    let run_error = stopped.and_then(|run| run_file::failure(&project.folder, run.run));
    let told = Told { source, intercom_url, status, run_error, next };
    session.output.result(&told, || text(&told));
}

/// The first thing that stands in the way, or what is to be done.
async fn next(context: &Context, project: &Project, found: &Status) -> Result<Next, CliError> {
    if let Some(next) = stands(session::check_reading(context, project).await)? {
        return Ok(next);
    }
    let stopped = found.run.as_ref().filter(|run| run.state == RunState::Stopped);
    if let Some(command) = stopped.and_then(|run| command(&run.kind)) {
        let why = "the last run did not end by itself; what it did is in the ledger";
        return Ok(Next::new("run_stopped", why, format!("`{command}` goes on with it")).waiting());
    }
    if project.mapping.is_none() {
        let hint = "`deskledger map propose`, then read and edit mapping.toml";
        return Ok(Next::new("mapping_missing", "no map is proposed yet", hint).waiting());
    }
    if let Some(next) = stands(session::rules(context, project).await)? {
        return Ok(next);
    }
    let settings = &project.settings;
    let decided = Decided {
        source: &settings.source,
        decisions: &project.decisions,
        accepted: &settings.export.accepted,
    };
    let open = confirm::check_decisions(context, decided).await.map_err(CliError::from);
    if let Some(mut next) = stands(open)? {
        if next.code == super::error::BLOCKED {
            let found = findings::questions(context, project).await?;
            next.why.push_str(&format!(":{}", findings::named(&found)));
        }
        return Ok(next);
    }
    let sealed = match plan::current(context).await {
        Ok(sealed) => sealed,
        Err(error) => return Ok(stands::<()>(Err(error.into()))?.unwrap_or_else(unplanned)),
    };
    let left: u64 = found.left.iter().map(|left| left.records).sum();
    if left > 0 {
        let (code, why) = match sealed.approved {
            true => ("apply", format!("{} planned records are not written", grouped(left))),
            false => ("approve", format!("the plan {} is not approved", sealed.sealed.plan)),
        };
        return Ok(Next::new(code, why, "`deskledger apply`"));
    }
    if found.waiting > 0 {
        let why = format!("{} records wait for a person", grouped(found.waiting));
        return Ok(Next::new("waiting", why, "`deskledger reconcile` names them").waiting());
    }
    if is_unverified(context).await? {
        let why = "what was written last was not read back yet";
        return Ok(Next::new("verify", why, "`deskledger verify --all`"));
    }
    let hint = "`deskledger delta` with a newer export, until the cutover";
    Ok(Next::new("delta", "everything that was planned is written", hint))
}

fn unplanned() -> Next {
    Next::new("plan", "there is no plan", "`deskledger plan`")
}

/// What stands in the way, if it waits for a person; other errors end the command.
fn stands<T>(checked: Result<T, CliError>) -> Result<Option<Next>, CliError> {
    match checked {
        Ok(_) => Ok(None),
        Err(error) if error.exit == Exit::Waiting => {
            Ok(Some(Next::new(&error.code, error.message, error.hint).waiting()))
        }
        Err(error) => Err(error),
    }
}

/// The command that goes on with a run that did not end; none of a run that has nothing to go on
/// with, or of which the checks that follow say more.
fn command(kind: &str) -> Option<String> {
    match kind {
        "rollback" => Some("deskledger rollback apply".to_owned()),
        "apply" | "verify" => Some(format!("deskledger {kind}")),
        _ => None,
    }
}

/// Whether anything was written since the last look at all of it.
async fn is_unverified(context: &Context) -> Result<bool, CliError> {
    let runs = context.runs().await?;
    let last = |kinds: &[&str]| {
        let of_kind = runs.iter().rev().find(|run| kinds.contains(&run.kind.as_str()));
        of_kind.map(|run| run.first)
    };
    Ok(last(&["apply"]) > last(&["verify", "delta"]))
}

fn text(told: &Told<'_>) -> String {
    let mut lines = vec![format!("{} → {}", told.source, told.intercom_url)];
    if let Some(status) = told.status {
        lines.extend(facts(status));
    }
    if let Some(error) = &told.run_error {
        lines.push(format!("The last run ended with the error {error}."));
    }
    if let Some(next) = told.next {
        lines.push(format!("Next: {}.\n  {}", next.why, next.hint));
    }
    lines.join("\n")
}

fn facts(status: &Status) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(status.run.as_ref().map(run_text));
    match &status.holder {
        Some(holder) => {
            let known = |name: &str, value: &Option<String>| match value {
                Some(value) => format!(" {name} {value}"),
                None => String::new(),
            };
            let who = holder.pid.map_or_else(
                || "a process that cannot be seen from here".to_owned(),
                |pid| format!("process {pid}"),
            );
            lines.push(format!(
                "Ledger: {} events; {who}{}{} writes it.",
                grouped(status.events),
                known("on", &holder.host),
                known("since", &holder.since)
            ));
        }
        None => lines.push(format!("Ledger: {} events; nobody writes it.", grouped(status.events))),
    }
    lines.extend(status.plan.as_ref().map(|plan| plan_text(plan, status.pace)));
    lines.extend(status.pace.as_ref().map(pace_text));
    if !status.left.is_empty() {
        let left =
            status.left.iter().map(|left| format!("{} {}", left.phase, grouped(left.records)));
        lines.push(format!("Records left: {}.", left.collect::<Vec<_>>().join(", ")));
    }
    if status.waiting > 0 {
        lines.push(format!(
            "Waiting for a person: {} records (`deskledger reconcile` names them).",
            grouped(status.waiting)
        ));
    }
    if let Some(failure) = &status.last_failure {
        lines.push(format!(
            "Last error: event {}, {}, {}: {}.",
            failure.position, failure.at, failure.about, failure.words
        ));
    }
    lines
}

fn run_text(run: &LastRun) -> String {
    let phase = run.phase.map(|phase| format!(", {phase}")).unwrap_or_default();
    let (kind, id, by) = (&run.kind, run.run, &run.operator);
    match (run.state, &run.finished_at) {
        (RunState::Running, _) => {
            format!("Running: {kind}{phase}, since {} by {by} (run {id}).", run.started_at)
        }
        (RunState::Stopped, _) => format!(
            "Stopped: {kind}{phase}, begun {} by {by}, did not end by itself (run {id}).",
            run.started_at
        ),
        (RunState::Finished, ended) => {
            let ended = ended.as_deref().unwrap_or_default();
            format!("Last run: {kind}, ended {ended}, by {by} (run {id}).")
        }
    }
}

fn plan_text(plan: &PlanStanding, pace: Option<Pace>) -> String {
    let about = if plan.reckoned { "about " } else { "" };
    let mut text = format!(
        "Requests: {about}{} of {} done, {about}{} left",
        grouped(plan.done),
        grouped(plan.requests),
        grouped(plan.left)
    );
    if let Some(eta_ms) = pace.and_then(|pace| pace.eta_ms) {
        text.push_str(&format!("; about {} at this pace", duration(eta_ms.div_ceil(1000))));
    }
    text.push('.');
    text
}

fn pace_text(pace: &Pace) -> String {
    let mut text = format!(
        "Pace: {} requests and {} events a minute.",
        grouped(pace.requests_per_minute),
        grouped(pace.events_per_minute)
    );
    if pace.quiet_ms >= QUIET_MS {
        let quiet = duration(pace.quiet_ms / 1000);
        text.push_str(&format!(
            " Nothing was recorded for {quiet}: it waits, or works on its own."
        ));
    }
    text
}
