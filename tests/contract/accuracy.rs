//! Certificates of accuracy: the interval covers the truth as often as it says, and what a
//! certificate says can be worked out again from a bundle, by somebody who trusts nobody.

use std::path::Path;

use deskledger::engine::reservoir::Reservoir;
use deskledger::ledger::read_key;
use deskledger::model::accuracy::AccuracyCertificate;
use deskledger::model::interval::clopper_pearson;
use deskledger::model::note::SignedNote;
use serde_json::{Value, json};

use crate::support::desk::{Desk, Said, list, text};

const AUDITS: u64 = 1_000;
const POPULATION: u64 = 10_000;
const SAMPLE: u64 = 300;

/// Records that are wrong among all: none, 0.01 %, 0.1 % and 1 %.
const WRONG: [u64; 4] = [0, 1, 10, 100];

/// Whether an interval as textbooks have it (Wald) covers the truth.
fn textbook(hits: u64, drawn: u64, truth: f64) -> bool {
    let share = hits as f64 / drawn as f64;
    let half = 1.96 * (share * (1.0 - share) / drawn as f64).sqrt();
    (share - half..=share + half).contains(&truth)
}

#[test]
fn the_interval_covers_the_truth_in_95_of_100_audits() {
    let (mut covered, mut by_textbook) = ([0_u64; 4], [0_u64; 4]);
    for audit in 0..AUDITS {
        let mut reservoir = Reservoir::new(SAMPLE, audit);
        (0..POPULATION).for_each(|record| reservoir.offer(record));
        let drawn = reservoir.chosen();
        assert_eq!(drawn.len() as u64, SAMPLE);
        for (place, wrong) in WRONG.into_iter().enumerate() {
            // The wrong ones stand evenly among the others.
            let is_wrong = |record: &&u64| wrong > 0 && *record % (POPULATION / wrong) == 7;
            let hits = drawn.iter().filter(is_wrong).count() as u64;
            let truth = wrong as f64 / POPULATION as f64;
            let (low, high) = clopper_pearson(hits, SAMPLE, 0.95);
            covered[place] += u64::from((low..=high).contains(&truth));
            by_textbook[place] += u64::from(textbook(hits, SAMPLE, truth));
        }
    }
    for (wrong, covered) in WRONG.into_iter().zip(covered) {
        assert!(covered >= AUDITS * 95 / 100, "{wrong} of {POPULATION}: covered {covered}");
    }
    // The test can tell: the interval of textbooks is too narrow for rare faults.
    assert!(by_textbook[2] < AUDITS / 2, "{by_textbook:?}");
}

async fn said(desk: &Desk, words: &str) -> Said {
    desk.say(&words.split(' ').collect::<Vec<_>>()).await
}

