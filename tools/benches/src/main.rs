//! Measures the product and prints ratios, which carry over from machine to machine; figures per
//! second do not.
#![allow(clippy::print_stdout, reason = "the figures are the output")]

mod audit;
mod ledger;
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
    /// The auditor's check of a ledger that is there; seals it once for the proofs.
    Audit(audit::Arguments),
    /// Appends until it is killed: the other half of the start measurement.
    #[command(hide = true)]
    LedgerVictim(ledger::VictimArguments),
}

#[tokio::main]
async fn main() -> Outcome {
    match Arguments::parse().bench {
        Bench::Ledger(arguments) => ledger::run(arguments).await,
        Bench::Audit(arguments) => audit::run(&arguments.file).await,
        Bench::LedgerVictim(arguments) => ledger::victim(arguments).await,
    }
}
