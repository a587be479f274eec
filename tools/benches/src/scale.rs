//! The whole life of a migration at one size, by the program as a user runs it: how long each
//! command takes, how much memory it holds at most, how many requests it sends, how large the
//! ledger is. The simulator has a process of its own and no limits, so what is measured is what the
//! program needs beside the network's pace.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use data_generator::{Format, Recipe};

use super::process::{Other, plain};
use super::project::{Project, Took};
use super::{Failure, Outcome};

/// Peak memory that no command may need more of, in megabytes.
const PEAK_MB_MAX: u64 = 256;
/// How often a record is shown.
const SHOWS: usize = 40;
/// Records that the changed delta changes.
const CHANGED: f64 = 1_000.0;
/// How often the simulator is asked whether requests came again.
const ASK_EVERY: Duration = Duration::from_millis(5);

#[derive(clap::Args)]
pub struct Arguments {
    /// Tickets of the export that is made for the purpose.
    #[arg(long, default_value_t = 20_000)]
    tickets: u64,
    /// Replies per ticket.
    #[arg(long, default_value_t = 4)]
    replies: u64,
    /// Share of the tickets that carry files, in percent.
    #[arg(long, default_value_t = 0.0)]
    files_percent: f64,
    /// Requests under way at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    /// The program; by default the one beside this tool.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// A migration under way.
struct Life {
    project: Arc<Project>,
    simulator: Other,
    http: reqwest::Client,
}

/// Makes an export and takes it through its whole life.
///
/// # Errors
/// If a command cannot be run, or the simulator does not answer.
pub async fn run(arguments: &Arguments) -> Outcome {
    let home = tempfile::tempdir()?;
    let (bundle, later) = (home.path().join("export"), home.path().join("later"));
    let recipe = Recipe {
        tickets: arguments.tickets,
        customers: arguments.tickets / 10 + 1,
        messages_per_ticket: arguments.replies,
        articles: 50,
        attachments_percent: arguments.files_percent,
        seed: 1,
        format: Format::Csv,
        rounds: Vec::new(),
    };
    data_generator::write(&recipe, &bundle)?;
    let records = recipe.tickets + recipe.customers + recipe.articles;
    let percent = (CHANGED / records as f64 * 100.0).min(100.0);
    data_generator::write(&recipe.later(percent, 2), &later)?;
    let input_bytes = bytes(&bundle)?;
    println!(
        "{} tickets, {} replies each, {} MB",
        arguments.tickets,
        arguments.replies,
        input_bytes / 1_000_000
    );

    let folder = home.path().join("project");
    let program = Project::program(arguments.program.as_ref())?;
    let project = Arc::new(Project { program, folder });
    let life = Life { project, simulator: Other::start(0, false)?, http: plain()? };
    life.project.begin(&bundle, &life.simulator.url, arguments.concurrency)?;
    let first_s = life.step("read", &["read"]).await?.seconds;
    life.project.decide(&life.simulator, &life.http).await?;
    life.step("plan", &["plan"]).await?;
    life.killed_apply().await?;
    life.step("verify --all", &["verify", "--all"]).await?;
    let ledger = bytes(&life.project.folder)?;
    println!(
        "ledger {} MB: {:.1} times the input (at most 5)",
        ledger / 1_000_000,
        ledger as f64 / input_bytes as f64
    );
    let same = bundle.display().to_string();
    let same = life.step("delta, unchanged", &["delta", "--yes", "--bundle", &same]).await?;
    println!("    {:.2} times the first read (at most 1)", same.seconds / first_s);
    let later = later.display().to_string();
    let changed = life.step("delta, changed", &["delta", "--yes", "--bundle", &later]).await?;
    println!("    {:.2} times the first read (at most 1.3)", changed.seconds / first_s);
    life.shows(&bundle)?;
    life.step("reconcile", &["reconcile"]).await?;
    life.step("audit check", &["audit", "check"]).await?;
    life.step("rollback plan", &["rollback", "plan"]).await?;
    life.step("rollback apply", &["rollback", "apply", "--yes"]).await?;
    life.simulator.stop()
}

impl Life {
    /// Runs a command and prints its line.
    async fn step(&self, name: &str, words: &[&str]) -> Result<Took, Failure> {
        let before = self.requests().await?;
        let took = self.project.watch(words)?;
        self.print(name, &took, before).await?;
        Ok(took)
    }

    async fn print(&self, name: &str, took: &Took, before: u64) -> Outcome {
        let requests = self.requests().await? - before;
        let peak = took.peak_mb.map_or("unknown".to_owned(), |peak| format!("{peak} MB"));
        let over = if took.peak_mb > Some(PEAK_MB_MAX) { " (over 256)" } else { "" };
        let exit = took.status.code().map_or("killed".to_owned(), |code| format!("exit {code}"));
        println!(
            "{name:<18} {:>9.1} s   peak {peak}{over}   {requests} requests   {exit}",
            took.seconds
        );
        Ok(())
    }

    /// How many requests the simulator answered so far.
    async fn requests(&self) -> Result<u64, Failure> {
        let page = self.simulator.ask(&self.http, "/_sim/witness?limit=0").await?;
        page["total"].as_u64().ok_or_else(|| "the witness has no total".into())
    }

    /// `apply`, killed on the way and started again: how long until its first request.
    async fn killed_apply(&self) -> Outcome {
        let before = self.requests().await?;
        let mut first = self.project.command(&["apply", "--yes"]);
        let mut first = first
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()?;
        // Long enough that it writes, short enough that it is not over.
        while self.requests().await? < before + 200 && first.try_wait()?.is_none() {
            tokio::time::sleep(ASK_EVERY).await;
        }
        first.kill()?;
        first.wait()?;
        let stood = self.requests().await?;
        let (start, project) = (Instant::now(), Arc::clone(&self.project));
        let running = tokio::task::spawn_blocking(move || project.watch(&["apply", "--yes"]));
        while self.requests().await? == stood && !running.is_finished() {
            tokio::time::sleep(ASK_EVERY).await;
        }
        let again_s = start.elapsed().as_secs_f64();
        let took = running.await??;
        self.print("apply", &took, before).await?;
        println!("    after kill -9 the first request came in {again_s:.2} s (at most 2)");
        Ok(())
    }

    /// Shows records one after another, each by a process of its own.
    fn shows(&self, bundle: &Path) -> Outcome {
        let mut times = Vec::new();
        let table = std::fs::File::open(bundle.join("tickets.csv"))?;
        for line in std::io::BufReader::new(table).lines().skip(1).take(SHOWS) {
            let line = line?;
            let id = line.split(',').next().ok_or("a ticket without an id")?;
            let key = format!("deskero/ticket/{id}");
            times.push(self.project.watch(&["show", &key])?.seconds);
        }
        times.sort_by(f64::total_cmp);
        let p95 = times[times.len() * 95 / 100];
        println!("show               {:>9.3} s at p95 (at most 0.1)", p95);
        Ok(())
    }
}

/// The bytes of the files of a folder.
fn bytes(folder: &Path) -> Result<u64, Failure> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        total += if kind.is_dir() { bytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}
