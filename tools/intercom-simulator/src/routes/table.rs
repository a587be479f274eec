//! Every operation: method, path, name, family, handler. And how a request finds its own.

use super::{
    article, article_version, attribute, collection, company, contact, contact_life, contact_link,
    contact_search, conversation, conversation_attribute, conversation_end, conversation_link,
    conversation_part, conversation_search, custom_object, internal_article, message, misc,
    redirect, tag, ticket, ticket_search, ticket_type, ticket_update, workspace,
};
use crate::call::{Answer, Call};
use crate::state::State;
use std::collections::HashMap;
use std::sync::LazyLock;

type Handler = fn(&mut State, &Call) -> Answer;

/// One operation of the API description.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Path with `{}` for each parameter.
    pub(crate) pattern: &'static str,
    /// `operationId`.
    pub(crate) name: &'static str,
    /// What a scope or a plan allows as one.
    pub(crate) family: &'static str,
    pub(crate) handler: Handler,
}

impl Route {
    /// Whether it can change the workspace.
    pub(crate) fn writes(&self) -> bool {
        self.method != "GET"
            && !self.pattern.ends_with("/search")
            && self.pattern != "/companies/list"
    }

    /// Whether `body` is HTML to be sanitised.
    pub(crate) fn takes_html(&self) -> bool {
        self.method == "POST"
            && ["/reply", "/parts", "/notes"]
                .iter()
                .any(|end| self.pattern.ends_with(end))
            || self.pattern == "/messages"
    }

    /// The last version of the API in which it didn't exist yet is 2.15.
    pub(crate) fn needs_2_16(&self) -> bool {
        let starts = [
            "/conversations/attributes",
            "/macros",
            "/conversations/deleted",
        ];
        let ends = ["/draft", "/draft/publish", "/versions", "/redirects"];
        starts.iter().any(|start| self.pattern.starts_with(start))
            || ends.iter().any(|end| self.pattern.ends_with(end))
            || matches!(
                self.name,
                "createCompanyNote" | "mergeConversation" | "attachTagToArticle"
            )
    }
}

const fn r(
    method: &'static str,
    pattern: &'static str,
    name: &'static str,
    family: &'static str,
    handler: Handler,
) -> Route {
    Route {
        method,
        pattern,
        name,
        family,
        handler,
    }
}

