//! The ledger as its users hold it: opening, appending, closing.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::absence::Absence;
use super::catch_up::activate;
use super::contract::{Appended, Expect, NewEvent, Projection};
use super::error::LedgerError;
use super::fold::Active;
use super::plan::Planner;
use super::prepare::{Prepared, prepare};
use super::writer::{BATCH_EVENTS_MAX, Message, ROOM_EVENTS, Submission, Writer};
use crate::env::Env;
use crate::model::{Frontier, RunId, TreeHash};
use crate::store::{self, Holder, Mode, Place, Store, StoreError};

/// Setting that holds the key of content hashes.
const PROJECT_KEY: &str = "project_key";

/// Batches up to this size are encoded by the caller: another thread would cost more.
const INLINE_EVENTS: usize = 16;
/// Payload bytes up to which a small batch is encoded by the caller.
const INLINE_PAYLOAD_LEN: usize = 1 << 16;

/// How a ledger is opened.
#[derive(Clone)]
pub struct LedgerSettings {
    /// Address of the database: a file, `sqlite:FILE` or `postgres://…`.
    pub url: String,
    /// The projections to keep, in the order in which they may refuse an event.
    pub projections: Vec<Arc<dyn Projection>>,
    /// Clock, ids, chance.
    pub env: Env,
    /// Nothing will be appended: another process may do so meanwhile.
    pub read_only: bool,
}

/// Whether there is a ledger's file at an address; `None` where only the database can tell.
///
/// # Errors
/// If the address is none.
pub fn is_there(url: &str) -> Result<Option<bool>, LedgerError> {
    match Place::of(url)? {
        Place::Postgres(_) => Ok(None),
        Place::File(path) => Ok(Some(path.metadata().is_ok_and(|file| file.len() > 0))),
    }
}

/// Number of events and root of their tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Events.
    pub size: u64,
    /// Root.
    pub root: TreeHash,
}

/// A ledger. Clones are handles to the same one.
#[derive(Clone)]
pub struct Ledger {
    pub(super) store: Arc<dyn Store>,
    pub(super) active: Arc<[Active]>,
    env: Env,
    project_key: [u8; 32],
    writer: Option<Hand>,
}

/// The way to the writer.
#[derive(Clone)]
struct Hand {
    outbox: mpsc::Sender<Message>,
    room: Arc<Semaphore>,
    absence: Arc<Absence>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Opens the ledger at an address; it is made if there is none, except when reading only.
    /// Projections that are behind, new, or of another version are brought up to date first,
    /// except when reading only.
    ///
    /// # Errors
    /// If the store cannot be opened or fails, or a projection does not take a stored event.
    pub async fn open(settings: LedgerSettings) -> Result<Self, LedgerError> {
        let LedgerSettings { url, projections, env, read_only } = settings;
        let mode = if read_only { Mode::Read } else { Mode::Write };
        let store = store::open(&url, mode).await?;
        Self::with_store(store, mode, projections, env).await
    }

