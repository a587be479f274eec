//! Ids and the numbers that people use instead of them: links are written with either.

use std::collections::HashMap;

use crate::model::SourceKey;
use crate::source::bundle::index::{IdSet, hash};

use super::layout::SYSTEM;

/// What may be linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub(super) enum Kind {
    Incident,
    Ci,
    Asset,
    Change,
    Release,
    Problem,
}

impl Kind {
    /// All, in the order in which they are read.
    pub(super) const ALL: [Self; 6] =
        [Self::Incident, Self::Ci, Self::Asset, Self::Change, Self::Release, Self::Problem];

    /// Second word of its keys, and the base of its types.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Ci => "ci",
            Self::Asset => "asset",
            Self::Change => "change",
            Self::Release => "release",
            Self::Problem => "problem",
        }
    }

    /// Name of its object.
    pub(super) fn object(self) -> &'static str {
        match self {
            Self::Incident => "incidents",
            Self::Ci => "cis",
            Self::Asset => "assets",
            Self::Change => "changes",
            Self::Release => "releases",
            Self::Problem => "problems",
        }
    }

    /// The kind of which a reference of any module speaks, by the module's name.
    pub(super) fn of_module(word: &str) -> Option<Self> {
        let word = word.trim().to_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        match word {
            "incident" | "ticket" => Some(Self::Incident),
            "ci" | "cmdb" | "configuration item" | "configuration_item" => Some(Self::Ci),
            "asset" => Some(Self::Asset),
            "change" | "change request" => Some(Self::Change),
            "release" => Some(Self::Release),
            "problem" => Some(Self::Problem),
            _ => None,
        }
    }
}

/// A key of Infraon Desk's.
pub(super) fn key(object: &str, id: &str) -> Option<SourceKey> {
    SourceKey::new(SYSTEM, object, id).ok()
}

/// What an id or number means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The record of this id.
    One(String),
    /// More than one record.
    Several,
    /// None.
    Nothing,
}

#[derive(Debug)]
enum Shown {
    One(Box<str>),
    Several,
}

/// Ids and shown numbers of one kind.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    ids: IdSet,
    /// Ids by the hash of the number shown.
    shown: HashMap<u64, Shown>,
    /// Rows seen.
    pub(super) count: u64,
}

impl Resolver {
    /// Takes a record.
    pub(super) fn add(&mut self, id: &str, shown: Option<&str>) {
        self.count += 1;
        self.ids.add(hash(id));
        let Some(shown) = shown.filter(|shown| *shown != id) else { return };
        let found = self.shown.entry(hash(shown)).or_insert_with(|| Shown::One(id.into()));
        if matches!(found, Shown::One(known) if **known != *id) {
            *found = Shown::Several;
        }
    }

    /// Ends the filling.
    pub(super) fn finish(&mut self) {
        self.ids.finish(true);
    }

    /// What `text` means: an id, a number shown to people, or both of one record.
    pub(super) fn find(&self, text: &str) -> Found {
        let is_id = self.ids.contains(hash(text));
        match (is_id, self.shown.get(&hash(text))) {
            (true, None) => Found::One(text.to_owned()),
            (false, Some(Shown::One(id))) => Found::One(id.to_string()),
            (true, Some(_)) | (false, Some(Shown::Several)) => Found::Several,
            (false, None) => Found::Nothing,
        }
    }

    /// True if several records show this number.
    pub(super) fn is_shown_twice(&self, shown: &str) -> bool {
        matches!(self.shown.get(&hash(shown)), Some(Shown::Several))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_numbers_meet_and_what_is_both_is_refused() {
        let mut known = Resolver::default();
        for (id, shown) in [
            ("9f1c", Some("INC-1")),
            ("9f1d", Some("INC-2")),
            ("INC-2", Some("INC-3")),
            ("9f1e", Some("INC-4")),
            ("9f1f", Some("INC-4")),
            ("INC-5", Some("INC-5")),
            ("9f20", None),
        ] {
            known.add(id, shown);
        }
        known.finish();
        let one = |id: &str| Found::One(id.to_owned());
        for (text, found) in [
            ("9f1c", one("9f1c")),
            ("INC-1", one("9f1c")),
            ("INC-2", Found::Several),
            ("INC-3", one("INC-2")),
            ("INC-4", Found::Several),
            ("9f1e", one("9f1e")),
            ("INC-5", one("INC-5")),
            ("9f20", one("9f20")),
            ("inc-1", Found::Nothing),
            ("", Found::Nothing),
        ] {
            assert_eq!(known.find(text), found, "{text}");
        }
        assert!(known.is_shown_twice("INC-4") && !known.is_shown_twice("INC-1"));
    }
}
