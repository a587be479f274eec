//! Measures the product and prints ratios, which carry over from machine to machine; figures per
//! second do not.
#![allow(clippy::print_stdout, reason = "the figures are the output")]

mod audit;
mod bare;
mod engine;
mod hesk;
mod ledger;
mod process;
mod project;
mod raw;
mod reading;
mod scale;
mod source;
mod window;
mod workload;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong ends the measurement.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What comes of a measurement besides its output.
type Outcome = Result<(), Failure>;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Append, read, replay and start of the ledger.
    Ledger(ledger::Arguments),
    /// The auditor's check of a ledger that is there; seals it once for the proofs.
    Audit(audit::Arguments),
    /// Appends until it is killed: the other half of the start measurement.
    #[command(hide = true)]
    LedgerVictim(ledger::VictimArguments),
    /// Read an export, without the ledger.
    Source(source::Arguments),
    /// Read a generated export into a ledger, twice.
    Reading(reading::Arguments),
    /// Read a Hesk database, beside a bare SELECT loop.
    Hesk(hesk::Arguments),
    /// Share of the request window that is used.
    Window(window::Arguments),
    /// Apply, beside a bare loop that sends the same requests.
    Engine(engine::Arguments),
    /// The whole life of a migration at one size: time, memory, requests, bytes.
    Scale(scale::Arguments),
    /// A simulator in its own process: the other side of the engine's measurement.
    #[command(hide = true)]
    Simulator(process::Arguments),
    /// All of it at the sizes of the documentation.
    All,
}

#[tokio::main]
async fn main() -> Outcome {
    measure(Arguments::parse().bench).await
}

async fn measure(bench: Bench) -> Outcome {
    match bench {
        Bench::Ledger(arguments) => ledger::run(arguments).await,
        Bench::Audit(arguments) => audit::run(&arguments.file).await,
        Bench::LedgerVictim(arguments) => ledger::victim(arguments).await,
        Bench::Source(arguments) => source::run(&arguments),
        Bench::Reading(arguments) => reading::run(&arguments).await,
        Bench::Hesk(arguments) => hesk::run(&arguments).await,
        Bench::Window(arguments) => window::run(&arguments).await,
        Bench::Engine(arguments) => engine::run(&arguments).await,
        Bench::Scale(arguments) => scale::run(&arguments).await,
        Bench::Simulator(arguments) => process::serve(&arguments).await,
        Bench::All => {
            for words in ["window", "engine", "engine --answer-ms 20", "reading", "ledger"] {
                println!("== {words}");
                let words = ["bench"].into_iter().chain(words.split(' '));
                Box::pin(measure(Arguments::try_parse_from(words)?.bench)).await?;
            }
            Ok(())
        }
    }
}
