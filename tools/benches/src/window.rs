//! How much of the granted request window is used while there is work, and whether the limit is
//! ever overrun: the client with its budget against a simulator that enforces the limit, alone and
//! beside others who send at random. Windows are shortened to a second unless told, which makes the
//! edges weigh more than in Intercom's ten.

use std::sync::Arc;
use std::time::{Duration, Instant};

use deskledger::destination::budget::{Budget, BudgetSettings};
use deskledger::destination::contract::{Destination, Read, ReadAnswer};
use deskledger::destination::intercom::client::{ClientSettings, IntercomClient};
use deskledger::env::Env;
use deskledger::model::Secret;
use intercom_simulator::{Options, Simulator, WitnessEntry};

use super::process::plain;
use super::workload::Chance;
use super::{Failure, Outcome};

/// Requests under way at once, as in the write stage.
const WORKERS: usize = 64;

/// What we ask for, and what the others do: the witness tells them apart by it.
const OURS: &str = "/tags";
const THEIRS: &str = "/admins";

#[derive(clap::Args)]
pub struct Arguments {
    /// Requests the server grants per window.
    #[arg(long, default_values_t = [166, 1_667])]
    limit: Vec<u64>,
    /// Share of the window that others take on average, in percent.
    #[arg(long, default_values_t = [0, 30])]
    others: Vec<u64>,
    /// Length of a window in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    window_ms: u64,
    /// Windows measured, after those in which the budget learns.
    #[arg(long, default_value_t = 10)]
    windows: u64,
}

/// Windows in which the budget learns the limit, the clocks and the others.
const LEARNING: u64 = 4;

/// Measures every limit, alone and beside others.
///
/// # Errors
/// If the simulator or a client cannot start.
pub async fn run(arguments: &Arguments) -> Outcome {
    for limit in &arguments.limit {
        for others in &arguments.others {
            measure(*limit, *others, arguments).await?;
        }
    }
    Ok(())
}

async fn measure(limit: u64, others_percent: u64, arguments: &Arguments) -> Outcome {
    let window_ms = arguments.window_ms;
    let options = Options { rate_limit: Some(limit), window_ms, ..Options::default() };
    let simulator = Simulator::start(options).await?;
    let end = Instant::now() + Duration::from_millis(window_ms * (arguments.windows + LEARNING));
    let mut tasks = work(&simulator.url(), window_ms, end)?;
    if others_percent > 0 {
        let mean = limit as f64 * others_percent as f64 / 100.0;
        tasks.push(tokio::spawn(disturb(plain()?, simulator.url(), mean, window_ms, end)));
    }
    for task in tasks {
        task.await?;
    }
    let witness = simulator.witness();
    simulator.stop().await;
    report(limit, others_percent, arguments, &witness)
}

/// Asks as fast as the budget allows.
fn work(
    url: &str,
    window_ms: u64,
    end: Instant,
) -> Result<Vec<tokio::task::JoinHandle<()>>, Failure> {
    let settings =
        BudgetSettings { window_ms: i64::try_from(window_ms)?, ..BudgetSettings::default() };
    let client = IntercomClient::new(
        &ClientSettings { base_url: url.to_owned(), token: Secret::new("bench") },
        Budget::new(settings, Env::system()),
    )?;
    let client = Arc::new(client);
    let worker = || {
        let client = client.clone();
        tokio::spawn(async move {
            while Instant::now() < end {
                if let ReadAnswer::Limited { wait } = client.read(&Read::get(OURS)).await {
                    tokio::time::sleep(wait).await;
                }
            }
        })
    };
    Ok((0..WORKERS).map(|_| worker()).collect())
}

/// Others, each of whom asks when he likes: in each window between half and one and a half times
/// `mean` requests.
async fn disturb(http: reqwest::Client, url: String, mean: f64, window_ms: u64, end: Instant) {
    let mut chance = Chance(7);
    let mut uniform = move || (chance.next() >> 11) as f64 / (1_u64 << 53) as f64;
    let start = Instant::now();
    let mut at_ms = 0.0;
    let (mut window, mut rate) = (u64::MAX, mean);
    while Instant::now() < end {
        let now = at_ms as u64 / window_ms;
        if now != window {
            (window, rate) = (now, mean * (0.5 + uniform()));
        }
        at_ms -= (1.0 - uniform()).ln() * window_ms as f64 / rate;
        let due = start + Duration::from_micros((at_ms * 1000.0) as u64);
        tokio::time::sleep_until(due.into()).await;
        let request = http.get(format!("{url}{THEIRS}")).bearer_auth("others");
        let request = request.header("Accept", "application/json").send();
        // What came of it stands in the witness.
        tokio::spawn(async move {
            let _ = request.await;
        });
    }
}

fn report(limit: u64, others_percent: u64, arguments: &Arguments, all: &[WitnessEntry]) -> Outcome {
    let span_ms = i64::try_from(arguments.window_ms)?;
    let window = |entry: &WitnessEntry| entry.time_ms.div_euclid(span_ms);
    // Windows lie on the server's clock; the first ones and the last are cut or being learned.
    let from = all.first().map_or(0, window) + i64::try_from(LEARNING)?;
    let to = from + i64::try_from(arguments.windows)? - 1;
    let count = |path: &str, granted: bool| {
        let takes = |one: &&WitnessEntry| {
            let counted = (from..to).contains(&window(one)) && &*one.path == path;
            counted && (one.status == 200) == granted
        };
        all.iter().filter(takes).count()
    };
    let granted = usize::try_from(limit)? * usize::try_from(to - from)?;
    let left = granted.saturating_sub(count(THEIRS, true)).max(1);
    let share = count(OURS, true) as f64 * 100.0 / left as f64;
    let target = if others_percent == 0 { 97 } else { 95 };
    println!(
        "{limit} per {span_ms} ms, others take {others_percent} %: {share:.1} % of what was left \
         used (target {target}), {} of ours and {} of theirs answered 429 in {} windows (target 0)",
        count(OURS, false),
        count(THEIRS, false),
        to - from,
    );
    Ok(())
}
