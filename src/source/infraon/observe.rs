//! The first reading: who and what there is, and which record names which.

use super::columns::{incident, kb_category, kb_folder, message, requester, technician};
use super::directory::{Asker, email_hash};
use super::incident as incidents;
use super::layout::{OBJECTS, object};
use super::link::{self, relation_name};
use super::memory::Memory;
use super::object_columns::{ci_relation, pair};
use super::plan::{Plan, is_reserved, plan_of};
use super::resolve::{Found, Kind};
use super::types::is_type;
use crate::model::record::FieldDefinition;
use crate::source::bundle::cell;
use crate::source::bundle::common::custom_field;
use crate::source::bundle::files::FileIndex;
use crate::source::bundle::index::hash;
use crate::source::bundle::owner::owner_word;
use crate::source::bundle::row::Row;
use crate::source::bundle::study::Study;
use crate::source::finding::{Code, Finding};

/// Columns of files of two ids, and what they mean.
pub(super) const PAIRS: [(usize, Kind); 5] = [
    (pair::INCIDENT, Kind::Incident),
    (pair::CI, Kind::Ci),
    (pair::PROBLEM, Kind::Problem),
    (pair::CHANGE, Kind::Change),
    (pair::RELEASE, Kind::Release),
];

/// The two ends of a row of such a file; `None` unless exactly two are named.
pub(super) fn ends(row: &Row) -> Option<[(usize, Kind); 2]> {
    let mut named = PAIRS.into_iter().filter(|(slot, _)| row.id(*slot).is_some());
    match (named.next(), named.next(), named.next()) {
        (Some(one), Some(other), None) => Some([one, other]),
        _ => None,
    }
}

fn first_email(row: &Row, slot: usize) -> Option<String> {
    row.text(slot).map(cell::emails)?.into_iter().next()
}

