//! The auditor's check beside plain BLAKE3 over the same bytes, and single proofs.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskledger::audit::{CheckSettings, check, prove};
use deskledger::env::Env;
use deskledger::ledger::Ledger;
use deskledger::model::note::NoteSigner;
use deskledger::model::{Checkpoint, Position};
use deskledger::store::{self, Mode, RawRange, Store, unpack};

use crate::Outcome;
use crate::ledger::report;
use crate::workload::Chance;

/// Threads of the yardstick, as many as the check keeps busy.
const THREADS: u32 = 2;
/// Proofs made.
const PROOFS: u64 = 200;

/// Which ledger.
#[derive(clap::Args)]
pub struct Arguments {
    /// Its SQLite file.
    pub file: PathBuf,
}

/// Measures over the ledger in `file`.
///
/// # Errors
/// If the ledger is not whole.
pub async fn run(file: &Path) -> Outcome {
    let store = store::open(&file.display().to_string(), Mode::Read).await?;
    let count = store.head().await?.size;
    let plain = plain(&store, count).await? / THREADS;
    let yardstick = report("plain BLAKE3, events and payloads, two threads", count, plain, None);
    let begun = Instant::now();
    let found = check(&store, &CheckSettings::default(), |_| ()).await?;
    report("audit check", count, begun.elapsed(), Some(yardstick));
    if let Some(finding) = found.findings.first() {
        return Err(finding.to_string().into());
    }
    store.close().await;
    proofs(file, count).await
}

/// Time to hash headers and facts of each event, and its payload.
async fn plain(store: &Arc<dyn Store>, count: u64) -> Result<Duration, store::StoreError> {
    let mut took = Duration::ZERO;
    for from in (0..i64::try_from(count).unwrap_or(i64::MAX)).step_by(1024) {
        let range = RawRange { from, to: from + 1024, limit: u32::MAX };
        let events = store.raw_events(range).await?;
        let payloads = store.raw_payloads(range).await?;
        let unpacked = payloads.iter().filter_map(|row| {
            let mut bytes = Vec::new();
            unpack(row.codec, &row.bytes, &mut bytes).ok().map(<[u8]>::to_vec)
        });
        let payloads: Vec<_> = unpacked.collect();
        let begun = Instant::now();
        for event in &events {
            let mut hasher = blake3::Hasher::new();
            black_box(hasher.update(&event.header).update(&event.facts).finalize());
        }
        for payload in &payloads {
            black_box(blake3::hash(payload));
        }
        took += begun.elapsed();
    }
    Ok(took)
}

async fn proofs(file: &Path, count: u64) -> Outcome {
    let store = store::open(&file.display().to_string(), Mode::Write).await?;
    let env = Env::system();
    let ledger = Ledger::with_store(store, Mode::Write, Vec::new(), env.clone()).await?;
    let origin = Checkpoint::origin_of("bench");
    let signer = NoteSigner::from_seed(&origin, &env.random_bytes())?;
    ledger.seal(env.run_id(), &origin, &[signer]).await?;
    ledger.close().await;
    let store = store::open(&file.display().to_string(), Mode::Read).await?;
    let mut chance = Chance(5);
    let mut took = Vec::new();
    for _ in 0..PROOFS {
        let begun = Instant::now();
        prove(&store, Position(chance.next() % count), false).await?;
        took.push(begun.elapsed());
    }
    took.sort();
    let p95 = took[took.len() * 95 / 100];
    println!("{:>46} {:>9.2} ms at the 95th percentile", "proof", p95.as_secs_f64() * 1e3);
    Ok(())
}
