//! A later export that holds only what changed; what must follow is listed in its README.

use std::process::Command;

use serde_json::Value;

use crate::support::desk::{Desk, conversation, fixture, list, says, tags, text};

/// Ticket, replies that are new, whether the conversation is open afterwards.
const NEW_REPLIES: &[(&str, &[&str], bool)] = &[
    (
        "67a4861716e3201acd3d4f8c",
        &["Hanger 7 fits like a glove", "We mark this one as solved"],
        false,
    ),
    ("688506b708a6a1f4db62c625", &["come detto al telefono: il parafango"], false),
    ("662b67cdec35ddecbe861cfb", &["It squeaks again since last week"], true),
    ("67599a625c2308617c39e431", &["the postcode field now even suggests"], false),
    (
        "65c5d6f051296997e230ad1c",
        &["do the 45 front need wider rims?", "your 23 mm rims are fine up to 50 mm"],
        false,
    ),
    ("6866ac936081415a9fd22299", &["Je l'ai rapproché et le moteur ne coupe plus"], true),
];

/// New tickets and whether they are open.
const NEW_TICKETS: &[(&str, bool)] = &[
    ("68e25dc0034e6f0ecd640cf6", true),
    ("68e37700d088b8c00bf37ddf", true),
    ("68e4ba702ea33e3e2ae1f197", false),
    ("68e66e602f2f588eece41ff6", true),
];

/// Tickets that only lost or gained a tag.
const UNTAGGED: (&str, &str) = ("646f3123f880272406439a15", "website");
const TAGGED: (&str, &str) = ("660acb58e258ca329ea437d7", "envío");

fn contact<'a>(state: &'a Value, customer: &str) -> &'a Value {
    let id = format!("deskero:{customer}");
    let found = list(state, "contacts").iter().find(|one| one["external_id"] == id.as_str());
    found.unwrap_or_else(|| panic!("no contact {id}"))
}

