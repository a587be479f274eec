//! `plan` of a later part, failed at each of its appends: what a record leads to is never lost
//! (invariant 17).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use deskledger::cli::error::CliError;
use deskledger::cli::output::{Output, Volume};
use deskledger::cli::session::{self, Session};
use deskledger::cli::{map, plan, read};
use deskledger::engine::{Context, Silent, WriteSettings};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, NewEvent};
use deskledger::mapping::proposal::Workspace;
use deskledger::model::event::Counts;
use deskledger::model::lifecycle::RecordStage;
use deskledger::model::{Digest, Position, RunId, Timestamp};
use deskledger::project::{Project, Settings};
use deskledger::projection::{self, RecordStates, WorkQueue};
use deskledger::store::Mode;
use futures::TryStreamExt;

use super::unsteady::{Trip, Unsteady};
use super::world::side_by_side;
use crate::support::export;

/// System of what no source record stands for.
const OWN: &str = "deskledger";

/// Where each record stands, and the records that have still to be mapped.
#[derive(Debug, PartialEq)]
struct Left {
    states: BTreeMap<String, (RecordStage, Option<Digest>)>,
    to_map: usize,
}

impl Left {
    /// Objects that no source record stands for.
    fn derived(&self) -> usize {
        self.states.keys().filter(|key| key.starts_with(OWN)).count()
    }
}

/// A project of which everything was planned, and then a later part was read.
struct Bench {
    _home: tempfile::TempDir,
    session: Session,
    project: Project,
    store: Arc<Unsteady>,
}

impl Bench {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings {
            export: Default::default(),
            source: "deskero".to_owned(),
            bundle: Some(export::small(home.path())),
            intercom_url: "http://127.0.0.1:9".to_owned(),
            ledger: "sqlite:unused.db".to_owned(),
            database: None,
            write: WriteSettings::default(),
        };
        let folder = home.path().join("project");
        let mut project = Project::init(&folder, settings).unwrap();
        for (id, option) in [("G3", "admin:71"), ("G4", "confirmed"), ("D4", "standalone")] {
            project.decisions.set(id, option).unwrap();
        }
        let later = export::later(home.path());
        let mut session = Session::new(folder, Output { json: false, volume: Volume::Quiet });
        session.env = Env::fixed(Timestamp::from_seconds(1_700_000_000), 7);
        let mut bench = Self { _home: home, session, project, store: Arc::default() };
        bench.read(read::Args { bundle: None, delta: false }).await;
        let context = bench.context().await;
        let mut project = bench.project.clone();
        map::make(&context, &mut project, &Workspace::default()).await.unwrap();
        map::pin(&context, &project).await.unwrap();
        context.ledger.close().await;
        bench.project = project;
        bench.plan().await.unwrap();
        bench.read(read::Args { bundle: Some(later), delta: true }).await;
        bench
    }

    async fn context(&self) -> Context {
        let env = self.session.env.clone();
        // Runs are in order of time, and this clock moves by sleeping alone.
        env.sleep(Duration::from_secs(1)).await;
        let projections = projection::all();
        let ledger = Ledger::with_store(self.store.clone(), Mode::Write, projections, env.clone());
        Context {
            ledger: ledger.await.unwrap(),
            env,
            progress: Arc::new(Silent),
            stop: Default::default(),
            locks: Arc::default(),
            refusals: Arc::default(),
            operator: "test".to_owned(),
            settings: self.project.settings_digest().unwrap(),
            mapping: self.project.mapping_digest().unwrap(),
        }
    }

    async fn read(&self, args: read::Args) {
        let context = self.context().await;
        let run = context.begin("read").await.unwrap();
        let report = read::perform(&self.session, &self.project, &context, run, &args).await;
        context.finish(run, report.unwrap().counts()).await.unwrap();
        context.ledger.close().await;
    }

    async fn plan(&self) -> Result<RunId, CliError> {
        let context = self.context().await;
        let work = async {
            let rules = session::rules(&context, &self.project).await?;
            let run = context.begin("plan").await?;
            let args = plan::Args { out: None };
            let planned = plan::perform(&context, run, &rules, &self.project, &args).await?;
            context.finish(run, planned.1).await?;
            Ok(run)
        };
        let ended = work.await;
        context.ledger.close().await;
        ended
    }

    async fn left(&self) -> Left {
        let context = self.context().await;
        let ledger = &context.ledger;
        let rows = ledger.scan(RecordStates::NAME, &[], None, usize::MAX).await.unwrap();
        let mut states = BTreeMap::new();
        for (key, value) in rows {
            let stream = projection::row::stream_at(&key, 0).unwrap();
            let key = ledger.keys(&[stream]).await.unwrap().remove(0);
            let state = RecordStates::decode(&value).unwrap();
            states.insert(key.to_string(), (state.stage, state.draft));
        }
        let (from, to) = WorkQueue::transform_range(None);
        let rows = ledger.scan(WorkQueue::NAME, &from, Some(&to), usize::MAX).await.unwrap();
        assert!(ledger.rebuild_and_compare().await.unwrap().is_empty());
        ledger.close().await;
        Left { states, to_map: rows.len() }
    }
}

