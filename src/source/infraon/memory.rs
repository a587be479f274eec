//! What Infraon Desk's records need to know of each other.

use super::directory::{Asker, Directory};
use super::hours::Hours;
use super::levels::Levels;
use super::link::Links;
use super::types::Types;
use super::words::Words;
use crate::source::bundle::index::IdMap;
use crate::source::bundle::tally::Tally;
use crate::source::finding::Finding;

/// What is remembered over a reading.
#[derive(Debug)]
pub(super) struct Memory {
    /// What words mean.
    pub(super) words: Words,
    /// Only a part of the desk was exported.
    pub(super) partial: bool,
    /// Records that may be linked, and their links.
    pub(super) links: Links,
    /// References of incidents that name no module: incident and id.
    pub(super) bare: Vec<(String, String)>,
    /// Who asked, by incident.
    pub(super) askers: IdMap<Asker>,
    /// Requesters and technicians.
    pub(super) people: Directory,
    /// Types of custom objects.
    pub(super) types: Types,
    /// Levels of the knowledge base.
    pub(super) levels: Levels,
    /// Business hours.
    pub(super) hours: Hours,
    /// Findings of rows that became parts of other records.
    pub(super) findings: Vec<Finding>,
    /// Things counted over many records.
    pub(super) tally: Tally,
}

impl Memory {
    /// Nothing but the words.
    pub(super) fn new(words: Words, partial: bool) -> Self {
        Self {
            words,
            partial,
            links: Links::default(),
            bare: Vec::new(),
            askers: IdMap::default(),
            people: Directory::default(),
            types: Types::default(),
            levels: Levels::default(),
            hours: Hours::default(),
            findings: Vec::new(),
            tally: Tally::default(),
        }
    }
}
