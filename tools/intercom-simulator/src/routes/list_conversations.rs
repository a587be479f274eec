//! Operations on conversations and their attributes.

use super::table::{Route, delete, get, post, put};
use super::{
    conversation, conversation_attribute, conversation_end, conversation_link, conversation_part,
    conversation_search,
};

pub(super) static ROUTES: &[Route] = &[
    get("/conversations/attributes", "listConversationAttributes", conversation_attribute::list),
    post(
        "/conversations/attributes",
        "createConversationAttribute",
        conversation_attribute::create,
    ),
    get("/conversations/attributes/{}", "getConversationAttribute", conversation_attribute::show),
    put(
        "/conversations/attributes/{}",
        "updateConversationAttribute",
        conversation_attribute::update,
    ),
    delete(
        "/conversations/attributes/{}",
        "deleteConversationAttribute",
        conversation_attribute::delete,
    ),
    post(
        "/conversations/attributes/{}/options",
        "createConversationAttributeOption",
        conversation_attribute::add_option,
    ),
    put(
        "/conversations/attributes/{}/options/{}",
        "updateConversationAttributeOption",
        conversation_attribute::rename_option,
    ),
    delete(
        "/conversations/attributes/{}/options/{}",
        "deleteConversationAttributeOption",
        conversation_attribute::delete_option,
    ),
    get("/conversations", "listConversations", conversation_search::list),
    post("/conversations", "createConversation", conversation::create),
    get("/conversations/deleted", "listDeletedConversationIds", conversation_end::deleted),
    post("/conversations/redact", "redactConversation", conversation_end::redact),
    post("/conversations/search", "searchConversations", conversation_search::search),
    get("/conversations/{}", "retrieveConversation", conversation::show),
    put("/conversations/{}", "updateConversation", conversation::update),
    delete("/conversations/{}", "deleteConversation", conversation_end::delete),
    post(
        "/conversations/{}/customers",
        "attachContactToConversation",
        conversation_link::add_customer,
    ),
    delete(
        "/conversations/{}/customers/{}",
        "detachContactFromConversation",
        conversation_link::remove_customer,
    ),
    post("/conversations/{}/merge", "mergeConversation", conversation_link::merge),
    post("/conversations/{}/parts", "manageConversation", conversation_part::manage),
    post("/conversations/{}/reply", "replyConversation", conversation_part::reply),
    post("/conversations/{}/tags", "attachTagToConversation", conversation_link::tag),
    delete("/conversations/{}/tags/{}", "detachTagFromConversation", conversation_link::untag),
    get(
        "/conversations/{}/handling_events",
        "listHandlingEvents",
        conversation_link::handling_events,
    ),
    get(
        "/conversations/{}/side_conversations",
        "listSideConversations",
        conversation_link::side_conversations,
    ),
];
