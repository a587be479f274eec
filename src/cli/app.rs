//! The command tree and a dispatch; nothing else.

use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use super::error::{CliError, Exit};
use super::output::{Output, Volume};
use super::session::Session;
use super::teller::LINE_SECONDS;
use super::{
    apply, audit, claim, completions, decide, delta, demo, doctor, erase, findings, handoff, init,
    inspect, ledger, log, map, plan, read, reconcile, rehearse, replay, report, resolve,
    return_out, rollback, serve, show, status, templates, verify, workspace,
};

/// Moves a help desk into Intercom, proves it, and takes it back.
///
/// The order of a migration: init, inspect, read, findings, map propose, map confirm, decide, plan,
/// apply, verify, delta until the cutover; rollback if it must be undone. `deskledger demo` shows
/// all of it on a sample and needs nothing.
///
/// Exit codes: 0 done; 1 usage or settings; 2 the other side failed, safe to run again; 3 something
/// waits for a person; 4 the ledger, a gate or the accuracy is not whole; 130 interrupted by Ctrl-C
/// or a signal: what is done is recorded, the same command goes on.
#[derive(Parser)]
#[command(version = env!("DESKLEDGER_VERSION"), max_term_width = 100)]
pub struct App {
    /// Folder of the migration.
    #[arg(long, global = true, default_value = ".", value_name = "DIR")]
    project: PathBuf,
    /// One JSON document on stdout; words and progress go to stderr.
    #[arg(long, global = true)]
    json: bool,
    /// More words: -v what happens, -vv every event.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// No words but errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Seconds between lines of progress where no terminal shows it.
    #[arg(long, global = true, hide = true, value_name = "N", default_value_t = LINE_SECONDS)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    progress_seconds: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Templates(templates::Args),
    Init(init::Args),
    Inspect(inspect::Args),
    Read(read::Args),
    #[command(subcommand)]
    Findings(findings::Args),
    #[command(subcommand)]
    Map(map::Args),
    Decide(decide::Args),
    #[command(subcommand)]
    Workspace(workspace::Args),
    Doctor(doctor::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Resolve(resolve::Args),
    Verify(verify::Args),
    Delta(delta::Args),
    Reconcile(reconcile::Args),
    Handoff(handoff::Args),
    Status(status::Args),
    Show(show::Args),
    Log(log::Args),
    #[command(subcommand)]
    Rollback(rollback::Args),
    Replay(replay::Args),
    Return(return_out::Args),
    Erase(erase::Args),
    #[command(subcommand)]
    Claim(claim::Args),
    #[command(subcommand)]
    Ledger(ledger::Args),
    #[command(subcommand)]
    Audit(audit::Args),
    Serve(serve::Args),
    Report(report::Args),
    Rehearse(rehearse::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    Man(completions::ManArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let app = match App::try_parse() {
        Ok(app) => app,
        Err(told) => {
            let wrong = told.use_stderr();
            // Nobody is left to tell if the terminal is gone.
            let _ = told.print();
            return ExitCode::from(if wrong { Exit::Usage } else { Exit::Done } as u8);
        }
    };
    let volume = if app.quiet { Volume::Quiet } else { Volume::Normal };
    let output = Output { json: app.json, volume };
    trace(app.verbose);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&CliError::from(error));
            return ExitCode::from(Exit::Usage as u8);
        }
    };
    let exit = runtime.block_on(async {
        let mut session = Session::new(app.project, output);
        session.line_seconds = app.progress_seconds;
        tokio::spawn(session.interrupt.clone().listen(output));
        let exit = match dispatch(app.command, &session).await {
            Ok(exit) => exit,
            Err(error) => {
                session.failed(&error);
                output.error(&error);
                error.exit
            }
        };
        session.close().await;
        exit
    });
    ExitCode::from(exit as u8)
}

/// A runtime of as many threads as there are processors, of which the calling one is one: more
/// only wake each other up.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.saturating_sub(1).max(1))
        .enable_all()
        .build()
}

/// Words of the stages go to stderr; payloads and secrets are never among them.
fn trace(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "deskledger=info",
        _ => "deskledger=debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .init();
}

async fn dispatch(command: Command, session: &Session) -> Result<Exit, CliError> {
    match command {
        Command::Templates(args) => templates::run(session, &args),
        Command::Init(args) => init::run(session, &args).await,
        Command::Inspect(args) => inspect::run(session, &args).await,
        Command::Read(args) => read::run(session, &args).await,
        Command::Findings(args) => findings::run(session, &args).await,
        Command::Map(args) => map::run(session, &args).await,
        Command::Decide(args) => decide::run(session, &args).await,
        Command::Workspace(args) => workspace::run(session, &args).await,
        Command::Doctor(args) => doctor::run(session, &args).await,
        Command::Plan(args) => plan::run(session, &args).await,
        Command::Apply(args) => apply::run(session, &args).await,
        Command::Resolve(args) => resolve::run(session, &args).await,
        Command::Verify(args) => verify::run(session, &args).await,
        Command::Delta(args) => delta::run(session, &args).await,
        Command::Reconcile(args) => reconcile::run(session, &args).await,
        Command::Handoff(args) => handoff::run(session, &args).await,
        Command::Status(args) => status::run(session, &args).await,
        Command::Show(args) => show::run(session, &args).await,
        Command::Log(args) => log::run(session, &args).await,
        Command::Rollback(args) => rollback::run(session, &args).await,
        Command::Erase(args) => erase::run(session, &args).await,
        Command::Replay(args) => replay::run(session, &args).await,
        Command::Return(args) => return_out::run(session, &args).await,
        Command::Claim(args) => claim::run(session, &args).await,
        Command::Ledger(args) => ledger::run(session, &args).await,
        Command::Audit(args) => audit::run(session, &args).await,
        Command::Serve(args) => serve::run(session, &args).await,
        Command::Report(args) => report::run(session, &args).await,
        Command::Rehearse(args) => rehearse::run(session, &args).await,
        Command::Demo(args) => demo::run(session, &args).await,
        Command::Completions(args) => Ok(completions::run(App::command(), &args)),
        Command::Man(args) => completions::man(session, App::command(), &args),
    }
}
