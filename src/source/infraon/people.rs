//! Companies, teams, technicians, requesters.

use super::columns::{company, requester, team, technician};
use super::memory::Memory;
use super::resolve::key;
use crate::model::Record;
use crate::model::record::{Company, Contact, PersonRef, Team, Teammate};
use crate::source::bundle::cells::Cells;
use crate::source::finding::Code;

/// A name, without which the record is nothing.
pub(super) fn name(cells: &mut Cells<'_>, slot: usize) -> Option<String> {
    let name = cells.string(slot);
    if name.is_none() {
        cells.note_cell(Code::NameMissing, slot, "The record has no name.");
    }
    name
}

/// A company.
pub(super) fn company(cells: &mut Cells<'_>) -> Option<Record> {
    let name = name(cells, company::NAME)?;
    let mut standard = cells.standard(&[company::ADDRESS, company::PHONE]);
    let domains = cells.list(company::DOMAIN, "domain");
    let website = cells.string(company::WEBSITE).or_else(|| domains.first().cloned());
    if !domains.is_empty() {
        standard.insert("domain".to_owned(), domains.join(", "));
    }
    Some(Record::from(Company {
        name,
        website,
        standard,
        fields: cells.fields(),
        created_at: cells.time(company::CREATED_AT),
    }))
}

/// A team.
pub(super) fn team(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let name = name(cells, team::NAME)?;
    let mut members = cells.list(team::MEMBERS, "email");
    // The owner is a member like the others: Intercom's teams have none.
    if let Some(owner) = cells.string(team::OWNER).filter(|owner| !members.contains(owner)) {
        members.insert(0, owner);
    }
    if cells.string(team::LOCATION).is_some() {
        let what = "the location of a team has no place and stays in the record as read";
        memory.tally.add("teams", Code::UnusedBranch, what, cells.row);
    }
    Some(Record::from(Team {
        name,
        parent: cells.row.id(team::PARENT_ID).and_then(|id| key("team", id)),
        members: members.into_iter().map(|member| person(memory, member)).collect(),
    }))
}

/// A member by id, address or name.
fn person(memory: &Memory, written: String) -> PersonRef {
    let people = &memory.people;
    let id = match (people.is_technician(&written), written.contains('@')) {
        (true, _) => Some(written.as_str()),
        (false, true) => people.technician_of(&written),
        (false, false) => people.technician_named(&written),
    };
    let key = id.and_then(|id| key("technician", id));
    if written.contains('@') {
        PersonRef { key, email: Some(written), name: None }
    } else if people.is_technician(&written) {
        PersonRef { key, ..PersonRef::default() }
    } else {
        PersonRef { key, email: None, name: Some(written) }
    }
}

/// A technician.
pub(super) fn technician(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let email = cells.emails(technician::EMAIL).into_iter().next();
    if email.is_none() {
        let reason = "Teammates are found by e-mail; without it the technician waits.";
        cells.note_cell(Code::RequiredMissing, technician::EMAIL, reason);
    }
    note_shared(memory, cells, technician::EMAIL, email.as_deref());
    let active = cells.string(technician::STATUS).and_then(|word| {
        let known = memory.words.active(&word);
        if known.is_none() {
            let reason = "Neither active nor inactive.";
            cells.note_cell(Code::BadBoolean, technician::STATUS, reason);
        }
        known
    });
    let mut standard = cells.standard(&[
        technician::PHONE,
        technician::DEPARTMENT,
        technician::LOCATION,
        technician::STATUS,
    ]);
    if let Some(preferences) = cells.json(technician::NOTIFICATIONS) {
        standard.insert("notification_preferences".to_owned(), preferences);
    }
    Some(Record::from(Teammate {
        name: cells.string(technician::NAME),
        email,
        role: cells.string(technician::ROLE),
        teams: cells.list(technician::GROUPS, "group_name"),
        active,
        standard,
        fields: cells.fields(),
    }))
}

/// One person may be both, or be there twice.
fn note_shared(memory: &mut Memory, cells: &mut Cells<'_>, slot: usize, email: Option<&str>) {
    let Some(email) = email else { return };
    let (requesters, technicians) = memory.people.sharing(email);
    let is_requester = cells.layout.object == "requesters";
    let same = if is_requester { requesters } else { technicians };
    if same > 1 {
        let reason = format!("{same} {} have this address.", cells.layout.object);
        cells.note_cell(Code::SharedEmail, slot, reason);
    }
}

/// A requester.
pub(super) fn requester(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let emails = cells.emails(requester::EMAIL);
    if emails.is_empty() {
        let reason = "Nobody can be told apart without an address: the requester waits.";
        cells.note_cell(Code::RequiredMissing, requester::EMAIL, reason);
    }
    note_shared(memory, cells, requester::EMAIL, emails.first().map(String::as_str));
    let mut standard = cells.standard(&[
        requester::TYPE,
        requester::DEPARTMENT,
        requester::LOCATION,
        requester::PARTNER,
        requester::ROLE,
        requester::STATUS,
    ]);
    let technician = emails.iter().find_map(|email| memory.people.technician_of(email));
    if technician.is_some() {
        standard.insert("roles".to_owned(), "requester, technician".to_owned());
    }
    Some(Record::from(Contact {
        name: cells.string(requester::NAME),
        emails,
        phones: cells.phone(requester::PHONE, "phone").into_iter().collect(),
        language: cells.string(requester::LANGUAGE),
        company: cells.row.id(requester::COMPANY_ID).and_then(|id| key("company", id)),
        company_name: cells.string(requester::COMPANY),
        preferred: cells.boolean(requester::VIP),
        memos: Vec::new(),
        tags: cells.list(requester::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        created_at: cells.time(requester::CREATED_AT),
    }))
}