/// What an undisturbed plan leaves, and how many commits it takes.
async fn peace() -> (Left, usize) {
    let bench = Bench::new().await;
    let before = bench.left().await;
    bench.store.trip(None);
    bench.plan().await.unwrap();
    let commits = bench.store.commits();
    let left = bench.left().await;
    assert_eq!(left.to_map, 0);
    // A company and two tags.
    assert!(left.derived() >= before.derived() + 3, "{:?}", left.states.keys());
    (left, commits)
}

async fn trip(number: usize, trip: Trip, peace: &Left) {
    let bench = Bench::new().await;
    bench.store.trip(Some((number, trip)));
    bench.plan().await.unwrap_err();
    bench.store.trip(None);
    bench.plan().await.unwrap();
    assert_eq!(bench.left().await, *peace, "{trip:?} {number}");
}

#[tokio::test]
async fn a_plan_that_dies_at_any_append_loses_nothing_that_a_record_leads_to() {
    let (left, commits) = peace().await;
    assert!(commits >= 4, "{commits}");
    let all = (1..=commits).flat_map(|number| {
        [Trip::DeadBefore, Trip::DeadAfter, Trip::FailsOnce].map(|trip| (number, trip))
    });
    side_by_side(all, |(number, kind)| trip(number, kind, &left));
}

/// An older program appended a page of drafts first and what they lead to afterwards; killed
/// between the two, it planned on without it.
#[tokio::test]
async fn what_an_older_program_lost_is_found_again() {
    let calm = Bench::new().await;
    let run = calm.plan().await.unwrap();
    let left = calm.left().await;
    let context = calm.context().await;
    let head = context.ledger.head().await.unwrap().size;
    let pages: Vec<_> =
        context.ledger.read(Position(0)..Position(head), None).try_collect().await.unwrap();
    let mut drafts = Vec::new();
    for recorded in pages.concat().into_iter().filter(|recorded| recorded.run == run) {
        let key = context.ledger.keys(&[recorded.stream]).await.unwrap().remove(0);
        if key.system() == OWN {
            continue;
        }
        let payload = context.ledger.payloads(&[recorded.position]).await.unwrap().remove(0);
        drafts.push(NewEvent {
            content: recorded.content,
            ordinal: recorded.ordinal,
            payload,
            ..NewEvent::new(key, recorded.event)
        });
    }
    context.ledger.close().await;
    assert!(drafts.len() >= 2);

    let bench = Bench::new().await;
    let context = bench.context().await;
    let run = context.begin("plan").await.unwrap();
    context.ledger.append(run, drafts).await.unwrap();
    // It was killed here; and then it planned on.
    context.env.sleep(Duration::from_secs(1)).await;
    let run = context.begin("plan").await.unwrap();
    context.finish(run, Counts::new()).await.unwrap();
    context.ledger.close().await;
    assert_ne!(bench.left().await, left, "nothing is missing");
    bench.plan().await.unwrap();
    assert_eq!(bench.left().await, left);
    // Once is enough.
    let events = |bench: &Bench| bench.store.commits();
    bench.store.trip(None);
    bench.plan().await.unwrap();
    assert!(events(&bench) <= 4, "{}", events(&bench));
}
