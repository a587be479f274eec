//! `intercom-simulator`: prints its address, then serves until it is ended.

use clap::Parser;
use intercom_simulator::{Clock, DEFAULT_WINDOW_MS, FaultRule, Options, Simulator, fault_rules};
use serde_json::Value;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Stands in for api.intercom.io.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Workspace file (JSON).
    #[arg(long)]
    workspace: Option<PathBuf>,
    /// Requests per window; without it there is no limit.
    #[arg(long)]
    rate_limit: Option<u64>,
    /// Length of a window in milliseconds.
    #[arg(long, default_value_t = DEFAULT_WINDOW_MS)]
    window_ms: u64,
    /// The only access token accepted; without it any is.
    #[arg(long)]
    token: Option<String>,
    /// Faults: a file with rules or a profile (JSON).
    #[arg(long)]
    faults: Option<PathBuf>,
    /// Where the source of chance starts.
    #[arg(long, default_value_t = 1)]
    rng_start: u64,
    /// How much later searches show new objects, in milliseconds.
    #[arg(long, default_value_t = 0)]
    search_delay_ms: u64,
    /// Keep the bodies of all requests in the witness.
    #[arg(long)]
    witness_bodies: bool,
    /// Let the clock stand at this Unix time in milliseconds until it is advanced.
    #[arg(long)]
    clock_ms: Option<i64>,
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn options(arguments: Arguments) -> Result<Options, String> {
    let workspace = arguments.workspace.as_deref().map(read).transpose()?;
    let faults = arguments.faults.as_deref().map(read).transpose()?;
    let faults: Option<Vec<FaultRule>> = faults.as_ref().map(fault_rules).transpose()?;
    Ok(Options {
        listen: arguments.listen,
        workspace: workspace.unwrap_or(Value::Null),
        rate_limit: arguments.rate_limit,
        window_ms: arguments.window_ms,
        token: arguments.token,
        faults: faults.unwrap_or_default(),
        rng_start: arguments.rng_start,
        search_delay_ms: arguments.search_delay_ms,
        witness_bodies: arguments.witness_bodies,
        clock: arguments.clock_ms.map_or_else(Clock::system, Clock::fixed),
    })
}

async fn run() -> Result<(), String> {
    let options = options(Arguments::parse())?;
    let running = Simulator::start(options).await.map_err(|e| e.to_string())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", running.url()).and_then(|()| out.flush()).map_err(|e| e.to_string())?;
    tokio::signal::ctrl_c().await.map_err(|e| e.to_string())?;
    running.stop().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to do when even stderr is gone.
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::from(1)
        }
    }
}
