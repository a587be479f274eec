//! Tries inputs until a number of cases or a time is over, and tells how it went.

use std::cell::Cell;
use std::io::Write as _;
use std::time::{Duration, Instant};

use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::edit::{changed, changes};
use super::seed::Seed;

/// Seconds for each target; without it a few cases are tried.
const BUDGET: &str = "DESKLEDGER_FUZZ_S";

/// Cases of an ordinary test run, and between two looks at the clock.
const BATCH: u32 = 48;

/// No input of some hundred kilobytes needs more: far above what the largest took, far below what
/// growth without bound would reach in ten minutes.
const PEAK_MIB_MAX: u64 = 768;

/// How long a failing input is made smaller.
const SHRINK_MS_MAX: u32 = 120_000;

/// Tries changed inputs of a target.
pub fn explore(target: &str, seeds: &[Seed], check: impl Fn(&Seed) -> Result<(), String>) {
    let budget = std::env::var(BUDGET).ok();
    let budget = budget.map(|text| Duration::from_secs(text.parse().expect("seconds")));
    let started = Instant::now();
    let slowest = Cell::new(Duration::ZERO);
    let mut cases = 0;
    loop {
        batch(target, seeds, &slowest, &check);
        cases += BATCH;
        if budget.is_none_or(|budget| started.elapsed() >= budget) {
            break;
        }
    }
    let peak = peak_mib();
    let line = format!(
        "{target}: {cases} cases of {} inputs in {} s, slowest {} ms, peak memory {} MiB\n",
        seeds.len(),
        started.elapsed().as_secs(),
        slowest.get().as_millis(),
        peak.map_or_else(|| "unknown".to_owned(), |mib| mib.to_string()),
    );
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    assert!(peak.is_none_or(|mib| mib <= PEAK_MIB_MAX), "{line}");
}

fn batch(
    target: &str,
    seeds: &[Seed],
    slowest: &Cell<Duration>,
    check: &impl Fn(&Seed) -> Result<(), String>,
) {
    let config = Config {
        cases: BATCH,
        failure_persistence: None,
        max_shrink_time: SHRINK_MS_MAX,
        max_shrink_iters: u32::MAX,
        ..Config::default()
    };
    let found = TestRunner::new(config).run(&changes(seeds.len()), |(seed, changes)| {
        let input = changed(&seeds[seed], &changes);
        let started = Instant::now();
        let outcome = check(&input);
        slowest.set(slowest.get().max(started.elapsed()));
        outcome.map_err(TestCaseError::fail)
    });
    let Err(error) = found else { return };
    let TestError::Fail(reason, (seed, changes)) = error else { panic!("{target}: {error}") };
    let input = changed(&seeds[seed], &changes);
    let unlike = |at: &usize| input.files[*at].bytes != seeds[seed].files[*at].bytes;
    let files: Vec<String> = (0..input.files.len())
        .filter(unlike)
        .map(|at| {
            let file = &input.files[at];
            format!("{}: {}", file.path, file.bytes.escape_ascii())
        })
        .collect();
    panic!("{target}, {} (input {seed}): {reason}\n{}", input.source, files.join("\n"));
}

/// Most memory this process ever held, in MiB, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.div_ceil(1024))
}
