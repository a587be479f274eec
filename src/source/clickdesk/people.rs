//! Agents, departments, visitors, and people whom only threads name.

use serde_json::json;

use super::agents::Found;
use super::columns::{agent, department, visitor};
use super::layout::object;
use super::memory::{Memory, address, key};
use crate::model::SourceKey;
use crate::model::record::{ConfigurationItem, Contact, PersonRef, Phone, Record, Team, Teammate};
use crate::source::bundle::adapter::{Derived, Made, Outcome};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::index::hash;
use crate::source::bundle::study::Study;
use crate::source::finding::Code;

/// Columns that name an agent.
#[derive(Clone, Copy, Debug)]
pub(super) struct AgentSlots {
    /// Agent's id; in chats of the REST page the display name.
    pub(super) id: Option<usize>,
    pub(super) email: Option<usize>,
    pub(super) name: Option<usize>,
    /// Address of the account, of which it is not certain whose it is.
    pub(super) user: Option<usize>,
}

/// Columns that name a visitor.
#[derive(Clone, Copy, Debug)]
pub(super) struct VisitorSlots {
    pub(super) id: usize,
    pub(super) email: usize,
    pub(super) name: usize,
    pub(super) phone: Option<usize>,
}

/// The agent whom a row names. Names lead to agents by the alias table; one that leads to several
/// blocks.
pub(super) fn agent_ref(memory: &mut Memory, cells: &mut Cells<'_>, of: AgentSlots) -> PersonRef {
    let row = cells.row;
    let text = |slot: Option<usize>| slot.and_then(|slot| row.typed(slot));
    let address = |slot| text(slot).filter(|text| cell::is_email(text)).map(str::to_owned);
    let email = of.email.and_then(|slot| cells.emails(slot).into_iter().next());
    let email = email.or_else(|| address(of.id)).or_else(|| address(of.name));
    let user = address(of.user);
    let by_id = text(of.id).and_then(|id| memory.agents.by_id(id)).map(|agent| agent.id.clone());
    let id_as_name =
        || text(of.id).filter(|_| by_id.is_none()).filter(|text| !cell::is_email(text));
    let name = text(of.name).filter(|text| !cell::is_email(text)).or_else(id_as_name);
    let name = name.map(str::to_owned);
    let known = |email: &String| memory.agents.by_email(email).map(|agent| agent.id.clone());
    let by_email = email.as_ref().and_then(known);
    let by_user = user.as_ref().and_then(known);
    let slot = of.name.filter(|&slot| row.typed(slot).is_some()).or(of.id);
    let named = name.as_deref().map_or(Found::Nobody, |name| memory.agents.by_name(name));
    let settled = by_id.or(by_email);
    let id = match (settled, named, &by_user) {
        (Some(id), ..) => Some(id),
        (None, Found::One(agent), by_user) => {
            if by_user.as_ref().is_some_and(|user| *user != agent.id) {
                let what = "name and account lead to different agents; the name was followed";
                memory.tally.add(cells.layout.object, Code::ColumnShadowed, what, row);
            }
            Some(agent.id.clone())
        }
        (None, _, Some(user)) => Some(user.clone()),
        (None, Found::Several, None) => {
            if let Some(slot) = slot.filter(|_| email.is_none() && user.is_none()) {
                let reason = "Several agents have this name.";
                cells.note_cell(Code::AgentAmbiguous, slot, reason);
            }
            None
        }
        (None, Found::Nobody, None) => {
            let unknown = name.is_some() && email.is_none() && user.is_none();
            if let Some(slot) = slot.filter(|_| unknown && !memory.agents.is_empty()) {
                cells.note_cell(Code::DanglingReference, slot, "No agent has this name.");
            }
            None
        }
    };
    // Whose the account is, is only taken from it where nobody is named.
    let user = user.filter(|_| name.is_none() || id.as_ref() == by_user.as_ref());
    PersonRef { key: id.and_then(|id| key("agent", &id)), email: email.or(user), name }
}

/// A thread's department, by name.
pub(super) fn team(memory: &Memory, cells: &Cells<'_>, slot: usize) -> Option<String> {
    cells.string(slot).map(|text| memory.agents.department(&text))
}

