//! Kinds of object in Intercom, and what is read of one.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::DestinationId;

use super::operation::Operation::{self, *};

/// What an operation makes or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ObjectKind {
    Contact,
    Company,
    Tag,
    DataAttribute,
    ConversationAttribute,
    Conversation,
    Collection,
    Article,
    InternalArticle,
    Redirect,
    TicketType,
    Ticket,
    Object,
}

impl ObjectKind {
    /// The kind that an operation makes or changes.
    pub fn of(operation: Operation) -> Self {
        match operation {
            ContactCreate | ContactUpdate | ContactArchive | ContactUnarchive | ContactDelete
            | ContactTag | ContactUntag | ContactCompanyAttach | ContactCompanyDetach
            | ContactSubscribe | ContactUnsubscribe | ContactNote => Self::Contact,
            CompanyUpsert | CompanyUpdate | CompanyDelete | CompanyNote | CompanyTag
            | CompanyUntag => Self::Company,
            TagCreate | TagRename | TagDelete => Self::Tag,
            DataAttributeCreate | DataAttributeUpdate | DataAttributeArchive => Self::DataAttribute,
            ConversationAttributeCreate
            | ConversationAttributeUpdate
            | ConversationAttributeArchive
            | ConversationOptionCreate
            | ConversationOptionUpdate
            | ConversationOptionArchive => Self::ConversationAttribute,
            ConversationCreate
            | ConversationContactReply
            | ConversationAdminComment
            | ConversationNote
            | ConversationUpdate
            | ConversationTag
            | ConversationUntag
            | ConversationAssign
            | ConversationSnooze
            | ConversationClose
            | ConversationOpen
            | ConversationParticipantAdd
            | ConversationParticipantRemove
            | ConversationRedactPart
            | ConversationRedactSource
            | ConversationDelete
            | ConversationConvert => Self::Conversation,
            CollectionCreate | CollectionUpdate | CollectionDelete => Self::Collection,
            ArticleCreate | ArticleUpdate | ArticleDraft | ArticlePublishDraft | ArticleTag
            | ArticleUntag | ArticleDelete => Self::Article,
            RedirectCreate | RedirectDelete => Self::Redirect,
            InternalArticleCreate | InternalArticleUpdate | InternalArticleDelete => {
                Self::InternalArticle
            }
            TicketTypeCreate
            | TicketTypeUpdate
            | TicketTypeArchive
            | TicketAttributeCreate
            | TicketAttributeArchive => Self::TicketType,
            TicketCreate | TicketUpdate | TicketContactReply | TicketAdminComment | TicketNote
            | TicketTag | TicketUntag | TicketLink | TicketUnlink | TicketDelete => Self::Ticket,
            ObjectUpsert | ObjectDelete => Self::Object,
        }
    }

    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Tag => "tag",
            Self::DataAttribute => "attribute",
            Self::ConversationAttribute => "conversation attribute",
            Self::Conversation => "conversation",
            Self::Collection => "collection",
            Self::Article => "article",
            Self::InternalArticle => "internal article",
            Self::Redirect => "redirect",
            Self::TicketType => "ticket type",
            Self::Ticket => "ticket",
            Self::Object => "custom object",
        }
    }
}

/// What Intercom holds of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadBack {
    /// What it is.
    pub kind: ObjectKind,
    /// Its id.
    pub id: DestinationId,
    /// The object itself.
    pub object: Value,
    /// Its tags in full, where the object names only some or none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Value>,
    /// Its companies in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<Value>,
    /// Its notes in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Value>,
}

impl ReadBack {
    /// An object of which nothing is known beside itself.
    pub fn bare(kind: ObjectKind, id: DestinationId, object: Value) -> Self {
        let (tags, companies, notes) = (Vec::new(), Vec::new(), Vec::new());
        Self { kind, id, object, tags, companies, notes }
    }
}
