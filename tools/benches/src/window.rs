//! How much of the granted request window is used while there is work, and whether the limit is
//! ever overrun: the client with its budget against a simulator that enforces the limit. Windows
//! are shortened to a second, which makes the edges weigh more than in Intercom's ten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deskledger::destination::budget::{Budget, BudgetSettings};
use deskledger::destination::contract::{Destination, Read, ReadAnswer};
use deskledger::destination::intercom::client::{ClientSettings, IntercomClient};
use deskledger::env::Env;
use deskledger::model::Secret;
use intercom_simulator::{Options, Simulator};

use super::Outcome;

/// Requests under way at once, as in the write stage.
const WORKERS: usize = 64;

#[derive(clap::Args)]
pub struct Arguments {
    /// Requests the server grants per window.
    #[arg(long, default_values_t = [166, 1_667])]
    limit: Vec<u64>,
    /// Length of a window in milliseconds.
    #[arg(long, default_value_t = 1_000)]
    window_ms: u64,
    /// Windows measured, after two in which the budget learns.
    #[arg(long, default_value_t = 10)]
    windows: u64,
}

/// Measures every limit.
pub async fn run(arguments: &Arguments) -> Outcome {
    for limit in &arguments.limit {
        measure(*limit, arguments).await?;
    }
    Ok(())
}

async fn measure(limit: u64, arguments: &Arguments) -> Outcome {
    let window_ms = arguments.window_ms;
    let options = Options { rate_limit: Some(limit), window_ms, ..Options::default() };
    let simulator = Simulator::start(options).await?;
    let settings =
        BudgetSettings { window_ms: i64::try_from(window_ms)?, ..BudgetSettings::default() };
    let client = IntercomClient::new(
        &ClientSettings { base_url: simulator.url(), token: Secret::new("bench") },
        Budget::new(settings, Env::system()),
    )?;
    let client = Arc::new(client);
    let end = Instant::now() + Duration::from_millis(window_ms * (arguments.windows + 2));
    let limited = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (client, limited) = (client.clone(), limited.clone());
            tokio::spawn(async move {
                while Instant::now() < end {
                    if let ReadAnswer::Limited { wait } = client.read(&Read::get("/tags")).await {
                        limited.fetch_add(1, Ordering::Relaxed);
                        tokio::time::sleep(wait).await;
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await?;
    }
    let witness = simulator.witness();
    let first_ms = witness.first().map_or(0, |entry| entry.time_ms);
    let span_ms = i64::try_from(window_ms)?;
    // Windows lie on the server's clock; the first two and the last are cut or being learned.
    let window = |entry: &intercom_simulator::WitnessEntry| entry.time_ms.div_euclid(span_ms);
    let from = first_ms.div_euclid(span_ms) + 2;
    let to = from + i64::try_from(arguments.windows)? - 1;
    let counted = |status: bool| {
        let takes = |one: &&intercom_simulator::WitnessEntry| {
            (from..to).contains(&window(one)) && (one.status == 200) == status
        };
        witness.iter().filter(takes).count()
    };
    let granted = usize::try_from(limit)? * usize::try_from(to - from)?;
    println!(
        "{limit} per {window_ms} ms: {:.1} % of the granted requests used (target 97), {} answered \
         429 in steady state (target 0), {} in all",
        counted(true) as f64 * 100.0 / granted as f64,
        counted(false),
        limited.load(Ordering::Relaxed)
    );
    simulator.stop().await;
    Ok(())
}