/// An agent.
pub(super) fn teammate(memory: &Memory, cells: &mut Cells<'_>) -> Outcome {
    let email = cells.emails(agent::EMAIL).into_iter().next();
    if email.is_none() {
        cells.note_cell(Code::RequiredMissing, agent::EMAIL, "Teammates are found by e-mail.");
    }
    let own = cells.row.id(agent::ID).map(str::to_owned);
    let natural = own.is_none().then(|| email.as_ref().map(|email| email.to_lowercase())).flatten();
    let Some(key) = own.or_else(|| natural.clone()).and_then(|id| key("agent", &id)) else {
        cells.note_cell(Code::IdMissing, agent::ID, "The agent has neither id nor address.");
        return Outcome::Reject(None);
    };
    let teams = cells.list(agent::DEPARTMENTS, "name");
    let record = Teammate {
        name: cells.string(agent::NAME),
        email,
        role: cells.string(agent::ROLE),
        teams: teams.iter().map(|team| memory.agents.department(team)).collect(),
        active: cells.boolean(agent::ACTIVE),
        standard: Default::default(),
        fields: Default::default(),
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

/// A department. How it hands out chats becomes an item of its own, for people.
pub(super) fn department(memory: &mut Memory, cells: &mut Cells<'_>) -> Outcome {
    let Some(name) = cells.string(department::NAME) else {
        cells.note_cell(Code::NameMissing, department::NAME, "The department has no name.");
        return Outcome::Reject(None);
    };
    let own = cells.row.id(department::ID).map(str::to_owned);
    let natural = own.is_none().then(|| name.to_lowercase());
    let id = own.unwrap_or_else(|| name.to_lowercase());
    let Some(key) = key("department", &id) else { return Outcome::Reject(None) };
    let parent = cells.string(department::PARENT);
    let above = parent.as_deref().and_then(|text| memory.agents.department_id(text));
    let above = above.and_then(|id| super::memory::key("department", id));
    if parent.is_some() && above.is_none() {
        let reason = "No department has this id or name.";
        cells.note_cell(Code::DanglingReference, department::PARENT, reason);
    }
    let members = cells.list(department::MEMBERS, "email");
    let member = |text: String| {
        let known = memory.agents.by_id(&text).or_else(|| memory.agents.by_email(&text));
        let known = known.or_else(|| match memory.agents.by_name(&text) {
            Found::One(agent) => Some(agent),
            Found::Several | Found::Nobody => None,
        });
        let agent = known.and_then(|agent| super::memory::key("agent", &agent.id));
        let is_address = cell::is_email(&text);
        let email = is_address.then(|| text.clone());
        PersonRef { key: agent, email, name: (!is_address).then_some(text) }
    };
    let members = members.into_iter().map(member).collect();
    let details = cells.standard(&[department::ROUTING, department::DESCRIPTION]);
    if !details.is_empty()
        && let Some(key) = super::memory::key("department_routing", &id)
    {
        let raw = json!({ "department": id, "details": details });
        let (kind, label) = ("assignment".to_owned(), format!("Department {name}"));
        let record = ConfigurationItem { kind, name: label, active: None, details }.into();
        let (object, at, findings) = ("departments", None, Vec::new());
        memory.derived.push(Derived { object, before: false, key, at, raw, record, findings });
    }
    let record = Team { name, parent: above, members };
    Outcome::Record(Made { key, natural, record: record.into() })
}

const VISITOR_STANDARD: [usize; 11] = [
    visitor::SOCIAL_SOURCE,
    visitor::FACEBOOK,
    visitor::TWITTER,
    visitor::COUNTRY,
    visitor::CITY,
    visitor::REGION,
    visitor::IP,
    visitor::BROWSER,
    visitor::OS,
    visitor::REFERRER,
    visitor::LANDING_URL,
];

/// Mark of a contact without an address.
pub(super) const ANONYMOUS: &str = "is_anonymous";

/// A visitor. Without an id the address, or else everything that is said, makes the key.
pub(super) fn visitor(cells: &mut Cells<'_>) -> Outcome {
    let emails = cells.emails(visitor::EMAIL);
    let own = cells.row.id(visitor::ID).map(str::to_owned);
    let natural = own.is_none().then(|| match emails.first() {
        Some(email) => id_of_address(email),
        None => generated("visitors", &[cells.row.all_text()]),
    });
    let Some(key) = own.or_else(|| natural.clone()).and_then(|id| key("visitor", &id)) else {
        return Outcome::Reject(None);
    };
    let mut standard = cells.standard(&VISITOR_STANDARD);
    if let Some(time) = cells.time(visitor::LAST_SEEN_AT) {
        standard.insert("last_seen_at".to_owned(), time.to_rfc3339());
    }
    if emails.is_empty() {
        standard.insert(ANONYMOUS.to_owned(), "true".to_owned());
    }
    let record = Contact {
        name: cells.string(visitor::NAME),
        emails,
        phones: cells.phone(visitor::PHONE, "phone").into_iter().collect(),
        language: None,
        company: None,
        company_name: cells.string(visitor::COMPANY),
        preferred: None,
        memos: cells.body(visitor::NOTES, None).into_iter().collect(),
        tags: cells.list(visitor::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        created_at: cells.time(visitor::FIRST_SEEN_AT),
    };
    Outcome::Record(Made { key, natural, record: record.into() })
}

/// Id of somebody who is known by an address alone.
pub(super) fn id_of_address(email: &str) -> String {
    generated("visitors", &[&email.trim().to_lowercase()])
}

/// Whom a thread is from. Who has no record of their own gets one: by their address; without one,
/// by the id under which the visitor was seen, else for this thread alone. Nobody is taken for
/// somebody else because of a name.
pub(super) fn customer(
    memory: &mut Memory,
    cells: &mut Cells<'_>,
    study: &Study,
    of: VisitorSlots,
    thread: (&str, &str),
) -> PersonRef {
    let id = cells.row.id(of.id).map(str::to_owned);
    let email = cells.emails(of.email).into_iter().find(|address| cell::is_email(address));
    let name = cells.string(of.name);
    let phone = of.phone.and_then(|slot| cells.phone(slot, "phone"));
    let visitors = &study.objects[object::VISITORS].ids;
    let known = id.as_deref().is_some_and(|id| visitors.contains(hash(id)));
    if known {
        return PersonRef { key: id.and_then(|id| key("visitor", &id)), email, name };
    }
    if cells.common.partial && (email.is_some() || id.is_some()) {
        // Who is missing from a partial export stands in an earlier one, under the address, or
        // under the id where there is none.
        let id = id.filter(|_| email.is_none());
        return PersonRef { key: id.and_then(|id| key("visitor", &id)), email, name };
    }
    let of_id = id.as_deref().and_then(|id| memory.address_of.get(&hash(id)).copied());
    let of_email = email.as_deref().map(address);
    let has_record = of_email.is_some_and(|address| memory.addresses.contains_key(&address));
    if has_record {
        return PersonRef { key: None, email, name };
    }
    let own = match (of_email, id) {
        // The visitor's own id stays; a second address under it is somebody of its own.
        (Some(own), Some(id)) if of_id == Some(own) => Some((id, true)),
        (Some(_), _) => email.as_deref().map(|email| (id_of_address(email), false)),
        // Another thread names the visitor with an address, and brings the record.
        (None, Some(id)) if of_id.is_some_and(|of| !memory.addresses.contains_key(&of)) => {
            return PersonRef { key: key("visitor", &id), email, name };
        }
        (None, Some(id)) => Some((id, true)),
        (None, None) => Some((format!("{}:{}", thread.0, thread.1), true)),
    };
    let made = own.and_then(|(id, keyed)| {
        let key = key("visitor", &id)?;
        make(memory, cells, &key, [name.clone(), email.clone()], phone);
        keyed.then_some(key)
    });
    PersonRef { key: made, email, name }
}

/// The record of somebody whom only threads name.
fn make(
    memory: &mut Memory,
    cells: &Cells<'_>,
    key: &SourceKey,
    [name, email]: [Option<String>; 2],
    phone: Option<Phone>,
) {
    let raw = json!({ "email": email, "name": name, "phone": phone.as_ref().map(|p| &p.raw) });
    let mut standard = std::collections::BTreeMap::new();
    if email.is_none() {
        standard.insert(ANONYMOUS.to_owned(), "true".to_owned());
    }
    let contact = Contact { phones: phone.into_iter().collect(), standard, ..named(name, email) };
    give(memory, cells, key, raw, contact.into());
}

/// A contact of whom only this is known.
pub(super) fn named(name: Option<String>, email: Option<String>) -> Contact {
    Contact {
        name,
        emails: email.into_iter().collect(),
        phones: Vec::new(),
        language: None,
        company: None,
        company_name: None,
        preferred: None,
        memos: Vec::new(),
        tags: Vec::new(),
        standard: std::collections::BTreeMap::new(),
        fields: crate::model::record::Fields::new(),
        created_at: None,
    }
}

/// Hands over somebody's record once, before the thread that names them.
pub(super) fn give(
    memory: &mut Memory,
    cells: &Cells<'_>,
    key: &SourceKey,
    raw: serde_json::Value,
    record: Record,
) {
    if !memory.made.insert(hash(&key.to_string())) {
        return;
    }
    let what = "somebody without a record is named; one was made";
    memory.tally.add("visitors", Code::PersonMade, what, cells.row);
    let (object, key, at, findings) = ("visitors", key.clone(), None, Vec::new());
    memory.derived.push(Derived { object, before: true, key, at, raw, record, findings });
}
