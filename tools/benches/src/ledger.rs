//! The ledger beside raw libsqlite3 writing the same bytes (LEDGER.md, targets).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings, NewEvent, Projection};
use deskledger::model::{Frontier, Position, RunId, leaf};
use deskledger::store::{self, EventQuery, Mode};
use futures::{StreamExt, TryStreamExt};

use crate::workload::{Chance, event};
use crate::{Outcome, raw};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Events of one append when reading an export.
const BATCH: usize = 2_500;
/// Appends a caller keeps going.
const IN_FLIGHT: usize = 6;
/// Tasks that each wait for one event at a time, and what a transaction of them holds at most.
const SINGLES: u64 = 64;
/// Events of the yardstick for them.
const RAW_SINGLES: u64 = 20_000;

/// What to measure with.
#[derive(clap::Args)]
pub struct Arguments {
    /// Events to append.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Measure a PostgreSQL ledger too; the database must be empty.
    #[arg(long)]
    postgres: Option<String>,
    /// Where the files are made.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// The ledger to append to until killed.
#[derive(clap::Args)]
pub struct VictimArguments {
    file: PathBuf,
    from: u64,
}

/// Runs all measurements.
///
/// # Errors
/// If something fails, or what is read is not what was written.
pub async fn run(arguments: Arguments) -> Outcome {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let count = arguments.events;
    println!("{count} events");
    let raw = raw::inserts(&folder.path().join("raw.db"), count, raw::BATCH)?;
    let raw_rate = report("raw libsqlite3, 5,000 a transaction, FULL", count, raw, None);

    let bare = folder.path().join("bare.db");
    let took = append(&bare.display().to_string(), Vec::new(), count).await?;
    report("append, no projections", count, took, Some(raw_rate));
    println!("{:>46} {:>9.0} bytes an event", "on disk", size(&bare)? / count as f64);

    let full = folder.path().join("full.db");
    let took = append(&full.display().to_string(), projections(), count).await?;
    report("append, all projections", count, took, Some(raw_rate));
    println!("{:>46} {:>9.0} bytes an event", "on disk", size(&full)? / count as f64);

    for tasks in [SINGLES, 1] {
        let file = folder.path().join(format!("raw-{tasks}.db"));
        let took = raw::inserts(&file, RAW_SINGLES, tasks)?;
        let what = format!("raw libsqlite3, {tasks} a transaction, FULL");
        let raw_rate = report(&what, RAW_SINGLES, took, None);
        singles(&folder.path().join(format!("singles-{tasks}.db")), tasks, raw_rate).await?;
    }
    check(&bare, count).await?;
    crate::audit::run(&bare).await?;
    replay(&full, count).await?;
    start(&full, count).await?;
    if let Some(address) = arguments.postgres {
        let took = append(&address, projections(), count).await?;
        report("PostgreSQL append, all projections", count, took, Some(raw_rate));
    }
    Ok(())
}

fn projections() -> Vec<Arc<dyn Projection>> {
    deskledger::projection::all()
}

/// Prints one line and gives the rate.
pub fn report(what: &str, count: u64, took: Duration, yardstick: Option<f64>) -> f64 {
    let rate = count as f64 / took.as_secs_f64();
    let ratio = yardstick.map_or(String::new(), |raw| format!("{:>6.2} of it", rate / raw));
    println!("{what:>46} {rate:>9.0} a second {ratio}");
    rate
}

fn size(file: &Path) -> Result<f64, Failure> {
    let wal = PathBuf::from(format!("{}-wal", file.display()));
    let wal = wal.metadata().map_or(0, |file| file.len());
    Ok((file.metadata()?.len() + wal) as f64)
}

async fn open(url: &str, projections: Vec<Arc<dyn Projection>>) -> Result<Ledger, Failure> {
    let settings =
        LedgerSettings { url: url.to_owned(), projections, env: Env::system(), read_only: false };
    Ok(Ledger::open(settings).await?)
}

/// Appends as a reader of an export does. Making the events is not measured: they are made ahead,
/// some hundred thousand at a time.
async fn append(
    url: &str,
    projections: Vec<Arc<dyn Projection>>,
    count: u64,
) -> Result<Duration, Failure> {
    let ledger = open(url, projections).await?;
    let run = Env::system().run_id();
    let mut chance = Chance(1);
    let mut took = Duration::ZERO;
    let mut number = 0;
    while number < count {
        let mut batches: Vec<Vec<NewEvent>> = Vec::new();
        while batches.len() < 80 && number < count {
            let batch = (number..count.min(number + BATCH as u64)).map(|n| event(n, &mut chance));
            batches.push(batch.collect::<Result<_, _>>()?);
            number = count.min(number + BATCH as u64);
        }
        let begun = Instant::now();
        let appends = batches.into_iter().map(|batch| ledger.append(run, batch));
        futures::stream::iter(appends)
            .buffered(IN_FLIGHT)
            .try_for_each(|_| async { Ok(()) })
            .await?;
        took += begun.elapsed();
    }
    ledger.close().await;
    Ok(took)
}

/// Tasks that each wait until their one event is durable.
async fn singles(file: &Path, tasks: u64, raw_rate: f64) -> Outcome {
    let ledger = open(&file.display().to_string(), projections()).await?;
    let run = Env::system().run_id();
    let each = if tasks == 1 { 3_000 } else { 1_000 };
    let begun = Instant::now();
    let work = (0..tasks).map(|task| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let mut chance = Chance(task);
            for index in 0..each {
                let event = event(task * each + index, &mut chance)?;
                ledger.append(run, vec![event]).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    for task in work.collect::<Vec<_>>() {
        task.await??;
    }
    let what = format!("{tasks} tasks, one event each time");
    report(&what, tasks * each, begun.elapsed(), Some(raw_rate));
    ledger.close().await;
    Ok(())
}

/// Reads everything, hashes every leaf and grows the tree, beside BLAKE3 over the same bytes.
async fn check(file: &Path, count: u64) -> Outcome {
    let store = store::open(&file.display().to_string(), Mode::Read).await?;
    let head = store.head().await?;
    let mut query = EventQuery { from: Position(0), to: Position(count), types: None, limit: 500 };
    let (mut frontier, mut plain) = (Frontier::default(), Duration::ZERO);
    let (mut read, mut checked) = (Duration::ZERO, Duration::ZERO);
    loop {
        let begun = Instant::now();
        let rows = store.events(&query).await?;
        read += begun.elapsed();
        let Some(last) = rows.last() else { break };
        query.from = last.position.next();
        let begun = Instant::now();
        for row in &rows {
            frontier.append(leaf::leaf(&row.header, &row.facts, row.commitment.as_ref()));
        }
        checked += begun.elapsed();
        let begun = Instant::now();
        for row in &rows {
            let mut hasher = blake3::Hasher::new();
            hasher.update(&row.header).update(&row.facts);
            std::hint::black_box(hasher.finalize());
        }
        plain += begun.elapsed();
    }
    if frontier.to_bytes() != head.frontier {
        return Err("the tree is not the one that was stored".into());
    }
    let yardstick = report("plain BLAKE3 of each event", count, plain, None);
    report("read, one thread", count, read, Some(yardstick));
    report("read, hash, grow the tree, one after another", count, read + checked, Some(yardstick));
    let overlapped = read.max(checked);
    report("the same on two threads", count, overlapped, Some(yardstick));
    store.close().await;
    Ok(())
}

async fn replay(file: &Path, count: u64) -> Outcome {
    let ledger = open(&file.display().to_string(), projections()).await?;
    let begun = Instant::now();
    let pages = ledger.read(Position(0)..Position(count), None);
    pages.try_for_each(|_| async { Ok(()) }).await?;
    report("read as events", count, begun.elapsed(), None);
    let begun = Instant::now();
    let differences = ledger.rebuild_and_compare().await?;
    if !differences.is_empty() {
        return Err(format!("{} rows differ from their rebuild", differences.len()).into());
    }
    report("rebuild all projections and compare", count, begun.elapsed(), None);
    ledger.close().await;
    Ok(())
}

/// Kills a writer and opens its ledger.
async fn start(file: &Path, count: u64) -> Outcome {
    let mut victim = Command::new(std::env::current_exe()?)
        .args(["ledger-victim", &file.display().to_string(), &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let out = victim.stdout.take().ok_or("no output")?;
    let mut acknowledged = 0;
    for line in BufReader::new(out).lines().take(20) {
        acknowledged = line?.parse()?;
    }
    victim.kill()?;
    victim.wait()?;
    let begun = Instant::now();
    let ledger = open(&file.display().to_string(), projections()).await?;
    let opened = begun.elapsed();
    let head = ledger.head().await?;
    if head.size <= acknowledged {
        return Err(format!("{acknowledged} was acknowledged, the head is {}", head.size).into());
    }
    let run = RunId([1; 16]);
    ledger.append(run, vec![event(u64::MAX / 2, &mut Chance(5))?]).await?;
    let took = (opened.as_millis(), begun.elapsed().as_millis());
    println!("{:>46} {:>9} ms, first append after {} ms", "open after kill -9", took.0, took.1);
    ledger.close().await;
    Ok(())
}

/// Appends and prints the last position acknowledged, until killed.
///
/// # Errors
/// If something fails before that.
pub async fn victim(arguments: VictimArguments) -> Outcome {
    let ledger = open(&arguments.file.display().to_string(), projections()).await?;
    let run = Env::system().run_id();
    let mut chance = Chance(99);
    let mut number = arguments.from;
    loop {
        let batch = (number..number + 500).map(|n| event(n, &mut chance));
        let appended = ledger.append(run, batch.collect::<Result<_, _>>()?).await?;
        number += 500;
        let last = appended.last().map_or(0, |appended| appended.position.0);
        writeln!(std::io::stdout(), "{last}")?;
    }
}
