//! A sequence, performed.

use std::collections::BTreeSet;
use std::time::Duration;

use oracle::{Act, Chance, Complaint, Done};
use serde_json::Value;

use super::command::{self, Ended};
use super::rollback;
use super::step::{Map, Part, Sequence, Step, Strike};
use super::world::{Note, World};
use crate::support::desk::{Said, text};

/// Why a sequence failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Number of the step.
    pub step: usize,
    /// What is wrong.
    pub said: Vec<String>,
}

/// What went wrong in a step.
pub type Wrong = Vec<String>;

/// Passes that finish what is open.
const PASSES_MAX: usize = 6;

/// Performs a sequence from its beginning.
///
/// # Errors
/// With the first step after which something is wrong.
pub async fn perform(sequence: &Sequence) -> Result<(), Failure> {
    let sequence = sequence.clone();
    let last = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let at = last.clone();
    // A step that panics has failed too, and must be shown and shortened like any other.
    let all = tokio::spawn(async move {
        let mut world = World::new(sequence.seed, &sequence.classes).await;
        for (number, step) in &sequence.steps {
            at.store(*number, std::sync::atomic::Ordering::Relaxed);
            let fail = |said| Failure { step: *number, said };
            if let Err(said) = one(&mut world, step).await {
                leave(&world, sequence.seed);
                return Err(fail(said));
            }
        }
        whole(&world).await.map_err(|said| Failure { step: usize::MAX, said })
    });
    all.await.unwrap_or_else(|error| {
        let step = last.load(std::sync::atomic::Ordering::Relaxed);
        Err(Failure { step, said: vec![format!("{error}")] })
    })
}

