//! `log`: the runs, newest first; one run in detail; the events by position.

use serde::Serialize;
use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::engine::Context;
use crate::model::{Position, Timestamp};
use crate::projection::RunEntry;
use crate::report::run_detail::{self, Entry, RunDetail};

/// Runs shown unless told otherwise.
const RUNS_DEFAULT: usize = 20;

/// Events shown unless told otherwise.
const EVENTS_DEFAULT: u32 = 50;

/// Letters of an event's facts shown on the terminal; `--json` has all.
const FACTS_SHOWN: usize = 160;

/// Failures of a run shown on the terminal; `--json` has more.
const FAILURES_SHOWN: usize = 20;

/// Show the runs, newest first: who, what, when, counts, positions. With a run: what it did in
/// detail. With --from: the events from a position on. Works beside a run.
#[derive(clap::Args)]
pub struct Args {
    /// One run in detail: its id, the beginning or the end of it, or `last`.
    run: Option<String>,
    /// How many runs.
    #[arg(short = 'n', long, default_value_t = RUNS_DEFAULT, conflicts_with_all = ["run", "from"])]
    number: usize,
    /// The events from this position on, instead of the runs.
    #[arg(long, value_name = "POSITION", conflicts_with = "run")]
    from: Option<u64>,
    /// How many events.
    #[arg(long, value_name = "N", default_value_t = EVENTS_DEFAULT, requires = "from")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

/// Runs the command.
///
/// # Errors
/// If no run is called so, or the ledger cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = session.looking(&project).await?;
    if let Some(from) = args.from {
        return events(session, &context, Position(from), args.limit).await;
    }
    let runs = context.runs().await?;
    match &args.run {
        Some(word) => one(session, &context, &runs, word).await,
        None => {
            list(session, &runs, args.number);
            Ok(Exit::Done)
        }
    }
}

fn time(us: i64) -> String {
    Timestamp(us / 1000).to_rfc3339()
}

fn value(run: &RunEntry) -> Value {
    json!({
        "run": run.run, "kind": run.kind, "operator": run.operator,
        "program": run.program, "mapping": run.mapping,
        "started_at": time(run.started_at_us),
        "finished_at": run.finished_at_us.map(time),
        "interrupted": run.interrupted, "counts": run.counts,
        "first": run.first, "last": run.last,
    })
}

fn ended(run: &RunEntry) -> String {
    match (run.finished_at_us, run.interrupted) {
        (Some(at), _) => time(at),
        (None, true) => "interrupted".to_owned(),
        (None, false) => "unfinished".to_owned(),
    }
}

fn counts(run: &RunEntry) -> String {
    let counts = run.counts.iter().filter(|(_, count)| **count > 0);
    counts.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

fn list(session: &Session, runs: &[RunEntry], number: usize) {
    let shown: Vec<&RunEntry> = runs.iter().rev().take(number).collect();
    let values: Vec<Value> = shown.iter().map(|run| value(run)).collect();
    session.output.result(&values, || {
        table(
            ["run", "what", "who", "started", "ended", "events", "counts"],
            shown.iter().map(|run| {
                let last = run.last.map_or_else(String::new, |last| last.0.to_string());
                vec![
                    run.run.to_string(),
                    run.kind.clone(),
                    run.operator.clone(),
                    time(run.started_at_us),
                    ended(run),
                    format!("{}–{last}", run.first.0),
                    counts(run),
                ]
            }),
        )
    });
}

/// The run that a word means: `last`, an id, or the beginning or end of exactly one.
fn find<'a>(runs: &'a [RunEntry], word: &str) -> Result<(usize, &'a RunEntry), CliError> {
    let hint = "See `deskledger log` for the runs.";
    let mut numbered = runs.iter().enumerate();
    let mut found: Vec<(usize, &RunEntry)> = match word {
        "last" => numbered.next_back().into_iter().collect(),
        word => numbered
            .filter(|(_, run)| {
                let id = run.run.to_string();
                id.starts_with(word) || id.ends_with(word)
            })
            .collect(),
    };
    match (found.pop(), found.len()) {
        (Some(run), 0) => Ok(run),
        (Some(_), more) => {
            let what = format!("{} runs begin or end with {word}", more + 1);
            Err(CliError::usage("several_runs", what, hint))
        }
        (None, _) => Err(CliError::usage("unknown_run", format!("there is no run {word}"), hint)),
    }
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    run: Value,
    detail: &'a RunDetail,
}

