//! Agents, teams, companies, customers.

use super::columns::{agent, company, customer, member, team};
use super::memory::{Memory, PATH_MARK, TeamFacts, domain_of, key, tidy_path};
use crate::model::record::{Company, Contact, PersonRef, Team, Teammate};
use crate::model::{Record, Timestamp};
use crate::source::bundle::cell;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::handmade::is_relative;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::finding::Code;

/// Columns by which somebody is named.
#[derive(Clone, Copy, Debug)]
pub(super) struct PersonColumns {
    /// Second word of the person's key.
    pub(super) object: &'static str,
    /// Id.
    pub(super) id: usize,
    /// E-mail address.
    pub(super) email: usize,
    /// Name, or an address where the screen shows one.
    pub(super) name: usize,
}

/// A person by id, e-mail and name. On screens the name's place often holds an address.
pub(super) fn person(cells: &mut Cells<'_>, columns: &PersonColumns) -> PersonRef {
    let key = cells.row.id(columns.id).and_then(|id| key(columns.object, id));
    let email = cells.emails(columns.email).into_iter().next();
    let name = cells.string(columns.name);
    match name {
        Some(address) if email.is_none() && address.contains('@') => {
            PersonRef { key, email: Some(address), name: None }
        }
        name => PersonRef { key, email, name },
    }
}

/// An agent, who may be named by name alone if only one has it.
pub(super) fn agent_of(
    memory: &Memory,
    cells: &mut Cells<'_>,
    columns: &PersonColumns,
) -> PersonRef {
    let mut found = person(cells, columns);
    if let (None, None, Some(name)) = (&found.key, &found.email, &found.name) {
        let id = memory.agents.get(&fold(name)).cloned().flatten();
        found.key = id.and_then(|id| key("agent", &id));
    }
    found
}

/// A customer, whichever of id, address and name they are named by.
pub(super) fn customer_of(
    memory: &Memory,
    cells: &mut Cells<'_>,
    columns: &PersonColumns,
) -> PersonRef {
    let found = person(cells, columns);
    memory.customers.complete(found, |id| key(columns.object, id))
}

/// A time of the past. `2 hours ago` is a fault of the copy, not of the date.
pub(super) fn time(cells: &mut Cells<'_>, slot: usize) -> Option<Timestamp> {
    if relative(cells, slot) { None } else { cells.time(slot) }
}

/// True, and told, if the cell holds a relative time.
pub(super) fn relative(cells: &mut Cells<'_>, slot: usize) -> bool {
    let relative = cells.row.trimmed(slot).is_some_and(is_relative);
    if relative {
        let reason = "The time is relative to the day it was copied; an absolute one is needed.";
        cells.note_cell(Code::RelativeDate, slot, reason);
    }
    relative
}

/// Id of an agent; templates let it be left out.
pub(super) fn agent_id(row: &Row) -> Option<String> {
    let text = |slot: usize| row.trimmed(slot).map(str::to_lowercase);
    row.id(agent::ID).map(str::to_owned).or_else(|| text(agent::EMAIL)).or_else(|| {
        let name = row.trimmed(agent::NAME)?;
        Some(generated("agents", &[&fold(name)]))
    })
}

/// Id of a team: without one, its path.
pub(super) fn team_id(row: &Row) -> Option<String> {
    let path = || row.trimmed(team::NAME).map(|name| fold(&tidy_path(name)));
    row.id(team::ID).map(str::to_owned).or_else(path)
}

/// Id of a company: without one, its domain or its name.
pub(super) fn company_id(row: &Row) -> Option<String> {
    let domain = || row.trimmed(company::DOMAIN).map(domain_of);
    let name = || row.trimmed(company::NAME).map(|name| generated("companies", &[&fold(name)]));
    row.id(company::ID).map(str::to_owned).or_else(domain).or_else(name)
}

/// First reading: an agent.
pub(super) fn observe_agent(memory: &mut Memory, row: &Row) {
    let Some(id) = agent_id(row) else { return };
    if let Some(name) = row.trimmed(agent::NAME) {
        let place = memory.agents.entry(fold(name)).or_insert_with(|| Some(id.clone()));
        if place.as_deref().is_some_and(|known| known != id) {
            *place = None;
        }
    }
    let teams = row.text(agent::TEAM_IDS).unwrap_or_default().split(['|', ';', ',']);
    for team in teams.map(str::trim).filter(|team| !team.is_empty()) {
        memory.add_member(team, &id, false);
    }
}

/// First reading: a team.
pub(super) fn observe_team(memory: &mut Memory, row: &Row) {
    let Some(id) = team_id(row) else { return };
    if let Some(lead) = row.id(team::LEAD_ID) {
        memory.add_member(&id, lead, true);
    }
    let name = row.trimmed(team::NAME).unwrap_or_default().to_owned();
    let parent = row.id(team::PARENT_ID).map(str::to_owned);
    memory.teams.insert(id, TeamFacts { name, parent });
}

/// First reading: a membership.
pub(super) fn observe_member(memory: &mut Memory, row: &Row) {
    let (Some(team), Some(agent)) = (row.id(member::TEAM_ID), row.id(member::AGENT_ID)) else {
        return;
    };
    let is_lead = row.typed(member::IS_LEAD).and_then(crate::source::bundle::cell::boolean);
    memory.add_member(team, agent, is_lead == Some(true));
}

/// First reading: a customer.
pub(super) fn observe_customer(memory: &mut Memory, row: &Row) {
    let Some(id) = row.id(customer::ID) else { return };
    let emails = row.text(customer::EMAIL).map(cell::emails).unwrap_or_default();
    memory.customers.add(id, &emails, row.trimmed(customer::NAME));
}

