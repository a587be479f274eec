//! Kinds of change, most of which Hesk's own `lastchange` does not tell.

use std::collections::BTreeSet;

use super::family::Family;
use super::rows::insert;
use super::site::Site;

/// A kind of change: its name, statements, and the records that differ afterwards (`-` before
/// those that are gone).
pub struct Change {
    pub name: &'static str,
    pub statements: Vec<String>,
    pub differs: Vec<&'static str>,
}

fn change(name: &'static str, statements: &[impl AsRef<str>], differs: &[&'static str]) -> Change {
    let statements = statements.iter().map(|sql| sql.as_ref().to_owned()).collect();
    Change { name, statements, differs: differs.to_vec() }
}

/// The changes, to be made one after the other.
pub fn changes(family: Family) -> Vec<Change> {
    let mut all = edits(family);
    all.extend(taken_out(family));
    all
}

/// Those after which everything is still there, but a reply and a ticket.
pub fn edits(family: Family) -> Vec<Change> {
    let mut all = of_threads(family);
    all.extend(of_tickets(family));
    all.extend(of_people(family));
    all.extend(of_the_rest());
    all
}

fn of_threads(family: Family) -> Vec<Change> {
    let still = "lastchange = lastchange";
    let counted = format!("UPDATE hesk_tickets SET replies = replies + 1, {still} WHERE id = 1");
    let reply = insert(
        "hesk_replies",
        &[
            ("id", "20"),
            ("replyto", "1"),
            ("message", "A new word"),
            ("staffid", "2"),
            ("dt", "2023-06-04 12:00:00"),
        ],
    );
    let note = insert(
        "hesk_notes",
        &[
            ("id", "20"),
            ("ticket", "1"),
            ("who", "1"),
            ("message", "A new note"),
            ("dt", "2023-06-04 13:00:00"),
            ("attachments", ""),
        ],
    );
    let edit = match family {
        Family::V28 => "UPDATE hesk_replies SET message = 'Thanks, edited' WHERE id = 2",
        _ => {
            "UPDATE hesk_replies SET message = 'Thanks, edited', message_html = message \
             WHERE id = 2"
        }
    };
    let history = format!(
        "UPDATE hesk_tickets SET history = CONCAT(history, \
         '<li class=\"smaller\">2023-06-05 09:00:00 | closed by Ada Prime (ada)</li>'), {still} \
         WHERE id = 1"
    );
    vec![
        change("reply added", &[&reply, &counted], &["reply/20", "ticket/1"]),
        change("note added", &[&note], &["note/20"]),
        change(
            "note edited",
            &["UPDATE hesk_notes SET message = 'Edited note' WHERE id = 2"],
            &["note/2"],
        ),
        change("reply edited", &[edit], &["reply/2"]),
        change(
            "reply rated",
            &["UPDATE hesk_replies SET rating = '1' WHERE id = 4"],
            &["rating/4"],
        ),
        change(
            "rating changed",
            &["UPDATE hesk_replies SET rating = '1' WHERE id = 1"],
            &["rating/1"],
        ),
        change("history line added", &[&history], &["history/1:5"]),
        change(
            "reply deleted",
            &[
                "DELETE FROM hesk_replies WHERE id = 8",
                "UPDATE hesk_tickets SET replies = 1, staffreplies = 1 WHERE id = 2",
            ],
            &["-reply/8", "ticket/2"],
        ),
    ]
}

fn set(what: &str, id: u32) -> String {
    format!("UPDATE hesk_tickets SET {what}, lastchange = lastchange WHERE id = {id}")
}

fn of_tickets(family: Family) -> Vec<Change> {
    let mut all = vec![
        change("status", &[&set("status = 3, closedat = '2023-08-02 07:00:00'", 8)], &["ticket/8"]),
        change("priority", &[&set("priority = '0'", 8)], &["ticket/8"]),
        change("category", &[&set("category = 2", 8)], &["ticket/8"]),
        change("owner", &[&set("owner = 1", 8)], &["ticket/8"]),
        change("tag", &[&set("archive = '0'", 1)], &["ticket/1"]),
        change("custom field", &[&set("custom1 = 'B 2'", 1)], &["ticket/1"]),
        change("subject", &[&set("subject = 'Bell, mended'", 1)], &["ticket/1"]),
        change("ticket deleted", &["DELETE FROM hesk_tickets WHERE id = 3"], &["-ticket/3"]),
        change("time worked", &[&set("time_worked = '28:10:00'", 1)], &["ticket/1"]),
        change("lock", &[&set("locked = '1', status = 3, closedat = dt", 6)], &["ticket/6"]),
        change("address filled in", &[&set("ip = '192.0.2.99'", 8)], &["ticket/8"]),
        change(
            "reply begun",
            &["INSERT INTO hesk_reply_drafts (owner, ticket, message) VALUES (2, 1, 'not sent')"],
            &[],
        ),
    ];
    if family >= Family::V34 {
        let due = set("due_date = '2023-06-30 22:00:00'", 1);
        all.push(change("due date", &[&due], &["ticket/1"]));
    }
    if family >= Family::V37 {
        let watcher = "INSERT INTO hesk_ticket_to_collaborator (ticket_id, user_id) VALUES (8, 3)";
        all.push(change("collaborator added", &[watcher], &["ticket/8"]));
        let link = "INSERT INTO hesk_linked_tickets (ticket_id1, ticket_id2) VALUES (8, 2)";
        all.push(change("tickets linked", &[link], &["ticket/8", "ticket/2"]));
    }
    all
}