#[rustfmt::skip]
static CONTACTS: &[Route] = &[
    r("GET", "/contacts", "ListContacts", "contacts", contact_search::list),
    r("POST", "/contacts", "CreateContact", "contacts", contact::create),
    r("GET", "/contacts/find_by_external_id/{}", "ShowContactByExternalId", "contacts", contact::find_by_external_id),
    r("POST", "/contacts/merge", "MergeContact", "contacts", contact_life::merge),
    r("POST", "/contacts/search", "SearchContacts", "contacts", contact_search::search),
    r("DELETE", "/contacts/{}", "DeleteContact", "contacts", contact_life::delete),
    r("GET", "/contacts/{}", "ShowContact", "contacts", contact::show),
    r("PUT", "/contacts/{}", "UpdateContact", "contacts", contact::update),
    r("POST", "/contacts/{}/archive", "ArchiveContact", "contacts", contact_life::archive),
    r("POST", "/contacts/{}/unarchive", "UnarchiveContact", "contacts", contact_life::unarchive),
    r("POST", "/contacts/{}/block", "BlockContact", "contacts", contact_life::block),
    r("GET", "/contacts/{}/companies", "listCompaniesForAContact", "contacts", contact_link::companies),
    r("POST", "/contacts/{}/companies", "attachContactToACompany", "contacts", contact_link::join_company),
    r("DELETE", "/contacts/{}/companies/{}", "detachContactFromACompany", "contacts", contact_link::leave_company),
    r("GET", "/contacts/{}/merge_history", "ListContactMergeHistory", "contacts", contact_life::merge_history),
    r("GET", "/contacts/{}/notes", "listNotes", "contacts", contact_link::notes),
    r("POST", "/contacts/{}/notes", "createNote", "contacts", contact_link::add_note),
    r("GET", "/contacts/{}/segments", "listSegmentsForAContact", "contacts", contact_link::segments),
    r("GET", "/contacts/{}/subscriptions", "listSubscriptionsForAContact", "contacts", contact_link::subscriptions),
    r("POST", "/contacts/{}/subscriptions", "attachSubscriptionTypeToContact", "contacts", contact_link::subscribe),
    r("DELETE", "/contacts/{}/subscriptions/{}", "detachSubscriptionTypeToContact", "contacts", contact_link::unsubscribe),
    r("GET", "/contacts/{}/tags", "listTagsForAContact", "contacts", contact_link::tags),
    r("POST", "/contacts/{}/tags", "attachTagToContact", "contacts", contact_link::tag),
    r("DELETE", "/contacts/{}/tags/{}", "detachTagFromContact", "contacts", contact_link::untag),
    r("GET", "/notes/{}", "retrieveNote", "contacts", contact_link::note),
    r("GET", "/companies", "retrieveCompany", "companies", company::query),
    r("POST", "/companies", "createOrUpdateCompany", "companies", company::upsert),
    r("POST", "/companies/list", "listAllCompanies", "companies", company::list),
    r("GET", "/companies/scroll", "scrollOverAllCompanies", "companies", company::scroll),
    r("DELETE", "/companies/{}", "deleteCompany", "companies", company::delete),
    r("GET", "/companies/{}", "RetrieveACompanyById", "companies", company::show),
    r("PUT", "/companies/{}", "UpdateCompany", "companies", company::update),
    r("GET", "/companies/{}/contacts", "ListAttachedContacts", "companies", company::contacts),
    r("GET", "/companies/{}/notes", "listCompanyNotes", "companies", company::notes),
    r("POST", "/companies/{}/notes", "createCompanyNote", "companies", company::add_note),
    r("GET", "/companies/{}/segments", "ListAttachedSegmentsForCompanies", "companies", company::segments),
];

#[rustfmt::skip]
static WORKSPACE: &[Route] = &[
    r("GET", "/me", "identifyAdmin", "admins", workspace::me),
    r("GET", "/admins", "listAdmins", "admins", workspace::admins),
    r("GET", "/admins/{}", "retrieveAdmin", "admins", workspace::admin),
    r("PUT", "/admins/{}/away", "setAwayAdmin", "admins", workspace::away),
    r("GET", "/teams", "listTeams", "admins", workspace::teams),
    r("GET", "/teams/{}", "retrieveTeam", "admins", workspace::team),
    r("GET", "/tags", "listTags", "tags", tag::list),
    r("POST", "/tags", "createTag", "tags", tag::create),
    r("GET", "/tags/{}", "findTag", "tags", tag::show),
    r("DELETE", "/tags/{}", "deleteTag", "tags", tag::delete),
    r("GET", "/data_attributes", "lisDataAttributes", "data_attributes", attribute::list),
    r("POST", "/data_attributes", "createDataAttribute", "data_attributes", attribute::create),
    r("PUT", "/data_attributes/{}", "updateDataAttribute", "data_attributes", attribute::update),
];

