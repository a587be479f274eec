//! A whole migration against the simulator, from reading to rollback, and what came of it: shared
//! by `demo` and `rehearse`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use intercom_simulator::{FaultRule, Running};

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::{self, Session};
use super::{delta, demo_workspace, map, read, reconcile, rollback};
use crate::audit;
use crate::destination::contract::{Answer, Destination, LookUp, LookUpContext, Read, ReadAnswer};
use crate::destination::intercom::client::IntercomClient;
use crate::destination::intercom::operation::Operation;
use crate::destination::intercom::request::Request;
use crate::engine::residue::RollbackReport;
use crate::engine::{Context, EngineError};
use crate::env::Env;
use crate::model::event::Counts;
use crate::model::{NotificationClass, Secret, Timestamp};
use crate::project::Project;
use crate::report::demo::DemoFacts;
use crate::report::reconciliation;
use crate::store::{self, Mode};

/// Times that a stage is run again after the other side failed: faults may outlast one.
const RUNS_MAX: usize = 5;

/// What is rehearsed.
#[derive(Default)]
pub struct Script {
    /// Decisions taken before anything is read, besides the fallback admin.
    pub decisions: &'static [(&'static str, &'static str)],
    /// A later, partial export.
    pub later: Option<PathBuf>,
    /// Two teammates go on working before the rollback.
    pub teammates: bool,
    /// What strikes the requests from the first write on.
    pub faults: Vec<FaultRule>,
}

/// One migration against a simulator.
pub struct Tour<'a> {
    /// Who is told.
    pub outer: &'a Session,
    /// The scratch project's session.
    pub inner: Session,
    /// The simulator.
    pub simulator: &'a Running,
}

/// What Intercom offers no flag for (FACTS §10): nobody is there to be notified.
pub fn waivers() -> Vec<String> {
    Operation::ALL
        .iter()
        .map(|operation| operation.spec())
        .filter(|spec| spec.notification == NotificationClass::MayNotify)
        .map(|spec| spec.name.to_owned())
        .collect()
}

/// The way to the simulator, whose clock goes with ours: waits that are skipped here pass there.
struct Following<'a> {
    client: IntercomClient,
    simulator: &'a Running,
    env: Env,
    told_ms: AtomicI64,
}

impl Following<'_> {
    fn follow(&self) {
        let skipped_ms = self.env.skipped_ms();
        let told_ms = self.told_ms.fetch_max(skipped_ms, Ordering::SeqCst);
        if skipped_ms > told_ms {
            self.simulator.advance(skipped_ms - told_ms);
        }
    }
}

#[async_trait]
impl Destination for Following<'_> {
    async fn attempt(&self, request: &Request) -> Answer {
        self.follow();
        self.client.attempt(request).await
    }

    async fn read(&self, read: &Read) -> ReadAnswer {
        self.follow();
        self.client.read(read).await
    }

    async fn look_up(
        &self,
        request: &Request,
        sent_at: Timestamp,
        context: &LookUpContext,
    ) -> LookUp {
        self.follow();
        self.client.look_up(request, sent_at, context).await
    }
}

