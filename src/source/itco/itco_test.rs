//! ITCO's templates as they are read: what is special about data copied by hand.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::model::record::{ConversationState, Team};
use crate::model::{Record, Timestamp};
use crate::source::contract::{Item, Place, ReadSummary, Reading, Source, SourceSettings};
use crate::source::finding::Finding;
use crate::source::itco::ITCO;

const NOW: Timestamp = Timestamp(1_767_225_600_000);

struct Read {
    records: BTreeMap<String, Record>,
    findings: Vec<Finding>,
    summary: ReadSummary,
}

impl Read {
    fn of(files: &[(&str, &str)], reading: Reading) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let settings = SourceSettings { place: Place::Bundle(dir.path().to_owned()), reading };
        let (mut records, mut findings) = (BTreeMap::new(), Vec::new());
        let summary = ITCO.open(&settings).unwrap().read(&mut |item| {
            match item {
                Item::Record(found) => {
                    findings.extend(found.findings);
                    records.insert(found.key.to_string(), found.record);
                }
                Item::Rejected(row) => findings.extend(row.findings),
            }
            ControlFlow::Continue(())
        });
        let summary = summary.unwrap();
        findings.extend(summary.findings.iter().cloned());
        Self { records, findings, summary }
    }

    fn codes(&self) -> Vec<&'static str> {
        let mut codes: Vec<_> = self.findings.iter().map(|f| f.code.word()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn reason(&self, code: &str) -> &str {
        let found = self.findings.iter().find(|finding| finding.code.word() == code);
        &found.unwrap_or_else(|| panic!("no {code} in {:?}", self.codes())).reason
    }
}

fn read(files: &[(&str, &str)]) -> Read {
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(chrono_tz::UTC);
    Read::of(files, reading)
}

const TICKET: &str = "ticket_id,title,status,customer_email,created_at\n\
    T-1,Pump,open,ada@example.org,2024-03-05 08:00\n";

#[test]
fn example_rows_are_dropped_and_counted() {
    let found = read(&[
        ("07_tickets.csv", &format!("{TICKET}EXAMPLE-1,Delete this,open,a@b.org,2024-03-05\n")),
        ("08_messages.csv", "ticket_id,author_type,body,created_at\nEXAMPLE-1,customer,Hi,2024\n"),
        // Only marked rows are examples.
        ("10_tags.csv", "tag\nEXAMPLE\nexample-1\n"),
    ]);
    assert_eq!(found.summary.objects["tickets"].rows, 1);
    assert!(!found.summary.objects.contains_key("messages"));
    assert_eq!(found.summary.objects["tags"].records, 2);
    assert_eq!(found.reason("example_dropped"), "1 rows.");
}

#[test]
fn files_hang_on_the_message_of_that_number() {
    let found = read(&[
        ("07_tickets.csv", TICKET),
        (
            "08_messages.csv",
            "ticket_id,message_id,seq,author_type,author_email,body,created_at\n\
             T-1,,1,customer,ada@example.org,Hi,2024-03-05 08:00\n\
             T-1,M-2,02,customer,ada@example.org,Photo,2024-03-05 09:00\n",
        ),
        (
            "09_attachments.csv",
            "ticket_id,message_seq,file_name,new_file_name,downloaded,reuploaded\n\
             T-1,1,a.txt,TT-1_M1_01_a.txt,yes,no\nT-1,2,b.txt,,no,\nT-1,,c.txt,,,\n",
        ),
        ("attachments/TT-1_M1_01_a.txt", "a"),
    ]);
    let files: BTreeMap<&str, (Option<String>, Option<u64>)> = found
        .records
        .values()
        .filter_map(|record| match record {
            Record::Attachment(file) => {
                let message = file.message.as_ref().map(|key| key.id().to_owned());
                Some((file.name.as_str(), (message, file.size_bytes)))
            }
            _ => None,
        })
        .collect();
    assert_eq!(files["a.txt"], (Some("T-1#1".to_owned()), Some(1)));
    assert_eq!(files["b.txt"], (Some("M-2".to_owned()), None));
    assert_eq!(files["c.txt"], (None, None));
    let Some(Record::Message(message)) = found.records.get("itco/message/M-2") else {
        panic!("{:?}", found.records.keys());
    };
    assert_eq!(message.attachments.len(), 1);
    let marks = found.records.values().find_map(|record| match record {
        Record::Attachment(file) if file.name == "a.txt" => Some(&file.standard),
        _ => None,
    });
    assert_eq!(marks.unwrap()["downloaded"], "true");
    assert_eq!(marks.unwrap()["reuploaded"], "false");
}

