//! One look-up, and what all ways of looking up share.

use serde_json::Value;

use crate::model::{DestinationId, Timestamp};

use super::super::super::contract::{
    Destination, DestinationError, LookUp, LookUpContext, Read, ReadAnswer,
};
use super::super::family::Entry;
use super::super::request::Request;

/// Clocks of the two sides may differ by this much when "made since" is asked.
const CLOCK_SLACK_S: i64 = 60;

/// One look-up.
pub struct Look<'a> {
    pub destination: &'a dyn Destination,
    pub request: &'a Request,
    pub sent_at: Timestamp,
    pub context: &'a LookUpContext,
}

/// What a look-up gives, or why nothing could be read.
pub type Looked = Result<LookUp, DestinationError>;

impl Look<'_> {
    /// A read with the parameters of the request's path.
    pub fn read(&self, path: &'static str) -> Read {
        let mut read = Read::get(path);
        read.values.clone_from(&self.request.path);
        read
    }

    /// Reads one object; `None` if it is not there.
    pub async fn object(&self, read: Read) -> Result<Option<Value>, DestinationError> {
        match self.destination.read(&read).await {
            ReadAnswer::Absent | ReadAnswer::Merged(_) => Ok(None),
            answer => answer.found(read.path).map(Some),
        }
    }

    /// Whether an object can be what was sent, going by when it was made.
    pub fn is_recent(&self, object: &Value) -> bool {
        let since = self.sent_at.seconds() - CLOCK_SLACK_S;
        Entry::of(object).created_at.as_i64().is_none_or(|made| made >= since)
    }

    pub fn is_known(&self, object: &Value) -> bool {
        Entry::of(object).id.is_some_and(|id| self.context.known.contains(&id))
    }

    /// One that fits is it, several are for a person.
    pub fn one_of(&self, fitting: Vec<Value>) -> LookUp {
        let mut new: Vec<Value> =
            fitting.into_iter().filter(|object| !self.is_known(object)).collect();
        match new.len() {
            0 => LookUp::Absent,
            1 => landed(new.swap_remove(0)),
            _ => {
                let ids = new.iter().filter_map(|object| Entry::of(object).id);
                LookUp::Ambiguous { candidates: ids.collect() }
            }
        }
    }

    /// Landed on the object the request was addressed to.
    pub fn landed_on(&self, name: &str, body: Value) -> LookUp {
        let object = self.request.path_value(name).map(DestinationId::from);
        LookUp::Landed { object, body }
    }
}

/// Landed as this object.
pub fn landed(body: Value) -> LookUp {
    LookUp::Landed { object: Entry::of(&body).id, body }
}
