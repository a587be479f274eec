//! ClickDesk as a source.

use super::adapter::ClickDesk;
use super::guide::GUIDE;
use super::layout::CONFIG;
use super::memory::RULES;
use crate::source::bundle::BundleSource;
use crate::source::return_layout::{
    ReturnFile, ReturnLayout, contact_columns, message_columns, thread_columns,
};

/// ClickDesk's exports.
pub static CLICKDESK: BundleSource = BundleSource {
    title: "ClickDesk",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: Some(&GUIDE),
    returns: &RETURNS,
    make: ClickDesk::make,
};

/// Where it takes what people made in Intercom.
const RETURNS: ReturnLayout = ReturnLayout {
    contacts: ReturnFile {
        file: "visitors.csv",
        object: "visitor",
        columns: contact_columns!("visitor_id", "first_seen_at"),
    },
    threads: ReturnFile {
        file: "tickets.csv",
        object: "ticket",
        columns: thread_columns!("ticket_id", "subject", "visitor", "agent"),
    },
    messages: &[
        ReturnFile {
            file: "ticket_messages.csv",
            object: "ticket",
            columns: message_columns!("ticket_id"),
        },
        ReturnFile {
            file: "chat_messages.csv",
            object: "chat",
            columns: message_columns!("chat_id"),
        },
    ],
};

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::model::Timestamp;
    use crate::source::contract::{Place, Reading, Source, SourceSettings};

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(96))]
        #[test]
        fn no_bytes_make_the_reader_panic(
            chats in "(chat_id|transcript|start_time|c1|,|\"|\n|Ada: x|\\[09:14\\]|[0-9:]){0,80}",
            social in "(thread_id|network|direction|in|,|\"|\n|@a|[0-9:]){0,60}",
            json in "(\\{|\\}|\\[|\\]|\"session\"|\"chat_id\"|\"messages\"|:|,|1|\"x\"){0,60}",
            noise in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            let dir = tempfile::tempdir().unwrap();
            for (name, bytes) in [
                ("chats.csv", chats.as_bytes()),
                ("calls.csv", chats.as_bytes()),
                ("offline.csv", chats.as_bytes()),
                ("social.csv", social.as_bytes()),
                ("sessions.json", json.as_bytes()),
                ("tickets.json", json.as_bytes()),
                ("agents.csv", &noise),
                ("transcripts/c1.eml", &noise),
            ] {
                let path = dir.path().join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            let place = Place::Bundle(dir.path().to_owned());
            let reading = Reading::undecided(Timestamp(1_767_225_600_000));
            let mut reader = CLICKDESK.open(&SourceSettings { place, reading }).unwrap();
            let mut given = 0;
            let summary = reader.read(&mut |_| {
                given += 1;
                ControlFlow::Continue(())
            });
            let summary = summary.unwrap();
            let counted: u64 = summary.objects.values().map(|c| c.records + c.rejected).sum();
            proptest::prop_assert_eq!(counted, given);
        }
    }
}
