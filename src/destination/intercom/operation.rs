//! The kinds of request: the enum and its table. A new kind is one row.

use serde::{Deserialize, Serialize};

use crate::model::Reversibility::{ArchiveOnly, Compensating, Exact};
use crate::model::{NotificationClass, Reversibility};

use super::spec::LookUpBy::{
    CompanyKey, CompanyTags, ContactExternalId, ConversationSearch, Gone, InstanceKey, Linked,
    List, Members, Notes, OptionLabel, Redacted, TagName, Target, ThreadPart, ThreadState,
    TicketAttribute, TicketSearch,
};
use super::spec::Made::{InPath, Part};
use super::spec::Method::{Delete, Post, Put};
use super::spec::NaturalKey::{Body, Object, Pair};
use super::spec::{LookUpBy, Made, Method, NaturalKey};

use self::Operation::*;

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
    const fn row(
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
            made: Made::Id,
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
    const fn key(mut self, key: NaturalKey) -> Self {
        self.natural_key = key;
        self
    }

    /// Where the answer names the object.
    const fn made(mut self, made: Made) -> Self {
        self.made = made;
        self
    }

    /// The inverse and what it leaves.
    const fn undo(mut self, inverse: Operation, class: Reversibility) -> Self {
        self.inverse = Some(inverse);
        self.reversibility = class;
        self
    }

    /// It may notify somebody, and nothing suppresses that.
    const fn loud(mut self) -> Self {
        self.notification = NotificationClass::MayNotify;
        self
    }

    /// It carries the flag that suppresses notifications.
    const fn flagged(mut self) -> Self {
        self.notification = NotificationClass::SuppressedByFlag;
        self
    }

    /// Repeating is harmless.
    const fn repeatable(mut self) -> Self {
        self.idempotent_repeat = true;
        self
    }

    /// Its success has no body.
    const fn wordless(mut self) -> Self {
        self.wordless = true;
        self
    }

    /// Names of the path's parameters, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

// A row: name, name in the ledger, method, path; how an unknown outcome is resolved, the operation
// of the description (2.16) and the section of the facts it rests on; and whatever is in its favour
// (see the builders of `Spec`).
macro_rules! operations {
    ($(
        $name:ident $word:literal $method:ident $path:literal
        $by:expr, $cites:literal
        $(=> { $($more:tt)+ })?;
    )+) => {
        /// What a step does: a row of the operation table.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the table says what each does")]
        pub enum Operation {
            $($name,)+
        }

        impl Operation {
            /// All operations, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The operation's row.
            pub fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$name => const {
                        &Spec::row($name, $word, $method, $path, $by, $cites)$(.$($more)+)?
                    },)+
                }
            }
        }
    };
}

