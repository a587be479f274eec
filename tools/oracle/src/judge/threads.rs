//! Conversations and what is said in them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::expected::{Expected, live};
use super::people;
use crate::act::Act;
use crate::complaint::{Complaint, Kind};
use crate::desk::{Message, Ticket};
use crate::picture::{members, text};
use crate::words::{Words, marks, visible};

/// Conversations by the mark of the message that opened them.
type ByMark<'v> = BTreeMap<String, Vec<&'v Value>>;

fn by_opening(state: &Value) -> ByMark<'_> {
    let mut found = ByMark::new();
    for conversation in live(state, "conversations") {
        let body = visible(conversation["source"]["body"].as_str().unwrap_or_default());
        if let Some((mark, _)) = marks(&body).into_iter().next() {
            found.entry(mark).or_default().push(conversation);
        }
    }
    found
}

/// A part that says something.
struct Said<'v> {
    part: &'v Value,
    text: String,
    marks: Vec<(String, usize)>,
    note: bool,
}

fn said<'v>(conversation: &'v Value) -> Vec<Said<'v>> {
    let parts = members(conversation, "parts").iter();
    let spoken = parts.filter(|part| part["body"].as_str().is_some_and(|body| !body.is_empty()));
    let of = |part: &'v Value| {
        let text = visible(part["body"].as_str().unwrap_or_default());
        let marks = marks(&text);
        Said { part, text, marks, note: part["part_type"] == "note" }
    };
    spoken.map(of).collect()
}

/// At any time: no thread twice, no message twice, in another's place, in other words, out of
/// order, or from the wrong side.
pub(super) fn standing(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    let opened = by_opening(state);
    let known: BTreeSet<&str> =
        expected.desk.tickets.iter().map(|ticket| ticket.opening.mark.as_str()).collect();
    for conversation in live(state, "conversations") {
        if expected.is_others("conversations", conversation) {
            continue;
        }
        let body = visible(conversation["source"]["body"].as_str().unwrap_or_default());
        let of_desk = marks(&body).iter().any(|(mark, _)| known.contains(mark.as_str()));
        if !of_desk {
            let at = format!("conversations/{}", text(&conversation["id"]));
            found.push(Complaint::new(Kind::Stray, at, "no ticket is behind it"));
        }
    }
    for ticket in &expected.desk.tickets {
        let conversations = opened.get(&ticket.opening.mark).map_or(&[][..], Vec::as_slice);
        if conversations.len() > 1 {
            let said = format!("stands in {} conversations", conversations.len());
            found.push(Complaint::new(Kind::Doubled, at(ticket), said));
        }
        for conversation in conversations {
            thread(state, conversation, ticket, expected, found);
        }
    }
}

fn at(ticket: &Ticket) -> String {
    format!("ticket {} ({})", ticket.id, ticket.opening.mark)
}

fn thread(
    state: &Value,
    conversation: &Value,
    ticket: &Ticket,
    expected: &Expected<'_>,
    found: &mut Vec<Complaint>,
) {
    let mut complain = |kind, said: String| found.push(Complaint::new(kind, at(ticket), said));
    let opening = visible(conversation["source"]["body"].as_str().unwrap_or_default());
    if !is_version(&opening, &ticket.opening, false) {
        complain(Kind::Words, format!("opens with {opening:?}"));
    }
    if conversation["created_at"].as_i64() != Some(ticket.at) {
        complain(Kind::Order, format!("opened at {}", conversation["created_at"]));
    }
    if let Some(customer) = expected.desk.customers.get(ticket.customer) {
        let people = members(conversation, "contacts");
        let author = &conversation["source"]["author"];
        // A contact that was since archived by an undo is no contact any more.
        let contacts = expected.contacts_of(state, customer);
        let is = |id: &Value| contacts.iter().any(|one| one["id"] == *id);
        let other = !contacts.is_empty()
            && (!people.iter().any(|one| is(&one["id"])) || !is(&author["id"]));
        if other {
            complain(Kind::Person, format!("belongs to {}, not {}", author["id"], customer.id));
        }
    }
    let spoken = said(conversation);
    let mut known: BTreeMap<&str, &Message> = BTreeMap::new();
    for reply in &ticket.replies {
        known.insert(&reply.words.mark, reply);
        message(&spoken, reply, &mut complain);
    }
    strays(&spoken, ticket, &known, &mut complain);
    order(&spoken, ticket, &mut complain);
}

/// Whether a text is one of the versions; teammates without an account are named before it.
fn is_version(text: &str, words: &Words, named: bool) -> bool {
    words.versions.iter().any(|version| {
        let wanted = visible(version);
        let before = text.strip_suffix(&wanted).map(str::trim);
        before.is_some_and(|before| before.is_empty() || named && before.starts_with("Written by"))
    })
}

/// Whether a part carries this message.
fn carries(said: &Said<'_>, mark: &str) -> bool {
    said.marks.iter().any(|(one, _)| one == mark)
}

