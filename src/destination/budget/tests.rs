//! A server with windows of its own clock, workers with latency, time that is only counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

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
    /// When others send their requests, by the server's windows.
    others: VecDeque<i64>,
    /// By window: ours and theirs.
    counts: BTreeMap<i64, (u32, u32)>,
    /// Windows in which somebody found no room.
    refused: Vec<i64>,
    refused_others: Vec<i64>,
}

impl Server {
    /// Lets the others' requests in that came before `now`.
    fn admit_others(&mut self, now: i64) {
        while let Some(at) = self.others.pop_front_if(|at| *at <= now) {
            let window = at.div_euclid(WINDOW_MS);
            let (ours, theirs) = self.counts.entry(window).or_default();
            if *ours + *theirs >= self.limit {
                self.refused_others.push(window);
            } else {
                *theirs += 1;
            }
        }
    }

    fn handle(&mut self, local_ms: i64) -> Seen {
        let now = local_ms - self.shift_ms - self.odd_ms;
        let window = now.div_euclid(WINDOW_MS);
        self.admit_others(now);
        let (count, others) = self.counts.entry(window).or_default();
        let limited = *count + *others >= self.limit;
        if limited {
            self.refused.push(window);
        } else {
            *count += 1;
        }
        let known = |value| self.headers.then_some(value);
        Seen {
            limit: known(self.limit),
            remaining: known(self.limit.saturating_sub(*count + *others)),
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
    let share = |&(ours, theirs): &(u32, u32)| f64::from(ours) / f64::from(server.limit - theirs);
    server.counts.values().take(full).map(share).collect()
}

/// Others that come evenly, so many a window.
fn evenly(count: u32, windows: i64) -> VecDeque<i64> {
    let first = START_MS.div_euclid(WINDOW_MS) - 1;
    let one = |window: i64, n: u32| {
        (first + window) * WINDOW_MS + WINDOW_MS * i64::from(2 * n + 1) / i64::from(2 * count)
    };
    (0..windows + 3).flat_map(|window| (0..count).map(move |n| one(window, n))).collect()
}

/// Others that come at random, each when it likes, on average `share` of `limit`: in each window
/// between half as many and half as many again.
fn at_random(limit: u32, share: f64, windows: i64, random: &mut StdRng) -> VecDeque<i64> {
    let first = START_MS.div_euclid(WINDOW_MS) - 1;
    let mut all = VecDeque::new();
    for window in 0..windows + 3 {
        let mean = f64::from(limit) * share * random.random_range(0.5..1.5);
        let mut at = 0.0;
        loop {
            at -= random.random::<f64>().ln() * WINDOW_MS as f64 / mean;
            if at >= WINDOW_MS as f64 {
                break;
            }
            all.push_back((first + window) * WINDOW_MS + at as i64);
        }
    }
    all
}

fn server(limit: u32, shift_ms: i64) -> Server {
    let counts = BTreeMap::new();
    let (others, refused, refused_others) = Default::default();
    Server { limit, shift_ms, headers: true, odd_ms: 0, others, counts, refused, refused_others }
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
    assert!(bounded.counts.values().all(|&(ours, _)| ours <= 500), "{:?}", bounded.counts);

    let mut shared = server(166, 250);
    shared.others = evenly(40, 12);
    let reserve = BudgetSettings { reserve_percent: 28, ..BudgetSettings::default() };
    run(reserve, &mut shared, 16, 12);
    assert!(shared.refused.is_empty());
    assert!(shared.counts.values().all(|&(ours, _)| ours <= 120), "{:?}", shared.counts);
}

#[test]
fn others_beyond_the_reserve_are_seen_and_made_room_for() {
    let mut shared = server(166, 250);
    shared.others = evenly(60, 24);
    let shares = run(BudgetSettings::default(), &mut shared, 16, 24);
    assert_eq!((shared.refused.len(), shared.refused_others.len()), (0, 0));
    assert!(shares[LEARNING..].iter().all(|&share| share >= 0.95), "{shares:?}");
}

/// Windows in which the budget learns the limit, the clocks and the others.
const LEARNING: usize = 4;

#[test]
fn random_traffic_of_others_overfills_no_window_and_leaves_little_unused() {
    const WINDOWS: i64 = 60;
    for limit in [166, 1_667] {
        for seed in 0..16 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut shared = server(limit, random.random_range(-5_000..5_000));
            shared.others = at_random(limit, 0.3, WINDOWS, &mut random);
            let shares = run(BudgetSettings::default(), &mut shared, 64, WINDOWS);
            let steady = &shares[LEARNING..];
            let mean = steady.iter().sum::<f64>() / steady.len() as f64;
            println!(
                "limit {limit}, seed {seed}: {:.2} % of what others left, least {:.2} %; refused: \
                 {} of ours, {} of theirs",
                mean * 100.0,
                steady.iter().copied().fold(1.0, f64::min) * 100.0,
                shared.refused.len(),
                shared.refused_others.len(),
            );
            let refused = (shared.refused.len(), shared.refused_others.len());
            assert_eq!(refused, (0, 0), "limit {limit}, seed {seed}");
            assert!(mean >= 0.95, "limit {limit}, seed {seed}: {mean}");
        }
    }
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
    assert!(free.counts.values().map(|&(ours, _)| ours).sum::<u32>() > 11_000, "{:?}", free.counts);
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