operations! {
    // Contacts.
    ContactCreate "contact_create" Post "/contacts"
        ContactExternalId, "CreateContact; FACTS §5.2"
        => { key(Body("external_id")).undo(ContactArchive, ArchiveOnly) };
    ContactUpdate "contact_update" Put "/contacts/{contact_id}"
        Target { path: "/contacts/{contact_id}" }, "UpdateContact; FACTS §5.2"
        => { key(Object).undo(ContactUpdate, Exact).repeatable() };
    ContactArchive "contact_archive" Post "/contacts/{contact_id}/archive"
        Gone { path: "/contacts/{contact_id}" }, "ArchiveContact; FACTS §5.2"
        => { key(Object).made(InPath("contact_id")).undo(ContactUnarchive, Exact).repeatable() };
    ContactUnarchive "contact_unarchive" Post "/contacts/{contact_id}/unarchive"
        Target { path: "/contacts/{contact_id}" }, "UnarchiveContact; FACTS §5.2"
        => { key(Object).made(InPath("contact_id")).undo(ContactArchive, Exact).repeatable() };
    ContactDelete "contact_delete" Delete "/contacts/{contact_id}"
        Gone { path: "/contacts/{contact_id}" }, "DeleteContact; FACTS §5.2"
        => { key(Object).made(InPath("contact_id")).repeatable() };
    ContactTag "contact_tag" Post "/contacts/{contact_id}/tags"
        Members { path: "/contacts/{contact_id}/tags", gone: false },
        "attachTagToContact; FACTS §5.2"
        => { key(Pair("id")).made(InPath("contact_id")).undo(ContactUntag, Exact).repeatable() };
    ContactUntag "contact_untag" Delete "/contacts/{contact_id}/tags/{tag_id}"
        Members { path: "/contacts/{contact_id}/tags", gone: true },
        "detachTagFromContact; FACTS §5.2"
        => { key(Pair("tag_id")).made(InPath("contact_id")).undo(ContactTag, Exact)
            .repeatable() };
    ContactCompanyAttach "contact_company_attach" Post "/contacts/{contact_id}/companies"
        Members { path: "/contacts/{contact_id}/companies", gone: false },
        "attachContactToACompany; FACTS §5.2"
        => { key(Pair("id")).made(InPath("contact_id")).undo(ContactCompanyDetach, Exact)
            .repeatable() };
    ContactCompanyDetach "contact_company_detach" Delete
        "/contacts/{contact_id}/companies/{company_id}"
        Members { path: "/contacts/{contact_id}/companies", gone: true },
        "detachContactFromACompany; FACTS §5.2"
        => { key(Pair("company_id")).made(InPath("contact_id"))
            .undo(ContactCompanyAttach, Exact).repeatable() };
    ContactSubscribe "contact_subscribe" Post "/contacts/{contact_id}/subscriptions"
        Members { path: "/contacts/{contact_id}/subscriptions", gone: false },
        "attachSubscriptionTypeToContact; FACTS §5.2"
        => { key(Pair("id")).made(InPath("contact_id")).undo(ContactUnsubscribe, Exact)
            .repeatable() };
    ContactUnsubscribe "contact_unsubscribe" Delete
        "/contacts/{contact_id}/subscriptions/{subscription_id}"
        Members { path: "/contacts/{contact_id}/subscriptions", gone: true },
        "detachSubscriptionTypeToContact; FACTS §5.2"
        => { key(Pair("subscription_id")).made(InPath("contact_id"))
            .undo(ContactSubscribe, Exact).repeatable() };
    ContactNote "contact_note" Post "/contacts/{contact_id}/notes"
        Notes { path: "/contacts/{contact_id}/notes" }, "createNote; FACTS §5.2";

    // Companies.
    CompanyUpsert "company_upsert" Post "/companies"
        CompanyKey, "createOrUpdateCompany; FACTS §5.3"
        => { key(Body("company_id")).undo(CompanyDelete, ArchiveOnly).repeatable() };
    CompanyUpdate "company_update" Put "/companies/{company_id}"
        Target { path: "/companies/{company_id}" }, "UpdateCompany; FACTS §5.3"
        => { key(Object).undo(CompanyUpdate, Exact).repeatable() };
    CompanyDelete "company_delete" Delete "/companies/{company_id}"
        Gone { path: "/companies/{company_id}" }, "deleteCompany; FACTS §5.3"
        => { key(Object).made(InPath("company_id")).repeatable() };
    CompanyNote "company_note" Post "/companies/{company_id}/notes"
        Notes { path: "/companies/{company_id}/notes" }, "createCompanyNote; FACTS §5.3";

    // Tags.
    TagCreate "tag_create" Post "/tags"
        TagName, "createTag; FACTS §5.6"
        => { key(Body("name")).undo(TagDelete, Exact).repeatable() };
    TagRename "tag_rename" Post "/tags"
        TagName, "createTag with id; FACTS §5.6"
        => { key(Body("id")).undo(TagRename, Exact).repeatable() };
    TagDelete "tag_delete" Delete "/tags/{tag_id}"
        Gone { path: "/tags/{tag_id}" }, "deleteTag; FACTS §5.6"
        => { key(Object).made(InPath("tag_id")).repeatable().wordless() };
    CompanyTag "company_tag" Post "/tags"
        CompanyTags, "createTag with companies; FACTS §5.3"
        => { key(Pair("companies")).undo(CompanyUntag, Exact).repeatable() };
    CompanyUntag "company_untag" Post "/tags"
        CompanyTags, "createTag with untag; FACTS §5.3"
        => { key(Pair("companies")).undo(CompanyTag, Exact).repeatable() };

    // Attributes of contacts and companies.
    DataAttributeCreate "data_attribute_create" Post "/data_attributes"
        List { path: "/data_attributes",
            fields: &["name", "model"] },
        "createDataAttribute; FACTS §5.7"
        => { key(Body("name")).undo(DataAttributeArchive, ArchiveOnly) };
    DataAttributeUpdate "data_attribute_update" Put "/data_attributes/{attribute_id}"
        List { path: "/data_attributes", fields: &[] }, "updateDataAttribute; FACTS §5.7"
        => { key(Object).undo(DataAttributeUpdate, Exact).repeatable() };
    DataAttributeArchive "data_attribute_archive" Put "/data_attributes/{attribute_id}"
        Gone { path: "/data_attributes" }, "updateDataAttribute; FACTS §5.7"
        => { key(Object).undo(DataAttributeUpdate, Exact).repeatable() };

    // Attributes of conversations.
    ConversationAttributeCreate "conversation_attribute_create" Post "/conversations/attributes"
        List { path: "/conversations/attributes",
            fields: &["name", "data_type"] },
        "createConversationAttribute; FACTS §5.8"
        => { undo(ConversationAttributeArchive, ArchiveOnly) };
    ConversationAttributeUpdate "conversation_attribute_update" Put
        "/conversations/attributes/{attribute_id}"
        Target { path: "/conversations/attributes/{attribute_id}" },
        "updateConversationAttribute; FACTS §5.8"
        => { key(Object).undo(ConversationAttributeUpdate, Exact).repeatable() };
    ConversationAttributeArchive "conversation_attribute_archive" Delete
        "/conversations/attributes/{attribute_id}"
        Gone { path: "/conversations/attributes/{attribute_id}" },
        "deleteConversationAttribute; FACTS §5.8"
        => { key(Object).made(InPath("attribute_id")).repeatable() };
    ConversationOptionCreate "conversation_option_create" Post
        "/conversations/attributes/{attribute_id}/options"
        OptionLabel, "createConversationAttributeOption; FACTS §5.8"
        => { made(Made::Option).undo(ConversationOptionArchive, ArchiveOnly) };
    ConversationOptionUpdate "conversation_option_update" Put
        "/conversations/attributes/{attribute_id}/options/{option_id}"
        OptionLabel, "updateConversationAttributeOption; FACTS §5.8"
        => { key(Object).made(InPath("option_id")).undo(ConversationOptionUpdate, Exact)
            .repeatable() };
    ConversationOptionArchive "conversation_option_archive" Delete
        "/conversations/attributes/{attribute_id}/options/{option_id}"
        OptionLabel, "deleteConversationAttributeOption; FACTS §5.8"
        => { key(Object).made(InPath("option_id")).repeatable() };

    // Conversations.
    ConversationCreate "conversation_create" Post "/conversations"
        ConversationSearch, "createConversation; FACTS §5.4"
        => { made(Made::ConversationId).undo(ConversationDelete, Exact).loud() };
    ConversationContactReply "conversation_contact_reply" Post
        "/conversations/{conversation_id}/reply"
        ThreadPart, "replyConversation; FACTS §5.4"
        => { made(Part).undo(ConversationRedactPart, Compensating).loud() };
    ConversationAdminComment "conversation_admin_comment" Post
        "/conversations/{conversation_id}/reply"
        ThreadPart, "replyConversation; FACTS §5.4"
        => { made(Part).undo(ConversationRedactPart, Compensating).flagged() };
    ConversationNote "conversation_note" Post "/conversations/{conversation_id}/reply"
        ThreadPart, "replyConversation; FACTS §5.4"
        => { made(Part).undo(ConversationRedactPart, Compensating).flagged() };
    ConversationUpdate "conversation_update" Put "/conversations/{conversation_id}"
        ThreadState, "updateConversation; FACTS §5.4"
        => { key(Object).undo(ConversationUpdate, Compensating) };
    ConversationTag "conversation_tag" Post "/conversations/{conversation_id}/tags"
        ThreadState, "attachTagToConversation; FACTS §5.4"
        => { key(Pair("id")).made(InPath("conversation_id")).undo(ConversationUntag, Exact)
            .repeatable() };
    ConversationUntag "conversation_untag" Delete "/conversations/{conversation_id}/tags/{tag_id}"
        ThreadState, "detachTagFromConversation; FACTS §5.4"
        => { key(Pair("tag_id")).made(InPath("conversation_id")).undo(ConversationTag, Exact)
            .repeatable() };
    ConversationAssign "conversation_assign" Post "/conversations/{conversation_id}/parts"
        ThreadState, "manageConversation; FACTS §5.4"
        => { key(Object).undo(ConversationAssign, Compensating).loud() };
    ConversationSnooze "conversation_snooze" Post "/conversations/{conversation_id}/parts"
        ThreadState, "manageConversation; FACTS §5.4"
        => { key(Object).undo(ConversationOpen, Compensating).loud() };
    ConversationClose "conversation_close" Post "/conversations/{conversation_id}/parts"
        ThreadState, "manageConversation; FACTS §5.4"
        => { key(Object).undo(ConversationOpen, Compensating).loud() };
    ConversationOpen "conversation_open" Post "/conversations/{conversation_id}/parts"
        ThreadState, "manageConversation; FACTS §5.4"
        => { key(Object).undo(ConversationClose, Compensating).loud() };
    ConversationParticipantAdd "conversation_participant_add" Post
        "/conversations/{conversation_id}/customers"
        ThreadState, "attachContactToConversation; FACTS §5.4"
        => { key(Pair("customer")).made(InPath("conversation_id"))
            .undo(ConversationParticipantRemove, Compensating).loud() };
    ConversationParticipantRemove "conversation_participant_remove" Delete
        "/conversations/{conversation_id}/customers/{contact_id}"
        ThreadState, "detachContactFromConversation; FACTS §5.4"
        => { key(Pair("contact_id")).made(InPath("conversation_id"))
            .undo(ConversationParticipantAdd, Compensating) };
    ConversationRedactPart "conversation_redact_part" Post "/conversations/redact"
        Redacted, "redactConversation; FACTS §5.4"
        => { key(Body("conversation_part_id")).repeatable() };
    ConversationRedactSource "conversation_redact_source" Post "/conversations/redact"
        Redacted, "redactConversation; FACTS §5.4"
        => { key(Body("source_id")).repeatable() };
    ConversationDelete "conversation_delete" Delete "/conversations/{conversation_id}"
        Gone { path: "/conversations/{conversation_id}" }, "deleteConversation; FACTS §5.4"
        => { key(Object).made(InPath("conversation_id")).repeatable() };

    // Help centre.
    CollectionCreate "collection_create" Post "/help_center/collections"
        List { path: "/help_center/collections",
            fields: &["name", "parent_id"] },
        "createCollection; FACTS §5.10"
        => { undo(CollectionDelete, Exact) };
    CollectionUpdate "collection_update" Put "/help_center/collections/{collection_id}"
        Target { path: "/help_center/collections/{collection_id}" },
        "updateCollection; FACTS §5.10"
        => { key(Object).undo(CollectionUpdate, Exact).repeatable() };
    CollectionDelete "collection_delete" Delete "/help_center/collections/{collection_id}"
        Gone { path: "/help_center/collections/{collection_id}" },
        "deleteCollection; FACTS §5.10"
        => { key(Object).made(InPath("collection_id")).repeatable() };
    ArticleCreate "article_create" Post "/articles"
        List { path: "/articles",
            fields: &["title", "author_id", "parent_id"] },
        "createArticle; FACTS §5.10"
        => { undo(ArticleDelete, Exact) };
    ArticleUpdate "article_update" Put "/articles/{article_id}"
        Target { path: "/articles/{article_id}" }, "updateArticle; FACTS §5.10"
        => { key(Object).undo(ArticleUpdate, Compensating).repeatable() };
    ArticleDraft "article_draft" Put "/articles/{article_id}/draft"
        Target { path: "/articles/{article_id}/draft" }, "stageArticleDraft; FACTS §5.10"
        => { key(Object).made(InPath("article_id")).undo(ArticleDraft, Compensating)
            .repeatable() };
    ArticlePublishDraft "article_publish_draft" Post "/articles/{article_id}/draft/publish"
        Target { path: "/articles/{article_id}" }, "publishArticleDraft; FACTS §5.10"
        => { key(Object).made(InPath("article_id")).undo(ArticleUpdate, Compensating) };
    ArticleTag "article_tag" Post "/articles/{article_id}/tags"
        Members { path: "/articles/{article_id}", gone: false },
        "attachTagToArticle; FACTS §5.10"
        => { key(Pair("id")).made(InPath("article_id")).undo(ArticleUntag, Exact).repeatable() };
    ArticleUntag "article_untag" Delete "/articles/{article_id}/tags/{tag_id}"
        Members { path: "/articles/{article_id}", gone: true },
        "detachTagFromArticle; FACTS §5.10"
        => { key(Pair("tag_id")).made(InPath("article_id")).undo(ArticleTag, Exact)
            .repeatable() };
    ArticleDelete "article_delete" Delete "/articles/{article_id}"
        Gone { path: "/articles/{article_id}" }, "deleteArticle; FACTS §5.10"
        => { key(Object).made(InPath("article_id")).repeatable() };
    RedirectCreate "redirect_create" Post "/help_center/help_centers/{help_center_id}/redirects"
        List { path: "/help_center/help_centers/{help_center_id}/redirects",
            fields: &["from_url", "locale", "target_id"] },
        "createHelpCenterRedirect; FACTS §5.10"
        => { key(Body("from_url")).undo(RedirectDelete, Exact) };
    RedirectDelete "redirect_delete" Delete
        "/help_center/help_centers/{help_center_id}/redirects/{redirect_id}"
        Gone { path: "/help_center/help_centers/{help_center_id}/redirects/{redirect_id}" },
        "deleteHelpCenterRedirect; FACTS §5.10"
        => { key(Object).made(InPath("redirect_id")).repeatable() };
    InternalArticleCreate "internal_article_create" Post "/internal_articles"
        List { path: "/internal_articles",
            fields: &["title", "author_id"] },
        "createInternalArticle; FACTS §5.10"
        => { undo(InternalArticleDelete, Exact) };
    InternalArticleUpdate "internal_article_update" Put "/internal_articles/{article_id}"
        Target { path: "/internal_articles/{article_id}" }, "updateInternalArticle; FACTS §5.10"
        => { key(Object).undo(InternalArticleUpdate, Compensating).repeatable() };
    InternalArticleDelete "internal_article_delete" Delete "/internal_articles/{article_id}"
        Gone { path: "/internal_articles/{article_id}" }, "deleteInternalArticle; FACTS §5.10"
        => { key(Object).made(InPath("article_id")).repeatable() };

    // Tickets.
    TicketTypeCreate "ticket_type_create" Post "/ticket_types"
        List { path: "/ticket_types", fields: &["name"] }, "createTicketType; FACTS §5.5"
        => { undo(TicketTypeArchive, ArchiveOnly) };
    TicketTypeUpdate "ticket_type_update" Put "/ticket_types/{ticket_type_id}"
        Target { path: "/ticket_types/{ticket_type_id}" }, "updateTicketType; FACTS §5.5"
        => { key(Object).undo(TicketTypeUpdate, Exact).repeatable() };
    TicketTypeArchive "ticket_type_archive" Put "/ticket_types/{ticket_type_id}"
        Gone { path: "/ticket_types/{ticket_type_id}" }, "updateTicketType; FACTS §5.5"
        => { key(Object).undo(TicketTypeUpdate, Exact).repeatable() };
    TicketAttributeCreate "ticket_attribute_create" Post
        "/ticket_types/{ticket_type_id}/attributes"
        TicketAttribute, "createTicketTypeAttribute; FACTS §5.5"
        => { undo(TicketAttributeArchive, ArchiveOnly) };
    TicketAttributeArchive "ticket_attribute_archive" Put
        "/ticket_types/{ticket_type_id}/attributes/{attribute_id}"
        TicketAttribute, "updateTicketTypeAttribute; FACTS §5.5"
        => { key(Object).undo(TicketAttributeArchive, Exact).repeatable() };
    TicketCreate "ticket_create" Post "/tickets"
        TicketSearch, "createTicket; FACTS §5.5"
        => { undo(TicketDelete, Exact).flagged() };
    TicketUpdate "ticket_update" Put "/tickets/{ticket_id}"
        ThreadState, "updateTicket; FACTS §5.5"
        => { key(Object).undo(TicketUpdate, Compensating).flagged() };
    TicketContactReply "ticket_contact_reply" Post "/tickets/{ticket_id}/reply"
        ThreadPart, "replyTicket; FACTS §5.5"
        => { flagged() };
    TicketAdminComment "ticket_admin_comment" Post "/tickets/{ticket_id}/reply"
        ThreadPart, "replyTicket; FACTS §5.5"
        => { flagged() };
    TicketNote "ticket_note" Post "/tickets/{ticket_id}/reply"
        ThreadPart, "replyTicket; FACTS §5.5"
        => { flagged() };
    TicketTag "ticket_tag" Post "/tickets/{ticket_id}/tags"
        ThreadState, "attachTagToTicket; FACTS §5.5"
        => { key(Pair("id")).made(InPath("ticket_id")).undo(TicketUntag, Exact).repeatable() };
    TicketUntag "ticket_untag" Delete "/tickets/{ticket_id}/tags/{tag_id}"
        ThreadState, "detachTagFromTicket; FACTS §5.5"
        => { key(Pair("tag_id")).made(InPath("ticket_id")).undo(TicketTag, Exact).repeatable() };
    TicketLink "ticket_link" Post "/tickets/{ticket_id}/linked_conversations"
        Linked { gone: false }, "linkConversationToTicket; FACTS §5.5"
        => { key(Pair("conversation_id")).made(InPath("ticket_id")).undo(TicketUnlink, Exact)
            .repeatable() };
    TicketUnlink "ticket_unlink" Delete
        "/tickets/{ticket_id}/linked_conversations/{conversation_id}"
        Linked { gone: true }, "unlinkConversationFromTicket; FACTS §5.5"
        => { key(Pair("conversation_id")).made(InPath("ticket_id")).undo(TicketLink, Exact)
            .repeatable() };
    TicketDelete "ticket_delete" Delete "/tickets/{ticket_id}"
        Gone { path: "/tickets/{ticket_id}" }, "deleteTicket; FACTS §5.5"
        => { key(Object).made(InPath("ticket_id")).repeatable() };
    ConversationConvert "conversation_convert" Post "/conversations/{conversation_id}/convert"
        ThreadState, "convertConversationToTicket; FACTS §5.4"
        => { key(Object).loud() };

    // Custom objects.
    ObjectUpsert "object_upsert" Post "/custom_object_instances/{object_type}"
        InstanceKey, "createCustomObjectInstances; FACTS §5.9"
        => { key(Body("external_id")).undo(ObjectDelete, Exact).repeatable() };
    ObjectDelete "object_delete" Delete "/custom_object_instances/{object_type}/{object_id}"
        Gone { path: "/custom_object_instances/{object_type}/{object_id}" },
        "deleteCustomObjectInstancesByExternalId; FACTS §5.9"
        => { key(Object).made(InPath("object_id")).repeatable() };
}

impl Operation {
    /// The name in the ledger.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The operation of a name in the ledger.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}
