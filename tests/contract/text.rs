//! Text as exports really hold it: encodings, cut characters, control characters, unbalanced
//! quotes, pasted markup, addresses with names around them. One file of a small Deskero export
//! is written for each.

use std::collections::BTreeMap;

use deskledger::model::Record;
use deskledger::model::record::{BodyFormat, Conversation};
use deskledger::source::{Code, Finding, Severity};

use super::export::{bundle, findings, open, read, records};

const CUSTOMERS: &str = "id,name,email\n5e37d300eb7c38eb1ad4c901,Nora,nora@mail.example\n";

const HEAD: &str = "id,number,subject,description,status,customer_id,insertDate,tags\n";

/// A row of the tickets, by its number.
fn row(number: u8, subject: &str, description: &str) -> String {
    format!(
        "61dfdc00e87457ca6e65e4{number:02},{number}/2022,{subject},{description},opened,\
         5e37d300eb7c38eb1ad4c901,1642060800000,\n"
    )
}

type Bundle = (BTreeMap<String, Record>, Vec<Finding>);

fn bundle_of(files: &[(&str, &[u8])]) -> Bundle {
    let manifest = br#"{"source":"deskero","timezone":"Europe/Rome","default_country":"IT"}"#;
    let mut all = vec![("manifest.json", manifest.as_slice())];
    if !files.iter().any(|(path, _)| path.starts_with("customers")) {
        all.push(("customers.csv", CUSTOMERS.as_bytes()));
    }
    all.extend(files);
    let dir = bundle(&all);
    let (items, summary) = read(open("deskero", dir.path()).as_mut());
    (records(&items), findings(&items, &summary))
}

fn tickets((records, _): &Bundle) -> Vec<&Conversation> {
    fn ticket(record: &Record) -> Option<&Conversation> {
        match record {
            Record::Conversation(thread) => Some(thread),
            _ => None,
        }
    }
    records.values().filter_map(ticket).collect()
}

fn body(thread: &Conversation) -> &str {
    thread.description.as_ref().map_or("", |body| body.content.as_str())
}

fn found((_, findings): &Bundle, code: Code) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.code == code).collect()
}

#[test]
fn a_file_is_read_in_its_encoding() {
    let korean = "배송이 아직 도착하지 않았습니다 확인 부탁드립니다";
    let chinese = "我们的订单还没有到货请尽快查询并告知结果谢谢";
    let japanese = "注文した商品がまだ届いていません。状況を教えてください。";
    let italian = "Perché la fattura è già arrivata due volte? Così non va.";
    for (name, text) in [
        ("euc-kr", korean),
        ("gb2312", chinese),
        ("shift_jis", japanese),
        ("windows-1252", italian),
    ] {
        let table = format!("{HEAD}{}", row(1, "S", text));
        let (bytes, _, lost) =
            encoding_rs::Encoding::for_label(name.as_bytes()).unwrap().encode(&table);
        assert!(!lost, "{name}");
        let read = bundle_of(&[("tickets.csv", &bytes)]);
        assert_eq!(body(tickets(&read)[0]), text, "{name}");
        assert_eq!(found(&read, Code::EncodingGuessed).len(), 1, "{name}");
    }
    let utf16: Vec<u8> = format!("{HEAD}{}", row(1, "S", "Größe: 5 €"))
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let read = bundle_of(&[("tickets.csv", &utf16)]);
    assert_eq!(body(tickets(&read)[0]), "Größe: 5 €", "UTF-16 without a mark");
    // What the manifest says wins.
    let manifest = br#"{"source":"deskero","encodings":{"tickets.csv":"koi8-r"}}"#;
    let (bytes, ..) = encoding_rs::KOI8_R.encode("да");
    let table = [HEAD.as_bytes(), row(1, "S", "X").replace('X', "{}").as_bytes()].concat();
    let table = String::from_utf8(table).unwrap();
    let (before, after) = table.split_once("{}").unwrap();
    let table = [before.as_bytes(), &bytes, after.as_bytes()].concat();
    let read = bundle_of(&[("manifest.json", manifest), ("tickets.csv", &table)]);
    assert_eq!(body(tickets(&read)[0]), "да");
}

