//! A simulator in a process of its own, so that it takes nothing from the process measured.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};

use deskledger::destination::budget::{Budget, BudgetSettings};
use deskledger::destination::intercom::client::{ClientSettings, IntercomClient};
use deskledger::env::Env;
use deskledger::model::Secret;
use intercom_simulator::{FaultKind, FaultRule, Options, Simulator};
use serde_json::Value;

use super::{Failure, Outcome};

/// How it answers.
#[derive(clap::Args)]
pub struct Arguments {
    /// Time from a request to its answer.
    #[arg(long, default_value_t = 0)]
    answer_ms: u64,
    /// Keep what was sent: a million requests take gigabytes.
    #[arg(long)]
    bodies: bool,
}

/// Serves until its standard input ends, that is until whoever started it is gone.
pub async fn serve(arguments: &Arguments) -> Outcome {
    let late = FaultRule::new(FaultKind::Delay).delay_ms(arguments.answer_ms);
    let faults = if arguments.answer_ms == 0 { Vec::new() } else { vec![late] };
    let options = Options { witness_bodies: arguments.bodies, faults, ..Options::default() };
    let simulator = Simulator::start(options).await?;
    println!("{}", simulator.url());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    simulator.stop().await;
    Ok(())
}

/// A simulator without limits in another process.
pub struct Other {
    child: Child,
    // Dropped, it ends the process.
    _held: Option<ChildStdin>,
    /// Its address.
    pub url: String,
}

impl Other {
    /// Starts one with an empty workspace, which answers after `answer_ms` and keeps the bodies of
    /// requests if it is told so.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(answer_ms: u64, bodies: bool) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["simulator", "--answer-ms", &answer_ms.to_string()]);
        if bodies {
            command.arg("--bodies");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        let said = child.stdout.take().ok_or("the simulator has no output")?;
        BufReader::new(said).read_line(&mut url)?;
        let held = child.stdin.take();
        Ok(Self { child, _held: held, url: url.trim().to_owned() })
    }

    /// What it says at an address of its own.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn ask(&self, http: &reqwest::Client, path: &str) -> Result<Value, Failure> {
        let answer = http.get(format!("{}{path}", self.url)).send().await?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub fn stop(mut self) -> Outcome {
        self._held = None;
        self.child.wait()?;
        Ok(())
    }
}

/// A plain HTTP client.
///
/// # Errors
/// If TLS cannot be set up.
pub fn plain() -> Result<reqwest::Client, Failure> {
    // The first client of the product picks the TLS provider for all.
    let settings =
        ClientSettings { base_url: "http://127.0.0.1".to_owned(), token: Secret::new("bench") };
    IntercomClient::new(&settings, Budget::new(BudgetSettings::default(), Env::system()))?;
    Ok(reqwest::Client::builder().build()?)
}
