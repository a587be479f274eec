//! How long something may stay unseen.

use std::time::Duration;

use super::super::family::contact;
use super::super::request::Request;
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

impl Request {
    /// Whether what a look-up finds comes out of a search index.
    pub fn is_searched(&self) -> bool {
        match self.operation.spec().look_up {
            LookUpBy::ConversationSearch | LookUpBy::TicketSearch => true,
            // Users are read by their key, which no index delays (FACTS §4).
            LookUpBy::ContactExternalId => !contact::rules::has_key(self),
            _ => false,
        }
    }

    /// Which of `looks` it takes before it is believed that nothing was carried out.
    pub fn looks<'a>(&self, looks: &'a [Duration]) -> &'a [Duration] {
        if self.is_searched() { looks } else { &looks[..looks.len().min(DIRECT_LOOKS)] }
    }
}