impl Memory {
    /// Takes a row.
    pub(super) fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex) {
        match object {
            object::TECHNICIANS => {
                let Some(id) = row.id(technician::ID) else { return };
                let email = first_email(row, technician::EMAIL);
                let name = row.trimmed(technician::NAME);
                self.people.add_technician(id, email.as_deref(), name);
            }
            object::REQUESTERS => {
                let Some(id) = row.id(requester::ID) else { return };
                let email = first_email(row, requester::EMAIL);
                self.people.add_requester(id, email.as_deref());
            }
            object::INCIDENTS => self.observe_incident(row),
            object::MESSAGES => self.observe_message(row, files),
            object::CI_TYPES => self.types.declare(row),
            object::CUSTOM_FIELDS => self.observe_field(row),
            object::CI_RELATIONS => {
                let ends = (row.id(ci_relation::FROM), row.id(ci_relation::TO));
                if let (Some(from), Some(to)) = ends {
                    let name = row.trimmed(ci_relation::RELATION).unwrap_or("related to");
                    let name = relation_name(name);
                    self.links.relate((Kind::Ci, from), name, (Kind::Ci, to));
                }
            }
            object::KB_CATEGORIES => {
                if let Some(id) = row.id(kb_category::ID) {
                    let name = row.trimmed(kb_category::NAME).unwrap_or_default();
                    self.levels.add_category(id, name);
                }
            }
            object::KB_FOLDERS => {
                if let Some(id) = row.id(kb_folder::ID) {
                    let name = row.trimmed(kb_folder::NAME).unwrap_or_default();
                    let category = row.id(kb_folder::CATEGORY_ID);
                    self.levels.add_folder(id, name, category, row.id(kb_folder::PARENT_ID));
                }
            }
            object::BUSINESS_HOURS => self.hours.add(row),
            _ => match plan_of(OBJECTS[object].object) {
                Some(plan) => self.observe_instance(object, plan, row),
                None => self.observe_pair(row, object),
            },
        }
    }

    fn observe_incident(&mut self, row: &Row) {
        let Some(id) = incidents::id(row) else { return };
        self.links.of_mut(Kind::Incident).add(id, row.id(incident::DISPLAY_ID));
        let asker = Asker {
            id: row.id(incident::REQUESTER_ID).map_or(0, hash),
            email: first_email(row, incident::REQUESTER_EMAIL).map_or(0, |text| email_hash(&text)),
            assignee_id: row.id(incident::ASSIGNEE_ID).map_or(0, hash),
            assignee_email: first_email(row, incident::ASSIGNEE_EMAIL)
                .map_or(0, |text| email_hash(&text)),
        };
        self.askers.add(hash(id), asker);
        for (slot, kind) in incidents::LINKS {
            for other in link::ids(row, slot) {
                self.links.join((Kind::Incident, id), (kind, &other));
            }
        }
        let references = row.typed(incident::REFERENCES).map(link::references_in);
        for reference in references.into_iter().flatten() {
            match reference.kind {
                Some(Kind::Incident) => {}
                Some(kind) => self.links.join((Kind::Incident, id), (kind, &reference.id)),
                None => self.bare.push((id.to_owned(), reference.id)),
            }
        }
    }

    fn observe_message(&self, row: &Row, files: &mut FileIndex) {
        let (Some(message), Some(text)) = (row.id(message::ID), row.id(message::INCIDENT_ID))
        else {
            return;
        };
        match self.links.of(Kind::Incident).find(text) {
            Found::One(id) => files.message_seen("message", message, &id),
            _ => files.message_seen("message", message, text),
        }
    }

    fn observe_field(&mut self, row: &Row) {
        let Some(written) = row.trimmed(custom_field::OBJECT) else { return };
        let object = match written.to_lowercase().split_once(':') {
            Some((of, word)) => owner_word(of.trim(), Some(word)),
            None => return,
        };
        if is_type(&object) {
            self.types.declare_field(&object, row);
        }
    }

    fn observe_instance(&mut self, object: usize, plan: &Plan, row: &Row) {
        let Some(id) = row.id(0).filter(|id| !is_reserved(id)) else { return };
        let shown = plan.shown.and_then(|slot| row.id(slot));
        self.links.of_mut(plan.kind).add(id, shown);
        self.types.observe(&OBJECTS[object], plan, row);
        for &(slot, kind) in plan.links {
            for other in link::ids(row, slot) {
                self.links.join((plan.kind, id), (kind, &other));
            }
        }
    }

    fn observe_pair(&mut self, row: &Row, object: usize) {
        if !is_pair(object) {
            return;
        }
        if let Some([(one, kind), (other, other_kind)]) = ends(row)
            && let (Some(one), Some(other)) = (row.id(one), row.id(other))
        {
            self.links.join((kind, one), (other_kind, other));
        }
    }

    /// All rows of an object were seen.
    pub(super) fn observed(&mut self, object: usize) {
        match object {
            object::REQUESTERS => self.people.finish(),
            object::INCIDENTS => {
                self.links.of_mut(Kind::Incident).finish();
                self.askers.finish();
            }
            object::KB_FOLDERS => self.levels.finish(),
            _ => {
                if let Some(plan) = plan_of(OBJECTS[object].object) {
                    self.links.of_mut(plan.kind).finish();
                }
            }
        }
    }

    /// Everything was seen once.
    pub(super) fn review(&mut self, study: &Study) -> Vec<Finding> {
        let mut findings = Vec::new();
        for kind in Kind::ALL {
            let count = self.links.count_to(kind);
            let other = matches!(kind, Kind::Ci) && self.links.of(Kind::Asset).count > 0;
            if count > 0 && self.links.of(kind).count == 0 && !other && !self.partial {
                let name = kind.object();
                let reason = format!("{count} links, and no file holds {name}.");
                findings.push(Finding::new(Code::PassMissing, reason).object(name));
            }
        }
        for (id, text) in std::mem::take(&mut self.bare) {
            if let Some(kind) = incidents::kind_of(&self.links, &text) {
                self.links.join((Kind::Incident, &id), (kind, &text));
            }
        }
        let Self { links, types, .. } = self;
        links.settle(|from, relation, to| types.relate(from, relation, to));
        let both = self.people.in_both();
        if both > 0 {
            let reason = format!("{both} addresses belong to a requester and a technician.");
            let finding = Finding::new(Code::SharedEmail, reason).object("technicians");
            findings.push(finding.severity(crate::source::finding::Severity::Info));
        }
        if self.partial {
            let instances = Kind::ALL[1..].iter().any(|&kind| self.links.of(kind).count > 0);
            if instances {
                let reason = "In a part of an export objects have only the references that stand \
                              in it: export objects and their links whole.";
                findings.push(Finding::new(Code::PassMissing, reason).object("cis"));
            }
        } else if !study.objects[object::SAVED_REPORTS].present {
            let reason = "Saved reports and dashboards cannot be read: list them in saved_reports.";
            findings.push(Finding::new(Code::ByHand, reason).object("saved_reports"));
        }
        findings
    }
}

/// True for files of two ids.
pub(super) fn is_pair(object: usize) -> bool {
    (object::INCIDENT_CI..=object::RELEASE_CHANGE).contains(&object)
}

/// Infraon's words for what has custom fields, in the hub's.
pub(super) fn fields_of(mut definition: FieldDefinition) -> FieldDefinition {
    let hub = match definition.object.as_str() {
        "incident" => "ticket",
        "requester" | "contact" => "customer",
        "user" | "agent" => "technician",
        "organization" | "organisation" | "companie" => "company",
        _ => return definition,
    };
    hub.clone_into(&mut definition.object);
    definition
}
