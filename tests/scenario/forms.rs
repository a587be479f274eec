//! One desk exported twice in two forms: the second brings nothing new, so nothing is written,
//! whatever ids its messages have. Desks are made from seeds.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::desk::{Desk, OWN_LEDGER, demo_workspace, list};

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, number: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % number
    }
}

struct Said {
    second: i64,
    by_agent: bool,
    text: String,
}

/// Threads of a desk: what was said in each, in order.
fn threads(seed: u64) -> Vec<Vec<Said>> {
    let mut dice = Dice(seed);
    let words = ["ok", "thanks", "it broke again", "which one?", "the blue one", "sent today"];
    let count = 2 + dice.below(3);
    (0..count)
        .map(|thread| {
            // Days apart, in the middle of the day.
            let mut second = 1_696_500_000 + i64::try_from(thread).unwrap() * 86_400 * 3;
            let number = 2 + dice.below(6);
            (0..number)
                .map(|at| {
                    second += i64::try_from(1 + dice.below(90)).unwrap();
                    let by_agent = at > 0 && dice.below(2) == 1;
                    let word = words[usize::try_from(dice.below(6)).unwrap()];
                    let text = if at == 0 { format!("question {thread}") } else { word.to_owned() };
                    Said { second, by_agent, text }
                })
                .collect()
        })
        .collect()
}

