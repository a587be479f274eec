//! A ledger, a simulated Intercom and between them a line that can be cut at any request.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deskledger::destination::intercom::LOOKS;
use deskledger::destination::intercom::UndoBy;
use deskledger::destination::{
    Answer, Budget, BudgetSettings, ClientSettings, Destination, IntercomClient, LookUp,
    LookUpContext, Operation, Read, ReadAnswer, Request,
};
use deskledger::engine::files::Files;
use deskledger::engine::policy::{ExistingPolicy, WithdrawnPolicy, WritePolicy};
use deskledger::engine::residue::RollbackReport;
use deskledger::engine::slice::Slice;
use deskledger::engine::write::{ApplyReport, Selection, Writer};
use deskledger::engine::{Context, EngineError, Silent, claim, recover, rollback, rollback_plan};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, NewEvent};
use deskledger::mapping::draft::Draft;
use deskledger::mapping::policy::Withdrawn;
use deskledger::model::digest::Purpose;
use deskledger::model::event::RecordTransformed;
use deskledger::model::{Digest, NotificationClass, Position, Secret, Timestamp, canonical_json};
use deskledger::projection;
use deskledger::store::Mode;
use intercom_simulator::{Options, Running, Simulator, WitnessEntry};
use serde_json::Value;
use tokio::sync::Notify;

use super::drafts::{ADMIN, workspace};
use super::unsteady::Unsteady;

/// Where the line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the n-th request is sent, from 1.
    Before(usize),
    /// After the n-th request was carried out, before its answer is known.
    After(usize),
}

pub struct World {
    pub simulator: Running,
    pub env: Env,
    store: Arc<Unsteady>,
    told_ms: AtomicI64,
    pub concurrency: usize,
}

/// The way to Intercom; once cut, nothing ever comes back.
pub struct Line<'a> {
    client: IntercomClient,
    world: &'a World,
    sent: AtomicUsize,
    cut: Option<Cut>,
    dead: Notify,
}

impl Line<'_> {
    async fn die_at(&self, here: Cut) {
        if self.cut == Some(here) {
            self.dead.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Destination for Line<'_> {
    async fn attempt(&self, request: &Request) -> Answer {
        let number = self.sent.fetch_add(1, Ordering::SeqCst) + 1;
        self.die_at(Cut::Before(number)).await;
        self.world.follow();
        let answer = self.client.attempt(request).await;
        self.die_at(Cut::After(number)).await;
        answer
    }

    async fn read(&self, read: &Read) -> ReadAnswer {
        self.world.follow();
        self.client.read(read).await
    }

    async fn look_up(&self, request: &Request, at: Timestamp, context: &LookUpContext) -> LookUp {
        self.world.follow();
        self.client.look_up(request, at, context).await
    }
}

/// Worlds at once: a test mostly waits for answers.
const AT_ONCE: usize = 4;

/// Does `work` for each of `items`, some at once, each on a thread of its own.
pub fn side_by_side<T, W>(items: impl Iterator<Item = T> + Send, work: impl Fn(T) -> W + Sync)
where
    T: Send,
    W: Future<Output = ()>,
{
    let items = Mutex::new(items);
    let next = || items.lock().unwrap().next();
    let take_turns = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        while let Some(item) = next() {
            runtime.block_on(work(item));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(take_turns);
        }
    });
}

pub fn client(url: &str, env: &Env) -> IntercomClient {
    let settings = ClientSettings { base_url: url.to_owned(), token: Secret::new("test") };
    let budget = Budget::new(BudgetSettings::default(), env.clone());
    IntercomClient::new(&settings, budget).unwrap()
}

fn policy(concurrency: usize) -> WritePolicy {
    let loud =
        |operation: &&Operation| operation.spec().notification == NotificationClass::MayNotify;
    WritePolicy {
        admin: ADMIN.to_owned(),
        edits: Default::default(),
        existing: ExistingPolicy::Update,
        withdrawn: WithdrawnPolicy { gone: Withdrawn::Keep, forgotten: None },
        source_wins: false,
        waivers: Operation::ALL.iter().filter(loud).map(|one| one.name().to_owned()).collect(),
        concurrency,
        looks: LOOKS.to_vec(),
    }
}

