//! Operations on custom objects, internal articles, messages, macros and the like.

use super::table::{Route, delete, get, post, put};
use super::{custom_object, internal_article, message, misc};

pub(super) static ROUTES: &[Route] = &[
    get("/custom_object_instances/{}", "listCustomObjectInstances", custom_object::list),
    post("/custom_object_instances/{}", "createCustomObjectInstances", custom_object::upsert),
    delete("/custom_object_instances/{}", "deleteCustomObjectInstancesById", custom_object::delete),
    get("/custom_object_instances/{}/{}", "getCustomObjectInstancesById", custom_object::show),
    delete(
        "/custom_object_instances/{}/{}",
        "deleteCustomObjectInstancesByExternalId",
        custom_object::delete,
    ),
    get("/internal_articles", "listInternalArticles", internal_article::list),
    post("/internal_articles", "createInternalArticle", internal_article::create),
    get("/internal_articles/search", "searchInternalArticles", internal_article::search),
    get("/internal_articles/{}", "retrieveInternalArticle", internal_article::show),
    put("/internal_articles/{}", "updateInternalArticle", internal_article::update),
    delete("/internal_articles/{}", "deleteInternalArticle", internal_article::delete),
    post("/internal_articles/{}/tags", "attachTagToInternalArticle", internal_article::tag),
    delete(
        "/internal_articles/{}/tags/{}",
        "detachTagFromInternalArticle",
        internal_article::untag,
    ),
    post("/messages", "createMessage", message::send),
    get("/macros", "listMacros", misc::macros),
    get("/macros/{}", "getMacro", misc::show_macro),
    get("/segments", "listSegments", misc::segments),
    get("/segments/{}", "retrieveSegment", misc::show_segment),
    get("/subscription_types", "listSubscriptionTypes", misc::subscription_types),
    get("/brands", "listBrands", misc::empty_list),
    get("/emails", "listEmails", misc::empty_list),
    get("/away_status_reasons", "listAwayStatusReasons", misc::empty_list),
    post("/events", "createDataEvent", misc::event),
];
