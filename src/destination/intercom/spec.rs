//! The words of the operation table.

/// HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are HTTP's")]
pub enum Method {
    Get,
    Post,
    Put,
    Delete,
}

impl Method {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What makes two requests of an operation mean the same object (FACTS §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NaturalKey {
    /// Nothing: sending twice makes two.
    None,
    /// A field of the body.
    Body(&'static str),
    /// The pair of the path's object and this field of the body or path.
    Pair(&'static str),
    /// The object named in the path.
    Object,
}

/// Where an answer names the object that was made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// As the answer's `id`.
    Id,
    /// As the answer's `conversation_id`.
    ConversationId,
    /// In the request's path, under this name.
    InPath(&'static str),
    /// The newest part of the answered thread that is what was sent.
    Part,
    /// The newest option of the answered attribute with the label that was sent.
    Option,
}

/// How an unknown outcome is resolved (FACTS §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookUpBy {
    /// `GET /contacts/find_by_external_id/{external_id}`; search for leads.
    ContactExternalId,
    /// `GET /companies?company_id=`, then compare what was sent.
    CompanyKey,
    /// `GET /tags`, by name without case.
    TagName,
    /// The companies' tags: the answer to a repetition says them.
    CompanyTags,
    /// The list at this path of the parent holds the id that was sent (or no longer does).
    Members {
        /// Path template of the list.
        path: &'static str,
        /// True if the write took the id out.
        gone: bool,
    },
    /// The conversation names the ticket among what it is linked to (or no longer does).
    Linked {
        /// True if the write took the link away.
        gone: bool,
    },
    /// The list of notes at this path, by author and text.
    Notes {
        /// Path template of the list.
        path: &'static str,
    },
    /// Search by contact and time, then exact comparison.
    ConversationSearch,
    /// The thread's parts by author, time and text.
    ThreadPart,
    /// The thread's state, assignee, title, attributes, tags or participants.
    ThreadState,
    /// A list without a usable key, compared by these fields of the body.
    List {
        /// Path template of the list.
        path: &'static str,
        /// Fields that must be equal.
        fields: &'static [&'static str],
    },
    /// The target's options by label.
    OptionLabel,
    /// `POST /tickets/search` by contact and time, then exact comparison.
    TicketSearch,
    /// The type's attributes by name.
    TicketAttribute,
    /// `GET` of the instance by external id.
    InstanceKey,
    /// `GET` of the target, comparing what was sent.
    Target {
        /// Path template of the object.
        path: &'static str,
    },
    /// `GET` of the target, or of its list, finds it gone or archived.
    Gone {
        /// Path template of the object, or of the list that would name it.
        path: &'static str,
    },
    /// The part's or source's `redacted`.
    Redacted,
}
