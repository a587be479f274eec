//! What may happen, by class: each can be switched on by itself.

use std::collections::BTreeSet;

/// A class of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The desk is edited between passes.
    Edits,
    /// Records are withdrawn from the desk.
    Withdrawals,
    /// The custom fields are used only later.
    LateFields,
    /// Only a sample or some records are written.
    Parts,
    /// Only a phase is written.
    Phases,
    /// The map or a decision changes.
    Maps,
    /// Requests are struck by faults.
    Faults,
    /// Requests are refused once.
    Refusals,
    /// The program is killed while it writes.
    Kills,
    /// A reading is cut off.
    CutReads,
    /// Teammates work on what was there before.
    ActsOnTheirs,
    /// Teammates work on what was moved.
    ActsOnOurs,
    /// Everything is rolled back at the end.
    RollbackAll,
    /// A slice is rolled back in between.
    RollbackSlices,
    /// A rollback is struck by faults and kills.
    RollbackStruck,
    /// After the rollback everything is moved and rolled back again.
    Rounds,
}

impl Class {
    const NAMES: &[(&str, Self)] = &[
        ("edits", Self::Edits),
        ("withdrawals", Self::Withdrawals),
        ("late_fields", Self::LateFields),
        ("parts", Self::Parts),
        ("phases", Self::Phases),
        ("maps", Self::Maps),
        ("faults", Self::Faults),
        ("refusals", Self::Refusals),
        ("kills", Self::Kills),
        ("cut_reads", Self::CutReads),
        ("acts_on_theirs", Self::ActsOnTheirs),
        ("acts_on_ours", Self::ActsOnOurs),
        ("rollback_all", Self::RollbackAll),
        ("rollback_slices", Self::RollbackSlices),
        ("rollback_struck", Self::RollbackStruck),
        ("rounds", Self::Rounds),
    ];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, class)| *class == self).map_or("", |(name, _)| name)
    }
}

/// The classes of a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes(BTreeSet<Class>);

impl Classes {
    /// These.
    pub fn of(classes: &[Class]) -> Self {
        Self(classes.iter().copied().collect())
    }

    /// Classes by their names, `all` for all of them.
    pub fn parse(words: &str) -> Self {
        if words == "all" {
            return Self(Class::NAMES.iter().map(|(_, class)| *class).collect());
        }
        let class = |word: &str| {
            let known = Class::NAMES.iter().find(|(name, _)| *name == word);
            known.unwrap_or_else(|| panic!("no class is called {word}")).1
        };
        Self(words.split(',').filter(|word| !word.is_empty()).map(class).collect())
    }

    /// Whether a class is among them.
    pub fn has(&self, class: Class) -> bool {
        self.0.contains(&class)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a pass may be left unfinished by what happens to it.
    pub fn disturb(&self) -> bool {
        [Class::Faults, Class::Refusals, Class::Kills, Class::Parts, Class::Phases]
            .iter()
            .any(|one| self.has(*one))
    }

    /// Their names.
    pub fn names(&self) -> String {
        self.0.iter().map(|class| class.name()).collect::<Vec<_>>().join(",")
    }
}
