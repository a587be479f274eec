//! How long something may stay unseen.

use std::time::Duration;

use super::super::request::Request;
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

impl Request {
    /// Whether what a look-up finds comes out of a search index.
    pub fn is_searched(&self) -> bool {
        match self.operation.spec().look_up {
            LookUpBy::ConversationSearch | LookUpBy::TicketSearch => true,
            // Users are read by their key, which no index delays (FACTS §4).
            LookUpBy::ContactExternalId => {
                self.field("external_id").is_none() || self.text("role").as_deref() == Some("lead")
            }
            _ => false,
        }
    }

    /// When to look before it is believed that nothing was carried out: each delay counts from
    /// the one before, the first from the sending.
    pub fn look_up_delays(&self) -> &'static [Duration] {
        if self.is_searched() { &LOOK_UP_DELAYS } else { &LOOK_UP_DELAYS[..DIRECT_LOOKS] }
    }
}