    /// Like [`Self::open`], over a store that was opened in this mode.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn with_store(
        store: Arc<dyn Store>,
        mode: Mode,
        projections: Vec<Arc<dyn Projection>>,
        env: Env,
    ) -> Result<Self, LedgerError> {
        let mut stored = store.meta(PROJECT_KEY).await?;
        if stored.is_none() && mode == Mode::Write {
            store.put_meta(PROJECT_KEY, &env.random_bytes::<32>()).await?;
            stored = store.meta(PROJECT_KEY).await?;
        }
        let project_key = stored
            .and_then(|key| key.try_into().ok())
            .ok_or_else(|| StoreError::damaged("it has no project key"))?;
        let active: Arc<[Active]> = activate(&store, projections, mode).await?.into();
        let writer = match mode {
            Mode::Read => None,
            Mode::Write => {
                let absence = Arc::new(Absence::new(store.stream_kinds().await?));
                let planner = Planner::new(store.clone(), active.clone(), absence.clone()).await?;
                // Each message to append holds at least one permit, so this never fills up.
                let (outbox, inbox) = mpsc::channel(ROOM_EVENTS + 1);
                tokio::spawn(Writer::new(store.clone(), planner, inbox).run());
                Some(Hand { outbox, room: Arc::new(Semaphore::new(ROOM_EVENTS)), absence })
            }
        };
        Ok(Self { store, active, env, project_key, writer })
    }

    /// What who appends knows of source keys without a stream.
    pub(super) fn absence(&self) -> Option<&Absence> {
        self.writer.as_ref().map(|hand| &*hand.absence)
    }

    /// Key of content hashes; it never leaves the ledger.
    pub fn project_key(&self) -> &[u8; 32] {
        &self.project_key
    }

    /// Appends a batch, whole or not at all; it is durable when this returns. Events that their
    /// stream holds already are answered with the position of the first.
    ///
    /// Batches are appended in the order in which these futures are first polled. A caller with
    /// much to append should keep a few of them going at once. A future that is dropped before it
    /// is done may or may not append.
    ///
    /// # Errors
    /// If a projection refuses an event, the batch cannot be encoded or is too large
    /// ([`BATCH_EVENTS_MAX`]), or the store fails.
    pub fn append(
        &self,
        run: RunId,
        events: Vec<NewEvent>,
    ) -> impl Future<Output = Result<Vec<Appended>, LedgerError>> + Send + use<> {
        self.append_expecting(run, Expect::Anything, events)
    }

    /// Like [`Self::append`], if the ledger is as expected. A batch that is there already expects
    /// nothing.
    ///
    /// # Errors
    /// As [`Self::append`]; [`LedgerError::Conflict`] if the expectation does not hold.
    pub fn append_expecting(
        &self,
        run: RunId,
        expect: Expect,
        events: Vec<NewEvent>,
    ) -> impl Future<Output = Result<Vec<Appended>, LedgerError>> + Send + use<> {
        let hand = self.writer.clone();
        let env = self.env.clone();
        async move {
            let hand = hand.ok_or(StoreError::ReadOnly)?;
            hand.append(env, run, expect, events).await
        }
    }

    /// The head as last committed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn head(&self) -> Result<Head, LedgerError> {
        let head = self.store.head().await?;
        let frontier = Frontier::from_bytes(head.size, &head.frontier)
            .map_err(|cause| StoreError::damaged(cause.to_string()))?;
        Ok(Head { size: head.size, root: frontier.root() })
    }

    /// The process that has the ledger open for writing; none if nobody has.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn holder(&self) -> Result<Option<Holder>, LedgerError> {
        Ok(self.store.holder().await?)
    }

    /// Finishes what is being appended and lets go of the store. Other handles append no more.
    pub async fn close(&self) {
        match &self.writer {
            Some(hand) => {
                let (closed, done) = oneshot::channel();
                if hand.outbox.send(Message::Close(closed)).await.is_ok() {
                    // The writer is gone already if it does not answer.
                    let _ = done.await;
                }
            }
            None => self.store.close().await,
        }
    }
}

impl Hand {
    async fn append(
        self,
        env: Env,
        run: RunId,
        expect: Expect,
        events: Vec<NewEvent>,
    ) -> Result<Vec<Appended>, LedgerError> {
        let count = events.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        if count > BATCH_EVENTS_MAX {
            return Err(LedgerError::TooLarge { events: count, max: BATCH_EVENTS_MAX });
        }
        let permits = u32::try_from(count).unwrap_or(u32::MAX);
        let room = self.room.acquire_many_owned(permits).await.map_err(|_| LedgerError::Closed)?;
        let prepared = start_preparing(env, run, expect, events);
        let (answer, answered) = oneshot::channel();
        let submission = Submission { prepared, answer, room };
        let sent = self.outbox.send(Message::Append(submission)).await;
        sent.map_err(|_| LedgerError::Closed)?;
        answered.await.map_err(|_| LedgerError::Interrupted { doing: "appending" })?
    }
}

/// Encodes a small batch at once and a large one on another thread.
fn start_preparing(
    env: Env,
    run: RunId,
    expect: Expect,
    events: Vec<NewEvent>,
) -> oneshot::Receiver<Result<Prepared, LedgerError>> {
    let (done, prepared) = oneshot::channel();
    let payloads = events.iter().filter_map(|event| event.payload.as_ref());
    let payload_len: usize = payloads.map(Vec::len).sum();
    let small = events.len() <= INLINE_EVENTS && payload_len <= INLINE_PAYLOAD_LEN;
    // The writer waits for the result unless it is gone; then nobody needs it.
    let work = move || drop(done.send(prepare(&env, run, expect, events)));
    if small {
        work();
    } else {
        tokio::task::spawn_blocking(work);
    }
    prepared
}