fn folder(files: &[(&str, String)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    dir
}

/// Everything people see of the conversations.
fn seen(desk: &Desk) -> Vec<Value> {
    let state = desk.simulator.state();
    let mut threads: Vec<Value> = list(&state, "conversations")
        .iter()
        .map(|one| {
            let said = list(one, "parts").iter().filter(|part| part["body"].is_string());
            let said: Vec<Value> = said
                .map(|part| json!([part["body"], part["author"]["name"], part["created_at"]]))
                .collect();
            json!([one["source"]["body"], one["created_at"], said])
        })
        .collect();
    threads.sort_by_key(Value::to_string);
    threads
}

async fn same_in_both(source: &str, first: &Path, second: &Path, partial: bool, seed: u64) {
    let desk = Desk::of(source, first, demo_workspace(), OWN_LEDGER).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let (writes, before) = (desk.writes(), seen(&desk));
    let messages: usize = before.iter().map(|one| one[2].as_array().unwrap().len()).sum();
    assert!(messages > 0, "{source} {seed}: nothing was said");
    for _ in 0..2 {
        let place = second.display().to_string();
        let words = ["delta", "--yes", "--bundle", &place, "--partial"];
        let said = desk.say(&words[..if partial { 5 } else { 4 }]).await;
        assert_eq!(said.exit, 0, "{source} {seed}: {said:?}");
        assert_eq!(seen(&desk), before, "{source} {seed}");
        assert_eq!(
            desk.writes(),
            writes,
            "{source} {seed} partial {partial}: something was written"
        );
    }
    assert_eq!(desk.done("reconcile").await["closes"], true);
    assert_eq!(desk.done("verify --all").await["undeclared"], json!({}));
}

mod deskero {
    use super::*;

    const CUSTOMER: &str = "61c0a0f1c2d3e4f5000000c1";
    const AGENT: &str = "5ccaa380698aeac2f01733c1";

    fn ticket(thread: usize) -> String {
        format!("61dfdc00e87457ca6e65e5{thread:02}")
    }

    fn with(files: &[(&str, String)], threads: &[Vec<Said>]) -> TempDir {
        let mut tickets =
            String::from("id,number,subject,description,status,customer_id,insertDate\n");
        for (at, said) in threads.iter().enumerate() {
            let (id, first) = (ticket(at), &said[0]);
            writeln!(
                tickets,
                "{id},{}/2023,S{at},{},opened,{CUSTOMER},{}000",
                at + 1,
                first.text,
                first.second
            )
            .unwrap();
        }
        let manifest = r#"{"source":"deskero","timezone":"Europe/Rome","default_country":"IT"}"#;
        let mut all = vec![
            ("manifest.json", manifest.to_owned()),
            ("customers.csv", format!("id,name,email\n{CUSTOMER},Ida,ida@mail.example\n")),
            ("agents.csv", format!("id,name,email\n{AGENT},Nia,nia@desk.example\n")),
            ("tickets.csv", tickets),
        ];
        all.extend(files.iter().map(|(name, content)| (*name, content.clone())));
        folder(&all)
    }

    fn replies(threads: &[Vec<Said>]) -> Vec<(usize, usize, &Said)> {
        let all = threads.iter().enumerate();
        all.flat_map(|(at, said)| said.iter().enumerate().skip(1).map(move |(n, one)| (at, n, one)))
            .collect()
    }

    /// A table with ids.
    pub fn table(threads: &[Vec<Said>]) -> TempDir {
        let mut table = String::from(
            "message_id,ticket_id,replyDate,replyFromCustomer.id,replyFromOperator.id,text\n",
        );
        for (at, number, said) in replies(threads) {
            let (customer, agent) = if said.by_agent { ("", AGENT) } else { (CUSTOMER, "") };
            let (ticket, second, text) = (ticket(at), said.second, &said.text);
            writeln!(table, "r{at}-{number},{ticket},{second}000,{customer},{agent},{text}")
                .unwrap();
        }
        with(&[("replies.csv", table)], threads)
    }

    /// Lines of JSON without ids, in another order, with other white space.
    pub fn lines(threads: &[Vec<Said>]) -> TempDir {
        let mut lines = String::new();
        for (at, _, said) in replies(threads).into_iter().rev() {
            let side = if said.by_agent { "replyFromOperator" } else { "replyFromCustomer" };
            let id = if said.by_agent { AGENT } else { CUSTOMER };
            let text = said.text.replace(' ', "\u{a0} ") + "\r\n";
            let reply = json!({
                "ticket": { "id": ticket(at) }, "replyDate": said.second * 1000,
                side: { "id": id }, "text": text,
            });
            writeln!(lines, "{reply}").unwrap();
        }
        with(&[("replies.jsonl", lines)], threads)
    }
}

mod clickdesk {
    use chrono::DateTime;

    use super::*;

    fn with(files: &[(String, String)], threads: &[Vec<Said>]) -> TempDir {
        let mut chats = String::from(
            "chat_id,visitor_id,email,name,agent_name,agent_email,start_time,end_time,status\n",
        );
        for (at, said) in threads.iter().enumerate() {
            let (from, to) = (said[0].second, said[said.len() - 1].second + 60);
            writeln!(
                chats,
                "c{at},v1,ida@mail.example,Ida,Nia,nia@desk.example,{from}000,{to}000,complete"
            )
            .unwrap();
        }
        let manifest = r#"{"source":"clickdesk","source_account":"my.clickdesk.com",
            "timezone":"Europe/Rome"}"#;
        let agents = "agent_id,name,email,role,display_name\na1,Nia,nia@desk.example,agent,Nia\n";
        let mut all = vec![
            ("manifest.json", manifest.to_owned()),
            ("visitors.csv", "visitor_id,name,email\nv1,Ida,ida@mail.example\n".to_owned()),
            ("agents.csv", agents.to_owned()),
            ("chats.csv", chats),
        ];
        all.extend(files.iter().map(|(name, content)| (name.as_str(), content.clone())));
        folder(&all)
    }

    fn clock(second: i64) -> impl std::fmt::Display {
        DateTime::from_timestamp(second, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ")
    }

    /// A table of messages with ids.
    pub fn table(threads: &[Vec<Said>]) -> TempDir {
        let mut table = String::from(
            "chat_id,message_id,author_type,author_name,author_email,body,created_at\n",
        );
        for (at, said) in threads.iter().enumerate() {
            for (number, one) in said.iter().enumerate() {
                let who = if one.by_agent { "agent,Nia,nia@desk.example" } else { "visitor,Ida," };
                writeln!(table, "c{at},m{at}-{number},{who},{},{}", one.text, clock(one.second))
                    .unwrap();
            }
        }
        with(&[("chat_messages.csv".to_owned(), table)], threads)
    }

    /// A transcript for each chat.
    pub fn transcripts(threads: &[Vec<Said>]) -> TempDir {
        let transcript = |said: &Vec<Said>| -> String {
            let name = |one: &Said| if one.by_agent { "Nia" } else { "Ida" };
            let time = |one: &Said| {
                let at = DateTime::from_timestamp(one.second, 0).unwrap();
                at.with_timezone(&chrono_tz::Europe::Rome).format("%H:%M:%S")
            };
            said.iter()
                .map(|one| format!("[{}] {}: {}\n", time(one), name(one), one.text))
                .collect()
        };
        let files: Vec<(String, String)> = threads
            .iter()
            .enumerate()
            .map(|(at, said)| (format!("transcripts/c{at}.txt"), transcript(said)))
            .collect();
        with(&files, threads)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deskero_in_another_form_writes_nothing() {
    for seed in 0..3 {
        let threads = threads(seed);
        let (table, lines) = (deskero::table(&threads), deskero::lines(&threads));
        same_in_both("deskero", table.path(), lines.path(), seed % 2 == 0, seed).await;
        same_in_both("deskero", lines.path(), table.path(), seed % 2 == 1, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clickdesk_in_another_form_writes_nothing() {
    for seed in 10..13 {
        let threads = threads(seed);
        let (table, whole) = (clickdesk::table(&threads), clickdesk::transcripts(&threads));
        same_in_both("clickdesk", table.path(), whole.path(), seed % 2 == 0, seed).await;
        same_in_both("clickdesk", whole.path(), table.path(), seed % 2 == 1, seed).await;
    }
}

/// Two that are equal are two, and one more of them is one more.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_more_is_written_once() {
    let said = |second, text: &str| Said { second, by_agent: false, text: text.to_owned() };
    let mut threads = vec![vec![
        said(1_696_500_000, "question"),
        said(1_696_500_060, "hello?"),
        said(1_696_500_060, "hello?"),
    ]];
    let table = clickdesk::table(&threads);
    let desk = Desk::of("clickdesk", table.path(), demo_workspace(), OWN_LEDGER).await;
    desk.plan().await;
    desk.done("apply --yes").await;
    let count = |desk: &Desk| seen(desk)[0][2].as_array().unwrap().len();
    assert_eq!(count(&desk), 2);
    threads[0].push(said(1_696_500_060, "hello?"));
    threads[0].push(said(1_696_500_090, "hello?"));
    let whole = clickdesk::transcripts(&threads);
    desk.done(&format!("delta --yes --bundle {}", whole.path().display())).await;
    assert_eq!(count(&desk), 4);
    assert_eq!(desk.done("reconcile").await["closes"], true);
}