#[test]
fn a_cut_character_costs_itself_and_names_its_row() {
    let mut table = format!("{HEAD}{}", row(1, "Año", "El niño pagó 5 €")).into_bytes();
    let cut = row(2, "Otra", "CUT").replace("CUT", "{}");
    let (before, after) = cut.split_once("{}").unwrap();
    table.extend([before.as_bytes(), b"mal \xF0\x9F\x98", after.as_bytes()].concat());
    table.extend(row(3, "Más", "señal").into_bytes());
    let read = bundle_of(&[("tickets.csv", &table)]);
    let bodies: Vec<&str> = tickets(&read).into_iter().map(body).collect();
    assert_eq!(bodies, ["El niño pagó 5 €", "mal \u{FFFD}", "señal"]);
    let bad = found(&read, Code::BadText);
    assert_eq!(bad.len(), 1);
    assert_eq!(bad[0].at.as_ref().unwrap().line, 3);
    assert!(found(&read, Code::EncodingGuessed).is_empty());
}

#[test]
fn half_a_character_in_json_costs_itself() {
    let line = |n: u8, text: &str| {
        format!(
            "{{\"id\":\"61dfdc00e87457ca6e65e4{n:02}\",\"number\":\"{n}/2022\",\"subject\":\"S\",\
             \"description\":\"{text}\",\"status\":\"opened\",\"insertDate\":1642060800000,\
             \"openedBy\":{{\"id\":\"5e37d300eb7c38eb1ad4c901\"}}}}\n"
        )
    };
    let lines = line(1, r"\ude00 first") + &line(2, r"x\u0000y \ud83d\ude80") + &line(3, "z");
    for (name, text) in [
        ("tickets.jsonl", lines.clone()),
        ("tickets.json", format!("[{}]", lines.trim_end().replace('\n', ","))),
    ] {
        let read = bundle_of(&[(name, text.as_bytes())]);
        let bodies: Vec<&str> = tickets(&read).into_iter().map(body).collect();
        assert_eq!(bodies, ["\u{FFFD} first", "xy 🚀", "z"], "{name}");
        assert_eq!(found(&read, Code::BadText).len(), 1, "{name}");
        assert_eq!(found(&read, Code::ControlRemoved).len(), 1, "{name}");
    }
}

#[test]
fn control_characters_reach_no_record() {
    let table = format!("{HEAD}{}", row(1, "a\u{1}b", "one\0two\u{7F}"));
    let table = table.replace("1642060800000,\n", "1642060800000,red\0|blue\u{8}\n");
    let read = bundle_of(&[("tickets.csv", table.as_bytes())]);
    let ticket = tickets(&read)[0];
    assert_eq!(ticket.subject.as_deref(), Some("ab"));
    assert_eq!(body(ticket), "onetwo");
    assert_eq!(ticket.tags, ["red", "blue"]);
    let removed = found(&read, Code::ControlRemoved);
    assert_eq!((removed.len(), removed[0].at.as_ref().unwrap().line), (1, 2));
}

#[test]
fn an_unbalanced_quote_stops_the_plan_with_its_line() {
    let rows: String = (1..7)
        .map(|n| match n {
            2 => row(n, "\"open", "b"),
            5 => row(n, "S", "\"quoted, too\""),
            _ => row(n, "S", "b"),
        })
        .collect();
    let to_the_end = rows.replace("\"quoted, too\"", "b");
    for (table, inside) in [(rows, "at line 6; 3 lines"), (to_the_end, "end of the file; 5 lines")]
    {
        let read = bundle_of(&[("tickets.csv", format!("{HEAD}{table}").as_bytes())]);
        let open = found(&read, Code::QuoteUnbalanced);
        assert_eq!(open.len(), 1, "{inside}");
        assert_eq!(open[0].severity, Severity::Blocking);
        assert_eq!(open[0].at.as_ref().unwrap().line, 3);
        assert!(open[0].reason.contains(inside), "{}", open[0].reason);
    }
    let fine = format!("{HEAD}{}", row(1, "\"a \"\"b\"\"\nc\"", "d"));
    let read = bundle_of(&[("tickets.csv", fine.as_bytes())]);
    assert!(found(&read, Code::QuoteUnbalanced).is_empty());
    assert_eq!(tickets(&read)[0].subject.as_deref(), Some("a \"b\"\nc"));
}

