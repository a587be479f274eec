//! Incidents.

use std::collections::BTreeMap;

use super::columns::incident;
use super::link::{self, Links, Reference};
use super::memory::Memory;
use super::person::{self, Named};
use super::resolve::{Found, Kind};
use crate::model::Record;
use crate::model::record::{Conversation, ThreadKind};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::row::Row;
use crate::source::finding::Code;

const REQUESTER: Named = Named {
    id: incident::REQUESTER_ID,
    email: incident::REQUESTER_EMAIL,
    name: incident::REQUESTER_NAME,
};

const ASSIGNEE: Named = Named {
    id: incident::ASSIGNEE_ID,
    email: incident::ASSIGNEE_EMAIL,
    name: incident::ASSIGNEE_NAME,
};

/// Columns kept as they are.
const STANDARD: [usize; 9] = [
    incident::DISPLAY_ID,
    incident::IMPACT_SERVICE,
    incident::RESOLUTION,
    incident::CLOSE_REASON,
    incident::SLA_POLICY,
    incident::COMPANY_ID,
    incident::COMPANY,
    incident::DEPARTMENT,
    incident::LOCATION,
];

/// Columns in which a number may stand for a word.
const WORDS: [usize; 6] = [
    incident::PRIORITY,
    incident::URGENCY,
    incident::IMPACT,
    incident::SEVERITY,
    incident::CATEGORY,
    incident::SUB_CATEGORY,
];

/// Columns of ids, and what they lead to.
pub(super) const LINKS: [(usize, Kind); 3] = [
    (incident::CI_IDS, Kind::Ci),
    (incident::PROBLEM_IDS, Kind::Problem),
    (incident::CHANGE_IDS, Kind::Change),
];

/// Columns that clocks of agreements write.
const CLOCKS: [usize; 5] = [
    incident::SLA_POLICY,
    incident::RESPONSE_DUE_AT,
    incident::RESOLUTION_DUE_AT,
    incident::RESPONSE_BREACHED,
    incident::RESOLUTION_BREACHED,
];

/// Id of an incident. Grids export the number alone, which then is the id.
pub(super) fn id(row: &Row) -> Option<&str> {
    row.id(incident::ID).or_else(|| row.id(incident::DISPLAY_ID))
}

/// An incident.
pub(super) fn incident(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let Some(id) = id(cells.row).map(str::to_owned) else {
        cells.note_cell(Code::IdMissing, incident::ID, "Neither an id nor a number is given.");
        return None;
    };
    note_number(memory, cells);
    let status = cells.string(incident::STATUS).unwrap_or_default();
    let state = memory.words.status(&status);
    if state.is_none() {
        let reason =
            if status.is_empty() { "The incident has no status." } else { "Unknown status." };
        cells.note_cell(Code::UnmappedValue, incident::STATUS, reason);
    }
    if CLOCKS.iter().any(|&slot| cells.row.typed(slot).is_some()) {
        let what = "the clocks of their agreements restart";
        memory.tally.add("incidents", Code::ClocksRestart, what, cells.row);
    }
    let customer = person::requester(memory, cells, REQUESTER);
    if customer.is_empty() {
        let reason = "Nobody is named as the requester.";
        cells.note_cell(Code::RequiredMissing, incident::REQUESTER_ID, reason);
    }
    let created_at = cells.time(incident::CREATED_AT);
    if created_at.is_none() && cells.row.typed(incident::CREATED_AT).is_none() {
        cells.note_cell(Code::RequiredMissing, incident::CREATED_AT, "No time is given.");
    }
    let standard = standard(memory, cells, &id);
    Some(Record::from(Conversation {
        kind: ThreadKind::Incident,
        subject: cells.string(incident::SUMMARY),
        description: cells.body(incident::DESCRIPTION, Some(incident::BODY_FORMAT)),
        state,
        status,
        customer,
        opened_by: None,
        assignee: person::technician(memory, cells, ASSIGNEE),
        team: cells.string(incident::TEAM),
        channel: cells.string(incident::SOURCE),
        copies: Vec::new(),
        created_at,
        updated_at: cells.time(incident::UPDATED_AT),
        closed_at: cells.time(incident::CLOSED_AT),
        due_at: cells.deadline(incident::RESOLUTION_DUE_AT),
        memo: None,
        tags: cells.list(incident::TAGS, "tag"),
        standard,
        fields: cells.fields(),
        reply_count: None,
        attachments: Vec::new(),
        social_ids: Vec::new(),
        archived: cells.boolean(incident::ARCHIVED).unwrap_or(false),
    }))
}

/// Numbers are shown once, and are nobody else's id.
fn note_number(memory: &Memory, cells: &mut Cells<'_>) {
    let Some(shown) = cells.row.id(incident::DISPLAY_ID) else { return };
    if cells.row.id(incident::ID) == Some(shown) {
        return;
    }
    let known = memory.links.of(Kind::Incident);
    if known.is_shown_twice(shown) {
        let reason = "Several incidents show this number; links that name it are refused.";
        cells.note_cell(Code::ReferenceAmbiguous, incident::DISPLAY_ID, reason);
    } else if known.find(shown) == Found::Several {
        let reason = "The number is another incident's id; links that name it are refused.";
        cells.note_cell(Code::ReferenceAmbiguous, incident::DISPLAY_ID, reason);
    }
}