#[test]
fn teams_are_named_with_those_above_them() {
    let found = read(&[
        (
            "02_teams.csv",
            "team_id,name,parent_team_id,lead_agent_id\nG-1,Support,,A-2\nG-2,Pumps,G-1,\n\
             ,Support/Valves,,\n,Night/Shift,,\n",
        ),
        (
            "01_agents.csv",
            "agent_id,name,email,team_ids\nA-1,Bo,bo@example.com,G-1;Pumps\n\
             A-2,Iris,iris@example.com,\n",
        ),
        (
            "07_tickets.csv",
            "ticket_id,title,status,customer_email,created_at,team_name,agent_name\n\
             T-1,Pump,open,ada@example.org,2024-03-05 08:00,pumps,Bo\n\
             T-2,Pump,open,ada@example.org,2024-03-05 08:00,Night / Shift,iris@example.com\n",
        ),
    ]);
    let team = |id: &str| match found.records.get(&format!("itco/team/{id}")) {
        Some(Record::Team(Team { name, parent, members })) => {
            let members: Vec<_> = members.iter().filter_map(|m| m.key.clone()).collect();
            (name.clone(), parent.as_ref().map(|key| key.id().to_owned()), members.len())
        }
        other => panic!("{id}: {other:?}"),
    };
    assert_eq!(team("G-1"), ("Support".to_owned(), None, 2));
    assert_eq!(team("G-2"), ("Pumps".to_owned(), Some("G-1".to_owned()), 1));
    let valves = team("support / valves");
    assert_eq!(valves, ("Valves".to_owned(), Some("G-1".to_owned()), 0));
    assert_eq!(team("night / shift"), ("Night / Shift".to_owned(), None, 0));
    for (id, named, key, email) in [
        ("T-1", "Support / Pumps", Some("A-1"), None),
        ("T-2", "Night / Shift", None, Some("iris@example.com")),
    ] {
        let Some(Record::Conversation(ticket)) = found.records.get(&format!("itco/ticket/{id}"))
        else {
            panic!("{id}");
        };
        assert_eq!(ticket.team.as_deref(), Some(named));
        assert_eq!(ticket.assignee.key.as_ref().map(|key| key.id()), key);
        assert_eq!(ticket.assignee.email.as_deref(), email);
    }
}

#[test]
fn counts_of_several_filters_are_added_up() {
    let counts = |second: u32| {
        format!("object,count_on_screen,filter_used\nTickets,1,open\nTickets,{second},closed\n")
    };
    let right = read(&[("07_tickets.csv", TICKET), ("00_counts.csv", &counts(0))]);
    assert!(!right.codes().contains(&"count_mismatch"), "{:?}", right.codes());
    let wrong = read(&[("07_tickets.csv", TICKET), ("00_counts.csv", &counts(4))]);
    assert_eq!(wrong.reason("count_mismatch"), "1 records; the screens showed 5.");
    let Some(Record::ConfigurationItem(count)) = wrong.records.get("itco/count/tickets:closed")
    else {
        panic!("{:?}", wrong.records.keys());
    };
    assert_eq!(count.details["count_on_screen"], "4");
    assert_eq!(count.details["rows_read"], "1");
}