/// The event that a draft comes with.
pub fn drafted(draft: &Draft) -> NewEvent {
    let digest = draft.digest().unwrap();
    let operations = draft.operations().into_iter();
    let facts = RecordTransformed {
        draft: digest,
        mapping: Digest::of(Purpose::Mapping, b"by hand"),
        phase: draft.phase,
        requests: draft.requests(),
        operations: operations.map(|(one, count)| (one.name().to_owned(), count)).collect(),
        losses: draft.loss_counts(),
        carries: 1,
    };
    NewEvent {
        content: digest.into(),
        payload: Some(canonical_json(draft).unwrap()),
        ..NewEvent::new(draft.key.clone(), facts)
    }
}

impl World {
    /// A workspace, and a ledger that holds these drafts.
    pub async fn new(drafts: &[Draft], options: Options) -> Self {
        Self::before(drafts, workspace(), options).await
    }

    /// The same before a workspace of any kind.
    pub async fn before(drafts: &[Draft], workspace: Value, options: Options) -> Self {
        let options = Options { workspace, ..options };
        Self::of(drafts, Simulator::start(options).await.unwrap(), Arc::default()).await
    }

    /// The same over a store of any kind.
    pub async fn of(drafts: &[Draft], simulator: Running, store: Arc<Unsteady>) -> Self {
        let world = Self {
            simulator,
            env: Env::hurried(7),
            store,
            told_ms: AtomicI64::new(0),
            concurrency: 1,
        };
        world.draft(drafts).await;
        world
    }

    /// Puts these drafts into the ledger, as a plan does.
    pub async fn draft(&self, drafts: &[Draft]) {
        let context = self.context().await;
        let run = context.begin("plan").await.unwrap();
        let events = drafts.iter().map(drafted).collect();
        context.ledger.append(run, events).await.unwrap();
        context.finish(run, Default::default()).await.unwrap();
        context.ledger.close().await;
    }

    /// A second world in which everything stands as in this one, its witness empty.
    pub async fn copy(&self) -> Self {
        let env = Env::hurried(7);
        let skipped = self.env.skipped_ms();
        env.sleep(Duration::from_millis(u64::try_from(skipped).unwrap())).await;
        Self {
            simulator: self.simulator.copy().await.unwrap(),
            told_ms: AtomicI64::new(env.skipped_ms()),
            env,
            store: Arc::new(self.store.copy()),
            concurrency: self.concurrency,
        }
    }

    /// Intercom's clock goes with ours, skipped waits included.
    fn follow(&self) {
        let skipped = self.env.skipped_ms();
        let told = self.told_ms.fetch_max(skipped, Ordering::SeqCst);
        if skipped > told {
            self.simulator.advance(skipped - told);
        }
    }

    pub async fn context(&self) -> Context {
        let projections = projection::all();
        let env = self.env.clone();
        let ledger = Ledger::with_store(self.store.clone(), Mode::Write, projections, env);
        Context {
            ledger: ledger.await.unwrap(),
            env: self.env.clone(),
            progress: Arc::new(Silent),
            stop: Default::default(),
            locks: Arc::default(),
            refusals: Arc::default(),
            operator: "test".to_owned(),
            settings: Digest::of(Purpose::Settings, b"test"),
            mapping: None,
        }
    }