#[rustfmt::skip]
static CONVERSATIONS: &[Route] = &[
    r("GET", "/conversations/attributes", "listConversationAttributes", "conversations", conversation_attribute::list),
    r("POST", "/conversations/attributes", "createConversationAttribute", "conversations", conversation_attribute::create),
    r("GET", "/conversations/attributes/{}", "getConversationAttribute", "conversations", conversation_attribute::show),
    r("PUT", "/conversations/attributes/{}", "updateConversationAttribute", "conversations", conversation_attribute::update),
    r("DELETE", "/conversations/attributes/{}", "deleteConversationAttribute", "conversations", conversation_attribute::delete),
    r("POST", "/conversations/attributes/{}/options", "createConversationAttributeOption", "conversations", conversation_attribute::add_option),
    r("PUT", "/conversations/attributes/{}/options/{}", "updateConversationAttributeOption", "conversations", conversation_attribute::rename_option),
    r("DELETE", "/conversations/attributes/{}/options/{}", "deleteConversationAttributeOption", "conversations", conversation_attribute::delete_option),
    r("GET", "/conversations", "listConversations", "conversations", conversation_search::list),
    r("POST", "/conversations", "createConversation", "conversations", conversation::create),
    r("GET", "/conversations/deleted", "listDeletedConversationIds", "conversations", conversation_end::deleted),
    r("POST", "/conversations/redact", "redactConversation", "conversations", conversation_end::redact),
    r("POST", "/conversations/search", "searchConversations", "conversations", conversation_search::search),
    r("GET", "/conversations/{}", "retrieveConversation", "conversations", conversation::show),
    r("PUT", "/conversations/{}", "updateConversation", "conversations", conversation::update),
    r("DELETE", "/conversations/{}", "deleteConversation", "conversations", conversation_end::delete),
    r("POST", "/conversations/{}/customers", "attachContactToConversation", "conversations", conversation_link::add_customer),
    r("DELETE", "/conversations/{}/customers/{}", "detachContactFromConversation", "conversations", conversation_link::remove_customer),
    r("POST", "/conversations/{}/merge", "mergeConversation", "conversations", conversation_link::merge),
    r("POST", "/conversations/{}/parts", "manageConversation", "conversations", conversation_part::manage),
    r("POST", "/conversations/{}/reply", "replyConversation", "conversations", conversation_part::reply),
    r("POST", "/conversations/{}/tags", "attachTagToConversation", "conversations", conversation_link::tag),
    r("DELETE", "/conversations/{}/tags/{}", "detachTagFromConversation", "conversations", conversation_link::untag),
    r("GET", "/conversations/{}/handling_events", "listHandlingEvents", "conversations", conversation_link::handling_events),
    r("GET", "/conversations/{}/side_conversations", "listSideConversations", "conversations", conversation_link::side_conversations),
];

#[rustfmt::skip]
static KNOWLEDGE: &[Route] = &[
    r("GET", "/help_center/help_centers", "listHelpCenters", "articles", collection::centers),
    r("GET", "/help_center/help_centers/{}", "retrieveHelpCenter", "articles", collection::show_center),
    r("GET", "/help_center/help_centers/{}/redirects", "listHelpCenterRedirects", "articles", redirect::list),
    r("POST", "/help_center/help_centers/{}/redirects", "createHelpCenterRedirect", "articles", redirect::create),
    r("GET", "/help_center/help_centers/{}/redirects/{}", "retrieveHelpCenterRedirect", "articles", redirect::show),
    r("DELETE", "/help_center/help_centers/{}/redirects/{}", "deleteHelpCenterRedirect", "articles", redirect::delete),
    r("GET", "/help_center/collections", "listAllCollections", "articles", collection::list),
    r("POST", "/help_center/collections", "createCollection", "articles", collection::create),
    r("GET", "/help_center/collections/{}", "retrieveCollection", "articles", collection::show),
    r("PUT", "/help_center/collections/{}", "updateCollection", "articles", collection::update),
    r("DELETE", "/help_center/collections/{}", "deleteCollection", "articles", collection::delete),
    r("GET", "/articles", "listArticles", "articles", article::list),
    r("POST", "/articles", "createArticle", "articles", article::create),
    r("GET", "/articles/search", "searchArticles", "articles", article::search),
    r("GET", "/articles/{}", "retrieveArticle", "articles", article::show),
    r("PUT", "/articles/{}", "updateArticle", "articles", article::update),
    r("DELETE", "/articles/{}", "deleteArticle", "articles", article::delete),
    r("GET", "/articles/{}/draft", "retrieveArticleDraft", "articles", article_version::show_draft),
    r("PUT", "/articles/{}/draft", "stageArticleDraft", "articles", article_version::stage),
    r("POST", "/articles/{}/draft/publish", "publishArticleDraft", "articles", article_version::publish),
    r("GET", "/articles/{}/versions", "listArticleVersions", "articles", article_version::versions),
    r("GET", "/articles/{}/versions/{}", "retrieveArticleVersion", "articles", article_version::version),
    r("POST", "/articles/{}/tags", "attachTagToArticle", "articles", article::tag),
    r("DELETE", "/articles/{}/tags/{}", "detachTagFromArticle", "articles", article::untag),
];

