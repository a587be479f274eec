//! Rolling back a slice, and what may change by it.

use std::collections::BTreeSet;

use oracle::{Complaint, Kind, Residue, changed_keys, picture};
use serde_json::Value;

use super::command;
use super::run::{Wrong, judged, ticket};
use super::step::{Slice, Strike};
use super::world::World;
use crate::support::desk::text;

/// Rollbacks until one ends as it should.
const TURNS_MAX: usize = 4;

/// What of the workspace a slice covers.
#[derive(Default)]
struct Cover {
    /// Objects that may change.
    touched: BTreeSet<String>,
    /// Of those, objects that may go, with all that depends on them.
    made: BTreeSet<String>,
    /// Runs that it takes away from the end; the workspace is then as before the first of them.
    from: Option<usize>,
}

/// Rolls back, again if it was struck, and judges.
pub async fn perform(world: &mut World, slice: Slice, strike: Strike) -> Result<(), Wrong> {
    let before = world.desk.simulator.state();
    let Some((words, cover)) = chosen(world, slice, &before) else { return Ok(()) };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut turn = Vec::new();
    let mut strike = strike;
    for left in (0..TURNS_MAX).rev() {
        let mails = world.desk.simulator.mailbox().len();
        let struck = !strike.is_none();
        let ended = command::run(world, &words, &strike).await;
        strike = Strike::default();
        if world.desk.simulator.mailbox().len() > mails {
            return Err(vec![format!("{words:?} notified somebody")]);
        }
        let command::Ended::Said(said) = ended else { continue };
        if said.exit == 0 || said.exit == 3 {
            turn.extend(Residue::of(&said.json()));
        }
        if said.exit == 0 {
            break;
        }
        let usual = struck && [2, 3].contains(&said.exit);
        if !usual || left == 0 {
            let (out, err) = (said.stdout.trim(), said.stderr.trim());
            return Err(vec![format!("{words:?} ended with {}: {err} {out}", said.exit)]);
        }
    }
    world.residue.extend(turn.iter().cloned());
    if let Some(all) = status(world).await {
        (world.residue, turn) = (all.clone(), all);
    }
    let judged = judge(world, slice, &before, &cover, &turn);
    match (slice, cover.from) {
        (Slice::All, _) => world.notes.clear(),
        (_, Some(from)) => world.notes.truncate(from),
        _ => world.notes.iter_mut().for_each(|note| note.clean = false),
    }
    world.clean = true;
    judged
}

/// The residue of the whole ledger, from programs that tell it.
async fn status(world: &World) -> Option<Vec<Residue>> {
    let said = world.desk.say(&["rollback", "status"]).await;
    (said.exit != 1).then(|| Residue::of(&said.json()))
}

fn judge(
    world: &World,
    slice: Slice,
    before: &Value,
    cover: &Cover,
    turn: &[Residue],
) -> Result<(), Wrong> {
    if slice == Slice::All {
        let wrong = |one: &Complaint| one.kind != Kind::NotLeft;
        judged(world.undone(&world.residue).into_iter().filter(wrong).collect())?;
        let wrong = |one: &Complaint| one.kind == Kind::NotLeft;
        return judged(world.undone(turn).into_iter().filter(wrong).collect());
    }
    let mut said = outside(world, before, cover);
    let first = cover.from.and_then(|from| world.notes.get(from));
    if let Some(first) = first.filter(|one| one.clean && one.acts == world.acts.len()) {
        // Teammates did nothing since, so their tags stand in both.
        let then = picture(&first.before, &BTreeSet::new());
        let found = oracle::difference(&then, &world.desk.simulator.state(), turn);
        let left = found.iter().filter(|one| one.kind != Kind::NotLeft);
        said.extend(left.map(|one| format!("not as before the run: {one}")));
    }
    said.extend(world.standing().iter().map(ToString::to_string));
    if said.is_empty() { Ok(()) } else { Err(said) }
}

/// The command, and what it covers.
fn chosen(world: &World, slice: Slice, before: &Value) -> Option<(Vec<String>, Cover)> {
    let mut words: Vec<String> = ["rollback", "apply", "--yes"].map(str::to_owned).to_vec();
    let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    let mut cover = Cover::default();
    let last = world.notes.len().checked_sub(1);
    match slice {
        Slice::All => {}
        Slice::Run(back) => {
            let at = last?.checked_sub(back % world.notes.len())?;
            add("--run", world.notes[at].run.clone());
            of_runs(world, at, at + 1, before, &mut cover);
            cover.from = (Some(at) == last).then_some(at);
        }
        Slice::Since(back) => {
            let at = last?.checked_sub(back % world.notes.len())?;
            add("--since", world.notes[at].since.to_string());
            of_runs(world, at, world.notes.len(), before, &mut cover);
            cover.from = Some(at);
        }
        Slice::Phase(phase) => {
            add("--phase", phase.to_owned());
            of_phase(world, phase, before, &mut cover);
        }
        Slice::Ticket(at) => {
            let id = ticket(world, at)?;
            add("--only", format!("deskero/ticket/{id}"));
            let of = |one: &&Value| one["custom_attributes"]["deskero_original_ticket_id"] == id;
            let all = before["conversations"].as_array()?.iter().filter(of);
            cover.made.extend(all.map(|one| text(&one["id"])));
            cover.touched = cover.made.clone();
        }
        Slice::Customer(at) => {
            let customers = &world.read.customers;
            let id = customers.get(at % customers.len().max(1))?.id.clone();
            add("--only", format!("deskero/customer/{id}"));
            let key = format!(":{id}");
            let of = |one: &&Value| one["external_id"].as_str().is_some_and(|e| e.ends_with(&key));
            let ours = world.objects("contacts", true);
            for id in before["contacts"].as_array()?.iter().filter(of).map(|one| text(&one["id"])) {
                if ours.contains(&id) {
                    cover.made.insert(id.clone());
                }
                cover.touched.insert(id);
            }
        }
    }
    Some((words, cover))
}

