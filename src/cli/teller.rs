//! Tells how far a run is: on a terminal, as a line a minute where there is none, and in the run's
//! file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::bar::Bar;
use super::error::CliError;
use super::output::{Output, Volume, duration, grouped};
use super::run_file::RunFile;
use crate::engine::Progress;
use crate::env::Env;
use crate::model::RunId;
use crate::model::event::Counts;

/// Seconds between lines of progress.
pub const LINE_SECONDS: u64 = 60;

/// A stage in hand.
struct Stage {
    name: String,
    total: Option<u64>,
    began_ms: i64,
}

/// Tells of the runs of one project.
pub struct Teller {
    output: Output,
    env: Env,
    folder: PathBuf,
    /// Where a terminal shows it.
    bar: Option<Bar>,
    stage: Mutex<Option<Stage>>,
    done: AtomicU64,
    file: Mutex<Option<RunFile>>,
    /// The disk refused once; it is said once.
    refused: AtomicBool,
}

impl Teller {
    /// Tells from now on, and a line every so many seconds while a stage is in hand.
    pub fn start(output: Output, env: &Env, project: &Path, line_seconds: u64) -> Arc<Self> {
        let teller = Arc::new(Self {
            output,
            env: env.clone(),
            folder: project.to_owned(),
            bar: output.draws().then(Bar::default),
            stage: Mutex::default(),
            done: AtomicU64::new(0),
            file: Mutex::default(),
            refused: AtomicBool::new(false),
        });
        tokio::spawn(lines(Arc::downgrade(&teller), Duration::from_secs(line_seconds)));
        teller
    }

    /// Notes the error that ended the run in hand.
    pub fn failed(&self, error: &CliError) {
        self.write(|file, now| file.failed(now, &error.code, &error.message));
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn write(
        &self,
        write: impl FnOnce(&mut RunFile, crate::model::Timestamp) -> std::io::Result<()>,
    ) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.as_mut().map_or(Ok(()), |file| write(file, self.env.now()));
        self.check(written);
    }

    /// A run does not fail for its file; that it has none is said once.
    fn check(&self, written: std::io::Result<()>) {
        if let Err(error) = written
            && !self.refused.swap(true, Ordering::Relaxed)
        {
            self.output.say(&format!("The run's file cannot be written: {error}."));
        }
    }

    fn line(&self, text: &str) {
        self.write(|file, now| file.line(now, text));
    }

    /// How far the stage in hand is.
    fn far(&self) -> Option<String> {
        let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let stage = stage.as_ref()?;
        let done = self.done.load(Ordering::Relaxed);
        let took_ms = u64::try_from(self.env.now().0 - stage.began_ms).unwrap_or(0);
        Some(format!("{}: {}", stage.name, far(done, stage.total, took_ms)))
    }

    fn tick(&self) {
        if let Some(far) = self.far() {
            self.line(&far);
            if self.bar.is_none() && self.output.volume > Volume::Quiet {
                self.output.say(&far);
            }
        }
    }
}

/// A line each time the pause is over, as long as anybody tells.
async fn lines(teller: Weak<Teller>, pause: Duration) {
    loop {
        tokio::time::sleep(pause).await;
        let Some(teller) = teller.upgrade() else { return };
        teller.tick();
    }
}

/// So many of so many, how fast, and how long it takes still.
fn far(done: u64, total: Option<u64>, took_ms: u64) -> String {
    let per_minute = done.saturating_mul(60_000).checked_div(took_ms).unwrap_or(0);
    let pace = format!("{} a minute", grouped(per_minute));
    // Records that wait for others are looked at again, so more may be done than there are.
    let Some(total) = total.filter(|total| *total >= done) else {
        return format!("{} done, {pace}", grouped(done));
    };
    let left = total - done;
    if left == 0 {
        return format!("{} of {}, {pace}", grouped(done), grouped(total));
    }
    match left.saturating_mul(60).checked_div(per_minute) {
        Some(seconds) => format!(
            "{} of {}, {pace}, about {} left",
            grouped(done),
            grouped(total),
            duration(seconds)
        ),
        None => format!("{} of {}", grouped(done), grouped(total)),
    }
}

impl Progress for Teller {
    fn begin(&self, stage: &str, total: Option<u64>) {
        let began_ms = self.env.now().0;
        self.done.store(0, Ordering::Relaxed);
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Stage { name: stage.to_owned(), total, began_ms });
        let of = total.map_or_else(String::new, |total| format!(" of {}", grouped(total)));
        self.line(&format!("stage {stage} began{of}"));
        if let Some(bar) = &self.bar {
            bar.begin(stage, total);
        }
    }

    fn advance(&self, items: u64) {
        self.done.fetch_add(items, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.advance(items);
        }
    }

    fn note(&self, text: &str) {
        self.line(text);
        match &self.bar {
            Some(bar) => bar.note(text),
            None => self.output.say(text),
        }
    }

    fn end(&self) {
        if let Some(far) = self.far() {
            self.line(&format!("stage over; {far}"));
        }
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Some(bar) = &self.bar {
            bar.end();
        }
    }

    fn run_began(&self, run: RunId, kind: &str) {
        let made = RunFile::make(&self.folder, run).and_then(|mut file| {
            let (program, pid) = (env!("CARGO_PKG_VERSION"), std::process::id());
            let began = format!("{kind}, program {program}, process {pid}, run {run}");
            file.line(self.env.now(), &began)?;
            Ok(file)
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        match made {
            Ok(made) => *file = Some(made),
            Err(error) => {
                *file = None;
                self.check(Err(error));
            }
        }
    }

    fn run_ended(&self, counts: &Counts) {
        let counts = counts.iter().filter(|(_, count)| **count > 0);
        let counts: Vec<String> =
            counts.map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
        self.line(&format!("ended; {}", counts.join(", ")));
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_and_how_long_it_takes() {
        assert_eq!(far(50, Some(200), 30_000), "50 of 200, 100 a minute, about 90 s left");
        assert_eq!(far(0, Some(200), 30_000), "0 of 200");
        assert_eq!(far(9, Some(9), 60_000), "9 of 9, 9 a minute");
        assert_eq!(far(1_500, None, 60_000), "1 500 done, 1 500 a minute");
        assert_eq!(far(3, Some(2), 60_000), "3 done, 3 a minute");
        assert_eq!(far(0, None, 0), "0 done, 0 a minute");
    }
}
