//! `demo`: the whole main job on the shipped sample, narrated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use intercom_simulator::{Options, Running, Simulator};
use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::output::{Output, Volume, grouped, table};
use super::session::Session;
use super::{delta, demo_workspace, map, read, reconcile, rollback};
use crate::audit;
use crate::destination::intercom::client::IntercomClient;
use crate::destination::intercom::operation::Operation;
use crate::engine::residue::RollbackReport;
use crate::engine::{Context, WriteSettings};
use crate::model::event::Counts;
use crate::model::{NotificationClass, Secret};

use crate::project::{Project, Settings};
use crate::report::demo::{DemoFacts, page};
use crate::report::reconciliation;
use crate::store::{self, Mode};

static BUNDLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo");
static DELTA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo-delta");
const WORKSPACE: &str = include_str!("../source/deskero/fixtures/demo-workspace.json");

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
    let options = Options { workspace, ..Options::default() };
    let simulator = Simulator::start(options).await.map_err(|error| {
        CliError::usage("simulator", error.to_string(), "Is the loopback address usable?")
    })?;
    let settings = Settings {
        source: "deskero".to_owned(),
        bundle: Some(bundle),
        intercom_url: simulator.url(),
        ledger: "sqlite:ledger.db".to_owned(),
        database: None,
        write: WriteSettings { waivers: waivers(), ..WriteSettings::default() },
    };
    let project_folder = folder.join("project");
    Project::init(&project_folder, settings)?;
    let quiet = Output { json: false, volume: Volume::Quiet };
    let inner = Session::new(project_folder, quiet);
    let tour = Tour { outer: session, inner, simulator: &simulator };
    let facts = tour.walk(&later).await?;
    simulator.stop().await;

    let report = folder.join("report.html");
    std::fs::write(&report, page(&facts)?)?;
    let value = json!({ "holds": facts.holds(), "facts": facts, "report": report });
    session
        .output
        .result(&value, || format!("{}\n\nReport: {}", summary(&facts), report.display()));
    Ok(if facts.holds() { Exit::Done } else { Exit::NotWhole })
}

fn unpack(from: &Dir<'_>, to: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(to)?;
    from.extract(to)?;
    Ok(())
}

/// What Intercom offers no flag for (FACTS §10): the sample's customer has seen to it that nothing
/// is sent (decision G4) and allows it by name.
fn waivers() -> Vec<String> {
    Operation::ALL
        .iter()
        .map(|operation| operation.spec())
        .filter(|spec| spec.notification == NotificationClass::MayNotify)
        .map(|spec| spec.name.to_owned())
        .collect()
}

/// The decisions of the sample's customer.
const DECISIONS: &[(&str, &str)] =
    &[("D4", "standalone"), ("G4", "confirmed"), ("G8", "zone:Europe/Rome"), ("G9", "day")];

struct Tour<'a> {
    outer: &'a Session,
    inner: Session,
    simulator: &'a Running,
}

impl Tour<'_> {
    fn say(&self, text: &str) {
        self.outer.output.say(text);
    }

    async fn walk(&self, later: &Path) -> Result<DemoFacts, CliError> {
        let started = self.outer.env.now();
        let mut facts = DemoFacts::default();
        let before = self.simulator.state();
        let mut project = self.inner.project()?;
        let token = Secret::new("demo");
        let intercom = self.inner.intercom_with(&project, token)?;
        self.say("1. Taking the decisions, reading the export of a help desk into the ledger …");
        let workspace = map::workspace(&intercom).await?;
        let admin = workspace.admins.first().map(|admin| admin.id.clone()).unwrap_or_default();
        for (id, option) in DECISIONS {
            project.decisions.set(id, option)?;
        }
        project.decisions.set("G3", &format!("admin:{admin}"))?;
        project.save_decisions()?;
        let mut context = self.inner.context(&project).await?;
        let first = self.read(&project, &context).await?;
        stage(&mut facts, "read", &first);
        self.say("2. Proposing and confirming the map …");
        map::make(&context, &mut project, &workspace).await?;
        map::pin(&context, &project).await?;
        context.mapping = project.mapping_digest()?;
        self.say("3. Planning, writing, and reading every field back …");
        let arguments = delta::Args { yes: true, ..delta::Args::default() };
        let pass = self.pass(&project, &context, &intercom, &arguments).await?;
        stages(&mut facts, "first run", &pass);
        self.say("4. A later export: only what is new or changed …");
        let arguments = delta::Args { bundle: Some(later.to_owned()), partial: true, yes: true };
        let pass = self.pass(&project, &context, &intercom, &arguments).await?;
        stages(&mut facts, "delta", &pass);
        let writes = demo_workspace::writes(self.simulator);
        self.pass(&project, &context, &intercom, &arguments).await?;
        facts.writes_of_a_second_delta = demo_workspace::writes(self.simulator) - writes;
        facts.reconciliation = reconciliation::reconcile(&context.ledger).await?;
        self.say("5. Two teammates go on working in Intercom …");
        let untouched = self.simulator.state();
        facts.touched = demo_workspace::touch_two(self.simulator);
        let theirs = demo_workspace::differences(&untouched, &self.simulator.state());
        self.say("6. Rolling everything back …");
        let choice = rollback::Choice::default();
        let report =
            rollback::perform(&self.inner, &project, &context, &intercom, &choice, true).await?;
        self.say("7. Comparing the workspace with before, replaying, checking the ledger …");
        undone(&mut facts, &report);
        let now = self.simulator.state();
        let mut differences = demo_workspace::differences(&before, &now);
        differences.retain(|one| !theirs.contains(one));
        explain(&mut facts, &differences, &report);
        let ledger = &context.ledger;
        let engine = crate::engine::EngineError::from;
        facts.replay_differences = ledger.rebuild_and_compare().await.map_err(engine)?.len() as u64;
        facts.events = ledger.head().await.map_err(engine)?.size;
        context.ledger.close().await;
        let store = store::open(&project.ledger_url(), Mode::Read).await?;
        let check = audit::check(&store, &audit::CheckSettings::default(), |_| {}).await?;
        facts.audit_findings = check.findings.len() as u64;
        facts.mails = self.simulator.mailbox().len() as u64;
        facts.seconds = (self.outer.env.now().0 - started.0).unsigned_abs() / 1000;
        Ok(facts)
    }

    async fn pass(
        &self,
        project: &Project,
        context: &Context,
        intercom: &IntercomClient,
        arguments: &delta::Args,
    ) -> Result<delta::Pass, CliError> {
        delta::perform(&self.inner, project, context, intercom, arguments).await
    }

    async fn read(&self, project: &Project, context: &Context) -> Result<Counts, CliError> {
        let run = context.begin("read").await?;
        let arguments = read::Args { bundle: None, delta: false };
        let report = read::perform(&self.inner, project, context, run, &arguments).await?;
        let counts = report.counts();
        context.finish(run, counts.clone()).await?;
        Ok(counts)
    }
}