fn of_people(family: Family) -> Vec<Change> {
    if !family.has_customers() {
        let renamed = "UPDATE hesk_tickets SET name = 'Gil Renamed', lastchange = lastchange \
                       WHERE email = 'gil@example.com'";
        return vec![change("requester renamed", &[renamed], &["requester/", "ticket/7"])];
    }
    let follower = insert(
        "hesk_ticket_to_customer",
        &[("ticket_id", "8"), ("customer_id", "3"), ("customer_type", "FOLLOWER")],
    );
    vec![
        change(
            "customer renamed",
            &["UPDATE hesk_customers SET name = 'Gil Renamed' WHERE id = 6"],
            &["customer/6"],
        ),
        change("follower added", &[&follower], &["ticket/8"]),
    ]
}

fn of_the_rest() -> Vec<Change> {
    vec![
        change(
            "staff renamed",
            &["UPDATE hesk_users SET name = 'Ada Second' WHERE id = 1"],
            &["staff/1"],
        ),
        change(
            "category renamed",
            &["UPDATE hesk_categories SET name = 'All' WHERE id = 1"],
            &["category/1", "ticket/2"],
        ),
        change(
            "article edited",
            &["UPDATE hesk_kb_articles SET content = '<p>Sooner</p>' WHERE id = 3"],
            &["kb_article/3"],
        ),
        change(
            "article moved",
            &["UPDATE hesk_kb_articles SET catid = 2 WHERE id = 4"],
            &["kb_article/4"],
        ),
        change(
            "kb category opened",
            &["UPDATE hesk_kb_categories SET type = '0' WHERE id = 3"],
            &["kb_category/3", "kb_article/2"],
        ),
        change(
            "canned reply edited",
            &["UPDATE hesk_std_replies SET message = 'Hello' WHERE id = 1"],
            &["canned_reply/1"],
        ),
        change(
            "service message hidden",
            &["UPDATE hesk_service_messages SET type = '1' WHERE id = 1"],
            &["service_message/1"],
        ),
    ]
}

/// What Hesk takes out: it leaves no word of it behind.
pub fn taken_out(family: Family) -> Vec<Change> {
    let file = [
        "UPDATE hesk_replies SET attachments = '' WHERE id = 1",
        "DELETE FROM hesk_attachments WHERE att_id = 2",
    ];
    let field = [
        "UPDATE hesk_custom_fields SET `use` = '0' WHERE id = 2",
        "UPDATE hesk_tickets SET custom2 = '', lastchange = lastchange",
    ];
    let opening = insert(
        "hesk_replies",
        &[
            ("id", "30"),
            ("replyto", "2"),
            ("message", "Merged from seven"),
            ("dt", "2023-07-01 07:00:00"),
            ("attachments", ""),
        ],
    );
    let merged = set("merged = '#QQQ-RRR-7777#', replies = replies + 1", 2);
    let mut all = vec![
        change("file deleted", &file, &["-attachment/2", "reply/1"]),
        change("custom field removed", &field, &["-custom_field/2", "ticket/1"]),
        change(
            "tickets merged",
            &[&opening, "DELETE FROM hesk_tickets WHERE id = 7", &merged],
            &["-ticket/7", "reply/30", "ticket/2"],
        ),
        change("anonymised", &anonymise(family, 6), &["ticket/6"]),
    ];
    if family.has_customers() {
        let gone = [
            "DELETE FROM hesk_customers WHERE id = 2",
            "DELETE FROM hesk_ticket_to_customer WHERE customer_id = 2",
        ];
        all.push(change("customer deleted", &gone, &["-customer/2", "ticket/8"]));
    }
    all
}

/// What Hesk does to a ticket whose people are to be forgotten.
fn anonymise(family: Family, id: u32) -> Vec<String> {
    let mut what = "subject = '[Subject]', message = '[Message]', ip = '0.0.0.0', \
                    attachments = '', history = ''"
        .to_owned();
    if family >= Family::V34 {
        what.push_str(", message_html = '[Message]'");
    }
    what.push_str(match family.has_customers() {
        true => ", u_name = '[Customer]', u_email = ''",
        false => ", name = '[Customer]', email = ''",
    });
    let mut statements = vec![set(&what, id)];
    if family.has_customers() {
        statements.push(format!("DELETE FROM hesk_ticket_to_customer WHERE ticket_id = {id}"));
    }
    statements
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_is_seen() {
    // One family of each way of keeping people; the scenarios go through all.
    for family in [Family::V28, Family::V37] {
        let Some(site) = Site::new(family).await else { return };
        let changes = changes(family);
        assert!(changes.len() >= 30, "{}", changes.len());
        let mut before = site.read().await.records();
        for change in changes {
            site.maria.run(&change.statements).await;
            let after = site.read().await.records();
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let differs: Vec<String> = keys
                .into_iter()
                .filter(|key| before.get(*key) != after.get(*key))
                .map(|key| {
                    let gone = if after.contains_key(key) { "" } else { "-" };
                    format!("{gone}{}", key.trim_start_matches("hesk/"))
                })
                .collect();
            for expected in &change.differs {
                let seen = differs.iter().any(|key| key.starts_with(expected));
                assert!(seen, "{family:?} {}: {expected} is not among {differs:?}", change.name);
            }
            before = after;
        }
        site.maria.remove().await;
    }
}
