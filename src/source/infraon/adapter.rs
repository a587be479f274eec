//! Infraon Desk's part in reading an export: which function makes which record.

use super::columns::{incident, kb_article, message, requester};
use super::instance::instance;
use super::layout::{OBJECTS, object};
use super::memory::Memory;
use super::object_columns::{ci_relation, ci_type};
use super::observe::{ends, fields_of, is_pair};
use super::plan::plan_of;
use super::resolve::{Found, Kind, key};
use super::types::is_type;
use super::words::Words;
use super::{
    configuration, hours, incident as incidents, knowledge, message as messages, people, types,
};
use crate::model::Record;
use crate::model::record::{ConfigurationItem, FieldDefinition};
use crate::source::bundle::Adapter;
use crate::source::bundle::adapter::{Derived, FileColumns, Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::common;
use crate::source::bundle::files::FileIndex;
use crate::source::bundle::header;
use crate::source::bundle::index::{hash, hash_parts};
use crate::source::bundle::row::Row;
use crate::source::bundle::study::Study;
use crate::source::bundle::studying::field_id;
use crate::source::bundle::survey::Bundle;
use crate::source::contract::{ExportKind, Reading, SourceError};
use crate::source::finding::{Code, Finding};

/// Infraon Desk's adapter.
pub struct Infraon {
    memory: Memory,
    /// Definitions of all types, until they are handed over.
    definitions: Vec<Derived>,
}

impl Infraon {
    /// For one reading.
    ///
    /// # Errors
    /// If a value map is wrong.
    pub fn make(reading: &Reading, bundle: &Bundle) -> Result<Box<dyn Adapter>, SourceError> {
        let partial = bundle.manifest.export_kind()? != ExportKind::Full;
        let memory = Memory::new(Words::new(reading, bundle)?, partial);
        Ok(Box::new(Self { memory, definitions: Vec::new() }))
    }

    /// People, companies, teams, threads, knowledge base: the word of their keys and the record.
    fn record(&mut self, object: usize, cells: &mut Cells<'_>) -> Option<(&'static str, Record)> {
        let memory = &mut self.memory;
        Some(match object {
            object::COMPANIES => ("company", people::company(cells)?),
            object::TEAMS => ("team", people::team(memory, cells)?),
            object::TECHNICIANS => ("technician", people::technician(memory, cells)?),
            object::REQUESTERS => ("requester", people::requester(memory, cells)?),
            object::INCIDENTS => ("incident", incidents::incident(memory, cells)?),
            object::KB_CATEGORIES => ("kb_category", knowledge::category(memory, cells)?),
            object::KB_FOLDERS => ("kb_folder", knowledge::folder(memory, cells)?),
            object::KB_ARTICLES => ("kb_article", knowledge::article(memory, cells)?),
            object::TAGS => ("tag", common::tag_of(cells)?.into()),
            _ => return None,
        })
    }

    /// What only people can rebuild: the word of its keys and the record.
    fn setting(object: usize, cells: &mut Cells<'_>) -> Option<(&'static str, ConfigurationItem)> {
        Some(match object {
            object::SERVICE_CATALOGUE => {
                ("service_catalogue", configuration::catalogue_item(cells)?)
            }
            object::SLA_POLICIES => ("sla_policy", configuration::sla_policy(cells)?),
            object::WORKFLOWS => ("workflow", common::workflow_of(cells)?),
            object::SAVED_REPORTS => {
                ("saved_report", configuration::listed(cells, "saved_report")?)
            }
            object::DEPARTMENTS => ("department", configuration::listed(cells, "department")?),
            object::LOCATIONS => ("location", configuration::listed(cells, "location")?),
            object::PARTNERS => ("partner", configuration::listed(cells, "partner")?),
            _ => return None,
        })
    }

    /// A row of two ids, or of a relation: it becomes a reference, if both ends are there.
    fn link(&mut self, object: usize, cells: &mut Cells<'_>) -> Outcome {
        let ends = if object == object::CI_RELATIONS {
            let both = [ci_relation::FROM, ci_relation::TO];
            let given = both.iter().all(|&slot| cells.row.id(slot).is_some());
            given.then(|| both.map(|slot| (slot, Kind::Ci)))
        } else {
            ends(cells.row)
        };
        let Some(ends) = ends else {
            cells.note(Code::IdMissing, "A link names two records, one of each kind.");
            return Outcome::Reject(None);
        };
        let mut usable = true;
        for (slot, kind) in ends {
            let text = cells.row.id(slot).unwrap_or_default().to_owned();
            let reason = match self.memory.links.find(kind, &text).1 {
                Found::One(_) => continue,
                Found::Several => format!("The number means several {}.", kind.object()),
                // One finding says for all that there are none.
                Found::Nothing if self.memory.partial => {
                    let reason = "The link leads to what another export holds, and is left out.";
                    cells.note_cell(Code::OrphanPart, slot, reason);
                    usable = false;
                    continue;
                }
                Found::Nothing => format!("No such record is among the {}.", kind.object()),
            };
            cells.note_cell(Code::OrphanPart, slot, reason);
            usable = false;
        }
        if usable { self.folded(cells) } else { Outcome::Reject(None) }
    }

    fn field(&mut self, cells: &mut Cells<'_>) -> Outcome {
        let Some(definition) = common::field_of(cells).map(fields_of) else {
            cells.note(Code::NameMissing, "The definition names no field or no object.");
            return Outcome::Reject(None);
        };
        if is_type(&definition.object) {
            return self.folded(cells);
        }
        let id = format!("{}:{}", definition.object, definition.field);
        made("custom_field", &id, Some(id.clone()), definition.into())
    }

    /// A row that became a part of another record, with what is noteworthy about it.
    fn folded(&mut self, cells: &mut Cells<'_>) -> Outcome {
        self.memory.findings.append(&mut cells.findings);
        Outcome::Repeated(Code::Folded)
    }

    fn type_row(&mut self, cells: &mut Cells<'_>) -> Outcome {
        if cells.row.trimmed(ci_type::TYPE).is_none() {
            cells.note_cell(Code::NameMissing, ci_type::TYPE, "The row names no type.");
            return Outcome::Reject(None);
        }
        types::field(cells);
        self.folded(cells)
    }
}

/// A record under a key of the given word.
fn made(word: &str, id: &str, natural: Option<String>, record: Record) -> Outcome {
    match key(word, id) {
        Some(key) => Outcome::Record(Made { key, natural, record }),
        None => Outcome::Reject(None),
    }
}

/// The record under its id, else under its name.
fn keyed(word: &str, cells: &Cells<'_>, name: &str, record: Record) -> Outcome {
    match cells.row.id(0) {
        Some(id) => made(word, id, None, record),
        None => made(word, name, Some(name.to_owned()), record),
    }
}

impl Adapter for Infraon {
    fn observe(&mut self, object: usize, row: &Row, files: &mut FileIndex) {
        self.memory.observe(object, row, files);
    }

    fn observed(&mut self, object: usize) {
        self.memory.observed(object);
    }

    fn content_hash(&self, object: usize, row: &Row) -> u64 {
        match object {
            object::MESSAGES => {
                let body = row.trimmed(message::BODY).unwrap_or_default();
                hash_parts(&[row.id(message::INCIDENT_ID).unwrap_or_default(), body])
            }
            object::INCIDENTS => hash(row.id(incident::DISPLAY_ID).unwrap_or_default()),
            object::CUSTOM_FIELDS => hash(&field_id(row).unwrap_or_default()),
            // Without ids, what has one name is one record.
            _ => {
                let layout = &OBJECTS[object];
                let name = layout.slot("name").and_then(|slot| row.trimmed(slot));
                hash(name.unwrap_or_else(|| row.all_text()))
            }
        }
    }

    fn definition(&self, object: usize, cells: &mut Cells<'_>) -> Option<FieldDefinition> {
        if object == object::CI_TYPES {
            return types::field(cells);
        }
        common::field_of(cells).map(fields_of)
    }

    fn review(&mut self, study: &Study) -> Vec<Finding> {
        let findings = self.memory.review(study);
        let Memory { types, words, partial, .. } = &self.memory;
        self.definitions = types.definitions(study, words, *partial);
        findings
    }

    fn normalise(
        &mut self,
        object: usize,
        cells: &mut Cells<'_>,
        _study: &Study,
        meets_equal: bool,
    ) -> Outcome {
        if let Some(plan) = plan_of(OBJECTS[object].object) {
            return instance(&mut self.memory, cells, plan);
        }
        match object {
            object::MESSAGES => return messages::message(&mut self.memory, cells, meets_equal),
            object::CI_TYPES => return self.type_row(cells),
            object::CUSTOM_FIELDS => return self.field(cells),
            object::BUSINESS_HOURS => {
                return match hours::hours(&self.memory.hours, cells) {
                    Some(Ok(item)) => {
                        let name = item.name.clone();
                        made("business_hours", &name, None, item.into())
                    }
                    Some(Err(code)) => Outcome::Repeated(code),
                    None => Outcome::Reject(None),
                };
            }
            object if object == object::CI_RELATIONS || is_pair(object) => {
                return self.link(object, cells);
            }
            _ => {}
        }
        if let Some((word, item)) = Self::setting(object, cells) {
            let name = item.name.clone();
            return keyed(word, cells, &name, item.into());
        }
        match self.record(object, cells) {
            None => Outcome::Reject(None),
            Some((word, Record::Tag(tag))) => {
                made(word, &tag.name.to_lowercase(), None, tag.into())
            }
            Some((word, Record::Team(team))) => {
                let name = header::field_key(&team.name);
                keyed(word, cells, &name, team.into())
            }
            Some((word, record)) => {
                let id = match object {
                    object::INCIDENTS => incidents::id(cells.row),
                    _ => cells.row.id(0),
                };
                let natural = id.filter(|_| cells.row.id(0).is_none()).map(str::to_owned);
                made(word, id.unwrap_or_default(), natural, record)
            }
        }
    }

    fn at_end(&mut self, object: usize) -> Vec<Derived> {
        match object {
            object::CI_TYPES => std::mem::take(&mut self.definitions),
            _ => Vec::new(),
        }
    }

    fn file_columns(&self, object: usize) -> Option<FileColumns> {
        let (files, bodies): (usize, &'static [usize]) = match object {
            object::INCIDENTS => (incident::ATTACHMENTS, &[incident::DESCRIPTION]),
            object::MESSAGES => (message::ATTACHMENTS, &[message::BODY]),
            object::KB_ARTICLES => (kb_article::ATTACHMENTS, &[kb_article::BODY]),
            object::REQUESTERS => (requester::ATTACHMENTS, &[]),
            _ => return None,
        };
        Some(FileColumns { files: Some(files), bodies })
    }

    fn message_object(&self, thread: &str) -> Option<&'static str> {
        match thread {
            "incident" => Some("message"),
            _ => None,
        }
    }

    fn parent_object(&self, word: &str) -> Option<(&'static str, &'static str)> {
        match word {
            "ticket" => Some(("incident", "incidents")),
            "article" => Some(("kb_article", "kb_articles")),
            "customer" => Some(("requester", "requesters")),
            _ => None,
        }
    }

    fn resolve(&self, object: &str, id: &str) -> Option<String> {
        if object != "incidents" {
            return None;
        }
        match self.memory.links.of(Kind::Incident).find(id) {
            Found::One(id) => Some(id),
            _ => None,
        }
    }

    fn other_id(&self, object: usize, row: &Row) -> Option<String> {
        let shown = row.id(incident::DISPLAY_ID).filter(|_| object == object::INCIDENTS)?;
        // A number that means several incidents names none of them.
        let known = self.memory.links.of(Kind::Incident);
        matches!(known.find(shown), Found::One(_)).then(|| shown.to_owned())
    }

    fn finish(&mut self) -> Vec<Finding> {
        let mut findings = std::mem::take(&mut self.memory.findings);
        findings.extend(self.memory.tally.take());
        findings
    }
}
