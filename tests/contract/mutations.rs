//! The verifier is verified: a workspace that was moved cleanly is damaged, one kind of damage at a
//! time, and `verify` must name what was damaged. What it cannot see is listed with the reason, and
//! it must not see it: a reason that no longer holds is taken off the list.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use futures::StreamExt;
use serde_json::{Value, json};

use super::damage::{Hit, SEEN, UNSEEN, World};
use crate::support::desk::{Desk, OWN_LEDGER, finish, fixture, itco_workspace, text};

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
        std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
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
    std::panic::catch_unwind(|| damage(state)).map_err(|_| "there is nothing to damage".to_owned())
}

/// The source keys that became an object of Intercom.
async fn keys(desk: &Desk, id: &str) -> Vec<String> {
    let lives = desk.done(&format!("show {id}")).await;
    lives.as_array().unwrap().iter().map(|life| text(&life["key"])).collect()
}

/// Whether `verify` named a damage; if not, what it said.
async fn named(desk: &Desk, hit: Hit, field: &str) -> Result<(), String> {
    let keys = keys(desk, &hit.id).await;
    let (exit, report) = verdict(desk, &hit.acts).await?;
    let fields = |list: &str| {
        let of = |key: &String| report[list][key].as_array().cloned().unwrap_or_default();
        keys.iter().flat_map(of).map(|field| text(&field)).collect::<Vec<_>>()
    };
    let named: Vec<String> = [fields("undeclared"), fields("added")].concat();
    if exit == 4 && named.iter().any(|one| one.starts_with(field)) {
        return Ok(());
    }
    let said = json!({"undeclared": report["undeclared"], "added": report["added"]});
    Err(format!("exit {exit}, {keys:?} named {named:?} in {said}"))
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
    let worlds = [World::Deskero, World::Converted, World::Linked, World::Infraon];
    let desks: HashMap<World, Desk> = worlds.into_iter().zip([one, two, three, four]).collect();
    let states: HashMap<World, Value> =
        desks.iter().map(|(world, desk)| (*world, desk.simulator.state())).collect();
    let mut wrong = Vec::new();
    for world in worlds {
        if let Err(what) = unseen(&desks[&world], &[]).await {
            wrong.push(format!("nothing is damaged in {world:?}: {what}"));
        }
    }
    let seen = futures::stream::iter(SEEN).map(|&(name, world, field, damage)| {
        let (desk, hit) = (&desks[&world], hit(damage, &states[&world]));
        async move {
            let told = match hit {
                Ok(hit) => named(desk, hit, field).await,
                Err(what) => Err(what),
            };
            told.err().map(|what| format!("{name}: {what}"))
        }
    });
    let missed: Vec<Option<String>> = seen.buffer_unordered(AT_ONCE).collect().await;
    wrong.extend(missed.into_iter().flatten());
    for &(name, world, why, damage) in UNSEEN {
        let told = match hit(damage, &states[&world]) {
            Ok(hit) => unseen(&desks[&world], &hit.acts).await,
            Err(what) => Err(what),
        };
        if let Err(what) = told {
            wrong.push(format!("{name} is to be unseen, for {why}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), SEEN.len(), wrong.join("\n"));
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