async fn one(
    session: &Session,
    context: &Context,
    runs: &[RunEntry],
    word: &str,
) -> Result<Exit, CliError> {
    let (index, run) = find(runs, word)?;
    let next = runs.get(index + 1).map(|next| next.first);
    let detail = run_detail::detail(&context.ledger, run, next).await?;
    let told = Told { run: value(run), detail: &detail };
    session.output.result(&told, || text(run, &detail));
    Ok(Exit::Done)
}

fn text(run: &RunEntry, detail: &RunDetail) -> String {
    let mapping = run.mapping.map_or_else(|| "none".to_owned(), |mapping| mapping.to_string());
    let mut text = format!(
        "Run {}: {} by {}, program {}\nstarted {}, ended {}\nmap and decisions {mapping}\n\
         events {}–{} (`deskledger log --from {}` shows them)",
        run.run,
        run.kind,
        run.operator,
        run.program,
        time(run.started_at_us),
        ended(run),
        detail.from,
        detail.to,
        detail.from,
    );
    let rows = run.counts.iter().map(|(name, count)| vec![name.clone(), grouped(*count)]);
    text.push_str(&titled("counts", rows.collect()));
    let gates = detail.gates.iter().map(|gate| {
        let passed = if gate.passed { "closed" } else { "NOT CLOSED" };
        let counts = gate.counts.iter().map(|(name, count)| format!("{name} {}", grouped(*count)));
        let counts = counts.collect::<Vec<_>>().join(", ");
        vec![gate.position.to_string(), gate.phase.to_owned(), passed.to_owned(), counts]
    });
    let gates: Vec<_> = gates.collect();
    if !gates.is_empty() {
        text.push_str(&format!("\n\n{}", table(["event", "phase", "", "counts"], gates)));
    }
    let rows = detail.events.iter().map(|(name, count)| vec![(*name).to_owned(), grouped(*count)]);
    text.push_str(&titled("events", rows.collect()));
    if detail.failures_count > 0 {
        let shown = detail.failures.iter().take(FAILURES_SHOWN);
        let rows = shown.map(|one| {
            vec![one.position.to_string(), one.at.clone(), one.about.clone(), one.words.clone()]
        });
        text.push_str(&format!("\n\n{}", table(["event", "at", "what went wrong", "how"], rows)));
        let hidden = detail.failures_count.saturating_sub(FAILURES_SHOWN as u64);
        if hidden > 0 {
            text.push_str(&format!("\n… and {} more; see --json.", grouped(hidden)));
        }
    }
    text
}

fn titled(title: &'static str, rows: Vec<Vec<String>>) -> String {
    match rows.is_empty() {
        true => String::new(),
        false => format!("\n\n{}", table([title, "count"], rows)),
    }
}

async fn events(
    session: &Session,
    context: &Context,
    from: Position,
    limit: u32,
) -> Result<Exit, CliError> {
    let (events, next) = run_detail::events(&context.ledger, from, limit).await?;
    session.output.result(&json!({ "events": events, "next": next }), || {
        let mut lines: Vec<String> = events.iter().map(line).collect();
        lines.push(match next {
            Some(next) => format!("`deskledger log --from {next}` goes on."),
            None => "The ledger ends here.".to_owned(),
        });
        lines.join("\n")
    });
    Ok(Exit::Done)
}

fn line(entry: &Entry) -> String {
    let facts = entry.event.facts.to_string();
    let shown: String = facts.chars().take(FACTS_SHOWN).collect();
    let cut = if shown.len() < facts.len() { "…" } else { "" };
    format!(
        "{:>8}  {}  {:<22} {}  {shown}{cut}",
        entry.event.position, entry.event.at, entry.event.event, entry.key
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RunId;
    use crate::model::event::Counts;

    fn run(number: u8) -> RunEntry {
        RunEntry {
            run: RunId([number; 16]),
            kind: "read".into(),
            operator: "ann".into(),
            program: "1".into(),
            mapping: None,
            started_at_us: 0,
            first: Position(u64::from(number)),
            last: None,
            finished_at_us: None,
            interrupted: false,
            counts: Counts::new(),
        }
    }

    #[test]
    fn a_run_is_found_by_a_part_of_its_id_that_no_other_has() {
        let runs = [run(0x11), run(0x12)];
        assert_eq!(find(&runs, "last").unwrap().0, 1);
        assert_eq!(find(&runs, "11").unwrap().0, 0);
        assert_eq!(find(&runs, "1212").unwrap().0, 1);
        assert_eq!(find(&runs, "1").unwrap_err().code, "several_runs");
        assert_eq!(find(&runs, "99").unwrap_err().code, "unknown_run");
        assert_eq!(find(&[], "last").unwrap_err().code, "unknown_run");
    }
}
