//! ClickDesk's exports as they are read: who wrote, when, and under which key.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::model::record::{AuthorRole, Message, PersonRef};
use crate::model::{Record, Timestamp};
use crate::source::clickdesk::CLICKDESK;
use crate::source::contract::{Item, Place, Reading, Source, SourceSettings};

const NOW: Timestamp = Timestamp(1_767_225_600_000);

const AGENTS: &str = "agent_id,name,email,display_name\nop1,Noor Haddad,noor@desk.example,Noor\n";

/// The records of an export, and the codes of its findings.
fn read(kind: &str, files: &[(&str, &str)]) -> (BTreeMap<String, Record>, Vec<&'static str>) {
    let dir = tempfile::tempdir().unwrap();
    let manifest = format!(
        "{{\"source\":\"clickdesk\",\"source_account\":\"my.clickdesk.com\",\
         \"export_kind\":\"{kind}\",\
         \"timezone\":\"Asia/Amman\"}}"
    );
    for (path, text) in files.iter().chain(&[("manifest.json", &*manifest), ("agents.csv", AGENTS)])
    {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(chrono_tz::Asia::Amman);
    let settings = SourceSettings { place: Place::Bundle(dir.path().to_owned()), reading };
    let (mut records, mut codes) = (BTreeMap::new(), Vec::new());
    let summary = CLICKDESK.open(&settings).unwrap().read(&mut |item| {
        match item {
            Item::Record(found) => {
                codes.extend(found.findings.iter().map(|finding| finding.code.word()));
                records.insert(found.key.to_string(), found.record);
            }
            Item::Rejected(row) => codes.extend(row.findings.iter().map(|one| one.code.word())),
        }
        ControlFlow::Continue(())
    });
    codes.extend(summary.unwrap().findings.iter().map(|finding| finding.code.word()));
    (records, codes)
}

fn messages(records: &BTreeMap<String, Record>) -> BTreeMap<&str, &Message> {
    let said = records.iter().filter_map(|(key, record)| match record {
        Record::Message(message) => Some((key.as_str(), message)),
        _ => None,
    });
    said.collect()
}

fn customer<'a>(records: &'a BTreeMap<String, Record>, key: &str) -> &'a PersonRef {
    match &records[key] {
        Record::Conversation(thread) => &thread.customer,
        other => panic!("{key} is no thread: {other:?}"),
    }
}

const CHATS: &str = "chat_id,visitor_id,email,name,agent_name,start_time,end_time,status\n\
    q7,vis-3,lina@shop.example,Lina,Noor,2024-04-03T08:00:00Z,2024-04-03T08:05:00Z,complete\n";

#[test]
fn a_word_for_the_visitor_is_no_name_of_somebody_else() {
    let (records, _) = read(
        "full",
        &[
            ("chats.csv", CHATS),
            ("visitors.csv", "visitor_id,name,email\nvis-3,Lina,lina@shop.example\n"),
            (
                "chat_messages.csv",
                "chat_id,message_id,author_type,author_id,author_name,author_email,body,\
                 created_at\n\
                 q7,a,guest,,Guest 12,,one,2024-04-03T08:00:00Z\n\
                 q7,b,visitor,vis-3,Lina S.,,two,2024-04-03T08:01:00Z\n\
                 q7,c,customer,,You,LINA@shop.example,three,2024-04-03T08:02:00Z\n\
                 q7,d,visitor,,Omar,omar@else.example,four,2024-04-03T08:03:00Z\n",
            ),
        ],
    );
    let said = messages(&records);
    for id in ["a", "b", "c"] {
        let author = &said[format!("clickdesk/chat_message/{id}").as_str()].author;
        assert_eq!(author.role, AuthorRole::Customer, "{id}");
        assert!(author.person.is_empty(), "{id}: the thread's own visitor: {author:?}");
    }
    let other = &said["clickdesk/chat_message/d"].author.person;
    assert_eq!(other.email.as_deref(), Some("omar@else.example"));
}

#[test]
fn one_message_has_one_key_in_rows_and_in_transcripts() {
    let rows = "chat_id,author_type,author_name,body,created_at\n\
         q7,visitor,Lina,\"first\nsecond\",2024-04-03T08:00:10Z\n\
         q7,agent,Noor,ok,2024-04-03T08:01:00Z\nq7,visitor,Lina,ok,2024-04-03T08:01:00Z\n";
    let transcript = "[11:00:10] Lina: first\nsecond\n[11:01] Noor: ok\n[11:01] Lina: ok\n";
    let (by_row, _) = read("full", &[("chats.csv", CHATS), ("chat_messages.csv", rows)]);
    let (by_line, codes) =
        read("delta", &[("chats.csv", CHATS), ("transcripts/q7.txt", transcript)]);
    assert!(!codes.contains(&"transcript_doubtful"), "{codes:?}");
    let keys = |records| messages(records).into_keys().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(keys(&by_row), keys(&by_line));
    assert_eq!(keys(&by_row).len(), 3);
    for (key, message) in messages(&by_row) {
        let same = messages(&by_line)[key];
        assert_eq!(message.created_at, same.created_at, "{key}");
        assert_eq!(message.author.role, same.author.role, "{key}");
        assert_eq!(message.body.as_ref().unwrap().content, same.body.as_ref().unwrap().content);
    }
}

#[test]
fn a_visitor_whom_only_threads_name_keeps_the_id() {
    let chats = "chat_id,visitor_id,email,name,agent_name,start_time,status\n\
         q1,vis-8,,Rami,Noor,2024-04-03T08:00:00Z,complete\n\
         q2,vis-8,rami@shop.example,Rami,Noor,2024-04-04T08:00:00Z,complete\n\
         q3,vis-8,other@shop.example,Rami,Noor,2024-04-05T08:00:00Z,complete\n\
         q4,vis-9,,,Noor,2024-04-06T08:00:00Z,complete\n";
    let (records, _) = read("full", &[("chats.csv", chats)]);
    let Record::Contact(rami) = &records["clickdesk/visitor/vis-8"] else { panic!("no contact") };
    assert_eq!(rami.emails, ["rami@shop.example"]);
    let people = records.keys().filter(|key| key.starts_with("clickdesk/visitor/"));
    assert_eq!(people.count(), 3, "vis-8, vis-9, and who writes from the other address");
    let key = |chat: &str| customer(&records, chat).key.as_ref().map(ToString::to_string);
    assert_eq!(key("clickdesk/chat/q1").as_deref(), Some("clickdesk/visitor/vis-8"));
    assert_eq!(key("clickdesk/chat/q2").as_deref(), Some("clickdesk/visitor/vis-8"));
    assert_ne!(key("clickdesk/chat/q3").as_deref(), Some("clickdesk/visitor/vis-8"));
    assert_eq!(key("clickdesk/chat/q4").as_deref(), Some("clickdesk/visitor/vis-9"));

    // A part of an export makes nobody again: the address leads to whoever is known by it.
    let (part, _) = read("delta", &[("chats.csv", chats)]);
    assert!(!part.keys().any(|key| key.starts_with("clickdesk/visitor/")), "{:?}", part.keys());
    let again = customer(&part, "clickdesk/chat/q2");
    assert_eq!((again.key.is_none(), again.email.as_deref()), (true, Some("rami@shop.example")));
}
