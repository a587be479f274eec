//! Measures the product and prints ratios, which carry over from machine to machine; figures per
//! second do not.
#![allow(clippy::print_stdout, reason = "the figures are the output")]

mod ledger;
mod source;
mod workload;

use clap::{Parser, Subcommand};

/// What goes wrong ends the measurement.
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Append, read, replay and start of the ledger.
    Ledger(ledger::Arguments),
    /// Appends until it is killed: the other half of the start measurement.
    #[command(hide = true)]
    LedgerVictim(ledger::VictimArguments),
    /// Read an export, without the ledger.
    Source(source::Arguments),
}

#[tokio::main]
async fn main() -> Outcome {
    match Arguments::parse().bench {
        Bench::Ledger(arguments) => ledger::run(arguments).await,
        Bench::LedgerVictim(arguments) => ledger::victim(arguments).await,
        Bench::Source(arguments) => source::run(&arguments),
    }
}
