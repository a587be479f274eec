//! What people did in Intercom since stands: a rollback keeps it and says so, a delta does not
//! write over it, and a part of a migration that is taken back takes nothing else. Judged by what
//! the simulator holds.

use std::path::Path;

use intercom_simulator::{FaultKind, FaultRule};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, Said, demo_workspace, fixture, list, text};

const HOW_TO_PAY: &str = "deskero/kb_article/6512b000c2d3e4f5a6b7c921";
const REFUNDS: &str = "deskero/kb_article/6512b000c2d3e4f5a6b7c922";

/// An export that changes between readings, and the desk that reads it.
struct Case {
    export: tempfile::TempDir,
    desk: Desk,
}

impl Case {
    /// Everything is moved; both articles are public, and the first links to the second.
    async fn moved(workspace: Value, decisions: &[&str]) -> Self {
        let export = tempfile::tempdir().unwrap();
        copy(&fixture("flat"), export.path());
        let desk = Desk::new(export.path(), workspace, OWN_LEDGER).await;
        let case = Self { export, desk };
        // What is expected of it is not what it holds later.
        let path = case.export.path().join("manifest.json");
        let manifest = std::fs::read_to_string(&path).unwrap();
        let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
        for said in ["expected_counts", "expected_counts_source"] {
            manifest.as_object_mut().unwrap().remove(said).unwrap();
        }
        std::fs::write(path, manifest.to_string()).unwrap();
        case.edit("kb_articles.csv", "false,AGENTS", "true,ALL");
        case.desk.hurry();
        case.desk.read().await;
        for words in ["map propose", "map confirm"] {
            case.desk.done(words).await;
        }
        let admin = text(&case.desk.simulator.state()["admins"][0]["id"]);
        let admin = format!("G3 admin:{admin}");
        let own = [&*admin, "G4 confirmed", "D4 standalone", "G8 zone:Europe/Rome", "G9 day"];
        for one in own.iter().chain(decisions) {
            case.desk.done(&format!("decide set {one}")).await;
        }
        case.desk.done("plan").await;
        case.desk.done("apply --yes").await;
        case
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.export.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}: {text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// The export without the lines that hold a word.
    fn cut(&self, name: &str, word: &str) -> String {
        let path = self.export.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').filter(|line| !line.contains(word)).collect();
        assert_ne!(kept, text, "{name} has no {word}");
        std::fs::write(path, kept).unwrap();
        text
    }

    fn state(&self) -> Value {
        self.desk.simulator.state()
    }

    fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let act = json!({ "do": "call", "method": method, "path": path, "body": body });
        self.desk.simulator.act(&act).unwrap_or_else(|error| panic!("{act}: {error}"))
    }

    async fn delta(&self) -> Said {
        self.desk.say(&["delta", "--yes"]).await
    }

    async fn rollback(&self, slice: &[&str]) -> Value {
        let words = [&["rollback", "apply", "--yes"], slice].concat();
        let said = self.desk.say(&words).await;
        assert_eq!(said.exit, 0, "{said:?}");
        said.json()
    }

