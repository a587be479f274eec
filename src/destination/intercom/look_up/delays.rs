//! How long something may stay unseen.

use std::time::Duration;

use super::super::spec::LookUpBy;

/// When to look again before something is believed absent where search is used (FACTS §9: search
/// is minutes behind).
pub const LOOK_UP_DELAYS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(180),
];

/// Reads that search does not delay are looked at this often: the request itself may still be on
/// its way.
const DIRECT_LOOKS: usize = 3;

impl LookUpBy {
    /// Whether what it finds comes out of a search index.
    pub fn is_searched(self) -> bool {
        matches!(self, Self::ContactExternalId | Self::ConversationSearch | Self::TicketSearch)
    }

    /// When to look before it is believed that nothing was carried out: each delay counts from
    /// the look before.
    pub fn delays(self) -> &'static [Duration] {
        if self.is_searched() { &LOOK_UP_DELAYS } else { &LOOK_UP_DELAYS[..DIRECT_LOOKS] }
    }
}