#[test]
fn a_delta_is_not_held_against_time_or_threads() {
    let files = [
        (
            "07_tickets.csv",
            "ticket_id,title,status,customer_id,created_at\n\
             T-1,Pump,open,C-1,2024-03-05 08:00\nT-2,Pump,open,C-1,2024-08-05 08:00\n",
        ),
        ("manifest.json", r#"{"export_kind":"delta","timezone":"UTC"}"#),
    ];
    let part = read(&files);
    assert!(!part.codes().contains(&"months_empty"), "{:?}", part.codes());
    let whole = read(&files[..1]);
    assert!(whole.reason("months_empty").contains("2024-04, 2024-05, 2024-06, 2024-07"));
}

#[test]
fn own_words_can_be_mapped() {
    let ticket = "ticket_id,title,status,priority,customer_email,created_at\n\
        T-1,Pump,escalated,asap,ada@example.org,2024-03-05 08:00\n";
    let open = read(&[("07_tickets.csv", ticket)]);
    assert!(open.codes().contains(&"unmapped_value"));
    let mut reading = Reading::undecided(NOW);
    reading.time_zone = Some(chrono_tz::UTC);
    let map = |from: &str, to: &str| BTreeMap::from([(from.to_owned(), to.to_owned())]);
    reading.value_maps.insert("tickets.status".to_owned(), map("Escalated", "pending"));
    reading.value_maps.insert("tickets.priority".to_owned(), map("asap", "urgent"));
    let found = Read::of(&[("07_tickets.csv", ticket)], reading);
    assert!(!found.codes().contains(&"unmapped_value"), "{:?}", found.codes());
    let Some(Record::Conversation(ticket)) = found.records.get("itco/ticket/T-1") else {
        panic!("no ticket");
    };
    assert_eq!(ticket.state, Some(ConversationState::Snoozed));
    assert_eq!(ticket.standard["priority"], "urgent");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]
    #[test]
    fn no_templates_make_it_panic(
        tickets in "(T-|1|9|,|\n|2024-03-05|open|EXAMPLE-|/| ){0,60}",
        messages in "(T-1|1|,|\n|ago|customer|Reply|…|note| ){0,60}",
        teams in "(G|/|,|\n| ){0,30}",
    ) {
        let head = "ticket_id,status,created_at,message_count,team_name,customer_id\n";
        let found = read(&[
            ("tickets.csv", &format!("{head}{tickets}")),
            ("messages.csv", &format!("ticket_id,seq,author_type,body,created_at\n{messages}")),
            ("teams.csv", &format!("team_id,name,parent_team_id\n{teams}")),
            ("counts.csv", &format!("object,count_on_screen\n{tickets}")),
            ("agents.csv", &format!("name,email,team_ids\n{messages}")),
        ]);
        for count in found.summary.objects.values() {
            proptest::prop_assert_eq!(
                count.rows,
                count.records + count.rejected + count.duplicates
            );
        }
    }
}

/// The person who is named by each message, by key, address, name.
fn authors(found: &Read) -> BTreeMap<String, [Option<String>; 3]> {
    let said = found.records.iter().filter_map(|(key, record)| match record {
        Record::Message(message) => {
            let person = &message.author.person;
            let key_of = person.key.as_ref().map(|key| key.id().to_owned());
            Some((key.clone(), [key_of, person.email.clone(), person.name.clone()]))
        }
        _ => None,
    });
    said.collect()
}

#[test]
fn whichever_alias_names_a_customer_it_is_the_same_one() {
    let found = read(&[
        (
            "05_customers.csv",
            "customer_id,name,email\nK-9,Zoë Bauer,\"zoe@bauer.example, z.bauer@home.example\"\n\
             K-10,Pat,pat@one.example\nK-11,Pat,pat@two.example\n",
        ),
        (
            "07_tickets.csv",
            "ticket_id,title,status,customer_id,customer_email,created_at\n\
             R1,Oven,open,K-9,,2025-01-07 08:00\n\
             R2,Fan,open,,Z.Bauer@home.example,2025-01-07 09:00\n",
        ),
        (
            "08_messages.csv",
            "ticket_id,seq,author_type,author_id,author_email,author_name,body,created_at\n\
             R1,1,customer,,ZOE@bauer.example,,a,2025-01-07 08:00\n\
             R1,2,customer,,,zoë bauer,b,2025-01-07 08:05\n\
             R1,3,customer,K-9,,,c,2025-01-07 08:10\n\
             R1,4,customer,,,Pat,d,2025-01-07 08:15\n\
             R1,5,customer,,nobody@else.example,Zoë Bauer,e,2025-01-07 08:20\n",
        ),
    ]);
    let authors = authors(&found);
    let keys: Vec<Option<&str>> = authors.values().map(|[key, ..]| key.as_deref()).collect();
    assert_eq!(keys, [Some("K-9"), Some("K-9"), Some("K-9"), None, None]);
    for id in ["R1", "R2"] {
        let Record::Conversation(ticket) = &found.records[&format!("itco/ticket/{id}")] else {
            panic!("{id} is no ticket");
        };
        assert_eq!(ticket.customer.key.as_ref().map(|key| key.id()), Some("K-9"), "{id}");
        assert!(ticket.customer.email.is_some(), "{id}");
    }
}

#[test]
fn a_domain_of_two_rows_is_one_company() {
    let found = read(&[
        (
            "04_companies.csv",
            "company_id,name,domain\nF1,North Mill,mill.example\n\
             F2,North Mill Ltd,www.mill.example\n",
        ),
        (
            "05_customers.csv",
            "customer_id,name,email,company_domain\nK-1,Ulf,u@mill.example,mill.example\n",
        ),
    ]);
    let Record::Contact(ulf) = &found.records["itco/customer/K-1"] else { panic!("no customer") };
    assert_eq!(ulf.company.as_ref().map(|key| key.id()), Some("F1"));
    assert!(!found.codes().contains(&"dangling_reference"), "{:?}", found.codes());
}