fn stage(facts: &mut DemoFacts, title: &str, counts: &Counts) {
    let counts = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    facts.stages.push((title.to_owned(), counts));
}

fn stages(facts: &mut DemoFacts, title: &str, pass: &delta::Pass) {
    stage(facts, &format!("{title}: read"), &pass.read.counts());
    stage(facts, &format!("{title}: plan"), &pass.plan.operations);
    stage(facts, &format!("{title}: apply"), &pass.apply.counts());
    stage(facts, &format!("{title}: verify"), &pass.verify.counts());
    facts.fields_verified += pass.verify.fields;
    for (key, fields) in &pass.verify.undeclared {
        facts.undeclared.push(format!("{key}: {}", fields.join(", ")));
    }
}

fn undone(facts: &mut DemoFacts, report: &RollbackReport) {
    facts.undone = report.done.clone();
    facts.kept = report.kept.iter().map(|(key, what)| (key.clone(), what.join(", "))).collect();
    facts.stuck = report.stuck.iter().map(|(key, what)| (key.clone(), what.clone())).collect();
    let mut kinds = BTreeMap::<(String, String), u64>::new();
    for one in report.residue.iter().filter(|one| one.kind != "kept") {
        *kinds.entry((one.kind.clone(), one.what.clone())).or_default() += 1;
    }
    facts.residue = kinds.into_iter().map(|((kind, what), n)| (kind, what, n)).collect();
}

/// Holds what differs from before against what the residue names.
fn explain(facts: &mut DemoFacts, differences: &[String], report: &RollbackReport) {
    let named: BTreeSet<&str> =
        report.residue.iter().flat_map(|one| one.objects.iter().map(String::as_str)).collect();
    facts.differences = differences.len() as u64;
    facts.unexplained = differences
        .iter()
        .filter(|one| !one.split_once('/').is_some_and(|(_, id)| named.contains(id)))
        .cloned()
        .collect();
}

fn summary(facts: &DemoFacts) -> String {
    let promises = facts.promises().into_iter().map(|(promise, held, found)| {
        vec![promise.to_owned(), if held { "yes" } else { "NO" }.to_owned(), found]
    });
    let mut text = reconcile::text(&facts.reconciliation);
    let undone = facts.undone.iter().map(|(word, count)| vec![word.clone(), grouped(*count)]);
    text.push_str(&format!("\n\n{}", table(["rolled back", "count"], undone)));
    let kept = facts.kept.iter().map(|(key, what)| vec![key.clone(), what.clone()]);
    text.push_str(&format!("\n\n{}", table(["kept", "because people touched"], kept)));
    let residue = facts
        .residue
        .iter()
        .map(|(kind, what, count)| vec![kind.clone(), grouped(*count), what.clone()]);
    text.push_str(&format!("\n\n{}", table(["residue", "count", "what stays"], residue)));
    text.push_str(&format!("\n\n{}", table(["promise", "held", "found"], promises)));
    for one in facts.undeclared.iter().chain(&facts.unexplained) {
        text.push_str(&format!("\n! {one}"));
    }
    for (key, what) in &facts.stuck {
        text.push_str(&format!("\n! {key}: {what}"));
    }
    text
}
