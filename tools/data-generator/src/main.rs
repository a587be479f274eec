//! Writes help-desk exports of any size.
#![forbid(unsafe_code)]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use data_generator::{Error, Format, Recipe, Summary, write};

/// Grows help-desk exports to any size from a seed
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    source: Source,
}

#[derive(Subcommand)]
enum Source {
    /// A Deskero bundle, or a later full export of one
    Deskero(Deskero),
}

#[derive(Args)]
struct Deskero {
    /// Number of tickets
    #[arg(long, required_unless_present = "mutate")]
    tickets: Option<u64>,
    /// Number of customers
    #[arg(long, required_unless_present = "mutate")]
    customers: Option<u64>,
    /// Replies per ticket on average
    #[arg(long, default_value_t = 4)]
    messages_per_ticket: u64,
    /// Number of articles in the knowledge base
    #[arg(long, default_value_t = 0)]
    articles: u64,
    /// Share of the tickets that carry files, in percent
    #[arg(long, default_value_t = 0.0, value_name = "PERCENT")]
    with_attachments: f64,
    /// How records are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Decides everything that is left to chance
    #[arg(long)]
    seed: u64,
    /// Folder to write to; must be empty
    #[arg(long)]
    out: PathBuf,
    /// Write a later full export of --from in which this share of the records changed, in percent
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "from",
        conflicts_with_all = [
            "tickets", "customers", "messages_per_ticket", "articles", "with_attachments", "format"
        ]
    )]
    mutate: Option<f64>,
    /// Folder of the earlier bundle
    #[arg(long, requires = "mutate")]
    from: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Source::Deskero(asked) = Cli::parse().source;
    let done = run(asked);
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let said = match &done {
        Ok(summary) => {
            let rows = summary.rows.iter().map(|(name, count)| (*name, count));
            let changes = summary.changes.iter().map(|(name, count)| (name.as_str(), count));
            let mut lines = rows.chain(changes);
            lines.try_for_each(|(name, count)| writeln!(out, "{name} {count}"))
        }
        Err(error) => writeln!(err, "data-generator: {error}"),
    };
    match done.is_ok() && said.is_ok() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn run(asked: Deskero) -> Result<Summary, Error> {
    let recipe = match (asked.from, asked.mutate) {
        (Some(from), Some(percent)) => Recipe::read(&from)?.later(percent, asked.seed),
        _ => Recipe {
            tickets: asked.tickets.unwrap_or_default(),
            customers: asked.customers.unwrap_or_default(),
            messages_per_ticket: asked.messages_per_ticket,
            articles: asked.articles,
            attachments_percent: asked.with_attachments,
            seed: asked.seed,
            format: asked.format,
            rounds: Vec::new(),
        },
    };
    write(&recipe, &asked.out)
}
