//! Operations on tickets and their types.

use super::table::{Route, delete, get, post, put};
use super::{ticket, ticket_search, ticket_type, ticket_update};

pub(super) static ROUTES: &[Route] = &[
    post("/conversations/{}/convert", "convertConversationToTicket", ticket::convert),
    post("/tickets", "createTicket", ticket::create),
    post("/tickets/enqueue", "enqueueCreateTicket", ticket::enqueue),
    get("/jobs/status/{}", "jobsStatus", ticket::job),
    post("/tickets/search", "searchTickets", ticket_search::search),
    get("/tickets/{}", "getTicket", ticket::show),
    put("/tickets/{}", "updateTicket", ticket_update::update),
    delete("/tickets/{}", "deleteTicket", ticket::delete),
    post("/tickets/{}/change_type", "changeTicketType", ticket_update::change_type),
    post("/tickets/{}/linked_conversations", "linkConversationToTicket", ticket_update::link),
    delete(
        "/tickets/{}/linked_conversations/{}",
        "unlinkConversationFromTicket",
        ticket_update::unlink,
    ),
    post("/tickets/{}/reply", "replyTicket", ticket_update::reply),
    post("/tickets/{}/tags", "attachTagToTicket", ticket_update::tag),
    delete("/tickets/{}/tags/{}", "detachTagFromTicket", ticket_update::untag),
    get("/ticket_types", "listTicketTypes", ticket_type::list),
    post("/ticket_types", "createTicketType", ticket_type::create),
    get("/ticket_types/{}", "getTicketType", ticket_type::show),
    put("/ticket_types/{}", "updateTicketType", ticket_type::update),
    post("/ticket_types/{}/attributes", "createTicketTypeAttribute", ticket_type::add_attribute),
    put(
        "/ticket_types/{}/attributes/{}",
        "updateTicketTypeAttribute",
        ticket_type::update_attribute,
    ),
    get("/ticket_states", "listTicketStates", ticket_type::states),
];
