//! The pages over HTTP, without a browser: every page answers, holds what the ledger says, escapes
//! what strangers wrote; nothing else is answered, and no log holds a name.

use std::collections::{BTreeSet, VecDeque};

use deskledger::env::Env;
use deskledger::ledger::{Ledger, LedgerSettings, NewEvent};
use deskledger::model::SourceKey;
use deskledger::model::event::RecordExcluded;

use super::desk::{ADDRESS, ANSWERED, Hostile, IMAGE, SAID, SCRIPT};
use crate::support::desk::Desk;
use crate::support::http::Served;

/// Bytes that no page may have more of.
const PAGE_LEN_MAX: usize = 1 << 20;

/// Everything that can be reached from the overview by links.
fn crawl(served: &Served) -> Vec<(String, String)> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next = VecDeque::from(["/".to_owned()]);
    let mut pages = Vec::new();
    while let Some(path) = next.pop_front() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let reply = served.get(&path);
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert!(reply.body.len() < PAGE_LEN_MAX, "{path} has {} bytes", reply.body.len());
        for (name, wanted) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(reply.header(name), Some(wanted), "{path}: {}", reply.head);
        }
        let policy = reply.header("content-security-policy").unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        if path != "/verify" {
            assert!(!policy.contains("script-src"), "{path}: {policy}");
            next.extend(reply.links());
        }
        pages.push((path, reply.body));
    }
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_and_shows_strangers_words_as_words() {
    let hostile = Hostile::new().await;
    let served = Served::start(&hostile.desk, &["-vv"]).await;
    let pages = tokio::task::block_in_place(|| crawl(&served));
    let sorts: BTreeSet<&str> =
        pages.iter().map(|(path, _)| path.split('/').nth(1).unwrap()).collect();
    for sort in [
        "",
        "runs",
        "run",
        "events",
        "reconciliation",
        "findings",
        "losses",
        "records",
        "waiting",
        "record",
        "rollback",
        "rollbacks",
        "residue",
        "proof",
        "verify",
    ] {
        assert!(sorts.contains(sort), "no page of {sort:?} among {sorts:?}");
    }
    for (path, body) in pages.iter().filter(|(path, _)| path != "/verify") {
        assert!(!body.contains("<script") && !body.contains("<img"), "{path}: {body}");
        assert!(!body.contains('\u{202E}'), "{path} turns the order of reading");
    }
    let all: String = pages.iter().map(|(_, body)| body.as_str()).collect();
    assert!(all.contains("invoice\\u{202e}fdp.exe"), "the turned name is shown by its numbers");
    assert!(all.contains("&quot;&gt;&lt;img src=x onerror=window.hit=1&gt;"));
    let log = served.end().await;
    assert!(log.contains("record"), "what was shown is logged by sort: {log}");
    let ticket = Hostile::ticket(1);
    for personal in [ADDRESS, SCRIPT, IMAGE, SAID, "garden.example", ticket.as_str()] {
        assert!(!log.contains(personal), "{personal} stands in the log: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_found_and_shown_with_both_sides() {
    let hostile = Hostile::new().await;
    let served = Served::start(&hostile.desk, &[]).await;
    let (ticket, contact) = (Hostile::ticket(1), Hostile::contact(1));
    let address = ADDRESS.replace('@', "%40");
    for word in [ticket.as_str(), contact.as_str(), address.as_str()] {
        let found = served.get(&format!("/search?q={word}"));
        assert_eq!(found.status, 200);
        let record = found.links().into_iter().find(|path| path.starts_with("/record/"));
        let page = served.get(&record.unwrap_or_else(|| panic!("{word} is not found")));
        assert!(page.body.contains("&lt;script&gt;window.hit=1&lt;/script&gt;"), "{word}");
        let (source, rest) = page.body.split_once("What Intercom was sent").unwrap();
        assert!(source.contains("What the help desk held"), "{word}");
        assert!(rest.contains("read") && rest.contains("fields back"), "{word}: no look");
        match word == ticket {
            true => assert!(source.contains(SAID) && rest.contains(SAID), "{}", page.body),
            false => assert!(source.contains(ADDRESS) && rest.contains(ADDRESS), "{word}"),
        }
        for event in ["RecordRead", "RecordTransformed", "WriteStarted", "WriteSucceeded"] {
            assert!(page.body.contains(event), "{word}: no {event}");
        }
    }
    // A message is written with its thread, and shown with what was sent of it.
    let found = served.get("/search?q=6513a0f1c2d3e4f500000001");
    let record = found.links().into_iter().find(|path| path.starts_with("/record/")).unwrap();
    let page = served.get(&record).body;
    let (source, sent) = page.split_once("What Intercom was sent").unwrap();
    assert!(source.contains(ANSWERED) && sent.contains(ANSWERED), "{page}");
    assert!(source.contains("with the record that it is part of"), "{page}");
    assert!(!sent.contains(SAID), "only what was sent of this message: {page}");
    // An id of Intercom, as the ledger says it.
    let shown = hostile.desk.done(&format!("show {contact}")).await.to_string();
    let id = shown.split("\"object\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let found = served.get(&format!("/search?q={id}"));
    assert!(found.body.contains(&contact), "{id} finds its record");
    let nothing = served.get("/search?q=nobody%40nowhere.example");
    assert!(nothing.body.contains("Records found: none"), "{}", nothing.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_losses_rollback_and_residue_say_what_the_ledger_says() {
    let hostile = Hostile::new().await;
    let served = Served::start(&hostile.desk, &[]).await;
    let rejected = served.get("/findings/rejected/0");
    assert!(rejected.body.contains("deskero/row/tickets.csv:6"), "{}", rejected.body);
    assert!(rejected.body.contains("ragged_row"), "{}", rejected.body);
    let status = hostile.desk.say(&["rollback", "status"]).await.json();
    let residue = served.get("/residue").body;
    let stays = status["residue"].as_array().unwrap();
    assert!(!stays.is_empty(), "the rollback of a contact leaves something");
    for one in stays {
        for name in ["key", "kind"] {
            let word = one[name].as_str().unwrap();
            assert!(residue.contains(word), "{word} is not on the page of the residue: {residue}");
        }
    }
    let counted = hostile.desk.say(&["reconcile"]).await.json();
    let page = served.get("/reconciliation").body;
    assert!(page.contains("The counts close"), "{page}");
    for (loss, _) in counted["losses"].as_object().unwrap() {
        assert!(page.contains(loss.as_str()), "{loss} is not on the page of the counts");
        assert!(served.get("/losses").body.contains(loss.as_str()), "{loss} by record");
    }
    assert!(served.get("/rollbacks").body.contains("only 1 records"), "the slice is named");
    assert!(served.get("/rollback").body.contains("remove"), "what would go is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_only_reads_and_answers_to_its_own_name_alone() {
    let desk = Desk::demo().await;
    desk.read().await;
    let ledger = desk.folder().join("ledger.db");
    let before = std::fs::read(&ledger).unwrap();
    let served = Served::start(&desk, &[]).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"] {
        let path = if method == "CONNECT" { "127.0.0.1:1" } else { "/" };
        let reply = served.method(method, path);
        // CONNECT names another server in its target.
        let expected = if method == "CONNECT" { 421 } else { 405 };
        assert_eq!(reply.status, expected, "{method}: {reply:?}");
    }
    assert_eq!(served.method("POST", "/").header("allow"), Some("GET, HEAD"));
    let head = served.method("HEAD", "/");
    let len: usize = head.header("content-length").unwrap().parse().unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(len, served.get("/").body.len());
    let port = served.port;
    let other = port ^ 1;
    let with =
        |host: &str| served.ask(&format!("GET / HTTP/1.1\r\n{host}Connection: close\r\n\r\n"));
    for host in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1.evil.example:{port}\r\n"),
        format!("Host: localhost.evil.example:{port}\r\n"),
        format!("Host: 127.0.0.1:{other}\r\n"),
        format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
    ] {
        let reply = with(&host);
        assert!([400, 403, 421].contains(&reply.status), "{host}: {}", reply.status);
        assert!(!reply.body.contains("Overview"), "{host}");
    }
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        assert_eq!(with(&format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    let unknown =
        ["/nothing", "/record/999999999", "/run/zz", "/..%2f..%2fetc/passwd", "/record/-1"];
    for path in unknown {
        assert_eq!(served.get(path).status, 404, "{path}");
    }
    assert_eq!(served.get("/proof/0.tlog-proof").status, 409, "nothing is sealed");
    served.end().await;
    assert!(before == std::fs::read(&ledger).unwrap(), "serving changed the ledger's file");
}

#[test]
fn only_loopback_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let help = crate::support::program::run(folder.path(), &["serve", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--port") && !help.contains("--listen") && !help.contains("--host"));
    for words in [["serve", "--listen", "0.0.0.0:1"], ["serve", "--port", "0.0.0.0:1"]] {
        let refused = crate::support::program::run(folder.path(), &words);
        assert_eq!(refused.status.code(), Some(1), "{words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_follows_a_process_that_writes() {
    let desk = Desk::demo().await;
    desk.read().await;
    let url = format!("sqlite:{}", desk.folder().join("ledger.db").display());
    let projections = deskledger::projection::all();
    let env = Env::system();
    let settings = LedgerSettings { url, projections, env: env.clone(), read_only: false };
    let writer = Ledger::open(settings).await.unwrap();
    let served = Served::start(&desk, &[]).await;
    let key = SourceKey::new("deskero", "ticket", "written-meanwhile").unwrap();
    assert!(served.get("/search?q=written-meanwhile").body.contains("Records found: none"));
    let event = NewEvent::new(key, RecordExcluded { rule: "planted".into() });
    let at = writer.append(env.run_id(), vec![event]).await.unwrap()[0].position;
    let found = served.get("/search?q=written-meanwhile");
    assert!(found.body.contains("deskero/ticket/written-meanwhile"), "{}", found.body);
    assert!(served.get(&format!("/events/{at}")).body.contains("planted"));
    served.end().await;
    writer.close().await;
}
