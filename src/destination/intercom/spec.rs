//! What the table says of each operation.

use crate::model::{NotificationClass, Reversibility};

use super::operation::Operation;

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
    /// At this JSON pointer of the answer.
    At(&'static str),
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

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// The operation.
    pub operation: Operation,
    /// Its name in the ledger.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path with `{name}` for each parameter.
    pub path: &'static str,
    /// Status codes that mean done.
    pub success: &'static [u16],
    /// What makes two requests mean the same object.
    pub natural_key: NaturalKey,
    /// Where the answer names the object.
    pub made: Made,
    /// How an unknown outcome is resolved.
    pub look_up: LookUpBy,
    /// The operation that undoes it; updates are undone by themselves with the old values.
    pub inverse: Option<Operation>,
    /// What undoing achieves.
    pub reversibility: Reversibility,
    /// Whom it may notify.
    pub notification: NotificationClass,
    /// Its success has no body (description 2.16); anywhere else an empty one is suspect.
    pub wordless: bool,
    /// Sending it twice leaves what sending it once leaves.
    pub idempotent_repeat: bool,
    /// Operation of the description of version 2.16, and the section of the facts.
    pub cites: &'static str,
}

impl Spec {
    /// A row that has yet to be told more; nothing is assumed in its favour.
    pub(super) const fn row(
        operation: Operation,
        name: &'static str,
        method: Method,
        path: &'static str,
        look_up: LookUpBy,
        cites: &'static str,
    ) -> Self {
        Self {
            operation,
            name,
            method,
            path,
            success: &[200],
            natural_key: NaturalKey::None,
            made: Made::At("/id"),
            look_up,
            inverse: None,
            reversibility: Reversibility::Irreversible,
            notification: NotificationClass::Silent,
            wordless: false,
            idempotent_repeat: false,
            cites,
        }
    }

    /// The natural key.
    pub(super) const fn key(mut self, key: NaturalKey) -> Self {
        self.natural_key = key;
        self
    }

    /// Where the answer names the object.
    pub(super) const fn made(mut self, made: Made) -> Self {
        self.made = made;
        self
    }

    /// The inverse and what it leaves.
    pub(super) const fn undo(mut self, inverse: Operation, class: Reversibility) -> Self {
        self.inverse = Some(inverse);
        self.reversibility = class;
        self
    }

    /// It may notify somebody, and nothing suppresses that.
    pub(super) const fn loud(mut self) -> Self {
        self.notification = NotificationClass::MayNotify;
        self
    }

    /// It carries the flag that suppresses notifications.
    pub(super) const fn flagged(mut self) -> Self {
        self.notification = NotificationClass::SuppressedByFlag;
        self
    }

    /// Repeating is harmless.
    pub(super) const fn repeatable(mut self) -> Self {
        self.idempotent_repeat = true;
        self
    }

    /// Its success has no body.
    pub(super) const fn wordless(mut self) -> Self {
        self.wordless = true;
        self
    }

    /// Names of the path's parameters, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
