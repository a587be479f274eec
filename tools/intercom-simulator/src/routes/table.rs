//! Every operation: method, path, name, family, handler. And how a request finds its own.

use super::{list_conversations, list_knowledge, list_others, list_people, list_tickets};
use crate::call::{Answer, Call};
use crate::state::State;
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) type Handler = fn(&mut State, &Call) -> Answer;

/// One operation of the API description.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Path with `{}` for each parameter.
    pub(crate) pattern: &'static str,
    /// `operationId`.
    pub(crate) name: &'static str,
    pub(crate) handler: Handler,
}

impl Route {
    /// What a scope or a plan allows as one.
    pub(crate) fn family(&self) -> &'static str {
        if self.pattern.ends_with("/convert") {
            return "tickets";
        }
        match self.pattern[1..].split('/').next().unwrap_or("") {
            "contacts" | "notes" | "segments" | "subscription_types" => "contacts",
            "companies" => "companies",
            "conversations" | "messages" => "conversations",
            "tickets" | "ticket_types" | "ticket_states" | "jobs" => "tickets",
            "articles" | "help_center" | "internal_articles" => "articles",
            "admins" | "teams" | "me" => "admins",
            "tags" => "tags",
            "data_attributes" => "data_attributes",
            "custom_object_instances" => "custom_objects",
            "macros" => "macros",
            "events" => "events",
            _ => "workspace",
        }
    }

    /// Whether it can change the workspace.
    pub(crate) fn writes(&self) -> bool {
        self.method != "GET"
            && !self.pattern.ends_with("/search")
            && self.pattern != "/companies/list"
    }

    /// Whether `body` is HTML to be sanitised.
    pub(crate) fn takes_html(&self) -> bool {
        self.method == "POST"
            && ["/reply", "/parts", "/notes"].iter().any(|end| self.pattern.ends_with(end))
            || self.pattern == "/messages"
    }

    /// The last version of the API in which it didn't exist yet is 2.15.
    pub(crate) fn needs_2_16(&self) -> bool {
        let starts = ["/conversations/attributes", "/macros", "/conversations/deleted"];
        let ends = ["/draft", "/draft/publish", "/versions", "/redirects"];
        starts.iter().any(|start| self.pattern.starts_with(start))
            || ends.iter().any(|end| self.pattern.ends_with(end))
            || matches!(self.name, "createCompanyNote" | "mergeConversation" | "attachTagToArticle")
    }
}

pub(super) const fn get(pattern: &'static str, name: &'static str, handler: Handler) -> Route {
    Route { method: "GET", pattern, name, handler }
}

pub(super) const fn post(pattern: &'static str, name: &'static str, handler: Handler) -> Route {
    Route { method: "POST", pattern, name, handler }
}

pub(super) const fn put(pattern: &'static str, name: &'static str, handler: Handler) -> Route {
    Route { method: "PUT", pattern, name, handler }
}

pub(super) const fn delete(pattern: &'static str, name: &'static str, handler: Handler) -> Route {
    Route { method: "DELETE", pattern, name, handler }
}

/// All operations, in groups.
static GROUPS: [&[Route]; 5] = [
    list_people::ROUTES,
    list_conversations::ROUTES,
    list_tickets::ROUTES,
    list_knowledge::ROUTES,
    list_others::ROUTES,
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
        index.entry((route.method, segments.len())).or_default().push((segments, route));
    }
    for routes in index.values_mut() {
        // Words before parameters: `/conversations/deleted` is not a conversation.
        routes.sort_by_key(|(segments, _)| {
            segments.iter().map(|segment| *segment == "{}").collect::<Vec<_>>()
        });
    }
    index
});

/// The operation a request asks for, and its path parameters.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let method = ["GET", "POST", "PUT", "DELETE"].into_iter().find(|known| *known == method)?;
    let segments: Vec<&str> = path.strip_prefix('/')?.trim_end_matches('/').split('/').collect();
    let routes = INDEX.get(&(method, segments.len()))?;
    let fits = |pattern: &[&str]| pattern.iter().zip(&segments).all(|(p, s)| *p == "{}" || p == s);
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
        assert_eq!(name("GET", "/conversations/deleted"), Some("listDeletedConversationIds"));
        assert_eq!(name("GET", "/conversations/12"), Some("retrieveConversation"));
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