#[test]
fn a_column_of_text_stays_text() {
    let replies = "message_id,ticket_id,replyDate,replyFromCustomer.id,text\n\
        61e000000000000000000001,61dfdc00e87457ca6e65e401,1642060900000,5e37d300eb7c38eb1ad4c901,\
        \"<settings>\n <mode>fast</mode>\n</settings>\nHashMap<u8, Vec<u8>> is slow\"\n\
        61e000000000000000000002,61dfdc00e87457ca6e65e401,1642060901000,5e37d300eb7c38eb1ad4c901,\
        \"first\nthen <b>bold</b> is shown\nlast\"\n\
        61e000000000000000000003,61dfdc00e87457ca6e65e401,1642060902000,5e37d300eb7c38eb1ad4c901,\
        why is there a <hr> at all?\n";
    let html = "id,ticket_id,date,agent_id,note\n\
        61f000000000000000000001,61dfdc00e87457ca6e65e401,1642060900000,,\"<p>one</p>\"\n\
        61f000000000000000000002,61dfdc00e87457ca6e65e401,1642060901000,,\"two <br> lines\"\n\
        61f000000000000000000003,61dfdc00e87457ca6e65e401,1642060902000,,\"three\nlines\"\n\
        61f000000000000000000004,61dfdc00e87457ca6e65e401,1642060903000,,Q&amp;A <u>here</u>\n";
    let table = format!("{HEAD}{}", row(1, "S", "b"));
    let read = bundle_of(&[
        ("tickets.csv", table.as_bytes()),
        ("replies.csv", replies.as_bytes()),
        ("notes.csv", html.as_bytes()),
    ]);
    let formats = |object: &str| -> Vec<BodyFormat> {
        let of = |(key, record): (&String, &Record)| match record {
            Record::Message(message) if key.contains(object) => {
                message.body.as_ref().map(|body| body.format)
            }
            _ => None,
        };
        read.0.iter().filter_map(of).collect()
    };
    assert_eq!(formats("/reply/"), [BodyFormat::Text; 3]);
    let (html, text) = (BodyFormat::Html, BodyFormat::Text);
    assert_eq!(formats("/note/"), [html, html, text, html]);
    let doubts = found(&read, Code::BodyFormatMixed);
    assert_eq!(doubts.len(), 1, "the texts that name elements");
    assert!(doubts[0].reason.starts_with("2 cells"), "{}", doubts[0].reason);
}

#[test]
fn addresses_are_found_and_what_is_none_is_left_out() {
    let customers = "id,name,email\n\
        5e37d300eb7c38eb1ad4c901,A,\"\"\"Rossi, Anna\"\" <anna@x.example>\"\n\
        5e37d300eb7c38eb1ad4c902,B,\"Bruni, Berta <berta@x.example>\"\n\
        5e37d300eb7c38eb1ad4c903,C,Anna Verdi anna.v@y.example\n\
        5e37d300eb7c38eb1ad4c904,D,mailto:dora@x.example\n\
        5e37d300eb7c38eb1ad4c905,E,\u{2060}elsa@x.example.\n\
        5e37d300eb7c38eb1ad4c906,F,see phone book\n";
    let table = format!("{HEAD}{}", row(1, "S", "b"));
    let read =
        bundle_of(&[("tickets.csv", table.as_bytes()), ("customers.csv", customers.as_bytes())]);
    let addresses: Vec<&[String]> = read
        .0
        .values()
        .filter_map(|record| match record {
            Record::Contact(contact) => Some(contact.emails.as_slice()),
            _ => None,
        })
        .collect();
    let expected: [&[&str]; 6] = [
        &["anna@x.example"],
        &["berta@x.example"],
        &["anna.v@y.example"],
        &["dora@x.example"],
        &["elsa@x.example"],
        &[],
    ];
    assert_eq!(addresses, expected);
    assert_eq!(found(&read, Code::EmailMended).len(), 2);
    assert_eq!(found(&read, Code::EmailInvalid).len(), 1);
}

#[test]
fn ids_that_became_fractions_are_asked_about() {
    let customers = "id,name,email\n17.0,A,a@x.example\n18.0,B,b@x.example\n";
    let tickets_of = "id,number,subject,description,status,customer_id,insertDate\n\
        501,1/2022,S,b,opened,17,1642060800000\n";
    let files = [("tickets.csv", tickets_of.as_bytes()), ("customers.csv", customers.as_bytes())];
    let read = bundle_of(&files);
    let asked = found(&read, Code::IdFraction);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].severity, Severity::Blocking);
    let manifest: &[u8] = br#"{"source":"deskero","timezone":"UTC","whole_ids":true}"#;
    let read = bundle_of(&[files[0], files[1], ("manifest.json", manifest)]);
    assert!(found(&read, Code::IdFraction).is_empty());
    assert!(found(&read, Code::DanglingReference).is_empty());
    assert!(read.0.contains_key("deskero/customer/17"), "{:?}", read.0.keys());
}

