//! What stands in Intercom is known exactly, and any part of it can be taken back (invariants 7,
//! 13, 14 and 15), judged by what the simulator holds.

use intercom_simulator::{FaultKind, FaultRule};
use serde_json::{Value, json};

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, differences, list, text};

/// An export of three people with tags and tickets, as a folder of its own.
struct Export(tempfile::TempDir);

const AGENT: &str = "60a0a0f1c2d3e4f500000001";
const CUSTOMERS: [&str; 3] =
    ["61c0a0f1c2d3e4f500000001", "61c0a0f1c2d3e4f500000002", "61c0a0f1c2d3e4f500000003"];

impl Export {
    fn new() -> Self {
        let export = Self(tempfile::tempdir().unwrap());
        export.put("manifest.json", r#"{"source":"deskero","timezone":"UTC"}"#);
        export.put(
            "agents.csv",
            &format!("id,email,name\n{AGENT},otto@workshop.example,Otto Lund\n"),
        );
        export.put(
            "customers.csv",
            &[
                "id,email,name,tags\n".to_owned(),
                format!("{},ada@harbour.example,Ada Quist,VIP\n", CUSTOMERS[0]),
                format!("{},bram@harbour.example,Bram Vos,\n", CUSTOMERS[1]),
                format!("{},cleo@harbour.example,Cleo Dahl,\n", CUSTOMERS[2]),
            ]
            .concat(),
        );
        export.tickets(&[("1", 0, "opened"), ("2", 1, "closed")]);
        export.replies(&[("1", "1", "Noted, thank you")]);
        export
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.0.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    fn tickets(&self, tickets: &[(&str, usize, &str)]) {
        let mut text = [
            "id,number,subject,description,status,priority,source,openedBy.id,openedBy.email",
            "assignedTo.id,assignedTo.email,insertDate,tags,numberOfReplies\n",
        ]
        .join(",");
        for (number, customer, status) in tickets {
            let id = ticket(number);
            let customer = CUSTOMERS[*customer];
            text += &format!(
                "{id},{number}/2024,Subject {number},Words of {number},{status},0,email,\
                 {customer},,{AGENT},otto@workshop.example,17066952{number}0000,dock,\n"
            );
        }
        self.put("tickets.csv", &text);
    }

    fn replies(&self, replies: &[(&str, &str, &str)]) {
        let mut text =
            "message_id,ticket_id,replyDate,replyFromCustomer.id,replyFromOperator.id,text\n"
                .to_owned();
        for (number, of, words) in replies {
            let of = ticket(of);
            text += &format!(
                "6513a0f1c2d3e4f50000000{number},{of},17067{number}8800000,,{AGENT},\"{words}\"\n"
            );
        }
        self.put("replies.csv", &text);
    }
}

fn ticket(number: &str) -> String {
    format!("6512a0f1c2d3e4f50000000{number}")
}

/// A workspace in which Ada is already, with a tag and a name of its own.
async fn desk(export: &Export) -> Desk {
    let mut workspace = demo_workspace();
    workspace["tags"] = json!([{ "id": "61", "name": "VIP" }]);
    workspace["contacts"] = json!([{
        "id": "650000000000000000000011", "role": "user", "email": "ada@harbour.example",
        "name": "A. Quist", "external_id": "crm-1",
    }]);
    let desk = Desk::new(export.0.path(), workspace, OWN_LEDGER).await;
    let tag = json!({
        "do": "call", "method": "POST", "path": "/contacts/650000000000000000000011/tags",
        "body": { "id": "61" },
    });
    desk.simulator.act(&tag).unwrap();
    desk.hurry();
    desk
}

fn contact<'a>(state: &'a Value, email: &str) -> &'a Value {
    list(state, "contacts").iter().find(|one| one["email"] == email).unwrap()
}

fn tags(contact: &Value) -> Vec<String> {
    list(contact, "tags").iter().map(|tag| text(&tag["name"])).collect()
}

