//! `rehearse`: this project's migration and its rollback, against the built-in simulator.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use intercom_simulator::{Options, PROFILES, Simulator, profile};
use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::findings;
use super::output::{Output, Volume, duration, grouped};
use super::session::{self, Session};
use super::tour::{Script, Tour, summary, waivers};
use crate::engine::canary::Learned;
use crate::engine::setting::WINDOW_MS;
use crate::env::Env;
use crate::project::{DECISIONS_FILE, MAPPING_FILE, Project, Settings};

/// Requests per 10 s that the simulator grants: 10,000 a minute, the default of an app (FACTS §2).
const RATE_LIMIT_DEFAULT: u64 = 1_667;

/// Rehearse the whole migration and its rollback with this project's export, map and decisions,
/// in a scratch ledger against the built-in simulator: how long it takes, what is rejected or
/// lost, what stays after a rollback. Nothing leaves this machine and the project is not changed.
#[derive(clap::Args)]
pub struct Args {
    /// What goes wrong with the requests.
    #[arg(long, value_name = "PROFILE", default_value = "none")]
    #[arg(value_parser = PossibleValuesParser::new(PROFILES))]
    fault: String,
    /// Where the choice of struck requests starts: the same start strikes alike.
    #[arg(long, value_name = "S", default_value_t = 1)]
    rng_start: u64,
    /// Requests per 10 s that the simulator grants.
    #[arg(long, value_name = "N", default_value_t = RATE_LIMIT_DEFAULT)]
    rate_limit: u64,
    /// The workspace to start from, as the simulator reads it; by default an empty one with the
    /// teammates and teams that the map and the decisions name.
    #[arg(long, value_name = "FILE")]
    workspace: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// If a decision is open, or a stage stops.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let workspace = match &args.workspace {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)
            .map_err(|error| CliError::usage("workspace", error.to_string(), HINT))?,
        None => named(&project)?,
    };
    let learned = learned(session, &project).await?;
    let workspace = as_learned(workspace, &learned);
    let switches = workspace["features"].clone();
    let options = Options {
        workspace,
        rate_limit: Some(args.rate_limit),
        rng_start: args.rng_start,
        search_delay_ms: learned.search_delay_ms(),
        ..Options::default()
    };
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| CliError::usage("simulator", error.to_string(), HINT))?;
    let scratch = tempfile::tempdir()?;
    let folder = scratch.path().join("project");
    copy(&project, &folder, simulator.url(), accepted(session, &project).await?)?;
    let quiet = Output { json: false, volume: Volume::Quiet };
    let mut inner = session.within(folder, quiet);
    inner.env = Env::hurried(args.rng_start);
    let faults = profile(&args.fault).unwrap_or_default();
    let script = Script { faults, ..Script::default() };
    let tour = Tour { outer: session, inner, simulator: &simulator };
    let walked = tour.walk(&script).await;
    tour.inner.close().await;
    let facts = walked?;
    let limited = simulator.witness().iter().filter(|entry| entry.status == 429).count();
    simulator.stop().await;
    let value = json!({
        "fault": args.fault, "switches": switches, "rate_limit": args.rate_limit,
        "holds": facts.holds(), "answered_429": limited, "facts": facts,
    });
    session.output.result(&value, || {
        format!(
            "{}\n\nReading, writing and verifying take {} at {} requests per 10 s, the answers' \
             own time aside; {} requests in all with the rollback, {} answered 429.",
            summary(&facts),
            duration(facts.seconds_at_limit),
            grouped(args.rate_limit),
            grouped(facts.requests),
            grouped(limited as u64),
        )
    });
    Ok(match (facts.holds(), facts.reconciliation.waiting_count) {
        (false, _) => Exit::NotWhole,
        (true, 0) => Exit::Done,
        (true, _) => Exit::Waiting,
    })
}

const HINT: &str = "See the simulator's README for the form of the workspace file.";

/// A project of its own with the same export, map, decisions and settings; `accepted`: findings
/// that need no word again.
fn copy(
    project: &Project,
    folder: &std::path::Path,
    url: String,
    accepted: Vec<String>,
) -> Result<(), CliError> {
    let mut settings = Settings {
        intercom_url: url,
        ledger: "sqlite:ledger.db".to_owned(),
        bundle: project.settings.bundle.as_ref().map(|bundle| project.folder.join(bundle)),
        ..project.settings.clone()
    };
    settings.export.accepted = accepted;
    settings.write.waivers = waivers();
    settings.write.rate_window_ms = WINDOW_MS;
    Project::init(folder, settings)?;
    for name in [DECISIONS_FILE, MAPPING_FILE] {
        let from = project.folder.join(name);
        if from.exists() {
            std::fs::copy(from, folder.join(name))?;
        }
    }
    Ok(())
}

/// Findings that were accepted, by their ids.
async fn accepted(session: &Session, project: &Project) -> Result<Vec<String>, CliError> {
    let context = match session.context_to_look(project).await {
        Ok(context) => context,
        Err(error) if session::is_not_ready(&error) => {
            return Ok(project.settings.export.accepted.clone());
        }
        Err(error) => return Err(error),
    };
    let found = findings::questions(&context, project).await;
    context.ledger.close().await;
    let known = found?.all.into_iter().filter(|one| one.accepted_by.is_some());
    let known = known.map(|one| one.finding.id);
    Ok(known.chain(project.settings.export.accepted.iter().cloned()).collect())
}

/// What the canary found in the real workspace.
async fn learned(session: &Session, project: &Project) -> Result<Learned, CliError> {
    let context = match session.context_to_look(project).await {
        Ok(context) => context,
        // Nothing was read yet, or by another version: then no canary is known either.
        Err(error) if session::is_not_ready(&error) => return Ok(Learned::default()),
        Err(error) => return Err(error),
    };
    let learned = Learned::latest(&context).await?.unwrap_or_default();
    context.ledger.close().await;
    Ok(learned)
}

/// The workspace with the switches that the canary found; what the file says itself goes before.
fn as_learned(mut workspace: Value, learned: &Learned) -> Value {
    let said = workspace["features"].as_object().cloned().unwrap_or_default();
    let mut features = learned.features().as_object().cloned().unwrap_or_default();
    features.extend(said);
    if !features.is_empty() {
        workspace["features"] = Value::Object(features);
    }
    workspace
}

/// A workspace with every teammate and team that the map and the decisions name by id.
fn named(project: &Project) -> Result<Value, CliError> {
    let mut admins = BTreeSet::new();
    let mut teams = BTreeSet::new();
    if let Some(answer) = project.decisions.answer("G3")? {
        admins.extend(answer.value.and_then(|id| id.parse::<u64>().ok()));
    }
    if let Some(mapping) = &project.mapping {
        let ids = mapping.teammates.iter().filter_map(|rule| rule.admin.as_deref());
        admins.extend(ids.filter_map(|id| id.parse::<u64>().ok()));
        let ids = mapping.teams.values().flatten();
        teams.extend(ids.filter_map(|id| id.parse::<u64>().ok()));
    }
    let mut workspace = json!({});
    if !admins.is_empty() {
        let people = admins.iter().map(|id| {
            json!({ "id": id, "name": format!("Admin {id}"), "email": format!("{id}@admin.test") })
        });
        workspace["admins"] = people.collect();
    }
    if !teams.is_empty() {
        let list = teams
            .iter()
            .map(|id| json!({ "id": id, "name": format!("Team {id}"), "admin_ids": [] }));
        workspace["teams"] = list.collect();
    }
    Ok(workspace)
}
