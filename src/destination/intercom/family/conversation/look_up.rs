//! Finding out what came of a request about a conversation (FACTS §9).

use serde_json::Value;

use super::super::super::super::contract::{LookUp, Read};
use super::super::super::compare::differing;
use super::super::super::field::Rule;
use super::super::super::kind::{ObjectKind, ReadBack};
use super::super::super::look_up::as_read::as_read;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::normalise::{same_id, seconds};
use super::super::super::operation::Operation;
use super::super::super::pages::list;
use super::super::super::request::Request;
use super::super::search::{PER_PAGE, SEARCH_PAGES, begun as search_begun};
use super::super::thread::part::parts;
use super::answer::ConversationAnswer;

/// Path of one conversation.
const PATH: &str = "/conversations/{conversation_id}";

/// The id in it.
const ID: &str = "conversation_id";

/// A create, by contact and time.
pub async fn conversation(look: &Look<'_>) -> Looked {
    let Some((contact, created_s)) = begun(look) else { return Ok(LookUp::Absent) };
    let search = Read::search("/conversations/search", search_begun(&contact, created_s));
    let fits = |thread: &Value| {
        let thread = ConversationAnswer::of(thread);
        let source = thread.source;
        let body = look.request.field("body").unwrap_or(&Value::Null);
        seconds(thread.created_at) == Some(created_s)
            && same_id(&source["author"]["id"], &contact)
            && Rule::Plain.same(body, &source["body"])
    };
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fitting: Vec<Value> = found.into_iter().filter(fits).collect();
    match look.one_of(fitting) {
        LookUp::Absent => {}
        decided => return Ok(decided),
    }
    // Search is behind; the newest page of the list may not be.
    let newest = Read::get("/conversations").query("per_page", PER_PAGE);
    let found = list(look.destination, newest, 1, |_| false).await?;
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}

fn begun(look: &Look<'_>) -> Option<(Value, i64)> {
    let contact = look.request.field("from")?["id"].clone();
    Some((contact, seconds(look.request.field("created_at")?)?))
}

/// A change of what a thread is: its state, its fields, its links.
pub async fn thread_state(look: &Look<'_>) -> Looked {
    if look.request.operation == Operation::ConversationConvert {
        return converted(look).await;
    }
    let Some(thread) = look.object(look.read(PATH)).await? else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::Conversation, thread);
    let landed = is_as_sent(look.request, &back);
    Ok(if landed { look.landed_on(ID, back.object) } else { LookUp::Absent })
}

/// A conversation that became a ticket says so, or answers as one under the same id (FACTS §5.5).
async fn converted(look: &Look<'_>) -> Looked {
    let id = look.request.path_value(ID).unwrap_or_default();
    let thread = look.object(look.read(PATH)).await?;
    if let Some(ticket) =
        thread.map(|thread| ConversationAnswer::of(&thread).ticket.clone()).filter(Value::is_object)
    {
        return Ok(landed(ticket));
    }
    let read = Read::get("/tickets/{ticket_id}").with("ticket_id", id);
    Ok(look.object(read).await?.map_or(LookUp::Absent, landed))
}

/// A message that was emptied.
pub async fn redacted(look: &Look<'_>) -> Looked {
    let id = look.request.text(ID).unwrap_or_default();
    let read = Read::get(PATH).with(ID, id);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let found = match look.request.field("conversation_part_id") {
        Some(part_id) => parts(&thread).iter().find(|part| same_id(&part["id"], part_id)),
        None => Some(ConversationAnswer::of(&thread).source),
    };
    Ok(match found {
        Some(part) if part["redacted"] == true => landed(part.clone()),
        _ => LookUp::Absent,
    })
}

/// Whether the thread is as the request would leave it.
fn is_as_sent(request: &Request, back: &ReadBack) -> bool {
    let read = ConversationAnswer::of(&back.object);
    match request.operation {
        Operation::ConversationSnooze => {
            let until = request.field("snoozed_until").and_then(seconds);
            read.state == "snoozed" && seconds(read.snoozed_until) == until
        }
        _ => differing(request, back).is_empty(),
    }
}