/// A state without the dates and counts that Intercom keeps of itself.
fn lasting(state: &Value) -> Value {
    match state {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| {
                !name.starts_with("last_") && !["updated_at", "statistics"].contains(&name.as_str())
            });
            Value::Object(kept.map(|(name, value)| (name.clone(), lasting(value))).collect())
        }
        // The mark of the project that writes a workspace tells the size of its ledger.
        Value::Array(items) => {
            let mark = |one: &&Value| text(&one["name"]).starts_with("deskledger ");
            items.iter().filter(|one| !mark(one)).map(lasting).collect()
        }
        other => other.clone(),
    }
}

/// What differs between two states and no residue names.
fn unexplained(before: &Value, after: &Value, report: &Value) -> Vec<String> {
    let named: Vec<String> = list(report, "residue")
        .iter()
        .flat_map(|one| list(one, "objects").iter().map(text))
        .collect();
    let explained = |one: &String| {
        one.split_once('/').is_some_and(|(_, id)| named.iter().any(|name| name == id))
    };
    let found = differences(&lasting(before), &lasting(after));
    found.into_iter().filter(|one| !explained(one)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn move_back_move_back_leaves_what_was_there() {
    let export = Export::new();
    let desk = desk(&export).await;
    let before = desk.simulator.state();
    desk.plan().await;
    for _ in 0..2 {
        desk.done("plan").await;
        desk.done("apply --yes").await;
        assert_eq!(desk.done("verify --all").await["undeclared"], json!({}));
        let moved = desk.simulator.state();
        assert_eq!(contact(&moved, "ada@harbour.example")["name"], "Ada Quist");
        let report = desk.done("rollback apply --yes").await;
        let after = desk.simulator.state();
        let ada = contact(&after, "ada@harbour.example");
        assert_eq!((&ada["name"], tags(ada)), (&json!("A. Quist"), vec!["VIP".to_owned()]));
        assert_eq!(unexplained(&before, &after, &report), Vec::<String>::new());
    }
    desk.done("replay").await;
    assert_eq!(desk.done("audit check").await["whole"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn rolling_a_delta_back_leaves_what_the_first_run_made() {
    let export = Export::new();
    let desk = desk(&export).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let first = desk.simulator.state();
    export.edit("customers.csv", "Bram Vos", "Bram de Vos");
    export.tickets(&[("1", 0, "closed"), ("2", 1, "closed"), ("3", 2, "opened")]);
    export.replies(&[("1", "1", "Noted, thank you"), ("2", "2", "One thing more")]);
    desk.done("delta --yes").await;
    let second = desk.simulator.state();
    assert_eq!(list(&second, "conversations").len(), 3);

    let runs = desk.done("log").await;
    let runs = runs.as_array().cloned().unwrap_or_else(|| list(&runs, "runs").to_vec());
    let delta = runs.iter().find(|run| run["kind"] == "apply").unwrap();
    let undo = format!("rollback apply --yes --run {}", text(&delta["run"]));
    let report = desk.done(&undo).await;
    let third = desk.simulator.state();
    assert_eq!(unexplained(&first, &third, &report), Vec::<String>::new());
    assert_eq!(list(&third, "conversations").len(), 2);
    assert_eq!(contact(&third, "bram@harbour.example")["name"], "Bram Vos");
    // The reply of the delta cannot be taken out of its thread: it is named, and not sent again.
    let impossible = list(&report, "residue").iter().filter(|one| one["kind"] == "impossible");
    assert_eq!(impossible.count(), 1, "{report}");

    desk.done("delta --yes").await;
    let fourth = desk.simulator.state();
    assert_eq!(list(&fourth, "conversations").len(), 3);
    let said = |state: &Value| state.to_string().matches("One thing more").count();
    assert_eq!(said(&fourth), said(&second), "a message was said twice");
    let status = desk.say(&["rollback", "status"]).await;
    assert_eq!(status.exit, 0, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_teammate_corrected_is_kept_with_both_values() {
    let export = Export::new();
    let desk = desk(&export).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let act = json!({
        "do": "call", "method": "PUT", "path": "/contacts/650000000000000000000011",
        "body": { "name": "Ada Q. (corrected)" },
    });
    desk.simulator.act(&act).unwrap();
    let forecast = desk.done("rollback plan").await["forecast"].clone();
    assert_eq!(forecast["kept"].as_object().unwrap().len(), 1, "{forecast}");
    let report = desk.done("rollback apply --yes").await;
    let after = desk.simulator.state();
    assert_eq!(contact(&after, "ada@harbour.example")["name"], "Ada Q. (corrected)");
    let kept = report["kept"].to_string();
    for value in ["A. Quist", "Ada Quist", "Ada Q. (corrected)"] {
        assert!(kept.contains(value), "{kept} does not name {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_update_forgets_nothing() {
    for status in [422, 403, 401] {
        let export = Export::new();
        let desk = desk(&export).await;
        let before = desk.simulator.state();
        desk.plan().await;
        desk.done("apply --yes").await;
        let first = desk.simulator.state();
        export.edit("customers.csv", "Bram Vos", "Bram de Vos");
        let fault = FaultRule::new(FaultKind::ErrorBefore).route("PUT /contacts/*").status(status);
        desk.simulator.set_faults(vec![fault]);
        let refused = desk.say(&["delta", "--yes"]).await;
        assert_ne!(refused.exit, 0, "{status}: {refused:?}");
        desk.simulator.set_faults(Vec::new());
        desk.say(&["delta", "--yes"]).await;
        let again = desk.simulator.state();
        assert_eq!(list(&again, "contacts").len(), list(&first, "contacts").len(), "{status}");
        let report = desk.done("rollback apply --yes").await;
        let after = desk.simulator.state();
        assert_eq!(unexplained(&before, &after, &report), Vec::<String>::new(), "{status}");
    }
}

const OLD_WORDS: &str = "Noted, thank you";
const NEW_WORDS: &str = "Noted, and sent today";

fn says_in_thread(desk: &Desk, words: &str) -> bool {
    list(&desk.simulator.state(), "conversations").iter().any(|one| one.to_string().contains(words))
}

/// A message that is refused once, and changed at the source before it is tried again: its new
/// words are those that arrive, in whatever order the person goes on.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_while_its_record_waited_arrives_as_it_is_now() {
    for between in [&["delta --yes"][..], &["read", "delta --yes"], &["read", "resolve"]] {
        let export = Export::new();
        let desk = desk(&export).await;
        desk.plan().await;
        let refused = FaultRule::new(FaultKind::ErrorBefore).route("replyConversation").status(403);
        desk.simulator.set_faults(vec![refused.first(1)]);
        assert_eq!(desk.say(&["apply", "--yes"]).await.exit, 3, "one message waits");
        desk.simulator.set_faults(Vec::new());
        export.edit("replies.csv", OLD_WORDS, NEW_WORDS);
        for words in between {
            desk.say(&words.split(' ').collect::<Vec<_>>()).await;
        }
        desk.done("delta --yes").await;
        assert!(says_in_thread(&desk, NEW_WORDS), "{between:?}: the new words are not there");
        assert!(!says_in_thread(&desk, OLD_WORDS), "{between:?}: the old words were sent");
    }
}

/// The same the other way round: a draft of before a reading is not written any more.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_before_a_reading_is_not_applied() {
    let export = Export::new();
    let desk = desk(&export).await;
    desk.plan().await;
    export.edit("replies.csv", OLD_WORDS, NEW_WORDS);
    desk.read().await;
    let writes = desk.writes();
    assert_eq!(desk.refused("apply --yes").await, (3, "plan_stale".to_owned()));
    assert_eq!(desk.writes(), writes);
    desk.done("delta --yes").await;
    assert!(says_in_thread(&desk, NEW_WORDS) && !says_in_thread(&desk, OLD_WORDS));
}
