//! The one task that appends: takes batches in order, plans a group, writes it. While a group is
//! being written the next one is planned if there is enough for it; small batches that arrive in
//! the meantime share the next transaction.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::error::LedgerError;
use super::plan::{Answer, Planner};
use super::prepare::Prepared;
use crate::store::{HeadRow, Store};

/// Most events of one append: more than this would hold up all others for too long.
pub const BATCH_EVENTS_MAX: usize = 10_000;
/// Events waiting or being written at any time; at 1 KB each about 30 MB.
pub(super) const ROOM_EVENTS: usize = 30_000;
/// Events after which a group is closed.
const GROUP_EVENTS: usize = 5_000;
/// Events that make it worth planning ahead while a group is being written. Fewer than this wait
/// and share one transaction with what comes until then.
const AHEAD_EVENTS: usize = 1_000;

/// A batch on its way to the writer.
pub(super) struct Submission {
    pub(super) prepared: oneshot::Receiver<Result<Prepared, LedgerError>>,
    pub(super) answer: oneshot::Sender<Answer>,
    pub(super) room: OwnedSemaphorePermit,
}

/// What the writer is told.
pub(super) enum Message {
    /// Append a batch.
    Append(Submission),
    /// Finish what is there, let go of the store, take nothing more.
    Close(oneshot::Sender<()>),
}

/// A prepared batch that waits.
struct Waiting {
    prepared: Prepared,
    reply: Reply,
}

/// Whom to answer.
struct Reply {
    answer: oneshot::Sender<Answer>,
    _room: OwnedSemaphorePermit,
}

impl Reply {
    fn send(self, answer: Answer) {
        // A caller that went away does not need its answer; the batch stands all the same.
        let _ = self.answer.send(answer);
    }
}

/// A group being written.
struct Flight {
    task: JoinHandle<Result<(), Failed>>,
    head: HeadRow,
}

/// A group that was not written, as far as the store says, and whom to tell.
struct Failed {
    cause: LedgerError,
    replies: Vec<(Reply, Answer)>,
}

/// The task's state.
pub(super) struct Writer {
    store: Arc<dyn Store>,
    planner: Planner,
    inbox: mpsc::Receiver<Message>,
    /// Batches in order whose encoding may not be done.
    arriving: VecDeque<Submission>,
    waiting: VecDeque<Waiting>,
    waiting_events: usize,
    flight: Option<Flight>,
    /// The planner does not know what is stored: it must be reloaded first.
    lost: bool,
    closing: Option<oneshot::Sender<()>>,
}

impl Writer {
    /// A writer at rest.
    pub(super) fn new(
        store: Arc<dyn Store>,
        planner: Planner,
        inbox: mpsc::Receiver<Message>,
    ) -> Self {
        Self {
            store,
            planner,
            inbox,
            arriving: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_events: 0,
            flight: None,
            lost: false,
            closing: None,
        }
    }

    /// Works until the last ledger handle is gone or one of them closes it.
    pub(super) async fn run(mut self) {
        let mut open = true;
        loop {
            while open {
                match self.inbox.try_recv() {
                    Ok(message) => self.take(message),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => open = false,
                }
            }
            self.take_encoded();
            let flying = self.flight.is_some();
            if !self.waiting.is_empty() && (!flying || self.waiting_events >= AHEAD_EVENTS) {
                self.write_group().await;
            } else if open || flying || !self.arriving.is_empty() {
                open = self.wait(open).await;
            } else {
                break;
            }
        }
        self.store.close().await;
        if let Some(closed) = self.closing {
            let _ = closed.send(());
        }
    }