impl Tour<'_> {
    fn say(&self, text: &str) {
        self.outer.output.say(text);
    }

    /// Goes through all stages.
    ///
    /// # Errors
    /// If a stage stops.
    pub async fn walk(&self, script: &Script) -> Result<DemoFacts, CliError> {
        let started = self.inner.env.now();
        let real = self.outer.env.now();
        let mut facts = DemoFacts::default();
        let before = self.simulator.state();
        let mut project = self.inner.project()?;
        let client = self.inner.intercom_with(&project, Secret::new("rehearsal"))?;
        let (simulator, env) = (self.simulator, self.inner.env.clone());
        let intercom = Following { client, simulator, env, told_ms: AtomicI64::new(0) };
        let context = self.prepare(script, &mut project, &intercom, &mut facts).await?;
        self.say("3. Planning, writing, and reading every field back …");
        self.simulator.set_faults(script.faults.clone());
        let arguments = delta::Args { yes: true, ..delta::Args::default() };
        let pass = self.pass(&project, &context, &intercom, &arguments).await?;
        stages(&mut facts, "first run", &pass);
        facts.seconds_at_limit = seconds(self.inner.env.now(), started);
        let arguments = match &script.later {
            Some(later) => {
                self.say("4. A later export: only what is new or changed …");
                delta::Args { bundle: Some(later.clone()), partial: true, yes: true }
            }
            None => arguments,
        };
        if script.later.is_some() {
            let pass = self.pass(&project, &context, &intercom, &arguments).await?;
            stages(&mut facts, "delta", &pass);
        }
        let writes = demo_workspace::writes(self.simulator);
        self.pass(&project, &context, &intercom, &arguments).await?;
        facts.writes_of_a_second_delta = demo_workspace::writes(self.simulator) - writes;
        let withdrawn = session::withdrawn(&context, &project).await?;
        let withdrawn = withdrawn.iter().map(|one| one.stream).collect();
        facts.reconciliation = reconciliation::reconcile(&context.ledger, &withdrawn).await?;
        let untouched = self.simulator.state();
        if script.teammates {
            self.say("5. Two teammates go on working in Intercom …");
            facts.touched = demo_workspace::touch_two(self.simulator);
        }
        let theirs = demo_workspace::differences(&untouched, &self.simulator.state());
        self.say("6. Rolling everything back …");
        let report = self.roll_back(&project, &context, &intercom).await?;
        self.simulator.set_faults(Vec::new());
        self.say("7. Comparing the workspace with before, replaying, checking the ledger …");
        undone(&mut facts, &report);
        let mut differences = demo_workspace::differences(&before, &self.simulator.state());
        differences.retain(|one| !theirs.contains(one));
        explain(&mut facts, &differences, &report);
        self.judge(&project, &context, &mut facts).await?;
        facts.seconds = seconds(self.outer.env.now(), real);
        Ok(facts)
    }

    /// Decisions, reading, the map.
    async fn prepare(
        &self,
        script: &Script,
        project: &mut Project,
        intercom: &Following<'_>,
        facts: &mut DemoFacts,
    ) -> Result<Context, CliError> {
        self.say("1. Taking the decisions, reading the export of a help desk into the ledger …");
        let workspace = map::workspace(intercom).await?;
        if !script.decisions.is_empty() {
            let admin = workspace.admins.first().map(|admin| admin.id.clone()).unwrap_or_default();
            for (id, option) in script.decisions {
                project.decisions.set(id, option)?;
            }
            project.decisions.set("G3", &format!("admin:{admin}"))?;
            project.save_decisions()?;
        }
        let mut context = self.inner.context_to_make(project).await?;
        let run = context.begin("read").await?;
        let arguments = read::Args { bundle: None, delta: false };
        let report = read::perform(&self.inner, project, &context, run, &arguments).await?;
        report.finish(&context, run).await?;
        stage(facts, "read", &report.counts());
        self.say("2. Proposing and confirming the map …");
        if project.mapping.is_none() {
            map::make(&context, project, &workspace).await?;
        }
        map::pin(&context, project).await?;
        context.mapping = project.mapping_digest()?;
        Ok(context)
    }

    async fn pass(
        &self,
        project: &Project,
        context: &Context,
        intercom: &Following<'_>,
        arguments: &delta::Args,
    ) -> Result<delta::Pass, CliError> {
        for _ in 1..RUNS_MAX {
            match delta::perform(&self.inner, project, context, intercom, arguments).await {
                Err(error) if error.exit == Exit::OtherSide => self.again(&error),
                ended => return ended,
            }
        }
        delta::perform(&self.inner, project, context, intercom, arguments).await
    }

    async fn roll_back(
        &self,
        project: &Project,
        context: &Context,
        intercom: &Following<'_>,
    ) -> Result<RollbackReport, CliError> {
        let choice = rollback::Choice::default();
        let perform = || rollback::perform(&self.inner, project, context, intercom, &choice, true);
        for _ in 1..RUNS_MAX {
            match perform().await {
                Err(error) if error.exit == Exit::OtherSide => self.again(&error),
                ended => return ended,
            }
        }
        perform().await
    }

    fn again(&self, error: &CliError) {
        self.say(&format!(
            "   The other side failed ({}); going on where it stopped …",
            error.code
        ));
    }

    /// Holds the ledger against its replay and the auditor's check.
    async fn judge(
        &self,
        project: &Project,
        context: &Context,
        facts: &mut DemoFacts,
    ) -> Result<(), CliError> {
        let ledger = &context.ledger;
        let differences = ledger.rebuild_and_compare().await.map_err(EngineError::from)?;
        facts.replay_differences = differences.len() as u64;
        facts.events = ledger.head().await.map_err(EngineError::from)?.size;
        ledger.close().await;
        let store = store::open(&project.ledger_url(), Mode::Read).await?;
        let check = audit::check(&store, &audit::CheckSettings::default(), |_| {}).await?;
        facts.audit_findings = check.findings.len() as u64;
        facts.mails = self.simulator.mailbox().len() as u64;
        facts.requests = self.simulator.request_count() as u64;
        Ok(())
    }
}

fn seconds(to: Timestamp, from: Timestamp) -> u64 {
    (to.0 - from.0).unsigned_abs() / 1000
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

/// What was found, for people.
pub fn summary(facts: &DemoFacts) -> String {
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
