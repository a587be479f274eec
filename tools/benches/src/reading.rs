//! How fast an export gets into the ledger, and how fast an unchanged one is recognised: rows a
//! second with hashing, compression, projections and durable appends, and peak memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use data_generator::{Format, Recipe};
use deskledger::engine::read::{Input, read};
use deskledger::engine::{Context, Silent};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings};
use deskledger::model::Digest;
use deskledger::source::{Place, Reading, SourceSettings, find};

use super::project::peak_memory_mb;
use super::{Failure, Outcome};

/// Rows a second that the design asks for (DESIGN §9).
const ROWS_PER_S_TARGET: f64 = 50_000.0;

/// The ledger in its folder.
pub const LEDGER: &str = "ledger.db";

#[derive(clap::Args)]
pub struct Arguments {
    /// Tickets of the export that is made for the purpose.
    #[arg(long, default_value_t = 100_000)]
    tickets: u64,
    /// Replies per ticket.
    #[arg(long, default_value_t = 4)]
    replies: u64,
}

/// Makes an export, reads it into a new ledger, and reads it again.
pub async fn run(arguments: &Arguments) -> Outcome {
    let folder = tempfile::tempdir()?;
    let bundle = folder.path().join("export");
    let recipe = Recipe {
        tickets: arguments.tickets,
        customers: arguments.tickets / 10 + 1,
        messages_per_ticket: arguments.replies,
        articles: 50,
        attachments_percent: 0.0,
        seed: 1,
        format: Format::Csv,
        rounds: Vec::new(),
    };
    data_generator::write(&recipe, &bundle)?;
    let context = context(folder.path()).await?;
    let first_s = pass(&context, "first read", || input(&context, &bundle)).await?;
    let second_s = pass(&context, "unchanged", || input(&context, &bundle)).await?;
    println!("unchanged against first: {:.2} of the time (target 1.00)", second_s / first_s);
    let bytes = std::fs::metadata(folder.path().join(LEDGER))?.len();
    println!("ledger {} MB", bytes / 1_000_000);
    if let Some(peak_mb) = peak_memory_mb("self") {
        println!("peak memory {peak_mb} MB (target 256)");
    }
    Ok(())
}

/// A new ledger in a folder, with all that a stage needs.
pub async fn context(folder: &Path) -> Result<Context, Failure> {
    let env = Env::system();
    let settings = LedgerSettings {
        url: format!("sqlite:{}", folder.join(LEDGER).display()),
        projections: deskledger::projection::all(),
        env: env.clone(),
        read_only: false,
    };
    Ok(Context {
        ledger: Ledger::open(settings).await?,
        env,
        progress: Arc::new(Silent),
        stop: Default::default(),
        locks: Default::default(),
        refusals: Default::default(),
        operator: "bench".to_owned(),
        settings: Digest([0; 32]),
        mapping: None,
    })
}

fn input(context: &Context, bundle: &Path) -> Result<Input, Failure> {
    let place = Place::Bundle(bundle.to_owned());
    let reading = Reading::undecided(context.env.now());
    Ok(Input {
        reader: find("deskero")?.open(&SourceSettings { place, reading })?,
        system: "deskero".to_owned(),
        place: bundle.display().to_string(),
        partial: false,
    })
}

/// Reads an input into the ledger; the seconds that it took.
pub async fn pass(
    context: &Context,
    title: &str,
    input: impl Fn() -> Result<Input, Failure>,
) -> Result<f64, Failure> {
    let input = input()?;
    let run = context.begin("read").await?;
    let start = Instant::now();
    let report = read(context, run, input).await?;
    let seconds = start.elapsed().as_secs_f64();
    let rows: u64 = report.summary.objects.values().map(|count| count.rows).sum();
    let rate = rows as f64 / seconds;
    println!(
        "{title}: {rows} rows in {seconds:.1} s, {rate:.0} rows/s, {:.2} of the target; \
         new {}, unchanged {}",
        rate / ROWS_PER_S_TARGET,
        report.new,
        report.unchanged
    );
    Ok(seconds)
}
