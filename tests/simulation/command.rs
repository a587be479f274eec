//! One command, with what strikes it.

use std::time::Duration;

use super::step::Strike;
use super::world::World;
use crate::support::desk::Said;

/// How a command ended.
#[derive(Debug)]
pub enum Ended {
    Said(Said),
    Killed,
}

impl Ended {
    /// The exit code; none if it was killed.
    pub fn exit(&self) -> Option<i32> {
        match self {
            Self::Said(said) => Some(said.exit),
            Self::Killed => None,
        }
    }
}

/// Runs a command under a strike; faults are over when it has ended.
pub async fn run(world: &World, words: &[&str], strike: &Strike) -> Ended {
    let simulator = &world.desk.simulator;
    simulator.set_faults(strike.rules());
    let ended = match strike.kill {
        None => Ended::Said(world.desk.say(words).await),
        Some(after) => killed(world, words, after).await,
    };
    simulator.set_faults(Vec::new());
    ended
}

/// Kills the program after so many requests, unless it ends before.
async fn killed(world: &World, words: &[&str], after: usize) -> Ended {
    let simulator = &world.desk.simulator;
    let until = simulator.request_count() + after;
    let mut child = world.desk.program(words).spawn().unwrap();
    while child.try_wait().unwrap().is_none() {
        if simulator.request_count() >= until {
            child.kill().await.unwrap();
            return Ended::Killed;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let output = child.wait_with_output().await.unwrap();
    Ended::Said(Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