#[rustfmt::skip]
static TICKETS: &[Route] = &[
    r("POST", "/conversations/{}/convert", "convertConversationToTicket", "tickets", ticket::convert),
    r("POST", "/tickets", "createTicket", "tickets", ticket::create),
    r("POST", "/tickets/enqueue", "enqueueCreateTicket", "tickets", ticket::enqueue),
    r("GET", "/jobs/status/{}", "jobsStatus", "tickets", ticket::job),
    r("POST", "/tickets/search", "searchTickets", "tickets", ticket_search::search),
    r("GET", "/tickets/{}", "getTicket", "tickets", ticket::show),
    r("PUT", "/tickets/{}", "updateTicket", "tickets", ticket_update::update),
    r("DELETE", "/tickets/{}", "deleteTicket", "tickets", ticket::delete),
    r("POST", "/tickets/{}/change_type", "changeTicketType", "tickets", ticket_update::change_type),
    r("POST", "/tickets/{}/linked_conversations", "linkConversationToTicket", "tickets", ticket_update::link),
    r("DELETE", "/tickets/{}/linked_conversations/{}", "unlinkConversationFromTicket", "tickets", ticket_update::unlink),
    r("POST", "/tickets/{}/reply", "replyTicket", "tickets", ticket_update::reply),
    r("POST", "/tickets/{}/tags", "attachTagToTicket", "tickets", ticket_update::tag),
    r("DELETE", "/tickets/{}/tags/{}", "detachTagFromTicket", "tickets", ticket_update::untag),
    r("GET", "/ticket_types", "listTicketTypes", "tickets", ticket_type::list),
    r("POST", "/ticket_types", "createTicketType", "tickets", ticket_type::create),
    r("GET", "/ticket_types/{}", "getTicketType", "tickets", ticket_type::show),
    r("PUT", "/ticket_types/{}", "updateTicketType", "tickets", ticket_type::update),
    r("POST", "/ticket_types/{}/attributes", "createTicketTypeAttribute", "tickets", ticket_type::add_attribute),
    r("PUT", "/ticket_types/{}/attributes/{}", "updateTicketTypeAttribute", "tickets", ticket_type::update_attribute),
    r("GET", "/ticket_states", "listTicketStates", "tickets", ticket_type::states),
];