/// First reading: a company.
pub(super) fn observe_company(memory: &mut Memory, row: &Row) {
    let (Some(id), Some(domain)) = (company_id(row), row.trimmed(company::DOMAIN)) else { return };
    let ids = memory.domains.entry(domain_of(domain)).or_default();
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// An agent.
pub(super) fn agent(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let email = cells.emails(agent::EMAIL).into_iter().next();
    let name = cells.string(agent::NAME);
    if email.is_none() {
        let reason = "Teammates are found by e-mail; without it the agent waits.";
        cells.note_cell(Code::RequiredMissing, agent::EMAIL, reason);
    }
    if name.is_none() {
        cells.note_cell(Code::RequiredMissing, agent::NAME, "The agent has no name.");
    }
    cells.phone(agent::PHONE, "phone");
    let mut teams = Vec::new();
    for id in cells.list(agent::TEAM_IDS, "team_id") {
        let by_name = memory.team_named(&id);
        let known = by_name.or_else(|| memory.teams.contains_key(&id).then_some(id.as_str()));
        if known.is_none() && !memory.teams.is_empty() {
            let reason = format!("No team {id:?} is in the export.");
            cells.note_cell(Code::DanglingReference, agent::TEAM_IDS, reason);
        }
        let path = known.and_then(|id| memory.team_path(id));
        teams.push(path.unwrap_or(id));
    }
    let role = cells.string(agent::ROLE);
    let active = cells.boolean(agent::ACTIVE);
    let (standard, fields) = Default::default();
    Some(Record::from(Teammate { name, email, role, teams, active, standard, fields }))
}

/// A team, by its own name if the one above it is known, else by its path.
pub(super) fn team(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let id = team_id(cells.row)?;
    let Some(path) = memory.team_path(&id) else {
        let circle = cells.row.trimmed(team::NAME).is_some();
        let reason = if circle { "The teams form a circle." } else { "The team has no name." };
        cells.note_cell(Code::NameMissing, team::NAME, reason);
        return None;
    };
    let above = path.rsplit_once(PATH_MARK);
    let by_name = above.and_then(|(above, _)| memory.team_named(above));
    let parent = cells.row.id(team::PARENT_ID).or(by_name).and_then(|id| key("team", id));
    let name = match (above, &parent) {
        (Some((_, own)), Some(_)) => own.to_owned(),
        _ => path,
    };
    let mut members: Vec<&String> = Vec::new();
    for (word, agents) in &memory.members {
        // Agents name their teams by id or by name.
        let by_name = || memory.team_named(word) == Some(&id);
        if *word == id || (!memory.teams.contains_key(word) && by_name()) {
            members.extend(agents);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    members.retain(|agent| seen.insert(*agent));
    let member = |id: &String| PersonRef { key: key("agent", id), ..PersonRef::default() };
    let members = members.into_iter().map(member).collect();
    Some(Record::from(Team { name, parent, members }))
}

/// A company.
pub(super) fn company(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let Some(name) = cells.string(company::NAME) else {
        cells.note_cell(Code::NameMissing, company::NAME, "The company has no name.");
        return None;
    };
    let domain = cells.row.trimmed(company::DOMAIN).map(domain_of);
    let sharing = domain.as_ref().and_then(|domain| memory.domains.get(domain)).map_or(0, Vec::len);
    if sharing > 1 {
        let reason = format!("{sharing} companies have this domain.");
        cells.note_cell(Code::DomainRepeated, company::DOMAIN, reason);
    }
    let slots = [company::PHONE, company::ADDRESS, company::INDUSTRY, company::SIZE];
    let mut standard = cells.standard(&slots);
    if let Some(domain) = &domain {
        standard.insert("domain".to_owned(), domain.clone());
    }
    if let Some(is_partner) = cells.boolean(company::IS_PARTNER) {
        standard.insert("is_partner".to_owned(), is_partner.to_string());
        if is_partner {
            let what = "channel partners, whose deals and leads are not migrated";
            memory.tally.add("companies", Code::PartnerListed, what, cells.row);
        }
    }
    let website = cells.string(company::WEBSITE).or(domain);
    let created_at = time(cells, company::CREATED_AT);
    Some(Record::from(Company { name, website, standard, fields: cells.fields(), created_at }))
}

/// A customer.
pub(super) fn customer(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let domain = cells.string(customer::COMPANY_DOMAIN);
    let by_domain = domain.as_deref().and_then(|domain| memory.company_of(domain));
    let company =
        cells.row.id(customer::COMPANY_ID).or(by_domain).and_then(|id| key("company", id));
    if let (Some(_), None, None) = (&domain, by_domain, cells.row.id(customer::COMPANY_ID)) {
        let reason = "No company has this domain.";
        cells.note_cell(Code::DanglingReference, customer::COMPANY_DOMAIN, reason);
    }
    let mut standard = cells.standard(&[customer::TITLE, customer::TIMEZONE]);
    if let (Some(domain), None) = (domain, &company) {
        standard.insert("company_domain".to_owned(), domain);
    }
    let created_at = time(cells, customer::CREATED_AT);
    Some(Record::from(Contact {
        name: cells.string(customer::NAME),
        emails: cells.emails(customer::EMAIL),
        phones: cells.phone(customer::PHONE, "phone").into_iter().collect(),
        language: cells.string(customer::LANGUAGE),
        company_name: cells.string(customer::COMPANY).filter(|_| company.is_none()),
        company,
        preferred: None,
        memos: Vec::new(),
        tags: cells.list(customer::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        created_at,
    }))
}