/// Objects that runs wrote to, by the witness. What an earlier run had left open, the next one
/// may have finished.
fn of_runs(world: &World, from: usize, to: usize, before: &Value, cover: &mut Cover) {
    let notes = &world.notes;
    let start = if notes[from].clean { from } else { from.saturating_sub(1) };
    let range = notes[start].witness.0..notes[to - 1].witness.1;
    let witness = world.desk.simulator.witness();
    for entry in witness.get(range).unwrap_or_default().iter().filter(|entry| entry.applied) {
        let object = entry.object.iter().flat_map(|object| object.rsplit('/').next());
        cover.touched.extend(object.chain(entry.path.split('/')).map(str::to_owned));
    }
    let then = picture(&notes[start].before, &BTreeSet::new());
    for key in picture(before, &BTreeSet::new()).into_keys() {
        let id = key.rsplit('/').next().unwrap_or_default();
        if !then.contains_key(&key) && cover.touched.contains(id) {
            cover.made.insert(id.to_owned());
        }
    }
}

fn of_phase(world: &World, phase: &str, before: &Value, cover: &mut Cover) {
    let kinds: &[&str] = match phase {
        "schema" => &["tags", "data_attributes", "conversation_attributes", "collections"],
        "articles" => &["articles", "collections"],
        "companies" => &["companies"],
        "contacts" => &["contacts"],
        _ => &["conversations"],
    };
    for kind in kinds {
        cover.made.extend(world.objects(kind, true));
        let all = before[kind].as_array().into_iter().flatten();
        cover.touched.extend(all.map(|one| text(&one["id"])));
    }
}

/// What changed although the slice does not cover it.
fn outside(world: &World, before: &Value, cover: &Cover) -> Wrong {
    let people = world.people_tags();
    let after = world.desk.simulator.state();
    let (then, now) = (picture(before, &people), picture(&after, &people));
    let gone = |value: Option<&Value>| value.is_none_or(|one| one["archived"] == true);
    let mut said = Vec::new();
    for key in then.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (then.get(key), now.get(key));
        if old == new || key.starts_with("deleted_") {
            continue;
        }
        let (kind, id) = key.split_once('/').unwrap_or((key, ""));
        if kind == "companies" && old.zip(new).is_some_and(|both| only_left(both, cover)) {
            continue;
        }
        let depends = depends(before, kind, id, &cover.made);
        let goes = !gone(old) && gone(new);
        // A thread cannot be without its contact, nor an article without its collection; a contact
        // can be without its company, and anything without a tag.
        let needs = ["conversations", "articles", "collections"].contains(&kind) && depends;
        let may = if goes {
            cover.made.contains(id) || needs
        } else {
            cover.touched.contains(id) || depends
        };
        if !may {
            let how = if goes { "is gone" } else { "is changed" };
            said.push(format!("outside the slice: {key} {how}: {old:?} -> {new:?}"));
        }
    }
    said
}

/// Whether a company differs in its list of contacts alone, by contacts that may change.
fn only_left((old, new): (&Value, &Value), cover: &Cover) -> bool {
    let listed = |one: &Value| -> BTreeSet<String> {
        one["contacts"].as_array().into_iter().flatten().map(text).collect()
    };
    let (before, after) = (listed(old), listed(new));
    changed_keys(old, new) == BTreeSet::from(["contacts".to_owned()])
        && before.symmetric_difference(&after).all(|id| cover.touched.contains(id))
}

/// Whether an object names one of these.
fn depends(state: &Value, kind: &str, id: &str, on: &BTreeSet<String>) -> bool {
    fn names(value: &Value, on: &BTreeSet<String>) -> bool {
        match value {
            Value::Object(map) => map.values().any(|value| names(value, on)),
            Value::Array(list) => list.iter().any(|value| names(value, on)),
            Value::String(_) | Value::Number(_) => on.contains(&text(value)),
            _ => false,
        }
    }
    let all = state[kind].as_array().into_iter().flatten();
    all.into_iter().any(|one| text(&one["id"]) == id && names(one, on))
}