fn certificate(path: &Path) -> Value {
    let words = std::fs::read_to_string(path).unwrap();
    let (_, json) = words.split_once('\n').unwrap();
    serde_json::from_str(json.split_once("\n\n").unwrap().0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_says_what_was_found_and_can_be_counted_again() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let away = tempfile::tempdir().unwrap();
    let at = |name: &str| away.path().join(name).display().to_string();
    let key = text(&desk.done(&format!("audit key new {}", at("key.pem"))).await["key"]);
    let signed = |how: &str, name: &str| {
        format!("verify {how} --certificate {} --key-file {}", at(name), at("key.pem"))
    };

    // A sample, chosen so that anybody can choose it again.
    let sample = desk.done(&signed("--sample 25 --rng-start 7", "sample.txt")).await;
    let written = certificate(&away.path().join("sample.txt"));
    assert_eq!(written["choice"], json!({"sample": {"rng_start": 7}}));
    assert_eq!(written["counts"]["chosen"], 25);
    assert_eq!(written["counts"]["compared"], sample["objects"]);
    assert_eq!(written["counts"]["written"], sample["population"]);
    let figures = &written["figures"];
    assert_eq!((&figures["share"], &figures["low"]), (&json!(0.0), &json!(0.0)));
    let compared = sample["objects"].as_u64().unwrap() as f64;
    let high = 1.0 - 0.025_f64.powf(1.0 / compared);
    assert!((figures["high"].as_f64().unwrap() - high).abs() < 1e-9, "{figures}");

    // Everything, with one conversation damaged.
    let state = desk.simulator.state();
    let id = text(&list(&state, "conversations")[0]["id"]);
    let act = json!({"do": "alter", "what": "title", "thread": id, "to": "somebody's"});
    desk.simulator.act(&act).unwrap();
    let all = said(&desk, &signed("--all", "all.txt")).await;
    assert_eq!(all.exit, 4, "{all:?}");
    let written = certificate(&away.path().join("all.txt"));
    assert_eq!(written["choice"], "exhaustive");
    assert_eq!(written["counts"]["wrong"], 1);
    assert_eq!(written["wrong"], all.json()["undeclared"]);
    assert_eq!(written["figures"]["low"], written["figures"]["share"]);

    // Offline: alone, with a bundle, and inside one.
    let bundle = format!(
        "audit export {} --bundle --certificate {} --certificate {}",
        at("bundle.zip"),
        at("sample.txt"),
        at("all.txt")
    );
    assert_eq!(desk.done(&bundle).await["certificates"], 2);
    let check = format!("audit verify-bundle {} --key {key}", at("bundle.zip"));
    assert_eq!(desk.done(&check).await["problems"], json!([]));
    for name in ["sample.txt", "all.txt"] {
        let alone = format!("audit verify-certificate {} --key {key}", at(name));
        assert_eq!(desk.done(&alone).await["holds"], true, "{name}");
        let counted = format!("{alone} --bundle {}", at("bundle.zip"));
        assert_eq!(desk.done(&counted).await["recounted"], true, "{name}");
    }
    forgeries(&desk, away.path(), &key).await;
}

/// A changed figure, another's key, and an operator who signs what is not so.
async fn forgeries(desk: &Desk, away: &Path, key: &str) {
    let at = |name: &str| away.join(name).display().to_string();
    let good = std::fs::read_to_string(away.join("all.txt")).unwrap();
    let changed = good.replacen("\"wrong\": 1", "\"wrong\": 0", 1);
    assert_ne!(changed, good);
    std::fs::write(away.join("changed.txt"), changed).unwrap();
    let refused =
        said(desk, &format!("audit verify-certificate {} --key {key}", at("changed.txt"))).await;
    assert_eq!(refused.exit, 4, "{refused:?}");

    let other = text(&desk.done(&format!("audit key new {}", at("other.pem"))).await["key"]);
    let refused =
        said(desk, &format!("audit verify-certificate {} --key {other}", at("all.txt"))).await;
    assert_eq!(refused.exit, 4, "{refused:?}");

    let signer = read_key(&away.join("key.pem"), "operator", None).unwrap();
    let note: SignedNote = good.parse().unwrap();
    let mut lie = AccuracyCertificate::open(&note, &[signer.verifier()]).unwrap();
    lie.counts.equal += 1;
    lie.counts.wrong = 0;
    lie.counts.fields_wrong = 0;
    lie.wrong.clear();
    lie.figures = lie.counts.figures(lie.choice);
    lie.method = lie.counts.words(lie.choice);
    std::fs::write(away.join("lie.txt"), lie.sign(&signer).unwrap().to_string()).unwrap();
    let alone = format!("audit verify-certificate {} --key {key}", at("lie.txt"));
    assert_eq!(desk.done(&alone).await["recounted"], false);
    let counted = said(desk, &format!("{alone} --bundle {}", at("bundle.zip"))).await;
    assert_eq!(counted.exit, 4, "{counted:?}");
    assert!(counted.json()["problems"].to_string().contains("wrong: it says 0, the log says 1"));
    let bundle =
        format!("audit export {} --bundle --certificate {}", at("lying.zip"), at("lie.txt"));
    desk.done(&bundle).await;
    let check = said(desk, &format!("audit verify-bundle {} --key {key}", at("lying.zip"))).await;
    assert_eq!(check.exit, 4, "{check:?}");
}
