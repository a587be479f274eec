//! What a reading noticed and a person's word on it: nothing is planned over a loss that nobody has
//! seen, and how an export is meant is said beside it.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, list, text};

const MANIFEST: &str = r#"{"source":"deskero","timezone":"Europe/Rome","default_country":"IT"}"#;

const CUSTOMERS: &str = "id,name,email\n61c0a0f1c2d3e4f5000000a1,Ida,ida@mail.example\n";

const AGENTS: &str = "id,name,email\n5ccaa380698aeac2f0173301,Nia,nia@desk.example\n";

const HEAD: &str = "id,number,subject,description,status,customer_id,insertDate";

fn row(number: u8, subject: &str, description: &str) -> String {
    format!(
        "61dfdc00e87457ca6e65e4{number:02},{number}/2022,{subject},{description},opened,\
         61c0a0f1c2d3e4f5000000a1,16420608{number:02}000\n"
    )
}

fn export(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("manifest.json", MANIFEST.as_bytes()),
        ("customers.csv", CUSTOMERS.as_bytes()),
        ("agents.csv", AGENTS.as_bytes()),
    ]
    .iter()
    .chain(files)
    {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

async fn desk_of(bundle: &Path) -> Desk {
    Desk::new(bundle, demo_workspace(), OWN_LEDGER).await
}

/// Reads, maps and decides; what comes next is `plan`.
async fn prepare(desk: &Desk) {
    desk.read().await;
    desk.done("map propose").await;
    desk.done("map confirm").await;
    desk.decide().await;
}

/// Findings that block, as `code: id`.
async fn open(desk: &Desk) -> Vec<(String, String)> {
    let said = desk.say(&["findings", "list"]).await;
    let all = said.json();
    let open = all.as_array().unwrap().iter();
    let open = open.filter(|one| one["asks"] == true && one["accepted_by"].is_null());
    let open: Vec<_> = open.map(|one| (text(&one["code"]), text(&one["id"]))).collect();
    assert_eq!(said.exit, if open.is_empty() { 0 } else { 3 }, "{said:?}");
    open
}

/// Bodies of the conversations in the workspace, sorted.
fn bodies(desk: &Desk) -> Vec<String> {
    let state = desk.simulator.state();
    let threads = list(&state, "conversations").iter();
    let mut bodies: Vec<String> = threads.map(|one| text(&one["source"]["body"])).collect();
    bodies.sort();
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loss_blocks_the_plan_until_somebody_accepts_it() {
    // A row with a cell too few, and two rows of one id that differ.
    let table = format!(
        "{HEAD}\n{}{}{}61dfdc00e87457ca6e65e409,9/2022,Short\n",
        row(1, "One", "first"),
        row(2, "Two", "second"),
        row(2, "Two", "second but other"),
    );
    let bundle = export(&[("tickets.csv", table.as_bytes())]);
    let desk = desk_of(bundle.path()).await;
    assert_eq!(desk.say(&["read"]).await.exit, 3);
    prepare(&desk).await;
    let refused = desk.say(&["plan"]).await;
    assert_eq!((refused.exit, refused.error().as_str()), (3, "findings_block"));
    let asked = open(&desk).await;
    let codes: Vec<&str> = asked.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["ragged_row", "duplicate_id"]);
    for (code, id) in &asked {
        for word in [code.as_str(), &format!("findings accept {id}"), "tickets.csv:"] {
            assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
        }
    }
    assert_eq!(desk.refused("apply --yes").await.0, 3, "nothing was planned");
    assert_eq!(desk.writes(), 0);

    let (_, ragged) = &asked[0];
    let shown = desk.say(&["findings", "show", ragged]).await;
    assert_eq!(shown.exit, 3);
    assert_eq!(shown.json()["examples"][0]["at"], json!({ "file": "tickets.csv", "line": 5 }));
    assert_eq!(desk.refused("findings accept 0123456789").await, (1, "finding_unknown".into()));
    let said = desk.done(&format!("findings accept {ragged}")).await;
    assert_eq!(said["open"], 1);
    assert_eq!(desk.refused("plan").await, (3, "findings_block".into()), "one is left");
    desk.done(&format!("findings accept {}", asked[1].1)).await;
    assert_eq!(open(&desk).await, []);
    assert_eq!(
        desk.done("findings list").await[0]["accepted_by"].as_str().map(str::is_empty),
        Some(false)
    );
    desk.done("plan").await;
    desk.done("apply --yes").await;
    assert_eq!(bodies(&desk), ["<p>first</p>", "<p>second but other</p>"]);
    desk.done("replay").await;
    assert_eq!(desk.done("audit check").await["whole"], true);

    // Read again it stays accepted; one row more that is lost is another matter.
    desk.read().await;
    desk.done("plan").await;
    let worse = format!("{table}61dfdc00e87457ca6e65e408,8/2022\n");
    std::fs::write(bundle.path().join("tickets.csv"), worse).unwrap();
    let (exit, name) = desk.refused("delta --yes").await;
    assert_eq!((exit, name.as_str()), (3, "findings_block"));
    let asked = open(&desk).await;
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_ne!(&asked[0].1, ragged);
    // A part that has nothing odd does not hide it.
    let part = export(&[("tickets.csv", format!("{HEAD}\n{}", row(3, "Three", "x")).as_bytes())]);
    let place = part.path().display().to_string();
    desk.done(&format!("read --delta --bundle {place}")).await;
    assert_eq!(desk.refused("plan").await, (3, "findings_block".into()));
    // Mended and read again it is gone.
    std::fs::write(bundle.path().join("tickets.csv"), &table).unwrap();
    desk.read().await;
    desk.done("plan").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_an_answer_cannot_be_accepted_and_counts_and_guesses_ask() {
    let manifest = MANIFEST.replace('}', r#","expected_counts":{"tickets":4}}"#);
    let mut table = format!("{HEAD},title\n").into_bytes();
    for number in 1..=3 {
        let (bytes, ..) = encoding_rs::WINDOWS_1252.encode("perché così è già");
        let row = row(number, "S", "BODY").replace('\n', ",other\n");
        let (before, after) = row.split_once("BODY").unwrap();
        table.extend([before.as_bytes(), &bytes, after.as_bytes()].concat());
    }
    let replies = "ticket_id,replyDate,replyFromCustomer.id,text\n\
        61dfdc00e87457ca6e65e401,13/14/2022,61c0a0f1c2d3e4f5000000a1,hi\n";
    let bundle = export(&[
        ("manifest.json", manifest.as_bytes()),
        ("tickets.csv", &table),
        ("replies.csv", replies.as_bytes()),
        ("strange.csv", b"a,b\n1,2\n"),
    ]);
    let desk = desk_of(bundle.path()).await;
    prepare(&desk).await;
    let codes: Vec<String> = open(&desk).await.into_iter().map(|(code, _)| code).collect();
    for code in ["unknown_file", "count_mismatch", "encoding_guessed", "column_shadowed"] {
        assert!(codes.iter().any(|one| one == code), "{code}: {codes:?}");
    }
    // The ways out beside acceptance: said in the project, not in the export.
    let before = std::fs::read(bundle.path().join("tickets.csv")).unwrap();
    let said = "[export]\nignore = [\"strange.csv\"]\n\
                encodings = { \"tickets.csv\" = \"windows-1252\" }\n[write]";
    desk.edit("deskledger.toml", "[write]", said);
    desk.read().await;
    let codes: Vec<String> = open(&desk).await.into_iter().map(|(code, _)| code).collect();
    assert!(!codes.iter().any(|one| ["unknown_file", "encoding_guessed"].contains(&&**one)));
    assert_eq!(std::fs::read(bundle.path().join("tickets.csv")).unwrap(), before);

    let floats = "id,name,email\n5ccaa380698aeac2f0173301,Nia,nia@desk.example\n";
    let bundle = export(&[("agents.csv", floats.as_bytes())]);
    let manifest = r#"{"source":"deskero"}"#;
    std::fs::write(bundle.path().join("manifest.json"), manifest).unwrap();
    let naive =
        format!("{HEAD}\n{}", row(1, "S", "x").replace("1642060801000", "2022-01-13 09:00"));
    std::fs::write(bundle.path().join("tickets.csv"), naive).unwrap();
    let desk = desk_of(bundle.path()).await;
    desk.read().await;
    let asked = open(&desk).await;
    let (_, id) = asked.iter().find(|(code, _)| code == "time_zone_undecided").unwrap();
    let refused = desk.refused(&format!("findings accept {id}")).await;
    assert_eq!(refused, (3, "finding_needs_answer".into()));
    desk.edit("deskledger.toml", "[write]", "[export]\ntimezone = \"Europe/Rome\"\n[write]");
    desk.read().await;
    assert_eq!(open(&desk).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn how_an_export_is_meant_is_said_beside_it() {
    // Three lines above the headers, a delimiter that shows nowhere else, markup that is text.
    let line = |number: u8, subject: &str, body: &str| {
        format!(
            "61dfdc00e87457ca6e65e4{number:02}~{number}/2022~{subject}~{body}~opened~\
             61c0a0f1c2d3e4f5000000a1~16420608{number:02}000\n"
        )
    };
    let table = format!(
        "Tickets of the desk; all of them\nmade on Monday\n\n{}\n{}{}",
        HEAD.replace(',', "~"),
        line(1, "A, b; c", "<b>kept</b>"),
        line(2, "D, e; f", "<i>as</i> written"),
    );
    let bundle = export(&[("tickets.csv", table.as_bytes())]);
    let desk = desk_of(bundle.path()).await;
    let blind = desk.say(&["read"]).await;
    assert_eq!(blind.exit, 3, "headers on the fourth line are not guessed at: {blind:?}");
    let said = "[export]\ndelimiters = { \"tickets.csv\" = \"~\" }\n\
                header_rows = { \"tickets.csv\" = 4 }\n\
                body_formats = { \"tickets.description\" = \"text\" }\n[write]";
    desk.edit("deskledger.toml", "[write]", said);
    desk.plan().await;
    desk.done("apply --yes").await;
    assert_eq!(
        bodies(&desk),
        ["<p>&lt;b&gt;kept&lt;/b&gt;</p>", "<p>&lt;i&gt;as&lt;/i&gt; written</p>"]
    );
    let titles: Vec<Value> = list(&desk.simulator.state(), "conversations")
        .iter()
        .map(|one| one["title"].clone())
        .collect();
    assert!(titles.contains(&json!("A, b; c")), "{titles:?}");
    // A word that means nothing is refused, not passed over.
    desk.edit("deskledger.toml", "\"~\"", "\"~~\"");
    assert_eq!(desk.refused("read").await, (1, "manifest_invalid".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_of_the_sample_are_known_to_its_manifest() {
    let desk = Desk::demo().await;
    desk.read().await;
    assert_eq!(open(&desk).await, []);
    let all = desk.done("findings list").await;
    let known = all.as_array().unwrap().iter().filter(|one| one["accepted_by"] == "manifest.json");
    assert!(known.count() >= 4, "{all}");
}