/// Leaves a copy of a failed project in the folder that `DESKLEDGER_SIMULATION_LEAVE` names, if it
/// names one: `deskledger show` and `log` then tell what happened.
fn leave(world: &World, seed: u64) {
    let Some(folder) = std::env::var_os("DESKLEDGER_SIMULATION_LEAVE") else { return };
    let folder = std::path::Path::new(&folder).join(format!("{seed}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(world.desk.folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let witness = format!("{:#?}", world.desk.simulator.witness());
    std::fs::write(folder.join("witness.txt"), witness).unwrap();
}

async fn one(world: &mut World, step: &Step) -> Result<(), Wrong> {
    match *step {
        Step::Edit { edit, salt } => {
            let changed = edit.perform(&mut world.source, &mut Chance::new(salt));
            if edit.withdraws() {
                world.withdrawn |= !changed.is_empty();
                world.ever_withdrawn |= world.withdrawn;
            } else {
                world.changed.extend(changed);
            }
            Ok(())
        }
        Step::Map(map) => change_map(world, map).await,
        Step::CutRead { after_ms } => cut_read(world, after_ms).await,
        Step::Write { partial, part, strike } => write(world, partial, part, strike).await,
        Step::Delta { partial, strike } => delta(world, partial, strike).await,
        Step::Act { act, on_ours, at } => {
            teammate(world, act, on_ours, at);
            judged(world.standing())
        }
        Step::Settle => settle(world).await,
        Step::Rollback { slice, strike } => rollback::perform(world, slice, strike).await,
    }
}

/// Complaints as a result.
pub fn judged(complaints: Vec<Complaint>) -> Result<(), Wrong> {
    if complaints.is_empty() {
        return Ok(());
    }
    Err(complaints.iter().map(ToString::to_string).collect())
}

/// A command that nothing strikes ends with one of these.
async fn say(world: &World, words: &[&str], exits: &[i32]) -> Result<Said, Wrong> {
    let mails = world.desk.simulator.mailbox().len();
    let said = world.desk.say(words).await;
    if !exits.contains(&said.exit) {
        return Err(vec![format!("{words:?} ended with {}: {}", said.exit, short(&said))]);
    }
    if world.desk.simulator.mailbox().len() > mails {
        return Err(vec![format!("{words:?} notified somebody")]);
    }
    Ok(said)
}

/// What a command said: of its result the end, for a pass says last what its read-back found.
fn short(said: &Said) -> String {
    const SHOWN_CHARS: usize = 1500;
    let err: String = said.stderr.trim().chars().take(SHOWN_CHARS).collect();
    let out = said.stdout.trim();
    let from = out.char_indices().rev().nth(SHOWN_CHARS - 1).map_or(0, |(at, _)| at);
    format!("{err} … {}", &out[from..])
}

/// Reads what changed, if anything did. Exit 3 tells of findings.
async fn read(world: &mut World, partial: bool) -> Result<(), Wrong> {
    let partial = partial && !world.changed.is_empty() && !world.withdrawn;
    if !partial && world.changed.is_empty() && !world.withdrawn {
        return Ok(());
    }
    let folder = world.export(partial).display().to_string();
    let mut words = vec!["read", "--bundle", &folder];
    if partial {
        words.push("--delta");
    }
    say(world, &words, &[0]).await?;
    world.was_read();
    Ok(())
}

/// A reading that is killed; nothing can be planned on it; the next one can.
async fn cut_read(world: &mut World, after_ms: u64) -> Result<(), Wrong> {
    let folder = world.export(false).display().to_string();
    let mut child = world.desk.program(&["read", "--bundle", &folder]).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    let ended = child.try_wait().unwrap().is_some();
    child.kill().await.unwrap();
    if ended {
        world.was_read();
        return Ok(());
    }
    let runs = say(world, &["log", "-n", "1"], &[0]).await?.json();
    let newest = &runs.as_array().or(runs["runs"].as_array()).unwrap()[0];
    // Killed before the run began: nothing was cut off.
    if newest["kind"] == "read" && newest["finished_at"].is_null() {
        say(world, &["plan"], &[3]).await?;
    }
    say(world, &["read", "--bundle", &folder], &[0]).await?;
    world.was_read();
    judged(world.standing())
}

async fn change_map(world: &mut World, map: Map) -> Result<(), Wrong> {
    match map {
        Map::Teammate => {
            let path = world.desk.folder().join("mapping.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            let (one, other) = ("admin = \"72\"", "admin = \"73\"");
            let (from, to) = if text.contains(one) { (one, other) } else { (other, one) };
            std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
            say(world, &["map", "confirm"], &[0]).await?;
        }
        Map::Footer => {
            let path = world.desk.folder().join("decisions.toml");
            let footer = std::fs::read_to_string(&path).unwrap().contains("D10 = \"footer\"\n");
            let answer = if footer { "drop" } else { "footer" };
            say(world, &["decide", "set", "D10", answer], &[0]).await?;
        }
    }
    Ok(())
}

/// Exit codes of a pass that nothing strikes. What teammates touched, what was withdrawn and what
/// the map does not know may wait; what teammates changed is no accuracy of ours.
fn pass_exits(world: &World) -> &'static [i32] {
    if !world.acts.is_empty() {
        &[0, 3, 4]
    } else if world.ever_withdrawn || world.late_fields {
        &[0, 3]
    } else {
        &[0]
    }
}

/// Runs a command that writes, and notes its run where a slice may ask for it.
async fn writing(world: &mut World, words: &[&str], strike: &Strike) -> Result<Ended, Wrong> {
    let note = if world.notes_runs { Some(note(world).await?) } else { None };
    let mails = world.desk.simulator.mailbox().len();
    let ended = command::run(world, words, strike).await;
    if world.desk.simulator.mailbox().len() > mails {
        return Err(vec![format!("{words:?} notified somebody")]);
    }
    world.clean = ended.exit() == Some(0);
    if let Some(note) = note {
        noted(world, note).await?;
    }
    Ok(ended)
}

/// What a run is noted by, before it starts.
async fn note(world: &World) -> Result<Note, Wrong> {
    let check = say(world, &["audit", "check"], &[0]).await?.json();
    Ok(Note {
        run: String::new(),
        since: check["events"].as_u64().unwrap(),
        before: world.desk.simulator.state(),
        witness: (world.desk.simulator.request_count(), 0),
        acts: world.acts.len(),
        clean: world.clean,
    })
}

/// The run is the newest that applied, unless it was killed before it began.
async fn noted(world: &mut World, mut note: Note) -> Result<(), Wrong> {
    note.witness.1 = world.desk.simulator.request_count();
    let runs = say(world, &["log", "-n", "5"], &[0]).await?.json();
    let runs = runs.as_array().or(runs["runs"].as_array()).unwrap();
    let Some(run) = runs.iter().find(|run| run["kind"] == "apply") else { return Ok(()) };
    note.run = text(&run["run"]);
    if world.notes.last().is_none_or(|last| last.run != note.run) {
        world.notes.push(note);
    }
    Ok(())
}

async fn write(world: &mut World, partial: bool, part: Part, strike: Strike) -> Result<(), Wrong> {
    read(world, partial).await?;
    let planned = say(world, &["plan"], &[0, 3]).await?.exit == 0;
    let (number, key);
    let mut words = vec!["apply", "--yes"];
    match part {
        Part::All => {}
        Part::Sample(count) => {
            number = count.to_string();
            words.extend(["--sample", &number]);
        }
        Part::Phase(phase) => words.extend(["--phase", phase]),
        Part::Only(at) => {
            let Some(id) = ticket(world, at) else { return Ok(()) };
            key = format!("deskero/ticket/{id}");
            words.extend(["--only", &key]);
        }
    }
    let ended = writing(world, &words, &strike).await?;
    check_end(world, &words, &ended, &strike)?;
    world.clean &= planned;
    if world.clean && part == Part::All && world.acts.is_empty() {
        return judged(world.complete());
    }
    judged(world.standing())
}

/// A ticket that was read and is there.
pub fn ticket(world: &World, at: usize) -> Option<String> {
    let there: Vec<&oracle::Ticket> =
        world.read.tickets.iter().filter(|ticket| !ticket.withdrawn).collect();
    there.get(at % there.len().max(1)).map(|ticket| ticket.id.clone())
}

async fn delta(world: &mut World, partial: bool, strike: Strike) -> Result<(), Wrong> {
    let partial = partial && !world.changed.is_empty() && !world.withdrawn;
    let folder = world.export(partial).display().to_string();
    let mut words = vec!["delta", "--yes", "--bundle", &folder];
    if partial {
        words.push("--partial");
    }
    let ended = writing(world, &words, &strike).await?;
    check_end(world, &words, &ended, &strike)?;
    if world.clean {
        world.was_read();
    }
    if world.clean && world.acts.is_empty() {
        return judged(world.complete());
    }
    judged(world.standing())
}

/// A command that was struck may stop, but only in words.
fn check_end(world: &World, words: &[&str], ended: &Ended, strike: &Strike) -> Result<(), Wrong> {
    let Ended::Said(said) = ended else { return Ok(()) };
    let usual = pass_exits(world);
    let may: &[i32] = if strike.is_none() { usual } else { &[0, 2, 3] };
    let may = [may, usual].concat();
    if may.contains(&said.exit) {
        return Ok(());
    }
    Err(vec![format!("{words:?} ended with {}: {}", said.exit, short(said))])
}

fn teammate(world: &mut World, act: Act, on_ours: bool, at: usize) {
    let objects = world.objects(act.kind(), on_ours);
    let Some(id) = objects.get(at % objects.len().max(1)).cloned() else { return };
    let word = act.word(world.acts.len() + 1);
    let order = act.order(&id, &word);
    world.desk.simulator.act(&order).unwrap();
    if !on_ours {
        world.shadow.act(&order).unwrap();
    }
    // The migration may rename whom it has not met; what stands since is a teammate's word.
    if act != Act::Rename || on_ours || world.is_met(&id) {
        world.acts.push(Done { act, id, word });
    }
}

/// Finishes all that is open, as a person would; then it must all be there, and the same pass
/// again must write nothing.
async fn settle(world: &mut World) -> Result<(), Wrong> {
    let folder = world.export(false).display().to_string();
    let words = ["delta", "--yes", "--bundle", &folder];
    let mut waiting = BTreeSet::new();
    let calm = Strike::default();
    for _ in 0..PASSES_MAX {
        let Ended::Said(said) = writing(world, &words, &calm).await? else { continue };
        if ![&[0, 2, 3], pass_exits(world)].concat().contains(&said.exit) {
            return Err(vec![format!("{words:?} ended with {}: {}", said.exit, short(&said))]);
        }
        let report = if said.exit == 2 { Value::Null } else { said.json() };
        waiting = waiting_in(&report["apply"]);
        // Words and fields that the map does not know are put into it.
        if report["queued"].as_u64().is_some_and(|queued| queued > 0) {
            say(world, &["map", "propose", "--overwrite"], &[0]).await?;
            say(world, &["map", "confirm"], &[0]).await?;
        }
        if world.clean {
            world.was_read();
            break;
        }
        if !waiting.is_empty() {
            let mut words = vec!["apply", "--yes"];
            words.extend(waiting.iter().flat_map(|key| ["--only", key.as_str()]));
            writing(world, &words, &calm).await?;
            world.clean = false;
        }
    }
    if !world.clean && world.acts.is_empty() {
        return Err(vec![format!("it does not settle: waiting {waiting:?}")]);
    }
    world.was_read();
    let left_out = |one: &Complaint| waiting.iter().any(|key| mentions(one, key));
    judged(world.complete().into_iter().filter(|one| !left_out(one)).collect())?;
    if world.clean { again(world, &words).await } else { Ok(()) }
}

fn mentions(complaint: &Complaint, key: &str) -> bool {
    key.rsplit('/').next().is_some_and(|id| complaint.at.contains(id))
}

fn waiting_in(report: &Value) -> BTreeSet<String> {
    let waiting = report["waiting"].as_object().into_iter().flatten();
    waiting.map(|(key, _)| key.clone()).collect()
}

/// The same pass again writes nothing; the product's own mark may be renamed.
async fn again(world: &mut World, words: &[&str]) -> Result<(), Wrong> {
    let from = world.desk.simulator.request_count();
    say(world, words, pass_exits(world)).await?;
    let witness = world.desk.simulator.witness();
    let written = witness[from..].iter().filter(|one| one.applied && !is_mark(one));
    let written: Vec<String> = written.map(|one| format!("{} {}", one.method, one.path)).collect();
    if written.is_empty() {
        return Ok(());
    }
    Err(vec![format!("the same pass again wrote {written:?}")])
}

fn is_mark(entry: &intercom_simulator::WitnessEntry) -> bool {
    let body = entry.body.as_ref().map(|body| String::from_utf8_lossy(body));
    entry.path.starts_with("/tags") && body.is_some_and(|body| body.contains("deskledger "))
}

/// The ledger at the end.
async fn whole(world: &World) -> Result<(), Wrong> {
    let check = say(world, &["audit", "check"], &[0]).await?.json();
    if check["whole"] != true {
        return Err(vec![format!("the ledger is not whole: {check}")]);
    }
    say(world, &["replay"], &[0]).await.map(drop)
}