fn message(spoken: &[Said<'_>], reply: &Message, complain: &mut impl FnMut(Kind, String)) {
    let mark = &reply.words.mark;
    let parts = spoken.iter().filter(|said| !said.note && carries(said, mark)).collect::<Vec<_>>();
    if parts.len() > 1 {
        complain(Kind::Doubled, format!("{mark} is said {} times", parts.len()));
    }
    for said in parts {
        let by = said.part["author"]["type"].as_str().unwrap_or_default();
        if (by == "admin") != reply.agent.is_some() || by == "bot" {
            complain(Kind::Side, format!("{mark} is said by {by:?}"));
        }
        if !is_version(&said.text, &reply.words, reply.agent.is_some()) {
            complain(Kind::Words, format!("{mark} is said as {:?}", said.text));
        }
        if said.part["created_at"].as_i64() != Some(reply.at) {
            let at = &said.part["created_at"];
            complain(Kind::Order, format!("{mark} is dated {at}, not {}", reply.at));
        }
    }
    // An edit is told in a note, each version once.
    let mut told = BTreeMap::<usize, usize>::new();
    for (_, version) in
        spoken.iter().filter(|said| said.note).flat_map(|said| &said.marks).filter(|m| m.0 == *mark)
    {
        *told.entry(*version).or_default() += 1;
    }
    for (version, count) in told {
        if reply.words.versions.len() < 2 && !reply.withdrawn {
            complain(Kind::Words, format!("a note says that {mark} was edited, and it was not"));
        } else if count > 1 && version == reply.words.versions.len() {
            complain(Kind::Doubled, format!("{count} notes tell version {version} of {mark}"));
        }
    }
}

/// Every part that says something says a message of this ticket, or a teammate's words.
fn strays(
    spoken: &[Said<'_>],
    ticket: &Ticket,
    known: &BTreeMap<&str, &Message>,
    complain: &mut impl FnMut(Kind, String),
) {
    for said in spoken {
        for (mark, _) in &said.marks {
            let own = known.contains_key(mark.as_str()) || *mark == ticket.opening.mark;
            if !own && !mark.starts_with('p') {
                complain(Kind::Stray, format!("{mark} is said here"));
            }
            if *mark == ticket.opening.mark && !said.note {
                complain(Kind::Doubled, format!("the opening {mark} is said again"));
            }
        }
        if said.marks.is_empty() && !said.note {
            complain(Kind::Stray, format!("somebody says {:?}", said.text));
        }
    }
}

/// By time, and by place within a second, messages stand as at the desk.
fn order(spoken: &[Said<'_>], ticket: &Ticket, complain: &mut impl FnMut(Kind, String)) {
    let mut parts: Vec<&Said<'_>> = spoken.iter().filter(|said| !said.note).collect();
    parts.sort_by_key(|said| said.part["created_at"].as_i64());
    let place = |said: &Said<'_>| {
        let of = |reply: &Message| carries(said, &reply.words.mark);
        ticket.replies.iter().position(of)
    };
    let places: Vec<usize> = parts.iter().filter_map(|said| place(said)).collect();
    if !places.is_sorted() {
        complain(Kind::Order, format!("messages stand in the order {places:?}"));
    }
}

/// After a whole pass: every ticket is there with all that was said, as at the desk.
pub(super) fn complete(state: &Value, expected: &Expected<'_>, found: &mut Vec<Complaint>) {
    let opened = by_opening(state);
    for ticket in expected.desk.tickets.iter().filter(|ticket| !ticket.withdrawn) {
        let Some(conversation) = opened.get(&ticket.opening.mark).and_then(|all| all.first())
        else {
            found.push(Complaint::new(Kind::Missing, at(ticket), "no conversation"));
            continue;
        };
        let spoken = said(conversation);
        for reply in ticket.replies.iter().filter(|reply| !reply.withdrawn) {
            let mark = &reply.words.mark;
            if !spoken.iter().any(|said| !said.note && carries(said, mark)) {
                found.push(Complaint::new(
                    Kind::Missing,
                    at(ticket),
                    format!("{mark} is not said"),
                ));
                continue;
            }
            let newest = reply.words.mark_of(reply.words.versions.len());
            if !spoken.iter().any(|said| said.text.contains(&newest)) {
                let said = format!("{newest} is not shown");
                found.push(Complaint::new(Kind::Missing, at(ticket), said));
            }
        }
        frame(conversation, ticket, expected, found);
    }
}

/// Title, state, tags, assignment and custom field.
fn frame(
    conversation: &Value,
    ticket: &Ticket,
    expected: &Expected<'_>,
    found: &mut Vec<Complaint>,
) {
    people::tags(conversation, &ticket.tags, &BTreeSet::new(), expected, &at(ticket), found);
    let mut complain = |kind, said: String| found.push(Complaint::new(kind, at(ticket), said));
    let touched = expected.acted(conversation, &[Act::Reply, Act::Close]);
    let open = conversation["open"] == Value::Bool(true);
    if open == ticket.closed && !touched {
        complain(Kind::State, format!("open: {open}"));
    }
    if conversation["title"] != ticket.subject.as_str() {
        complain(Kind::Field, format!("is titled {}", conversation["title"]));
    }
    let order = conversation["custom_attributes"]["deskero_order"].as_str();
    if ticket.order.is_some() && order != ticket.order.as_deref() {
        complain(Kind::Field, format!("has the order {order:?}, not {:?}", ticket.order));
    }
}
