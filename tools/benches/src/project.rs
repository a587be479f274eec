//! A project that the program itself works on, as a user would: its commands are run as processes,
//! with how long they took and how much memory they needed at most.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::process::Other;
use super::{Failure, Outcome};

/// How often a command's memory is looked at. What it says is a high-water mark, so only what grew
/// in the last moment before its end is missed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A folder of a migration, and the program.
pub struct Project {
    /// The program.
    pub program: PathBuf,
    /// The folder.
    pub folder: PathBuf,
}

/// What a command took.
pub struct Took {
    /// How it ended.
    pub status: ExitStatus,
    /// From its start to its end.
    pub seconds: f64,
    /// Most memory that it held, where the system tells.
    pub peak_mb: Option<u64>,
}

impl Project {
    /// The program beside this tool, unless another is named.
    ///
    /// # Errors
    /// If this tool does not know where it is.
    pub fn program(named: Option<&PathBuf>) -> Result<PathBuf, Failure> {
        match named {
            Some(program) => Ok(program.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("deskledger")),
        }
    }

    /// Makes the folder of a Deskero migration, with the waivers that an empty workspace allows.
    ///
    /// # Errors
    /// If the program refuses.
    pub fn begin(&self, bundle: &Path, url: &str, concurrency: usize) -> Outcome {
        let bundle = bundle.display().to_string();
        self.say(&["init", "--intercom-url", url, "--source", "deskero", "--bundle", &bundle])?;
        self.edit("waivers = []", &format!("waivers = {:?}", waivers()))?;
        self.edit("concurrency = 64", &format!("concurrency = {concurrency}"))
    }

    /// Confirms the map as proposed, and takes the decisions that a generated export needs.
    ///
    /// # Errors
    /// If the program refuses, or the simulator does not answer.
    pub async fn decide(&self, simulator: &Other, http: &reqwest::Client) -> Outcome {
        for words in [&["map", "propose"], &["map", "confirm"]] {
            self.say(words)?;
        }
        let state = simulator.ask(http, "/_sim/state").await?;
        let admin = &state["admins"][0]["id"];
        let admin = admin.as_str().map_or_else(|| admin.to_string(), str::to_owned);
        self.say(&["decide", "set", "G3", &format!("admin:{admin}")])?;
        for (id, value) in
            [("G4", "confirmed"), ("G8", "zone:Europe/Rome"), ("G9", "day"), ("D4", "standalone")]
        {
            self.say(&["decide", "set", id, value])?;
        }
        Ok(())
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// If they do not hold what is to be changed.
    pub fn edit(&self, from: &str, to: &str) -> Outcome {
        let path = self.folder.join("deskledger.toml");
        let text = std::fs::read_to_string(&path)?;
        if !text.contains(from) {
            return Err(format!("the settings have no {from}").into());
        }
        Ok(std::fs::write(path, text.replace(from, to))?)
    }

    /// Runs a command that must succeed.
    ///
    /// # Errors
    /// If it does not.
    pub fn say(&self, words: &[&str]) -> Outcome {
        let output = self.command(words).stderr(Stdio::piped()).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: {}: {said}", words.join(" "), output.status).into());
        }
        Ok(())
    }

    /// Runs a command and watches it.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn watch(&self, words: &[&str]) -> Result<Took, Failure> {
        let mut command = self.command(words);
        let start = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut peak_mb = None;
        let status = loop {
            peak_mb = peak_mb.max(peak_memory_mb(&child.id().to_string()));
            match child.try_wait()? {
                Some(status) => break status,
                None => std::thread::sleep(LOOK_EVERY),
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        Ok(Took { status, seconds, peak_mb })
    }

    /// A command of the program, not yet run.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--project").arg(&self.folder).arg("--json").args(words);
        command.env("INTERCOM_ACCESS_TOKEN", "bench").stdin(Stdio::null());
        command
    }
}

/// Operations that may notify somebody: nobody is there.
fn waivers() -> Vec<&'static str> {
    use deskledger::destination::Operation;
    use deskledger::model::NotificationClass::MayNotify;
    let all = Operation::ALL.iter().map(|operation| operation.spec());
    all.filter(|spec| spec.notification == MayNotify).map(|spec| spec.name).collect()
}

/// Highest resident size so far of a process, `self` for this one, where the system tells.
pub fn peak_memory_mb(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}