    fn line(&self, cut: Option<Cut>) -> Line<'_> {
        let client = client(&self.simulator.url(), &self.env);
        Line { client, world: self, sent: AtomicUsize::new(0), cut, dead: Notify::new() }
    }

    /// One run of `apply`; `None` if the line was cut in it.
    pub async fn apply(&self, cut: Option<Cut>) -> Option<Result<ApplyReport, EngineError>> {
        let (context, line, files) = (self.context().await, self.line(cut), Files::default());
        let policy = policy(self.concurrency);
        let work = async {
            let run = context.begin("apply").await?;
            recover::recover(&context, run, &line, &files, &policy).await?;
            let writer = Writer::new(&context, &line, &files, &policy, run);
            let report = writer.apply(&Selection::default()).await?;
            context.finish(run, report.counts()).await?;
            Ok(report)
        };
        let ended = tokio::select! {
            ended = work => Some(ended),
            () = line.dead.notified() => None,
        };
        context.ledger.close().await;
        ended
    }

    /// One run of `apply` that claims the workspace; `None` if the line was cut in it.
    pub async fn claimed_apply(
        &self,
        cut: Option<Cut>,
    ) -> Option<Result<ApplyReport, EngineError>> {
        let (context, line, files) = (self.context().await, self.line(cut), Files::default());
        let policy = policy(self.concurrency);
        let work = async {
            let gate = claim::enter(&context, &line).await?;
            let run = context.begin("apply").await?;
            recover::recover(&context, run, &line, &files, &policy).await?;
            let claimed = gate.begin(run);
            let writer = Writer::new(&context, &claimed, &files, &policy, run);
            let report = writer.apply(&Selection::default()).await?;
            claimed.leave().await?;
            context.finish(run, report.counts()).await?;
            Ok(report)
        };
        let ended = tokio::select! {
            ended = work => Some(ended),
            () = line.dead.notified() => None,
        };
        context.ledger.close().await;
        ended
    }

    /// One run of `rollback` that leaves the workspace; `None` if the line was cut in it.
    pub async fn claimed_rollback(
        &self,
        cut: Option<Cut>,
    ) -> Option<Result<RollbackReport, EngineError>> {
        let (context, line, files) = (self.context().await, self.line(cut), Files::default());
        let policy = policy(self.concurrency);
        let by = UndoBy { admin_id: ADMIN.to_owned(), ..UndoBy::default() };
        let work = async {
            let gate = claim::enter(&context, &line).await?;
            let run = context.begin("rollback").await?;
            recover::recover(&context, run, &line, &files, &policy).await?;
            let plan = rollback_plan::plan(&context, run, &Slice::All).await?;
            let claimed = gate.begin(run);
            let report = rollback::perform(&context, run, &claimed, &plan, &by, &policy).await?;
            claimed.release().await?;
            context.finish(run, report.counts()).await?;
            Ok(report)
        };
        let ended = tokio::select! {
            ended = work => Some(ended),
            () = line.dead.notified() => None,
        };
        context.ledger.close().await;
        ended
    }

    /// One run of `rollback`; `None` if the line was cut in it.
    pub async fn rollback(&self, cut: Option<Cut>) -> Option<Result<RollbackReport, EngineError>> {
        self.rollback_of(&Slice::All, cut).await
    }

    /// One run of `rollback` of a slice; `None` if the line was cut in it.
    pub async fn rollback_of(
        &self,
        slice: &Slice,
        cut: Option<Cut>,
    ) -> Option<Result<RollbackReport, EngineError>> {
        let (context, line, files) = (self.context().await, self.line(cut), Files::default());
        let policy = policy(self.concurrency);
        let by = UndoBy { admin_id: ADMIN.to_owned(), ..UndoBy::default() };
        let work = async {
            let run = context.begin("rollback").await?;
            recover::recover(&context, run, &line, &files, &policy).await?;
            let plan = rollback_plan::plan(&context, run, slice).await?;
            let report = rollback::perform(&context, run, &line, &plan, &by, &policy).await?;
            context.finish(run, report.counts()).await?;
            Ok(report)
        };
        let ended = tokio::select! {
            ended = work => Some(ended),
            () = line.dead.notified() => None,
        };
        context.ledger.close().await;
        ended
    }

    /// Where the next event goes.
    pub async fn head(&self) -> Position {
        let context = self.context().await;
        let head = context.ledger.head().await.unwrap();
        context.ledger.close().await;
        Position(head.size)
    }

    /// Requests that changed the workspace.
    pub fn applied(&self) -> Vec<WitnessEntry> {
        let all = self.simulator.witness();
        all.into_iter().filter(|entry| entry.applied).collect()
    }

    /// How often each operation changed the workspace.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.applied() {
            *counts.entry(entry.operation).or_default() += 1;
        }
        counts
    }

    /// Whatever the projections say follows from the events alone, and nobody was notified.
    pub async fn check(&self) {
        let context = self.context().await;
        let differences = context.ledger.rebuild_and_compare().await.unwrap();
        assert!(differences.is_empty(), "{differences:?}");
        context.ledger.close().await;
        assert!(self.simulator.mailbox().is_empty(), "{:?}", self.simulator.mailbox());
    }
}
