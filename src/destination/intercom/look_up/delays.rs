//! How long something may stay unseen.

use std::time::Duration;

use super::super::spec::LookUpBy;

/// When to look for something after it was sent, before it is believed absent where search is
/// used: waits of 2, 5, 15, 60 and 180 seconds (FACTS §9: search is minutes behind).
pub const LOOKS: [Duration; 5] = [
    Duration::from_secs(2),
    Duration::from_secs(7),
    Duration::from_secs(22),
    Duration::from_secs(82),
    Duration::from_secs(262),
];

/// Reads that search does not delay are looked at this often: the request itself may still be on
/// its way.
const DIRECT_LOOKS: usize = 3;

impl LookUpBy {
    /// Whether what it finds comes out of a search index.
    pub fn is_searched(self) -> bool {
        matches!(self, Self::ContactExternalId | Self::ConversationSearch | Self::TicketSearch)
    }

    /// Which of `looks` it takes before it is believed that nothing was carried out.
    pub fn looks(self, looks: &[Duration]) -> &[Duration] {
        if self.is_searched() { looks } else { &looks[..looks.len().min(DIRECT_LOOKS)] }
    }
}
