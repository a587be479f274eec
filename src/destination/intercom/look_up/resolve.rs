//! Which way of looking up goes with which operation.

use crate::model::Timestamp;

use super::super::super::contract::{Destination, DestinationError, LookUp, LookUpContext};
use super::super::request::Request;
use super::super::spec::LookUpBy;
use super::look::Look;
use super::{listed, searched, target};

/// Looks a request up.
pub(in super::super) async fn look_up(
    destination: &dyn Destination,
    request: &Request,
    sent_at: Timestamp,
    context: &LookUpContext,
) -> LookUp {
    let look = Look { destination, request, sent_at, context };
    let looked = match request.operation.spec().look_up {
        LookUpBy::ContactExternalId => searched::contact(&look).await,
        LookUpBy::ConversationSearch => searched::conversation(&look).await,
        LookUpBy::TicketSearch => searched::ticket(&look).await,
        LookUpBy::CompanyKey => listed::company(&look).await,
        LookUpBy::TagName => listed::tag(&look).await,
        LookUpBy::CompanyTags => listed::company_tags(&look).await,
        LookUpBy::Members { path, gone } => listed::members(&look, path, gone).await,
        LookUpBy::Linked { gone } => target::linked(&look, gone).await,
        LookUpBy::Notes { path } => listed::notes(&look, path).await,
        LookUpBy::List { path, fields } => listed::list_entry(&look, path, fields).await,
        LookUpBy::OptionLabel => listed::option(&look).await,
        LookUpBy::TicketAttribute => listed::ticket_attribute(&look).await,
        LookUpBy::InstanceKey => listed::instance(&look).await,
        LookUpBy::ThreadPart => target::thread_part(&look).await,
        LookUpBy::ThreadState => target::thread_state(&look).await,
        LookUpBy::Target { path } => target::target(&look, path).await,
        LookUpBy::Gone { path } => target::gone(&look, path).await,
        LookUpBy::Redacted => target::redacted(&look).await,
    };
    looked.unwrap_or_else(|cause| match cause {
        DestinationError::Later { code, .. }
        | DestinationError::Stop { code, .. }
        | DestinationError::Refused { code, .. } => LookUp::TryLater { code },
        other => LookUp::TryLater { code: other.code().to_owned() },
    })
}
