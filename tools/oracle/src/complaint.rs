//! What the judge has to say.

use std::fmt;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something of the desk is not there.
    Missing,
    /// Something of the desk is there more than once.
    Doubled,
    /// Something is there that nobody made, or in the wrong place.
    Stray,
    /// Words are not those that were written.
    Words,
    /// Messages stand in another order, or at another time.
    Order,
    /// The customer's words are a teammate's, or the other way round.
    Side,
    /// It belongs to another person.
    Person,
    /// Other tags than at the desk.
    Tags,
    /// Open where it is closed, a draft where it is published, or the other way round.
    State,
    /// A name, an address, a title or a custom field differs.
    Field,
    /// Something that was there before is gone.
    ForeignGone,
    /// Something that was there before was changed.
    ForeignChanged,
    /// What a teammate did is undone.
    ActUndone,
    /// Left after a rollback and not named in the residue.
    LeftOver,
    /// Named in the residue, but nothing is left.
    NotLeft,
    /// The claim stands where it must not, or more than once.
    Claim,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// What is wrong.
    pub kind: Kind,
    /// Where: a record of the desk or an object of the workspace.
    pub at: String,
    /// More about it.
    pub said: String,
}

impl Complaint {
    pub(crate) fn new(kind: Kind, at: impl Into<String>, said: impl Into<String>) -> Self {
        Self { kind, at: at.into(), said: said.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}: {}", self.kind, self.at, self.said)
    }
}