#[test]
fn a_spreadsheets_error_is_no_value() {
    let table = format!("{HEAD}{}", row(1, "#NAME?", "#REF!")) + &row(2, "S", "fine");
    let table = table.replace("1642060800000,\n", "1642060800000,#N/A|vip\n");
    let read = bundle_of(&[("tickets.csv", table.as_bytes())]);
    let errors = found(&read, Code::SpreadsheetError);
    let columns: Vec<&str> = errors.iter().filter_map(|f| f.column.as_deref()).collect();
    assert_eq!(columns, ["subject", "description"]);
    assert!(tickets(&read).iter().all(|ticket| ticket.tags == ["vip"]));
    // An id that is an error is none: two such rows are not one record.
    let lost = table.replace("61dfdc00e87457ca6e65e402", "#VALUE!");
    let read = bundle_of(&[("tickets.csv", lost.as_bytes())]);
    assert_eq!((tickets(&read).len(), found(&read, Code::IdMissing).len()), (1, 1));
}

#[test]
fn pages_of_one_list_say_its_total_each() {
    let page = |ids: &[u8], total: u8| {
        let records: Vec<serde_json::Value> = ids
            .iter()
            .map(|n| {
                serde_json::json!({
                    "id": format!("61dfdc00e87457ca6e65e4{n:02}"), "number": format!("{n}/2022"),
                    "subject": "S", "description": "b", "status": "opened",
                    "openedBy": { "id": "5e37d300eb7c38eb1ad4c901" },
                    "insertDate": 1_642_060_800_000_i64,
                })
            })
            .collect();
        serde_json::json!({ "ticket": { "totalRecords": total, "records": records } }).to_string()
    };
    for (pages, mismatch) in [
        ([page(&[1, 2], 4), page(&[3, 4], 4)], None),
        ([page(&[1, 2], 4), page(&[2, 3], 4)], Some("3 records; expected 4")),
        ([page(&[1, 2], 2), page(&[3], 1)], None),
    ] {
        let read = bundle_of(&[
            ("tickets_1.json", pages[0].as_bytes()),
            ("tickets_2.json", pages[1].as_bytes()),
        ]);
        let told = found(&read, Code::CountMismatch);
        assert_eq!(told.len(), usize::from(mismatch.is_some()), "{told:?}");
        if let Some(expected) = mismatch {
            assert!(told[0].reason.starts_with(expected), "{}", told[0].reason);
        }
    }
}

#[test]
fn a_lock_file_is_passed_over_and_a_bomb_is_not_opened() {
    let table = format!("{HEAD}{}", row(1, "S", "b"));
    let read = bundle_of(&[
        ("tickets.csv", table.as_bytes()),
        ("~$customers.xlsx", b"\x05Nora"),
        (".~lock.tickets.csv#", b",nora,"),
    ]);
    assert_eq!(found(&read, Code::SystemFile).len(), 2);
    assert!(read.1.iter().all(|finding| finding.severity < Severity::Reject), "{:?}", read.1);
}

#[test]
fn one_file_of_two_messages_is_a_record_of_each() {
    let table = format!("{HEAD}{}", row(1, "S", "b"));
    let replies = "ticket_id,replyDate,replyFromCustomer.id,text,attachments\n\
        61dfdc00e87457ca6e65e401,1642060900000,5e37d300eb7c38eb1ad4c901,one,attachments/plan.txt\n\
        61dfdc00e87457ca6e65e401,1642060901000,5e37d300eb7c38eb1ad4c901,two,attachments/plan.txt\n";
    let read = bundle_of(&[
        ("tickets.csv", table.as_bytes()),
        ("replies.csv", replies.as_bytes()),
        ("attachments/plan.txt", b"hello"),
    ]);
    let mut messages = Vec::new();
    for record in read.0.values() {
        if let Record::Attachment(file) = record {
            assert_eq!(file.path.as_deref(), Some("attachments/plan.txt"));
            messages.push(file.message.clone().unwrap());
        }
    }
    messages.sort();
    messages.dedup();
    assert_eq!(messages.len(), 2, "each message has the file");
}
