//! `demo`: the whole main job on the shipped sample, narrated.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use intercom_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::output::Output;
use super::session::Session;
use super::{apply, delta, map, plan, read, reconcile, rollback, verify};
use crate::destination::intercom::client::IntercomClient;
use crate::engine::verify::Scope;
use crate::env::Env;
use crate::model::Secret;
use crate::project::{Project, Settings};
use crate::report::demo::{DemoFacts, page};
use crate::report::reconciliation;

static BUNDLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo");
static DELTA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo-delta");
const WORKSPACE: &str = include_str!("../source/deskero/fixtures/demo-workspace.json");

/// Requests per second of the simulated workspace; high enough for a demo of a minute.
const RATE_LIMIT_PER_WINDOW: u32 = 100_000;

/// See a help desk move and come back: migrates the shipped sample into a simulated Intercom,
/// verifies every field, runs a delta, lets teammates touch two conversations, rolls back, and
/// shows what is left. Needs nothing.
#[derive(clap::Args)]
pub struct Args {
    /// Folder for the project, the ledger and the report; a new temporary one by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// If a stage stops: the demo then shows why.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let folder = match &args.out {
        Some(path) => std::path::absolute(path)?,
        None => std::env::temp_dir().join(format!("deskledger-demo-{}", session.env.run_id())),
    };
    std::fs::create_dir_all(&folder)?;
    let bundle = folder.join("export");
    let later = folder.join("export-later");
    unpack(&BUNDLE, &bundle)?;
    unpack(&DELTA, &later)?;
    let workspace: Value = serde_json::from_str(WORKSPACE)
        .map_err(|error| CliError::usage("workspace", error.to_string(), "See the README."))?;
    let simulator = Simulator::start(Options {
        workspace: Some(workspace),
        rate_limit: RATE_LIMIT_PER_WINDOW,
        ..Options::default()
    })
    .await
    .map_err(|error| CliError::usage("simulator", error.to_string(), "Is loopback usable?"))?;
    let settings = Settings {
        source: "deskero".to_owned(),
        bundle: Some(bundle),
        intercom_url: simulator.address(),
        ledger: "sqlite:ledger.db".to_owned(),
        write: crate::engine::WriteSettings::default(),
    };
    let project_folder = folder.join("project");
    Project::init(&project_folder, settings)?;
    let quiet = Output { json: false, volume: super::output::Volume::Quiet };
    let inner = Session { folder: project_folder, output: quiet, env: session.env.clone() };
    let tour = Tour { outer: session, inner, simulator: &simulator, token: simulator.token() };
    let facts = tour.walk(&later).await?;
    simulator.stop().await;

    let report = folder.join("report.html");
    std::fs::write(&report, page(&facts)?)?;
    let closes = facts.closes();
    let value = json!({ "facts": facts, "report": report.display().to_string() });
    session.output.result(&value, || {
        format!("{}\n\nReport: {}", facts.summary(), report.display())
    });
    Ok(if closes { Exit::Done } else { Exit::NotWhole })
}

fn unpack(from: &Dir<'_>, to: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(to)?;
    from.extract(to)?;
    Ok(())
}

/// The decisions of the sample's customer.
const DECISIONS: &[(&str, &str)] =
    &[("D4", "standalone"), ("G4", "confirmed"), ("G8", "zone:Europe/Rome"), ("G9", "day_first")];

struct Tour<'a> {
    outer: &'a Session,
    inner: Session,
    simulator: &'a intercom_simulator::Running,
    token: String,
}

impl Tour<'_> {
    fn say(&self, text: &str) {
        self.outer.output.say(text);
    }

    fn intercom(&self, project: &Project) -> Result<IntercomClient, CliError> {
        self.inner.intercom_with(project, Secret::new(self.token.clone()))
    }

    async fn walk(&self, later: &Path) -> Result<DemoFacts, CliError> {
        let started = self.outer.env.now();
        let mut facts = DemoFacts::default();
        let before = self.simulator.state();
        self.say("1. Reading the export of a help desk (Deskero) into the ledger …");
        let mut project = self.inner.project()?;
        facts.read = Some(self.read(&project).await?);
        self.say("2. Proposing and confirming the map, taking the decisions …");
        let intercom = self.intercom(&project)?;
        let workspace = map::workspace(&intercom).await?;
        let admin = workspace.admins.first().map(|admin| admin.id.clone()).unwrap_or_default();
        map::make(&self.inner, &mut project, &workspace).await?;
        map::pin(&self.inner, &project).await?;
        for (id, option) in DECISIONS {
            project.decisions.set(id, option)?;
        }
        project.decisions.set("G3", &format!("admin:{admin}"))?;
        project.save_decisions()?;
        // A later reading knows the zone and the order of dates that were decided.
        self.read(&project).await?;
        self.say("3. Planning, applying and verifying every field …");
        let pass = self.pass(&intercom).await?;
        facts.first = Some(pass);
        self.say("4. A later export: changed and new records only …");
        let arguments =
            delta::Args { bundle: Some(later.to_owned()), partial: true, yes: true };
        let pass = delta::perform(&self.inner, &intercom, &arguments).await?;
        facts.delta = Some((pass.read, pass.plan, pass.apply, pass.verify));
        let writes = self.simulator.writes();
        let arguments = delta::Args { bundle: None, partial: true, yes: true };
        let arguments = delta::Args { bundle: Some(later.to_owned()), ..arguments };
        delta::perform(&self.inner, &intercom, &arguments).await?;
        facts.writes_of_a_second_delta = self.simulator.writes() - writes;
        let context = self.inner.context(&project).await?;
        facts.reconciliation = Some(reconciliation::reconcile(&context.ledger).await?);
        self.say("5. Two teammates go on working in Intercom …");
        facts.touched = self.simulator.touch_two();
        self.say("6. Rolling everything back …");
        let choice = rollback::Choice::default();
        let report =
            rollback::perform(&self.inner, &project, &context, &intercom, &choice, true).await?;
        facts.rollback = Some(report);
        facts.differences =
            self.simulator.differences(&before).into_iter().map(|one| one.to_string()).collect();
        facts.replay_differences = context
            .ledger
            .rebuild_and_compare()
            .await
            .map_err(crate::engine::EngineError::from)?
            .len() as u64;
        facts.mails = self.simulator.mailbox_len();
        facts.seconds = (self.outer.env.now().0 - started.0).unsigned_abs() / 1000;
        Ok(facts)
    }
}
