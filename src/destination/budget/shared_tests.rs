//! Several processes with clocks of their own, one book, one server: time is only counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::book::Book;
use super::hand::{Ready, Slots};
use super::window::{BudgetSettings, Seen, Take, Window};

const WINDOW_MS: i64 = 10_000;
const START_MS: i64 = 1_700_000_003_300;

struct Process {
    window: Window,
    slots: Slots,
    /// Its clock minus the server's.
    shift_ms: i64,
    workers: u32,
    /// It is killed here, without a word, by the server's clock.
    dies_ms: i64,
    /// It has nothing more to send from here on, and leaves once it has all answers.
    leaves_ms: i64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Wish,
    Arrive { sent_ms: i64 },
    Answer { sent_ms: i64, seen: u32 },
}

struct World {
    limit: u32,
    processes: Vec<Process>,
    book: Book,
    counts: BTreeMap<i64, u32>,
    refused: u32,
    answers: Vec<Seen>,
    chance: u64,
}

impl World {
    fn new(limit: u32, processes: &[(i64, u32, i64)]) -> Self {
        let process =
            |(number, &(shift_ms, workers, dies_ms)): (usize, &(i64, u32, i64))| Process {
                window: Window::new(BudgetSettings::default()),
                slots: Slots::of(number.to_string()),
                shift_ms,
                workers,
                dies_ms,
                leaves_ms: ALIVE,
            };
        Self {
            limit,
            processes: processes.iter().enumerate().map(process).collect(),
            book: Book::default(),
            counts: BTreeMap::new(),
            refused: 0,
            answers: Vec::new(),
            chance: 42,
        }
    }

    fn latency_ms(&mut self) -> i64 {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        20 + i64::try_from(self.chance >> 58).unwrap()
    }

    fn handle(&mut self, now: i64) -> Seen {
        let window = now.div_euclid(WINDOW_MS);
        let count = self.counts.entry(window).or_default();
        let limited = *count >= self.limit;
        if limited {
            self.refused += 1;
        } else {
            *count += 1;
        }
        Seen {
            limit: Some(self.limit),
            remaining: Some(self.limit - *count),
            reset_s: Some((window + 1) * WINDOW_MS / 1000),
            date_s: Some(now.div_euclid(1000)),
            retry_after_ms: None,
            limited,
        }
    }

    /// Says for the last time what was sent, if all answers are there.
    fn leave(&mut self, at: usize, now: i64) {
        let process = &mut self.processes[at];
        let local = now + process.shift_ms;
        let standing = process.window.standing(local);
        if standing.in_flight == 0
            && let Some(ask) = process.slots.farewell(&standing, local)
        {
            self.book.draw(&ask, now + 777_000);
        }
    }

    /// Asks for leave to send; the time to wait if there is none.
    fn wish(&mut self, at: usize, now: i64) -> Result<(), i64> {
        let process = &mut self.processes[at];
        let local = now + process.shift_ms;
        loop {
            let standing = process.window.standing(local);
            if let Some(ask) = process.slots.ask(&standing, local) {
                // The book's clock is another one again.
                let drawn = self.book.draw(&ask, now + 777_000);
                assert!(self.book.taken() <= self.limit.max(ask.used), "{:?}", self.book);
                match process.slots.given(&standing, &drawn, local) {
                    Ready::Yes => {}
                    Ready::Drawn { siblings } => process.window.drew(siblings),
                    Ready::Told { window_end_s, quota } => {
                        process.window.told(local, window_end_s, quota);
                        continue;
                    }
                    Ready::Wait(nap) => return Err(i64::try_from(nap.as_millis()).unwrap()),
                }
            }
            return match process.window.take(local) {
                Take::Go => {
                    process.slots.spend();
                    Ok(())
                }
                Take::WaitMs(wait) => Err(wait.min(50)),
            };
        }
    }