/// What was said, by kind, time and text.
fn said(conversation: &Value) -> Vec<(&Value, &Value, &Value)> {
    let parts = list(conversation, "parts").iter().filter(|part| !part["body"].is_null());
    parts.map(|part| (&part["part_type"], &part["created_at"], &part["body"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_export_brings_exactly_what_its_list_says() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.say(&["apply", "--yes"]).await;
    let before = desk.simulator.state();
    let later = fixture("demo-delta").display().to_string();
    let arguments = ["delta", "--partial", "--yes", "--bundle", later.as_str()];
    let first = desk.say(&arguments).await;
    let after = desk.simulator.state();

    for (ticket, texts, open) in NEW_REPLIES {
        let (old, new) = (conversation(&before, ticket), conversation(&after, ticket));
        for text in *texts {
            assert_eq!((says(old, text), says(new, text)), (0, 1), "{ticket}: {text}");
        }
        assert_eq!(new["open"], *open, "{ticket}");
        let said = said(new);
        let kept = self::said(old).iter().all(|part| said.contains(part));
        assert!(kept, "messages that were in {ticket} are not as they were");
    }
    edited_reply_became_a_note(&before, &after);
    for (ticket, open) in NEW_TICKETS {
        assert_eq!(conversation(&after, ticket)["open"], *open, "{ticket}");
    }
    let grown = list(&after, "conversations").len() - list(&before, "conversations").len();
    assert_eq!(grown, NEW_TICKETS.len());
    tags_moved_and_nothing_else(&before, &after);
    customers_changed(&before, &after);

    let writes = desk.writes();
    let said = desk.say(&arguments).await;
    assert_eq!((said.exit, desk.writes()), (0, writes), "the second time wrote: {said:?}");
    assert!(desk.simulator.mailbox().is_empty());
    assert_eq!(first.exit, 0, "{first:?}");
}

fn edited_reply_became_a_note(before: &Value, after: &Value) {
    let (ticket, edit) = ("6866ac936081415a9fd22299", "(Le code reste affiché dix secondes.)");
    let (old, new) = (conversation(before, ticket), conversation(after, ticket));
    assert_eq!((says(old, edit), says(new, edit)), (0, 1));
    let parts = list(new, "parts");
    let note = parts.iter().find(|part| part["body"].as_str().is_some_and(|b| b.contains(edit)));
    assert_eq!(note.unwrap()["part_type"], "note");
}

fn tags_moved_and_nothing_else(before: &Value, after: &Value) {
    let (ticket, tag) = UNTAGGED;
    let (mut old, new) = (tags(conversation(before, ticket)), tags(conversation(after, ticket)));
    assert!(old.remove(tag), "{old:?}");
    assert_eq!(old, new);
    let (ticket, tag) = TAGGED;
    let (old, mut new) = (tags(conversation(before, ticket)), tags(conversation(after, ticket)));
    assert!(new.remove(tag), "{new:?}");
    assert_eq!(old, new);
    for (ticket, _) in [UNTAGGED, TAGGED] {
        let (old, new) = (conversation(before, ticket), conversation(after, ticket));
        assert_eq!(said(old), said(new), "{ticket}");
    }
}

fn customers_changed(before: &Value, after: &Value) {
    let (marco, amara) = ("61e04684795520995a27929a", "62bda8b216ac7cd5415c0bec");
    assert_eq!(contact(before, marco)["phone"], "+393475550102");
    assert_eq!(contact(after, marco)["phone"], "+393475550199");
    assert_eq!(contact(before, amara)["name"], "Amara Okafor");
    assert_eq!(contact(after, amara)["name"], "Amara Okafor-Reid");
    let flag = "is_preferred_client__c";
    assert_eq!(contact(before, amara)["custom_attributes"][flag], false);
    assert_eq!(contact(after, amara)["custom_attributes"][flag], true);
    assert!(tags(contact(after, "68e24fb0de8fae4268d987e0")).contains("cargo"));
    let grown = list(after, "contacts").len() - list(before, "contacts").len();
    assert_eq!(grown, 1);
}

/// A word of the help desk that the confirmed map does not know.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_map_does_not_know_waits_and_the_pass_says_so() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let home = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture("demo-delta")).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
        }
    }
    let path = home.path().join("tickets.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen(";closed;", ";weird;", 1)).unwrap();
    let later = home.path().display().to_string();
    let said = desk.say(&["delta", "--partial", "--yes", "--bundle", later.as_str()]).await;
    assert_eq!((said.exit, &said.json()["queued"]), (3, &Value::from(1)), "{said:?}");
    let said = desk.say(&["reconcile"]).await;
    assert_eq!(said.exit, 3, "{said:?}");
}

/// A record that a full export no longer holds, and that the next one holds again as it was.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_gone_once_and_counts_again_when_it_comes_back() {
    let desk = Desk::demo().await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let template = "deskero/canned_answer/60c1d490f0765b5b5474b338";
    let last = async || {
        let told = desk.done(&format!("show {template}")).await;
        text(&told[0]["chapters"].as_array().unwrap().last().unwrap()["event"])
    };
    assert_eq!(last().await, "RecordHandedOff");

    let home = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-r").arg(fixture("demo")).arg(home.path()).status();
    assert!(copied.unwrap().success());
    let bundle = home.path().join("demo");
    let edit = |file: &str, change: &dyn Fn(&str) -> String| {
        let before = std::fs::read_to_string(bundle.join(file)).unwrap();
        std::fs::write(bundle.join(file), change(&before)).unwrap();
    };
    edit("reply_templates.tsv", &|text| {
        text.lines().filter(|line| !line.contains("Closing line")).collect::<Vec<_>>().join("\n")
    });
    edit("manifest.json", &|text| text.replace("\"canned_answers\": 10", "\"canned_answers\": 9"));
    let without = format!("delta --yes --bundle {}", bundle.display());
    let with = format!("delta --yes --bundle {}", fixture("demo").display());
    for (words, vanished, event) in [
        (&without, 1, "RecordExcluded"),
        (&without, 0, "RecordExcluded"),
        (&with, 0, "RecordHandedOff"),
        (&with, 0, "RecordHandedOff"),
    ] {
        let writes = desk.writes();
        let delta = desk.done(words).await;
        assert_eq!(delta["read"]["vanished"], vanished, "{words}");
        assert_eq!((last().await.as_str(), desk.writes()), (event, writes), "{words}");
    }
}
