//! Which way of looking up goes with which operation.

use crate::model::Timestamp;

use super::super::super::contract::{Destination, DestinationError, LookUp, LookUpContext};
use super::super::family::{
    self, attribute, company, contact, conversation, custom_object, tag, thread, ticket,
};
use super::super::kind::ObjectKind;
use super::super::request::Request;
use super::super::spec::LookUpBy;
use super::look::Look;
use super::{listed, target};

/// Looks a request up.
pub(in super::super) async fn look_up(
    destination: &dyn Destination,
    request: &Request,
    sent_at: Timestamp,
    context: &LookUpContext,
) -> LookUp {
    let look = Look { destination, request, sent_at, context };
    let looked = match request.operation.spec().look_up {
        LookUpBy::ContactExternalId => contact::look_up::contact(&look).await,
        LookUpBy::ConversationSearch => conversation::look_up::conversation(&look).await,
        LookUpBy::TicketSearch => ticket::look_up::ticket(&look).await,
        LookUpBy::CompanyKey => company::look_up::company(&look).await,
        LookUpBy::TagName => tag::look_up::by_name(&look).await,
        LookUpBy::CompanyTags => company::look_up::tags(&look).await,
        LookUpBy::Members { path, gone } => listed::members(&look, path, gone).await,
        LookUpBy::Linked { gone } => ticket::look_up::linked(&look, gone).await,
        LookUpBy::Notes { path } => family::memo_look_up::notes(&look, path).await,
        LookUpBy::List { path, fields } => listed::list_entry(&look, path, fields).await,
        LookUpBy::OptionLabel => attribute::look_up::option(&look).await,
        LookUpBy::TicketAttribute => ticket::look_up::attribute(&look).await,
        LookUpBy::InstanceKey => custom_object::look_up::by_key(&look).await,
        LookUpBy::ThreadPart => {
            let (path, _) = family::of(request.operation).place();
            thread::look_up::thread_part(&look, path).await
        }
        LookUpBy::ThreadState => match ObjectKind::of(request.operation) {
            ObjectKind::Ticket => ticket::look_up::state(&look).await,
            _ => conversation::look_up::thread_state(&look).await,
        },
        LookUpBy::Target { path } => target::target(&look, path).await,
        LookUpBy::Gone { path } => target::gone(&look, path).await,
        LookUpBy::Redacted => conversation::look_up::redacted(&look).await,
    };
    looked.unwrap_or_else(|cause| match cause {
        DestinationError::Later { code, .. }
        | DestinationError::Stop { code, .. }
        | DestinationError::Refused { code, .. } => LookUp::TryLater { code },
        other => LookUp::TryLater { code: other.code().to_owned() },
    })
}