    /// Runs for so many windows; the share of each window that was used.
    fn run(&mut self, windows: i64) -> Vec<f64> {
        let mut queue = BinaryHeap::new();
        for (at, process) in self.processes.iter().enumerate() {
            for worker in 0..process.workers {
                // They start one after the other.
                let start = START_MS + 400 * i64::try_from(at).unwrap();
                queue.push(Reverse((start, at, worker, Event::Wish)));
            }
        }
        while let Some(Reverse((now, at, worker, event))) = queue.pop() {
            let dead = now > self.processes[at].dies_ms;
            if now > START_MS + windows * WINDOW_MS {
                break;
            }
            match event {
                _ if dead && !matches!(event, Event::Arrive { .. }) => {}
                Event::Wish if now > self.processes[at].leaves_ms => self.leave(at, now),
                Event::Wish => match self.wish(at, now) {
                    Ok(()) => {
                        let arrival = now + self.latency_ms();
                        queue.push(Reverse((arrival, at, worker, Event::Arrive { sent_ms: now })));
                    }
                    Err(wait) => queue.push(Reverse((now + wait, at, worker, Event::Wish))),
                },
                Event::Arrive { sent_ms } => {
                    let seen = self.handle(now);
                    self.answers.push(seen);
                    let seen = u32::try_from(self.answers.len() - 1).unwrap();
                    let back = now + self.latency_ms();
                    queue.push(Reverse((back, at, worker, Event::Answer { sent_ms, seen })));
                }
                Event::Answer { sent_ms, seen } => {
                    let shift = self.processes[at].shift_ms;
                    let seen = self.answers[seen as usize];
                    self.processes[at].window.observe(sent_ms + shift, now + shift, &seen);
                    queue.push(Reverse((now, at, worker, Event::Wish)));
                }
            }
        }
        let full = self.counts.len().saturating_sub(1);
        let share = |&count: &u32| f64::from(count) / f64::from(self.limit);
        self.counts.values().take(full).map(share).collect()
    }
}

const ALIVE: i64 = i64::MAX;

#[test]
fn processes_together_fill_the_window_and_never_exceed_it() {
    for limit in [40, 166, 1_667] {
        let two: &[(i64, u32, i64)] = &[(0, 48, ALIVE), (0, 48, ALIVE)];
        let three = &[(0, 64, ALIVE), (-3_700, 32, ALIVE), (4_321, 1, ALIVE)];
        for processes in [two, three] {
            let mut world = World::new(limit, processes);
            let shares = world.run(24);
            let steady = &shares[2..];
            let mean = steady.iter().sum::<f64>() / steady.len() as f64;
            println!(
                "{} processes, {limit} per 10 s: {:.1} % used, {} refused",
                processes.len(),
                mean * 100.0,
                world.refused
            );
            assert_eq!(world.refused, 0, "{limit} {processes:?}");
            assert!(mean >= 0.9, "{limit} {processes:?}: {shares:?}");
        }
    }
}

#[test]
fn processes_come_and_go_in_the_middle_of_windows() {
    let mut world = World::new(166, &[(0, 48, ALIVE), (900, 48, ALIVE), (-40, 3, ALIVE)]);
    for (process, window) in [(1, 3), (2, 6)] {
        world.processes[process].leaves_ms = START_MS + window * WINDOW_MS + 3_000;
    }
    let shares = world.run(12);
    assert_eq!(world.refused, 0);
    let steady = &shares[2..];
    let mean = steady.iter().sum::<f64>() / steady.len() as f64;
    assert!(mean >= 0.9, "{shares:?}");
}

#[test]
fn a_process_that_dies_holds_nothing_beyond_its_window() {
    let dies = START_MS + 5 * WINDOW_MS + 1_234;
    let mut world = World::new(166, &[(0, 48, ALIVE), (900, 48, dies)]);
    let shares = world.run(16);
    assert_eq!(world.refused, 0);
    let after = &shares[8..];
    let mean = after.iter().sum::<f64>() / after.len() as f64;
    assert!(mean >= 0.9, "{shares:?}");
    assert_eq!(world.book.holders.len(), 1, "{:?}", world.book);
}
