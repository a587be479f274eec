//! Ids: 24 hex digits for contacts and companies, decimals for all else.

use std::fmt;

macro_rules! hex_id {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u128);

        impl $name {
            pub(crate) fn parse(text: &str) -> Option<Self> {
                if text.len() != 24 {
                    return None;
                }
                u128::from_str_radix(text, 16).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:024x}", self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
    };
}

hex_id!(ContactId, "Id of a contact.");
hex_id!(CompanyId, "Id of a company.");

/// The next id of every kind. Each kind starts elsewhere, so a mix-up of kinds shows.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    contact: u128,
    company: u128,
    next: [u64; 14],
}

/// A kind of object with decimal ids.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Tag,
    Note,
    Thread,
    Source,
    Part,
    Attribute,
    ConversationAttribute,
    TicketType,
    TicketAttribute,
    TicketNumber,
    Knowledge,
    Version,
    Instance,
    Other,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            contact: 0x6762_f000_0000_0000_0000_0000,
            company: 0x6763_a000_0000_0000_0000_0000,
            next: [
                100,
                1_000,
                5_000,
                403_000_000,
                20_000,
                300,
                700,
                40,
                160,
                1,
                9_000,
                8_000,
                60,
                50,
            ],
        }
    }
}

impl Ids {
    pub(crate) fn contact(&mut self) -> ContactId {
        self.contact += 1;
        ContactId(self.contact)
    }

    pub(crate) fn company(&mut self) -> CompanyId {
        self.company += 1;
        CompanyId(self.company)
    }

    pub(crate) fn next(&mut self, kind: Kind) -> u64 {
        let slot = &mut self.next[kind as usize];
        *slot += 1;
        *slot
    }

    /// Leaves ids that a workspace file has used.
    pub(crate) fn leave(&mut self, kind: Kind, used: u64) {
        let slot = &mut self.next[kind as usize];
        *slot = (*slot).max(used);
    }
}