#[rustfmt::skip]
static OTHERS: &[Route] = &[
    r("GET", "/custom_object_instances/{}", "listCustomObjectInstances", "custom_objects", custom_object::list),
    r("POST", "/custom_object_instances/{}", "createCustomObjectInstances", "custom_objects", custom_object::upsert),
    r("DELETE", "/custom_object_instances/{}", "deleteCustomObjectInstancesById", "custom_objects", custom_object::delete),
    r("GET", "/custom_object_instances/{}/{}", "getCustomObjectInstancesById", "custom_objects", custom_object::show),
    r("DELETE", "/custom_object_instances/{}/{}", "deleteCustomObjectInstancesByExternalId", "custom_objects", custom_object::delete),
    r("GET", "/internal_articles", "listInternalArticles", "articles", internal_article::list),
    r("POST", "/internal_articles", "createInternalArticle", "articles", internal_article::create),
    r("GET", "/internal_articles/search", "searchInternalArticles", "articles", internal_article::search),
    r("GET", "/internal_articles/{}", "retrieveInternalArticle", "articles", internal_article::show),
    r("PUT", "/internal_articles/{}", "updateInternalArticle", "articles", internal_article::update),
    r("DELETE", "/internal_articles/{}", "deleteInternalArticle", "articles", internal_article::delete),
    r("POST", "/internal_articles/{}/tags", "attachTagToInternalArticle", "articles", internal_article::tag),
    r("DELETE", "/internal_articles/{}/tags/{}", "detachTagFromInternalArticle", "articles", internal_article::untag),
    r("POST", "/messages", "createMessage", "conversations", message::send),
    r("GET", "/macros", "listMacros", "macros", misc::macros),
    r("GET", "/macros/{}", "getMacro", "macros", misc::show_macro),
    r("GET", "/segments", "listSegments", "contacts", misc::segments),
    r("GET", "/segments/{}", "retrieveSegment", "contacts", misc::show_segment),
    r("GET", "/subscription_types", "listSubscriptionTypes", "contacts", misc::subscription_types),
    r("GET", "/brands", "listBrands", "workspace", misc::empty_list),
    r("GET", "/emails", "listEmails", "workspace", misc::empty_list),
    r("GET", "/away_status_reasons", "listAwayStatusReasons", "workspace", misc::empty_list),
    r("POST", "/events", "createDataEvent", "events", misc::event),
];

/// All operations, in groups.
static GROUPS: [&[Route]; 6] = [
    WORKSPACE,
    CONTACTS,
    CONVERSATIONS,
    KNOWLEDGE,
    TICKETS,
    OTHERS,
];

/// Every operation there is.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    GROUPS.into_iter().flatten()
}

type Index = HashMap<(&'static str, usize), Vec<(Vec<&'static str>, &'static Route)>>;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index: Index = HashMap::new();
    for route in all() {
        let segments: Vec<&str> = route.pattern[1..].split('/').collect();
        index
            .entry((route.method, segments.len()))
            .or_default()
            .push((segments, route));
    }
    for routes in index.values_mut() {
        // Words before parameters: `/conversations/deleted` is not a conversation.
        routes.sort_by_key(|(segments, _)| {
            segments
                .iter()
                .map(|segment| *segment == "{}")
                .collect::<Vec<_>>()
        });
    }
    index
});

/// The operation a request asks for, and its path parameters.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let method = ["GET", "POST", "PUT", "DELETE"]
        .into_iter()
        .find(|known| *known == method)?;
    let segments: Vec<&str> = path
        .strip_prefix('/')?
        .trim_end_matches('/')
        .split('/')
        .collect();
    let routes = INDEX.get(&(method, segments.len()))?;
    let fits = |pattern: &[&str]| {
        pattern
            .iter()
            .zip(&segments)
            .all(|(p, s)| *p == "{}" || p == s)
    };
    let (pattern, route) = routes.iter().find(|(pattern, _)| fits(pattern))?;
    let params = pattern.iter().zip(&segments).filter(|(p, _)| **p == "{}");
    Some((route, params.map(|(_, s)| crate::http::decode(s)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_win_over_parameters() {
        let name = |method, path| find(method, path).map(|(route, _)| route.name);
        assert_eq!(
            name("GET", "/conversations/deleted"),
            Some("listDeletedConversationIds")
        );
        assert_eq!(
            name("GET", "/conversations/12"),
            Some("retrieveConversation")
        );
        assert_eq!(name("POST", "/contacts/search"), Some("SearchContacts"));
        assert_eq!(name("PATCH", "/contacts/1"), None);
        assert_eq!(name("GET", "/nonsense"), None);
        let (_, params) = find("GET", "/contacts/find_by_external_id/a%2Fb%20c").unwrap();
        assert_eq!(params, ["a/b c"]);
    }

    #[test]
    fn operations_have_one_name_each() {
        let mut names: Vec<&str> = all().map(|route| route.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