    /// The run of the last `apply` or delta.
    async fn last_run(&self) -> String {
        let runs = self.desk.done("log").await;
        let runs = runs.as_array().or(runs["runs"].as_array()).unwrap().clone();
        let apply =
            runs.iter().find(|run| ["apply", "delta"].contains(&run["kind"].as_str().unwrap()));
        text(&apply.unwrap_or_else(|| panic!("no run of apply: {runs:?}"))["run"])
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

fn named<'a>(state: &'a Value, kind: &str, name: &str) -> &'a Value {
    let found = list(state, kind).iter().find(|one| one["name"] == name || one["title"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}: {:?}", state[kind]))
}

fn id(one: &Value) -> String {
    text(&one["id"])
}

fn is_there(state: &Value, kind: &str, id: &str) -> bool {
    let all = list(state, kind).iter();
    all.filter(|one| one["archived"] != true).any(|one| text(&one["id"]) == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_wrote_where_we_wrote_nothing_keeps_its_object() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let state = case.state();
    let before = demo_workspace();
    let own = |name: &str| id(named(&state, "contacts", name));
    let article = |name: &str| id(named(&state, "articles", name));
    let (lead, theirs) = (own("Visitor from the spring fair"), own("Quentin Ashe"));
    let company = id(named(&state, "companies", &text(&before["companies"][0]["name"])));
    // An owner; a translation and a draft; a description; a lead of before merged into ours.
    case.call("PUT", &format!("/contacts/{}", own("Guest")), json!({ "owner_id": "7100002" }));
    let italian = json!({ "type": "article_content", "title": "Come pagare", "body": "<p>Con</p>",
        "author_id": 7100002, "state": "published" });
    let italian = json!({ "translated_content": {
        "type": "article_translated_content", "it": italian } });
    case.call("PUT", &format!("/articles/{}", article("How to pay")), italian);
    let staged = json!({ "title": "Refunds", "body": "<p>An afternoon of work</p>" });
    case.call("PUT", &format!("/articles/{}/draft", article("Refunds")), staged);
    let eve = own("Eve");
    let merge = json!({ "from": lead, "into": eve, "skip_duplicate_validation": true });
    case.call("POST", "/contacts/merge", merge);
    // Ours on what is theirs: a tag on a company, a value on a contact.
    case.desk
        .simulator
        .act(&json!({ "do": "tag_company", "company": company, "tag": "billing" }))
        .unwrap();
    let city = json!({ "custom_attributes": { "deskero_city": "Paris" } });
    case.call("PUT", &format!("/contacts/{theirs}"), city);

    let planned = case.desk.done("rollback plan").await;
    let report = case.rollback(&[]).await;
    let after = case.state();
    let kept = report["kept"].as_object().unwrap();
    let says = |key: &str, word: &str| {
        let said = kept.get(key).map(ToString::to_string).unwrap_or_default();
        assert!(said.contains(word), "of {key} is said {said:?}, not {word}: {kept:?}");
        let forecast = planned["forecast"]["kept"].get(key).map(ToString::to_string);
        let forecast = forecast.unwrap_or_else(|| planned.to_string());
        assert!(forecast.contains(word), "the plan foresaw {forecast:?} of {key}, not {word}");
    };
    says("deskero/customer/6512a0e0c2d3e4f5a6b7c8d2", "owner_id");
    says("deskero/customer/6512a0e0c2d3e4f5a6b7c8d1", &format!("merged contact:{lead}"));
    says(HOW_TO_PAY, "translation:it");
    says(REFUNDS, "draft");
    says("deskledger/tag/billing", &format!("company:{company}"));
    says("deskledger/contact_attribute/deskero_city", &format!("contact:{theirs}"));
    for (kind, one) in [
        ("contacts", own("Guest")),
        ("contacts", eve),
        ("articles", article("How to pay")),
        ("articles", article("Refunds")),
    ] {
        assert!(is_there(&after, kind, &one), "{kind}/{one} went with what people wrote");
    }
    let company = named(&after, "companies", &text(&before["companies"][0]["name"]));
    assert!(company["tags"].to_string().to_lowercase().contains("billing"), "{company}");
    let city = named(&after, "data_attributes", "deskero_city");
    assert_eq!(city["archived"], false);
    // What nobody touched went nevertheless.
    assert!(!is_there(&after, "contacts", &own("Ada L.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_filled_in_waits_when_the_source_brings_another_value() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let state = case.state();
    let eve = id(named(&state, "contacts", "Eve"));
    let theirs =
        json!({ "phone": "+390666666666", "custom_attributes": { "deskero_city": "Rome" } });
    case.call("PUT", &format!("/contacts/{eve}"), theirs);
    let before = case.state();
    case.edit(
        "customers.csv",
        "Eve;eve@example.net;;;;;",
        "Eve;eve@example.net;02 5555 1234;;Rome;;",
    );
    case.desk.waits(1);
    let said = case.delta().await;
    assert_eq!(said.exit, 3, "{said:?}");
    let waiting = case.desk.say(&["reconcile"]).await.json()["waiting"].to_string();
    // The city is the same; the telephone number is not.
    assert!(waiting.contains("changed_in_intercom") && waiting.contains("phone"), "{waiting}");
    assert!(!waiting.contains("deskero_city"), "{waiting}");
    let now = case.state();
    assert_eq!(named(&now, "contacts", "Eve")["phone"], named(&before, "contacts", "Eve")["phone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_fills_blanks_fills_only_blanks_in_every_delta() {
    let mut workspace = demo_workspace();
    let old = json!({ "role": "user", "email": "eve@example.net", "name": "Old Eve" });
    workspace["contacts"].as_array_mut().unwrap().push(old);
    let case = Case::moved(workspace, &["G7 fill"]).await;
    case.edit("customers.csv", "Eve;eve@example.net;;;;;", "Eve;eve@example.net;02 5555 1234;;;;");
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let state = case.state();
    let eve = named(&state, "contacts", "Old Eve");
    assert_eq!(eve["phone"], "+390255551234", "a blank is filled");
    // A telephone number that somebody writes meanwhile is no blank.
    let theirs = json!({ "phone": "+390666666666" });
    case.call("PUT", &format!("/contacts/{}", id(eve)), theirs);
    case.edit("customers.csv", "02 5555 1234;;;;", "02 5555 1234;;Turin;;");
    case.desk.waits(1);
    let said = case.delta().await;
    let state = case.state();
    assert_eq!(named(&state, "contacts", "Old Eve")["phone"], "+390666666666", "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_delta_moved_goes_back_to_where_it_was() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let before = case.state();
    let areas = std::fs::read_to_string(case.export.path().join("kb_areas.csv")).unwrap();
    let more = "6512b000c2d3e4f5a6b7c912,Returns,6512b000c2d3e4f5a6b7c901\n";
    std::fs::write(case.export.path().join("kb_areas.csv"), areas + more).unwrap();
    let moved = "<p>In five days.</p>,6512b000c2d3e4f5a6b7c912";
    case.edit("kb_articles.csv", "<p>In five days.</p>,6512b000c2d3e4f5a6b7c911", moved);
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let parent = |state: &Value| named(state, "articles", "Refunds")["parent_ids"].clone();
    assert_ne!(parent(&case.state()), parent(&before));
    let run = case.last_run().await;
    let report = case.rollback(&["--run", &run]).await;
    let after = case.state();
    assert_eq!(parent(&after), parent(&before), "{report}");
    assert_eq!(list(&after, "collections").len(), list(&before, "collections").len());
    assert!(report["residue"].to_string().contains("versions_retained"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_map_taken_back_takes_no_thread_with_it() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let before = case.state();
    case.desk.edit("mapping.toml", "contact.deskero_city", "contact.deskero_town");
    case.desk.done("map confirm").await;
    case.desk.done("plan").await;
    case.desk.done("apply --yes").await;
    let values = |state: &Value| named(state, "contacts", "Ada L.")["custom_attributes"].clone();
    assert_eq!(values(&case.state())["deskero_town"], "Turin");
    let run = case.last_run().await;
    case.rollback(&["--run", &run]).await;
    let after = case.state();
    assert_eq!(values(&after)["deskero_city"], "Turin");
    assert!(values(&after)["deskero_town"].is_null());
    let ids = |state: &Value, kind: &str| list(state, kind).iter().map(id).collect::<Vec<_>>();
    for kind in ["conversations", "contacts", "articles", "companies"] {
        assert_eq!(ids(&after, kind), ids(&before, kind));
        let archived =
            |state: &Value| list(state, kind).iter().filter(|one| one["archived"] == true).count();
        assert_eq!(archived(&after), archived(&before), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_lead_to_what_went_stay_and_lead_on_once_it_is_back() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let body = |state: &Value| text(&named(state, "articles", "How to pay")["body"]);
    let leads_to = |state: &Value| {
        let refunds = id(named(state, "articles", "Refunds"));
        body(state).contains(&format!("/articles/{refunds}"))
    };
    let before = case.state();
    assert!(leads_to(&before));
    let report = case.rollback(&["--only", REFUNDS]).await;
    assert_eq!(body(&case.state()), body(&before), "nobody asked for it");
    let residue = report["residue"].to_string();
    assert!(residue.contains("link_dead") && residue.contains(HOW_TO_PAY), "{residue}");
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert!(leads_to(&case.state()), "{}", body(&case.state()));
    let residue = case.desk.done("rollback status").await["residue"].to_string();
    assert!(!residue.contains("link_dead"), "{residue}");
    // A new title is a new address, and the old one leads there.
    case.edit("kb_articles.csv", ",Refunds,", ",Refunds and returns,");
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert_eq!(case.desk.say(&["verify", "--all"]).await.exit, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_something_is_gone_is_not_believed_alone() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let first = case.state();
    let routes = [
        "DELETE /tags/*",
        "PUT /data_attributes/*",
        "POST /contacts/*/archive",
        "DELETE /articles/*",
        "DELETE /conversations/*",
        "DELETE /companies/*",
        "DELETE /help_center/collections/*",
    ];
    let once =
        |route: &&str| FaultRule::new(FaultKind::ErrorBefore).status(404).route(route).nth(1);
    case.desk.simulator.set_faults(routes.iter().map(once).collect());
    case.rollback(&[]).await;
    let after = case.state();
    for kind in ["contacts", "companies", "conversations", "articles", "collections"] {
        let before = demo_workspace();
        let known = before[kind].as_array().map_or(0, Vec::len);
        let live = list(&after, kind).iter().filter(|one| one["archived"] != true).count();
        assert_eq!(live, known, "{kind}: {} were made", list(&first, kind).len());
    }
    assert!(list(&after, "tags").iter().all(|tag| text(&tag["name"]) != "card"));
    let live = list(&after, "data_attributes").iter().filter(|one| one["archived"] != true);
    assert_eq!(live.filter(|one| text(&one["name"]).starts_with("deskero_")).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_stays_with_its_ticket_and_its_author_when_an_export_misses_them() {
    let case = Case::moved(demo_workspace(), &[]).await;
    let before = case.state();
    let count = |state: &Value, kind: &str| {
        list(state, kind).iter().filter(|one| one["archived"] != true).count()
    };
    let tickets = case.cut("tickets.csv", "8da;18/2023");
    let replies = case.cut("replies.csv", "c8da;");
    let customers = case.cut("customers.csv", "Ada L.");
    // The second line of the ticket's words stands by itself now.
    case.cut("tickets.csv", "Line two says");
    let said = case.delta().await;
    assert!([0, 3].contains(&said.exit), "{said:?}");
    for (name, text) in
        [("tickets.csv", tickets), ("replies.csv", replies), ("customers.csv", customers)]
    {
        std::fs::write(case.export.path().join(name), text).unwrap();
    }
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let after = case.state();
    for kind in ["conversations", "contacts"] {
        assert_eq!(count(&after, kind), count(&before, kind), "{kind} are there twice");
    }
}

/// The thread of a post that was on its own has nothing to say once the ticket has the post.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_became_part_of_a_ticket_leaves_a_thread_that_is_named() {
    let case = Case::moved(demo_workspace(), &[]).await;
    // The second post has no ticket; now the first ticket says that it is its own.
    case.edit("tickets.csv", "billing|vip;;false;2;;007", "billing|vip;171235;false;2;;007");
    let said = case.delta().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let withdrawn = case.desk.done("reconcile").await["withdrawn"].to_string();
    assert!(withdrawn.contains("deskero/social_mention/171235"), "{withdrawn}");
    case.desk.done("decide set G13 remove").await;
    case.desk.done("plan").await;
    case.desk.done("apply --yes").await;
    let state = case.state();
    let own = list(&state, "conversations")
        .iter()
        .filter(|one| text(&one["source"]["body"]).contains("mention on twitter by @AdaL"));
    assert_eq!(own.count(), 0, "it is in its ticket");
}
