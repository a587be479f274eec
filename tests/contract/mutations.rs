//! The verifier is verified: a workspace that was moved cleanly is damaged, one kind of damage at a
//! time, and `verify` must name what was damaged. What it cannot see is listed with the reason, and
//! it must not see it: a reason that no longer holds is taken off the list.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings};
use deskledger::projection::find::find;
use deskledger::projection::registry;
use futures::StreamExt;
use serde_json::Value;

use super::damage::{Damage, Hit, SEEN, UNSEEN, World};
use super::damaged::in_order;
use crate::support::desk::{Desk, OWN_LEDGER, differences, finish, fixture, itco_workspace, text};

/// As many programs at once as two processors can run.
const AT_ONCE: usize = 2;

fn other_fixture(source: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/source")
        .join(source)
        .join("fixtures")
        .join(name)
}

async fn deskero() -> Desk {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let later = fixture("demo-delta").display().to_string();
    let said = desk.say(&["delta", "--partial", "--yes", "--bundle", &later]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    desk
}

async fn itco(wrapper: &str) -> Desk {
    let flat = other_fixture("itco", "flat");
    let desk = Desk::of("itco", &flat, itco_workspace(), OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    let wrapper = format!("T1 {wrapper}");
    for one in ["G3 admin:71", "G4 confirmed", &wrapper, "T2 ticket_attribute"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.done("plan").await;
    desk.done("apply --yes").await;
    desk
}

async fn infraon() -> Desk {
    let workspace = std::fs::read_to_string(other_fixture("infraon", "workspace.json")).unwrap();
    let workspace = serde_json::from_str(&workspace).unwrap();
    let flat = other_fixture("infraon", "flat");
    let desk = Desk::of("infraon", &flat, workspace, OWN_LEDGER).await;
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    for one in ["G3 admin:7300001", "G4 confirmed", "I3 yes"] {
        desk.done(&format!("decide set {one}")).await;
    }
    desk.waits(2);
    desk.done("plan").await;
    assert_eq!(desk.say(&["apply", "--yes"]).await.exit, 3);
    desk
}

/// What `verify` says of a copy of the workspace after these acts.
async fn verdict(desk: &Desk, acts: &[Value]) -> Result<(i32, Value), String> {
    let damaged = desk.simulator.copy().await.unwrap();
    for act in acts {
        damaged.act(act).map_err(|error| format!("{act}: {error}"))?;
    }
    let home = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(desk.folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
        }
    }
    let settings = home.path().join("deskledger.toml");
    let words = std::fs::read_to_string(&settings).unwrap();
    let words = words.replace(&desk.simulator.url(), &damaged.url());
    std::fs::write(&settings, words).unwrap();
    let verify = ["verify", "--all", "--strict", "--unrecorded"];
    let said = finish(desk.program_in(home.path(), &verify)).await;
    assert!([0, 4].contains(&said.exit), "{said:?}");
    Ok((said.exit, said.json()))
}

/// What is to be done; nothing in the workspace may have what the damage needs.
fn hit(damage: fn(&Value) -> Hit, state: &Value) -> Result<Hit, String> {
    // That there is nothing is no news: whoever looks says so by a panic.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let hit = std::panic::catch_unwind(|| damage(state));
    std::panic::set_hook(usual);
    hit.map_err(|_| "there is nothing to damage".to_owned())
}

/// A migrated workspace, with what it holds and the way from its objects to their records.
struct Moved {
    desk: Desk,
    state: Value,
    ledger: Ledger,
}

impl Moved {
    async fn of(desk: Desk) -> Self {
        let url = desk.folder().join("ledger.db").display().to_string();
        let projections = registry::all();
        let settings = LedgerSettings { url, projections, env: Env::system(), read_only: true };
        let ledger = Ledger::open(settings).await.unwrap();
        Self { state: in_order(desk.simulator.state()), desk, ledger }
    }

    /// The source keys that became an object of Intercom.
    async fn keys(&self, id: &str) -> Vec<String> {
        let streams = find(&self.ledger, id).await.unwrap();
        let keys = self.ledger.keys(&streams).await.unwrap();
        keys.iter().map(ToString::to_string).collect()
    }

    /// Objects that acts change, whatever they do to them.
    async fn touched(&self, acts: &[Value]) -> Result<BTreeSet<String>, String> {
        let damaged = self.desk.simulator.copy().await.unwrap();
        let before = damaged.state();
        for act in acts {
            damaged.act(act).map_err(|error| format!("{act}: {error}"))?;
        }
        let touched = differences(&before, &damaged.state());
        if touched.is_empty() { Err("it changes nothing".to_owned()) } else { Ok(touched) }
    }
}

/// Damage to objects that have nothing in common, done to one copy: what one does is not named for
/// what another did.
#[derive(Default)]
struct Batch {
    /// Name, field that must be named, records of which it must be named, what is done.
    hits: Vec<(&'static str, &'static str, Vec<String>, Vec<Value>)>,
    touched: BTreeSet<String>,
}

impl Batch {
    /// Takes a damage if there is something to damage that no other of the batch touches.
    async fn takes(&mut self, moved: &Moved, damage: &Damage) -> Result<(), String> {
        let &(name, _, field, damage) = damage;
        let hit = hit(damage, &without(&moved.state, &self.touched))?;
        let mut touched = moved.touched(&hit.acts).await?;
        // A twin of it is of it too, and changes nothing of it.
        touched.extend(moved.state.as_object().unwrap().keys().map(|kind| {
            let id = &hit.id;
            format!("{kind}/{id}")
        }));
        if !self.touched.is_disjoint(&touched) {
            return Err("it touches what another does".to_owned());
        }
        self.touched.extend(touched);
        self.hits.push((name, field, moved.keys(&hit.id).await, hit.acts));
        Ok(())
    }
}

/// A state without some of its objects.
fn without(state: &Value, gone: &BTreeSet<String>) -> Value {
    let mut state = state.clone();
    for (kind, list) in state.as_object_mut().unwrap() {
        if let Some(list) = list.as_array_mut() {
            list.retain(|one| !gone.contains(&format!("{kind}/{}", text(&one["id"]))));
        }
    }
    state
}

/// As few copies as will do; what can be done to no copy.
async fn batches(moved: &Moved, world: World) -> (Vec<Batch>, Vec<String>) {
    let (mut batches, mut wrong) = (Vec::<Batch>::new(), Vec::new());
    'damages: for damage in SEEN.iter().filter(|damage| damage.1 == world) {
        for batch in &mut batches {
            if batch.takes(moved, damage).await.is_ok() {
                continue 'damages;
            }
        }
        let mut batch = Batch::default();
        match batch.takes(moved, damage).await {
            Ok(()) => batches.push(batch),
            Err(what) => wrong.push(format!("{}: {what}", damage.0)),
        }
    }
    (batches, wrong)
}

/// The damages of a copy that `verify` did not name.
async fn missed(desk: &Desk, batch: Batch) -> Vec<String> {
    let acts: Vec<Value> = batch.hits.iter().flat_map(|hit| hit.3.clone()).collect();
    let (exit, report) = match verdict(desk, &acts).await {
        Ok(told) => told,
        Err(what) => return vec![what],
    };
    let mut missed = Vec::new();
    for (name, field, keys, _) in batch.hits {
        let of = |list: &str, key: &String| report[list][key].as_array().cloned();
        let lists = ["undeclared", "added"];
        let fields = lists.iter().flat_map(|list| keys.iter().filter_map(move |key| of(list, key)));
        let named: Vec<String> = fields.flatten().map(|field| text(&field)).collect();
        if exit != 4 || !named.iter().any(|one| one.starts_with(field)) {
            missed.push(format!("{name}: exit {exit}, of {keys:?} is named {named:?}"));
        }
    }
    missed
}

/// Whether `verify` leaves something unseen.
async fn unseen(desk: &Desk, acts: &[Value]) -> Result<(), String> {
    match verdict(desk, acts).await? {
        (0, _) => Ok(()),
        (exit, report) => Err(format!("exit {exit}: {report}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_damage_to_a_migrated_workspace_is_named() {
    assert!(SEEN.len() >= 40, "{} kinds of damage", SEEN.len());
    let (one, two, three, four) =
        tokio::join!(deskero(), itco("convert"), itco("linked"), infraon());
    let mut wrong = Vec::new();
    let mut done = 0;
    let desks = [
        (World::Deskero, one),
        (World::Converted, two),
        (World::Linked, three),
        (World::Infraon, four),
    ];
    for (world, desk) in desks {
        let moved = Moved::of(desk).await;
        let (batches, impossible) = batches(&moved, world).await;
        let Moved { desk, state, ledger } = moved;
        ledger.close().await;
        if let Err(what) = unseen(&desk, &[]).await {
            wrong.push(format!("nothing is damaged in {world:?}: {what}"));
        }
        wrong.extend(impossible);
        done += batches.iter().map(|batch| batch.hits.len()).sum::<usize>();
        let runs = futures::stream::iter(batches).map(|batch| missed(&desk, batch));
        wrong.extend(runs.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat());
        for &(name, _, why, damage) in UNSEEN.iter().filter(|damage| damage.1 == world) {
            let told = match hit(damage, &state) {
                Ok(hit) => unseen(&desk, &hit.acts).await,
                Err(what) => Err(what),
            };
            if let Err(what) = told {
                wrong.push(format!("{name} is to be unseen, for {why}: {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SEEN.len(), wrong.join("\n"));
    assert_eq!(done, SEEN.len());
}

/// The document for people names every kind of damage, and every reason.
#[test]
fn the_document_lists_what_is_seen_and_what_is_not() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ledger-schema/ACCURACY.md");
    let words = std::fs::read_to_string(path).unwrap();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, ..) in SEEN {
        assert!(words.contains(name), "{name} is not in the document");
    }
    for (name, _, why, _) in UNSEEN {
        assert!(words.contains(&format!("{name} | {why}")), "{name} is not in the document");
    }
}
