//! One door for all records.

use crate::model::SourceKey;
use crate::model::record::{Company, ObjectInstance, Record};

use super::article::map_article;
use super::attribute::schema_drafts;
use super::collection::map_collection;
use super::company::map_company;
use super::contact::map_contact;
use super::context::Context;
use super::conversation::map_conversation;
use super::draft::{Draft, Mapped};
use super::input::{
    ArticleInput, CollectionInput, ContactInput, ConversationInput, MentionInput, TeammateInput,
};
use super::mention::map_mention;
use super::object::map_object;
use super::other::{map_other, map_teammate};
use super::relation;
use super::saved_reply;
use super::ticket_type;

/// A record with all that belongs to it.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "each variant is named after its record")]
pub enum Subject<'a> {
    Contact(ContactInput<'a>),
    Company(&'a SourceKey, &'a Company),
    Conversation(ConversationInput<'a>),
    Mention(MentionInput<'a>),
    Article(ArticleInput<'a>),
    Collection(CollectionInput<'a>),
    Teammate(TeammateInput<'a>),
    Object(&'a SourceKey, &'a ObjectInstance),
    /// Any other record; also a message or file whose parent is not in the export.
    Other(&'a SourceKey, &'a Record),
}

/// Drafts of what has to be there before any record, or once for all: attributes, ticket types,
/// relationship attributes, the article of saved replies. Tags, companies, collections and contacts
/// without a record come with the records that need them, as derived drafts.
pub fn schema(context: &Context) -> Vec<Draft> {
    let mut drafts = schema_drafts(context);
    drafts.extend(ticket_type::schema_drafts(context));
    drafts.extend(relation::schema_drafts(context));
    drafts.extend(saved_reply::article(context));
    drafts
}

/// Drafts that follow from what is known of the whole export, whatever record changed.
pub fn renewed(context: &Context) -> Vec<Draft> {
    relation::renewed(context)
}

/// What becomes of a record and of what belongs to it. The same subject and the same context give
/// the same answer, byte for byte.
pub fn map(subject: &Subject<'_>, context: &Context) -> Mapped {
    match subject {
        Subject::Contact(input) => map_contact(input, context),
        Subject::Company(key, company) => map_company(key, company, context),
        Subject::Conversation(input) => map_conversation(input, context),
        Subject::Mention(input) => map_mention(input, context),
        Subject::Article(input) => map_article(input, context),
        Subject::Collection(input) => map_collection(input, context),
        Subject::Teammate(input) => map_teammate(input, context),
        Subject::Object(key, record) => map_object(key, record, context),
        Subject::Other(key, record) => map_other(key, record, context),
    }
}