/// Fields of an incident without a place of their own.
fn standard(memory: &Memory, cells: &mut Cells<'_>, id: &str) -> BTreeMap<String, String> {
    let mut standard = cells.standard(&STANDARD);
    let mut add = |slot: usize, text: Option<String>| {
        if let Some(text) = text {
            standard.insert(incident::COLUMNS[slot].name.to_owned(), text);
        }
    };
    for slot in WORDS {
        let column = incident::COLUMNS[slot].name;
        add(slot, cells.string(slot).map(|written| memory.words.word(column, &written)));
    }
    for slot in [incident::RESOLVED_AT, incident::RESPONDED_AT] {
        add(slot, cells.time(slot).map(|time| time.to_rfc3339()));
    }
    let due = cells.deadline(incident::RESPONSE_DUE_AT);
    add(incident::RESPONSE_DUE_AT, due.map(|time| time.to_rfc3339()));
    for slot in [incident::RESPONSE_BREACHED, incident::RESOLUTION_BREACHED] {
        add(slot, cells.boolean(slot).map(|value| value.to_string()));
    }
    add(incident::MERGED_INTO, merged_into(memory, cells, id));
    let mut linked = Linked::default();
    for (slot, kind) in LINKS {
        for text in link::ids(cells.row, slot) {
            linked.add(memory, cells, (slot, kind), &text);
        }
    }
    for reference in references(memory, cells.row) {
        match reference.kind {
            Some(kind) => {
                linked.add(memory, cells, (incident::REFERENCES, kind), &reference.id);
            }
            None => linked.push("other_references", reference.raw),
        }
    }
    standard.extend(linked.0.into_iter().map(|(name, ids)| (name.to_owned(), ids.join(", "))));
    standard
}

/// The incident that this one was merged into. The vendor's flag alone says only that it was.
fn merged_into(memory: &Memory, cells: &mut Cells<'_>, id: &str) -> Option<String> {
    let text = cells.row.id(incident::MERGED_INTO)?.to_owned();
    match crate::source::bundle::cell::boolean(&text) {
        Some(false) => return None,
        Some(true) => return Some("yes".to_owned()),
        None => {}
    }
    match memory.links.of(Kind::Incident).find(&text) {
        Found::One(other) if other == id => None,
        Found::One(other) => Some(other),
        Found::Several => {
            let reason = "The number means several incidents.";
            cells.note_cell(Code::ReferenceAmbiguous, incident::MERGED_INTO, reason);
            Some(text)
        }
        Found::Nothing => {
            let code =
                if memory.partial { Code::ReferenceOutside } else { Code::DanglingReference };
            cells.note_cell(code, incident::MERGED_INTO, "No such incident is in the export.");
            Some(text)
        }
    }
}

/// The references of the incident's own list, those without a module by what has their id.
pub(super) fn references(memory: &Memory, row: &Row) -> Vec<Reference> {
    let mut references =
        row.typed(incident::REFERENCES).map(link::references_in).unwrap_or_default();
    for reference in references.iter_mut().filter(|reference| reference.kind.is_none()) {
        reference.kind = kind_of(&memory.links, &reference.id);
    }
    references
}

/// What has a bare id. An id that several modules have says nothing.
pub(super) fn kind_of(links: &Links, id: &str) -> Option<Kind> {
    let has = |kind: &Kind| links.of(*kind).find(id) != Found::Nothing;
    let mut kinds =
        [Kind::Problem, Kind::Change, Kind::Release, Kind::Ci, Kind::Asset].into_iter().filter(has);
    kinds.next().filter(|_| kinds.next().is_none())
}

/// Ids that an incident names, by the attribute that keeps them.
#[derive(Default)]
struct Linked(BTreeMap<&'static str, Vec<String>>);

impl Linked {
    fn add(
        &mut self,
        memory: &Memory,
        cells: &mut Cells<'_>,
        (slot, kind): (usize, Kind),
        text: &str,
    ) {
        let (found, meaning) = memory.links.find(kind, text);
        let id = note_end(memory, cells, (slot, found), text, meaning).unwrap_or(text.to_owned());
        let name = match kind {
            Kind::Ci | Kind::Asset => "ci_ids",
            Kind::Change => "change_ids",
            Kind::Release => "release_ids",
            Kind::Problem => "problem_ids",
            Kind::Incident => "other_references",
        };
        self.push(name, id);
    }

    fn push(&mut self, name: &'static str, id: String) {
        let ids = self.0.entry(name).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
}

/// The id that one entry of a list means; what it does not mean is a finding.
pub(super) fn note_end(
    memory: &Memory,
    cells: &mut Cells<'_>,
    (slot, kind): (usize, Kind),
    text: &str,
    meaning: Found,
) -> Option<String> {
    match meaning {
        Found::One(id) => Some(id),
        Found::Several => {
            let reason = format!("{text:?} means several {}; the link is refused.", kind.object());
            cells.note_cell(Code::ReferenceAmbiguous, slot, reason);
            None
        }
        Found::Nothing => {
            // Without any such record in the export one finding says so for all.
            if memory.links.of(kind).count > 0 {
                let code =
                    if memory.partial { Code::ReferenceOutside } else { Code::DanglingReference };
                cells.note_cell(code, slot, format!("{text:?} is none of the {}.", kind.object()));
            }
            None
        }
    }
}
