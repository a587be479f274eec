//! Finding out what came of a request about a ticket or a type of tickets (FACTS §9).

use serde_json::{Value, json};

use super::super::super::super::contract::{LookUp, Read};
use super::super::super::compare::differing;
use super::super::super::field::Rule;
use super::super::super::kind::ObjectKind;
use super::super::super::look_up::as_read::as_read;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::normalise::{same_id, seconds};
use super::super::super::operation::Operation;
use super::super::super::pages::list;
use super::super::conversation::answer::ConversationAnswer;
use super::super::named::active;
use super::super::search::{SEARCH_PAGES, begun};
use super::answer::TicketAnswer;
use super::kinds::attributes;

/// A create, by contact and time.
pub async fn ticket(look: &Look<'_>) -> Looked {
    let request = look.request;
    let contact = request.field("contacts").map_or(Value::Null, |list| list[0]["id"].clone());
    let Some(created_s) = request.field("created_at").and_then(seconds) else {
        return Ok(LookUp::Absent);
    };
    let search = Read::search("/tickets/search", begun(&contact, created_s));
    let found = list(look.destination, search, SEARCH_PAGES, |_| false).await?;
    let fits = |object: &Value| {
        let ticket = TicketAnswer::of(object);
        let sent = request.field("ticket_attributes").and_then(Value::as_object);
        let same = |(name, sent): (&String, &Value)| {
            Rule::Value.same(sent, &object["ticket_attributes"][name])
        };
        let kind = request.field("ticket_type_id").unwrap_or(&Value::Null);
        seconds(ticket.created_at) == Some(created_s)
            && same_id(&ticket.ticket_type["id"], kind)
            && sent.is_none_or(|sent| sent.iter().all(same))
    };
    Ok(look.one_of(found.into_iter().filter(fits).collect()))
}

/// A change of what a ticket is: its state, its fields, its tags.
pub async fn state(look: &Look<'_>) -> Looked {
    let Some(ticket) = look.object(look.read("/tickets/{ticket_id}")).await? else {
        return Ok(LookUp::Absent);
    };
    let back = as_read(ObjectKind::Ticket, ticket);
    let landed = differing(look.request, &back).is_empty();
    Ok(if landed { look.landed_on("ticket_id", back.object) } else { LookUp::Absent })
}

/// A conversation has few links; a ticket may have thousands (FACTS §5.5).
pub async fn linked(look: &Look<'_>, gone: bool) -> Looked {
    let request = look.request;
    let in_path = || request.path_value("conversation_id").map(str::to_owned);
    let id = request.text("conversation_id").or_else(in_path).unwrap_or_default();
    let read = Read::get("/conversations/{conversation_id}").with("conversation_id", id);
    let Some(thread) = look.object(read).await? else { return Ok(LookUp::Absent) };
    let ticket = json!(request.path_value("ticket_id"));
    let links = ConversationAnswer::of(&thread).linked_objects;
    let there = links.iter().any(|link| same_id(&link["id"], &ticket));
    Ok(if there == gone { LookUp::Absent } else { look.landed_on("ticket_id", thread) })
}

/// An attribute of a type, by its name.
pub async fn attribute(look: &Look<'_>) -> Looked {
    let path = "/ticket_types/{ticket_type_id}";
    let Some(kind) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let all = attributes(&kind);
    if look.request.operation == Operation::TicketAttributeArchive {
        let id = json!(look.request.path_value("attribute_id"));
        let wanted = look.request.field("archived").cloned().unwrap_or(Value::Null);
        let found = all.iter().find(|one| same_id(&one["id"], &id) && one["archived"] == wanted);
        return Ok(found.cloned().map_or(LookUp::Absent, landed));
    }
    let name = look.request.field("name").unwrap_or(&Value::Null);
    let fits = |one: &&Value| &one["name"] == name && active(one);
    Ok(look.one_of(all.iter().filter(fits).cloned().collect()))
}
