//! A simulator, a client for it, and ids that records became.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use deskledger::destination::intercom::{ResolvedStep, StepIds};
use deskledger::destination::{
    Answer, Budget, BudgetSettings, ClientSettings, Destination, FileHole, IntercomClient, LookUp,
    LookUpContext, Request, Resolver, Step, resolve,
};
use deskledger::env::Env;
use deskledger::model::{DestinationId, Secret, SourceKey, Timestamp};
use intercom_simulator::{FaultRule, Options, Running, Simulator};
use serde_json::{Value, json};

/// The simulator's own teammates and team.
pub const ADMIN: &str = "991267001";
pub const OTHER_ADMIN: &str = "991267002";
pub const TEAM: &str = "5017001";

pub struct Desk {
    pub running: Running,
    pub client: IntercomClient,
    pub env: Env,
    pub ids: Ids,
    pub done: Vec<ResolvedStep>,
    pub made: StepIds,
}

#[derive(Default)]
pub struct Ids(pub BTreeMap<SourceKey, DestinationId>);

pub fn key(text: &str) -> SourceKey {
    text.parse().unwrap()
}

/// The bytes of every file in these tests.
pub const FILE: &[u8] = b"hello, file";

pub fn file(name: &str) -> FileHole {
    FileHole {
        key: key("desk/attachment/1"),
        name: name.into(),
        content_type: "text/plain".into(),
        path: name.into(),
        sha256: "ab".repeat(32),
        size_bytes: FILE.len() as u64,
    }
}

impl Resolver for Ids {
    fn id(&self, key: &SourceKey) -> Option<DestinationId> {
        self.0.get(key).cloned()
    }
    fn link(&self, key: &SourceKey) -> Option<String> {
        Some(format!("https://help.simulator.test/{}", key.id()))
    }
    fn file(&self, _: &FileHole) -> Option<Bytes> {
        Some(Bytes::from_static(FILE))
    }
}

impl Desk {
    pub async fn start() -> Self {
        Self::options(Options::default()).await
    }

    pub async fn options(options: Options) -> Self {
        let running = Simulator::start(options).await.unwrap();
        let env = Env::system();
        let client = client(&running.url(), "test", &env);
        let (ids, done, made) = (Ids::default(), Vec::new(), StepIds::new());
        Self { running, client, env, ids, done, made }
    }

    /// Another workspace, as this one is now; nobody waits there for a window to turn.
    pub async fn copy(&self) -> Self {
        let running = self.running.copy().await.unwrap();
        let env = Env::hurried(1);
        let client = client(&running.url(), "test", &env);
        let ids = Ids(self.ids.0.clone());
        Self { running, client, env, ids, done: self.done.clone(), made: self.made.clone() }
    }

    pub fn resolve(&self, step: &Step) -> Request {
        resolve(step, &self.ids).unwrap()
    }

    /// Performs a step that must succeed; keeps it and what it made.
    pub async fn perform(&mut self, step: &Step) -> DestinationId {
        let request = self.resolve(step);
        let (object, body) = done(self.client.attempt(&request).await, &request);
        let object = object.unwrap_or_else(|| panic!("{request:?} made nothing: {body:#}"));
        self.made.insert(step.key.clone(), object.clone());
        self.done.push(ResolvedStep { key: step.key.clone(), request });
        object
    }

    /// Performs a step that makes the object of a record.
    pub async fn make(&mut self, record: &str, step: &Step) -> DestinationId {
        let id = self.perform(step).await;
        self.ids.0.insert(key(record), id.clone());
        id
    }

    /// Performs a request whose answer is lost after it was carried out, then looks it up.
    pub async fn lose(&self, step: &Step, fault: &str) -> LookUp {
        let request = self.resolve(step);
        let sent_at = self.env.now();
        self.faults(json!([{ "what": fault, "first": 1, "writes_only": true }]));
        let answer = self.client.attempt(&request).await;
        self.running.set_faults(Vec::new());
        assert!(matches!(answer, Answer::Unknown { .. }), "{request:?}: {answer:?}");
        self.look_up(&request, sent_at, &[]).await
    }

    pub async fn look_up(
        &self,
        request: &Request,
        sent_at: Timestamp,
        known: &[&DestinationId],
    ) -> LookUp {
        let known: HashSet<_> = known.iter().map(|id| (*id).clone()).collect();
        self.client.look_up(request, sent_at, &LookUpContext { known }).await
    }

    pub fn faults(&self, rules: Value) {
        let rules: Vec<FaultRule> = serde_json::from_value(rules).unwrap();
        self.running.set_faults(rules);
    }

    /// Writes the witness saw.
    pub fn writes(&self) -> usize {
        let reads = |path: &str| path.ends_with("/search") || path.ends_with("/list");
        let seen = self.running.witness();
        seen.iter().filter(|entry| entry.method != "GET" && !reads(&entry.path)).count()
    }
}

pub fn client(url: &str, token: &str, env: &Env) -> IntercomClient {
    let settings = ClientSettings { base_url: url.into(), token: Secret::new(token) };
    let budget = Budget::new(BudgetSettings::default(), env.clone());
    IntercomClient::new(&settings, budget).unwrap()
}

pub fn done(answer: Answer, request: &Request) -> (Option<DestinationId>, Value) {
    match answer {
        Answer::Done { object, raw } => (object, serde_json::from_slice(&raw).unwrap_or_default()),
        other => panic!("{request:?}: {other:?}"),
    }
}

/// The past, in seconds.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_600_000_000 + seconds)
}

/// A test that talks to a simulator ends, whatever happens.
pub async fn bounded<T>(work: impl Future<Output = T>) -> T {
    const LONGEST: Duration = Duration::from_secs(60);
    tokio::time::timeout(LONGEST, work).await.expect("the test hangs")
}