    /// Waits for the group in flight, the encoding of the next batch or the next message,
    /// whichever comes first. False when no more messages are to be taken.
    async fn wait(&mut self, open: bool) -> bool {
        tokio::select! {
            biased;
            landed = landing(self.flight.as_mut()) => if let Some(flight) = self.flight.take() {
                // Whoever waited for the group has been told; nothing stands on it.
                let _ = self.settle(flight.head, landed).await;
            },
            encoded = encoding(self.arriving.front_mut()) => self.take_first(encoded),
            message = self.inbox.recv(), if open => match message {
                Some(message) => self.take(message),
                None => return false,
            },
        }
        open
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Append(submission) => self.arriving.push_back(submission),
            Message::Close(closed) => {
                self.closing = Some(closed);
                self.inbox.close();
            }
        }
    }

    /// Takes in what is encoded, in order, as long as there is room in a group.
    fn take_encoded(&mut self) {
        while self.waiting_events < GROUP_EVENTS
            && let Some(next) = self.arriving.front_mut()
        {
            match next.prepared.try_recv() {
                Ok(prepared) => self.take_first(Ok(prepared)),
                Err(oneshot::error::TryRecvError::Empty) => return,
                Err(oneshot::error::TryRecvError::Closed) => self.take_first(Err(())),
            }
        }
    }

    /// Takes in the batch that arrived first; its encoding may have been cut short.
    fn take_first(&mut self, encoded: Result<Result<Prepared, LedgerError>, ()>) {
        let Some(Submission { answer, room, .. }) = self.arriving.pop_front() else { return };
        let reply = Reply { answer, _room: room };
        match encoded {
            Ok(Ok(prepared)) => {
                self.waiting_events += prepared.events.len();
                self.waiting.push_back(Waiting { prepared, reply });
            }
            Ok(Err(cause)) => reply.send(Err(cause)),
            Err(()) => reply.send(Err(LedgerError::Interrupted { doing: "encoding" })),
        }
    }

    /// Plans the waiting batches and starts writing them, after the group in flight has landed.
    async fn write_group(&mut self) {
        let mut batches = Vec::new();
        let mut replies = Vec::new();
        let mut events = 0;
        while let Some(next) = self.waiting.front() {
            let more = next.prepared.events.len();
            if !batches.is_empty() && events + more > GROUP_EVENTS {
                break;
            }
            events += more;
            if let Some(Waiting { prepared, reply }) = self.waiting.pop_front() {
                batches.push(prepared);
                replies.push(reply);
            }
        }
        self.waiting_events -= events;
        if let Err(cause) = self.find_again().await {
            return answer_all(replies, &cause);
        }
        let planned = match self.planner.plan(batches).await {
            Ok(planned) => planned,
            Err(cause) => return answer_all(replies, &cause),
        };
        if let Some(mut flight) = self.flight.take() {
            let landed = (&mut flight.task).await;
            if let Err(cause) = self.settle(flight.head, landed).await {
                // This group stands on one that is not there.
                return answer_all(replies, &cause);
            }
        }
        let replies = replies.into_iter().zip(planned.answers).collect();
        let head = planned.group.head.clone();
        let store = self.store.clone();
        let task = tokio::spawn(async move {
            let written = match planned.group.events.is_empty() {
                true => Ok(()),
                false => store.commit(planned.group).await,
            };
            match written {
                Ok(()) => answer_each(replies),
                Err(cause) => return Err(Failed { cause: cause.into(), replies }),
            }
            Ok(())
        });
        self.flight = Some(Flight { task, head });
    }

    /// Finds out what became of the group in flight.
    async fn settle(
        &mut self,
        head: HeadRow,
        landed: Result<Result<(), Failed>, tokio::task::JoinError>,
    ) -> Result<(), LedgerError> {
        let failed = match landed {
            Ok(Ok(())) => {
                self.planner.landed();
                return Ok(());
            }
            Ok(Err(failed)) => failed,
            Err(_) => {
                let cause = LedgerError::Interrupted { doing: "writing" };
                Failed { cause, replies: Vec::new() }
            }
        };
        self.lost = true;
        self.planner.doubt_all();
        match self.planner.reload().await {
            // The commit was done, only its acknowledgement got lost.
            Ok(found) if found == head => {
                self.lost = false;
                answer_each(failed.replies);
            }
            Ok(_) => {
                self.lost = false;
                answer_all(failed.replies.into_iter().map(|(reply, _)| reply), &failed.cause);
            }
            Err(_) => {
                answer_all(failed.replies.into_iter().map(|(reply, _)| reply), &failed.cause);
            }
        }
        Err(failed.cause)
    }

    async fn find_again(&mut self) -> Result<(), LedgerError> {
        if self.lost {
            self.planner.reload().await?;
            self.lost = false;
        }
        Ok(())
    }
}

/// What became of the group in flight; never, if there is none.
async fn landing(
    flight: Option<&mut Flight>,
) -> Result<Result<(), Failed>, tokio::task::JoinError> {
    match flight {
        Some(flight) => (&mut flight.task).await,
        None => std::future::pending().await,
    }
}

/// The encoding of a batch; never, if there is none.
async fn encoding(batch: Option<&mut Submission>) -> Result<Result<Prepared, LedgerError>, ()> {
    match batch {
        Some(batch) => (&mut batch.prepared).await.map_err(drop),
        None => std::future::pending().await,
    }
}

fn answer_all(replies: impl IntoIterator<Item = Reply>, cause: &LedgerError) {
    for reply in replies {
        reply.send(Err(cause.clone()));
    }
}

fn answer_each(replies: Vec<(Reply, Answer)>) {
    for (reply, answer) in replies {
        reply.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use crate::env::Env;
    use crate::ledger::{Ledger, NewEvent};
    use crate::model::event::RecordExcluded;
    use crate::model::{Position, SourceKey, Timestamp};
    use crate::store::{MemoryStore, Mode};

    fn event(caller: usize, index: usize) -> NewEvent {
        let key = SourceKey::new("deskero", "ticket", &format!("{caller}-{}", index % 3)).unwrap();
        let rule = format!("rule {index}");
        NewEvent {
            ordinal: u32::try_from(index).unwrap(),
            ..NewEvent::new(key, RecordExcluded { rule })
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn positions_are_gapless_and_each_caller_keeps_its_order(
            // Beyond sixteen events a batch is encoded elsewhere, and may be done late.
            callers in vec(vec(prop_oneof![0..7_usize, 17..40_usize], 0..12), 1..8),
        ) {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
            runtime.unwrap().block_on(async move {
                let env = Env::fixed(Timestamp(0), 1);
                let store = Arc::new(MemoryStore::new());
                let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone());
                let ledger = ledger.await.unwrap();
                let tasks = callers.into_iter().enumerate().map(|(caller, batches)| {
                    let (ledger, run) = (ledger.clone(), env.run_id());
                    tokio::spawn(async move {
                        let mut from = 0;
                        let batches = batches.into_iter().map(|count| {
                            let events = (from..from + count).map(|index| event(caller, index));
                            from += count;
                            ledger.append(run, events.collect())
                        });
                        let batches: Vec<_> = batches.collect();
                        let answers = futures::future::try_join_all(batches).await.unwrap();
                        answers.concat().into_iter().map(|appended| appended.position).collect()
                    })
                });
                let mut all: Vec<Position> = Vec::new();
                for task in tasks.collect::<Vec<_>>() {
                    let positions: Vec<Position> = task.await.unwrap();
                    assert!(positions.is_sorted());
                    all.extend(positions);
                }
                all.sort_unstable();
                assert!(all.iter().enumerate().all(|(index, at)| at.0 == index as u64));
                assert_eq!(ledger.head().await.unwrap().size, all.len() as u64);
            });
        }
    }
}
