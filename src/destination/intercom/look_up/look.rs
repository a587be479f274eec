//! One look-up, and what all ways of looking up share.

use serde_json::Value;

use crate::model::{DestinationId, Timestamp};

use super::super::super::contract::{
    Destination, DestinationError, LookUp, LookUpContext, Read, ReadAnswer,
};
use super::super::request::{Request, id_text};

/// Clocks of the two sides may differ by this much when "made since" is asked.
const CLOCK_SLACK_S: i64 = 60;

/// One look-up.
pub(super) struct Look<'a> {
    pub(super) destination: &'a dyn Destination,
    pub(super) request: &'a Request,
    pub(super) sent_at: Timestamp,
    pub(super) context: &'a LookUpContext,
}

/// What a look-up gives, or why nothing could be read.
pub(super) type Looked = Result<LookUp, DestinationError>;

impl Look<'_> {
    /// A read with the parameters of the request's path.
    pub(super) fn read(&self, path: &'static str) -> Read {
        let mut read = Read::get(path);
        read.values.clone_from(&self.request.path);
        read
    }

    /// Reads one object; `None` if it is not there.
    pub(super) async fn object(&self, read: Read) -> Result<Option<Value>, DestinationError> {
        match self.destination.read(&read).await {
            ReadAnswer::Absent | ReadAnswer::Merged(_) => Ok(None),
            answer => answer.found(read.path).map(Some),
        }
    }

    /// Whether an object can be what was sent, going by when it was made.
    pub(super) fn is_recent(&self, object: &Value) -> bool {
        let since = self.sent_at.seconds() - CLOCK_SLACK_S;
        object["created_at"].as_i64().is_none_or(|made| made >= since)
    }

    pub(super) fn is_known(&self, object: &Value) -> bool {
        id_text(&object["id"]).is_some_and(|id| self.context.known.contains(&id.into()))
    }

    /// One that fits is it, several are for a person.
    pub(super) fn one_of(&self, fitting: Vec<Value>) -> LookUp {
        let mut new: Vec<Value> =
            fitting.into_iter().filter(|object| !self.is_known(object)).collect();
        match new.len() {
            0 => LookUp::Absent,
            1 => landed(new.swap_remove(0)),
            _ => {
                let ids = new.iter().filter_map(|object| id_text(&object["id"]));
                LookUp::Ambiguous { candidates: ids.map(DestinationId::from).collect() }
            }
        }
    }

    /// Landed on the object the request was addressed to.
    pub(super) fn landed_on(&self, name: &str, body: Value) -> LookUp {
        let object = self.request.path_value(name).map(DestinationId::from);
        LookUp::Landed { object, body }
    }
}

/// Landed as this object.
pub(super) fn landed(body: Value) -> LookUp {
    LookUp::Landed { object: id_text(&body["id"]).map(DestinationId::from), body }
}
