//! The kinds of request.

use serde::{Deserialize, Serialize};

/// What a step does: a row of the operation table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the table says what each does")]
pub enum Operation {
    ContactCreate,
    ContactUpdate,
    ContactTag,
    ContactUntag,
    ContactCompanyAttach,
    ContactCompanyDetach,
    ContactNote,
    CompanyUpsert,
    TagCreate,
    DataAttributeCreate,
    ConversationAttributeCreate,
    ConversationCreate,
    ConversationContactReply,
    ConversationAdminComment,
    ConversationNote,
    ConversationUpdate,
    ConversationTag,
    ConversationUntag,
    ConversationAssign,
    ConversationSnooze,
    ConversationClose,
    ConversationOpen,
    CollectionCreate,
    CollectionUpdate,
    ArticleCreate,
    ArticleUpdate,
    ArticleTag,
    ArticleUntag,
}
