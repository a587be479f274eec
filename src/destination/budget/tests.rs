//! A server with windows of its own clock, workers with latency, time that is only counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::window::{BudgetSettings, Seen, Take, Window};

const WINDOW_MS: i64 = 10_000;
const START_MS: i64 = 1_700_000_000_000;

struct Server {
    limit: u32,
    /// Our clock minus the server's.
    shift_ms: i64,
    headers: bool,
    /// Windows begin this much after a whole second, and their end is said rounded down.
    odd_ms: i64,
    /// Requests that others send in every window, evenly.
    others: u32,
    counts: BTreeMap<i64, u32>,
    refused: Vec<i64>,
}

impl Server {
    fn handle(&mut self, local_ms: i64) -> Seen {
        let now = local_ms - self.shift_ms - self.odd_ms;
        let window = now.div_euclid(WINDOW_MS);
        let others = i64::from(self.others) * now.rem_euclid(WINDOW_MS) / WINDOW_MS;
        let others = u32::try_from(others).unwrap();
        let count = self.counts.entry(window).or_default();
        let limited = *count + others >= self.limit;
        if limited {
            self.refused.push(window);
        } else {
            *count += 1;
        }
        let known = |value| self.headers.then_some(value);
        Seen {
            limit: known(self.limit),
            remaining: known(self.limit.saturating_sub(*count + others)),
            reset_s: self.headers.then_some((window + 1) * WINDOW_MS / 1000),
            date_s: Some((now + self.odd_ms).div_euclid(1000)),
            retry_after_ms: None,
            limited,
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Wish,
    Arrive { sent_ms: i64 },
    Answer { sent_ms: i64, seen: u32 },
}

/// Runs `workers` for `windows` windows; gives the share of each window that was used.
fn run(settings: BudgetSettings, server: &mut Server, workers: u32, windows: i64) -> Vec<f64> {
    let mut window = Window::new(settings);
    let mut answers = Vec::new();
    let mut queue = BinaryHeap::new();
    let mut chance = 42_u64;
    let mut latency_ms = || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        20 + i64::try_from(chance >> 58).unwrap()
    };
    let begin = START_MS + 3_300 + server.shift_ms;
    for worker in 0..workers {
        queue.push(Reverse((begin, worker, Event::Wish)));
    }
    while let Some(Reverse((now, worker, event))) = queue.pop() {
        if now > begin + windows * WINDOW_MS {
            break;
        }
        match event {
            Event::Wish => match window.take(now) {
                Take::Go => {
                    let at = now + latency_ms();
                    queue.push(Reverse((at, worker, Event::Arrive { sent_ms: now })));
                }
                Take::WaitMs(wait) => {
                    let wait = if window.is_blind() { wait.min(10) } else { wait };
                    queue.push(Reverse((now + wait, worker, Event::Wish)));
                }
            },
            Event::Arrive { sent_ms } => {
                answers.push(server.handle(now));
                let seen = u32::try_from(answers.len() - 1).unwrap();
                queue.push(Reverse((now + latency_ms(), worker, Event::Answer { sent_ms, seen })));
            }
            Event::Answer { sent_ms, seen } => {
                window.observe(sent_ms, now, &answers[seen as usize]);
                queue.push(Reverse((now, worker, Event::Wish)));
            }
        }
    }
    let full = server.counts.len().saturating_sub(1);
    let share = |&count: &u32| f64::from(count) / f64::from(server.limit);
    server.counts.values().take(full).map(share).collect()
}

fn server(limit: u32, shift_ms: i64) -> Server {
    let counts = BTreeMap::new();
    let refused = Vec::new();
    Server { limit, shift_ms, headers: true, odd_ms: 0, others: 0, counts, refused }
}

#[test]
fn the_window_is_nearly_full_and_never_exceeded() {
    for limit in [83, 166, 1_667] {
        for (shift_ms, odd_ms) in [(0, 0), (-3_700, 0), (4_321, 0), (250, 700)] {
            let mut server = server(limit, shift_ms);
            server.odd_ms = odd_ms;
            // Enough hands for 1,667 requests in ten seconds at 166 ms each.
            let shares = run(BudgetSettings::default(), &mut server, 64, 24);
            let steady = &shares[2..];
            let mean = steady.iter().sum::<f64>() / steady.len() as f64;
            let least = steady.iter().copied().fold(1.0, f64::min);
            println!(
                "limit {limit} per 10 s, clocks {shift_ms} ms apart: mean {:.2} %, least {:.2} %, \
                 refused {}",
                mean * 100.0,
                least * 100.0,
                server.refused.len(),
            );
            assert!(server.refused.is_empty(), "{limit} {shift_ms}");
            assert!(mean >= 0.97, "{limit} {shift_ms}: {mean}");
        }
    }
}

#[test]
fn ceiling_and_reserve_are_kept() {
    let mut bounded = server(1_667, 0);
    let ceiling = BudgetSettings { ceiling: Some(500), ..BudgetSettings::default() };
    run(ceiling, &mut bounded, 64, 8);
    assert!(bounded.counts.values().all(|&count| count <= 500), "{:?}", bounded.counts);

    let mut shared = server(166, 250);
    shared.others = 40;
    let reserve = BudgetSettings { reserve_percent: 28, ..BudgetSettings::default() };
    run(reserve, &mut shared, 16, 12);
    assert!(shared.refused.is_empty());
    assert!(shared.counts.values().all(|&count| count <= 120), "{:?}", shared.counts);
}

#[test]
fn others_beyond_the_reserve_are_seen_and_made_room_for() {
    let mut shared = server(166, 250);
    shared.others = 60;
    run(BudgetSettings::default(), &mut shared, 16, 24);
    // Their last requests come after ours: a few refusals teach the share, then it holds.
    let late = shared.refused.iter().filter(|&&window| window > START_MS / WINDOW_MS + 12);
    assert!(late.count() <= 24, "{:?}", shared.refused);
}

#[test]
fn without_headers_a_refusal_shows_the_limit() {
    let mut silent = server(166, 0);
    silent.headers = false;
    let shares = run(BudgetSettings::default(), &mut silent, 32, 60);
    assert!(silent.refused.len() < 80, "{}", silent.refused.len());
    assert!(shares.iter().skip(6).sum::<f64>() / (shares.len() - 6) as f64 > 0.5, "{shares:?}");
}

#[test]
fn without_a_limit_nothing_waits_for_long() {
    let mut free = server(u32::MAX, 0);
    free.headers = false;
    run(BudgetSettings::default(), &mut free, 64, 2);
    // 64 hands at about 104 ms each.
    assert!(free.counts.values().sum::<u32>() > 11_000, "{:?}", free.counts);
}

#[test]
fn a_refusal_blocks_until_the_window_turns_and_the_share_comes_back() {
    let mut window = Window::new(BudgetSettings { start_per_window: 10, ..Default::default() });
    assert_eq!(window.take(START_MS), Take::Go);
    let reset_s = START_MS / 1000 + 10;
    let seen = Seen {
        limit: Some(100),
        reset_s: Some(reset_s),
        date_s: Some(START_MS / 1000),
        limited: true,
        ..Seen::default()
    };
    window.observe(START_MS, START_MS + 50, &seen);
    assert_eq!(window.view().target, 80);
    let Take::WaitMs(wait) = window.take(START_MS + 50) else { panic!("not blocked") };
    assert!((9_950..=10_050).contains(&wait), "{wait}");
    let mut now = START_MS + 50 + wait;
    for _ in 0..6 {
        window.take(now);
        now += WINDOW_MS;
    }
    assert_eq!(window.view().target, 100);
}
