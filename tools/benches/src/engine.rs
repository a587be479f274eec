//! `apply` beside plain loops that send the same requests, one after another and as many at once,
//! against a simulator without limits in another process, measured by the simulator's clock from
//! the first request to the last. Where answers take no time, the side that has less to do between
//! them has the processors to itself.

use std::path::{Path, PathBuf};

use data_generator::{Format, Recipe};
use serde_json::Value;

use super::bare::{self, Requests};
use super::process::{Other, plain};
use super::project::Project;
use super::{Failure, Outcome};

#[derive(clap::Args)]
pub struct Arguments {
    /// Tickets of the export that is made for the purpose.
    #[arg(long, default_value_t = 2_000)]
    tickets: u64,
    /// Replies per ticket.
    #[arg(long, default_value_t = 4)]
    replies: u64,
    /// Requests under way at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// Time from a request to its answer. Without any, both sides share the processors with the
    /// simulator.
    #[arg(long, default_value_t = 0)]
    answer_ms: u64,
    /// Times it is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The program; by default the one beside this tool.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// One side's figures.
struct Measured {
    requests: usize,
    span_ms: i64,
}

impl Measured {
    fn of(witness: &Value) -> Result<Self, Failure> {
        let all = witness["requests"].as_array().ok_or("no witness")?;
        let times = || all.iter().filter_map(|entry| entry["time_ms"].as_i64());
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        Ok(Self { requests: all.len(), span_ms: (last - first).max(1) })
    }

    fn rate(&self) -> f64 {
        self.requests as f64 * 1000.0 / self.span_ms as f64
    }
}

/// Makes an export, plans it, and measures.
///
/// # Errors
/// If a step of it fails.
pub async fn run(arguments: &Arguments) -> Outcome {
    let home = tempfile::tempdir()?;
    let bundle = home.path().join("export");
    let recipe = Recipe {
        tickets: arguments.tickets,
        customers: arguments.tickets / 10 + 1,
        messages_per_ticket: arguments.replies,
        articles: 50,
        attachments_percent: 2.0,
        seed: 1,
        format: Format::Csv,
        rounds: Vec::new(),
    };
    data_generator::write(&recipe, &bundle)?;
    let program = Project::program(arguments.program.as_ref())?;
    let project = Project { program, folder: home.path().join("project") };
    let first = Other::start(0, false)?;
    let http = plain()?;
    project.begin(&bundle, &first.url, arguments.concurrency)?;
    project.say(&["read"])?;
    project.decide(&first, &http).await?;
    project.say(&["plan"])?;
    let answer_ms = arguments.answer_ms;
    // One request after another is another yardstick; with slow answers it is none.
    let yardsticks =
        if answer_ms == 0 { vec![arguments.concurrency, 1] } else { vec![arguments.concurrency] };
    let mut ratios = vec![Vec::new(); yardsticks.len()];
    for round in 1..=arguments.rounds {
        let copy = home.path().join(format!("round-{round}"));
        let at = Places { project: &project, copy: &copy, url: &first.url };
        let (engine, witness) = apply(&at, answer_ms, &http).await?;
        println!("{} requests: apply {:.0} a second", engine.requests, engine.rate());
        for (side_by_side, ratios) in yardsticks.iter().zip(&mut ratios) {
            let bare = Other::start(answer_ms, true)?;
            bare::send(&http, &bare.url, Requests::of(&witness)?, *side_by_side).await?;
            let plain = Measured::of(&bare.ask(&http, "/_sim/witness").await?)?;
            bare.stop()?;
            if plain.requests != engine.requests {
                return Err(format!("{} requests, not {}", plain.requests, engine.requests).into());
            }
            let ratio = engine.rate() / plain.rate();
            println!(
                "    plain loop, {side_by_side} at once: {:.0} a second, ratio {ratio:.2}",
                plain.rate()
            );
            ratios.push(ratio);
        }
    }
    first.stop()?;
    for (side_by_side, mut ratios) in yardsticks.into_iter().zip(ratios) {
        ratios.sort_by(f64::total_cmp);
        let median = ratios[ratios.len() / 2];
        println!("median ratio to {side_by_side} at once: {median:.2} (target 0.80)");
    }
    Ok(())
}

/// Where a round works.
struct Places<'a> {
    project: &'a Project,
    copy: &'a Path,
    /// Address of Intercom in the project's settings.
    url: &'a str,
}

/// Applies a copy of the project to a simulator of its own; how fast, and what was sent.
async fn apply(
    at: &Places<'_>,
    answer_ms: u64,
    http: &reqwest::Client,
) -> Result<(Measured, Value), Failure> {
    std::fs::create_dir(at.copy)?;
    for entry in std::fs::read_dir(&at.project.folder)? {
        let entry = entry?;
        if entry.path().is_file() {
            std::fs::copy(entry.path(), at.copy.join(entry.file_name()))?;
        }
    }
    let simulator = Other::start(answer_ms, true)?;
    let program = at.project.program.clone();
    let copy = Project { program, folder: at.copy.to_owned() };
    copy.edit(at.url, &simulator.url)?;
    copy.say(&["apply", "--yes"])?;
    let witness = simulator.ask(http, "/_sim/witness").await?;
    simulator.stop()?;
    std::fs::remove_dir_all(at.copy)?;
    Ok((Measured::of(&witness)?, witness))
}
