//! Ctrl-C, and the signals by which a machine ends a process: says at once what happens and how to
//! go on, lets what is in hand be finished, and ends at once when asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use tokio_util::sync::CancellationToken;

use super::error::Exit;
use super::output::Output;

/// What a process is doing, as far as an interruption is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Doing {
    /// It reads, or has not begun: it can end at once.
    Looking = 0,
    /// It writes: requests in hand are finished and recorded first.
    Writing = 1,
    /// It serves pages, and hears of the signal itself.
    Serving = 2,
}

/// What the signals act on; clones act on the same.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    /// Asks the stages to finish what is in hand and stop.
    pub stop: CancellationToken,
    doing: Arc<AtomicU8>,
    asking: Arc<AtomicBool>,
}

impl Interrupt {
    /// Notes what the process does from now on; one that writes is not thought to look again.
    pub fn set(&self, doing: Doing) {
        self.doing.fetch_max(doing as u8, Ordering::SeqCst);
    }

    /// Waits for a person's answer while `ask` runs: nothing else is in hand then.
    pub fn while_asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.asking.store(true, Ordering::SeqCst);
        let answer = ask();
        self.asking.store(false, Ordering::SeqCst);
        answer
    }

    fn ends_at_once(&self) -> bool {
        self.asking.load(Ordering::SeqCst)
            || self.doing.load(Ordering::SeqCst) == Doing::Looking as u8
    }

    fn serves(&self) -> bool {
        self.doing.load(Ordering::SeqCst) == Doing::Serving as u8
    }

    /// Listens until the process ends.
    pub async fn listen(self, output: Output) {
        let Some(mut signals) = Signals::new() else { return };
        let again = command();
        while let Some(name) = signals.next().await {
            let text = if self.stop.is_cancelled() {
                format!(
                    "{name}: ended at once. `{again}` goes on: it first finds out what came of \
                     what was in hand."
                )
            } else if self.ends_at_once() {
                format!("{name}: nothing was in hand. `{again}` begins anew.")
            } else {
                self.stop.cancel();
                if !self.serves() {
                    output.say(&format!(
                        "{name}: what is in hand is finished and recorded, then it stops; nothing \
                         is lost. `{again}` goes on. A second Ctrl-C ends at once, which is safe \
                         too."
                    ));
                }
                continue;
            };
            output.say(&text);
            end();
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a question at the terminal holds the thread on which main would end"
)]
fn end() -> ! {
    std::process::exit(Exit::Interrupted as i32)
}

/// The signals that ask a process to end. A terminal that goes away is none: `nohup` must hold, and
/// a process that it ends all the same loses nothing.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// None where signals cannot be heard.
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    async fn next(&mut self) -> Option<&'static str> {
        let (heard, name) = tokio::select! {
            heard = self.interrupt.recv() => (heard, "Interrupted"),
            heard = self.terminate.recv() => (heard, "Asked to end (SIGTERM)"),
        };
        heard.map(|()| name)
    }
}

/// The signals that ask a process to end.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> Option<&'static str> {
        tokio::signal::ctrl_c().await.ok().map(|()| "Interrupted")
    }
}

/// The command line as it was given, to be given again.
fn command() -> String {
    let words = std::env::args().skip(1).map(|word| match word.contains(char::is_whitespace) {
        true => format!("'{word}'"),
        false => word,
    });
    std::iter::once("deskledger".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_or_asks_ends_at_once_and_who_writes_does_not() {
        let interrupt = Interrupt::default();
        assert!(interrupt.ends_at_once());
        interrupt.set(Doing::Writing);
        interrupt.set(Doing::Looking);
        assert!(!interrupt.ends_at_once());
        assert!(interrupt.while_asking(|| interrupt.ends_at_once()));
        assert!(!interrupt.ends_at_once() && !interrupt.serves());
        interrupt.set(Doing::Serving);
        assert!(interrupt.serves());
    }
}
