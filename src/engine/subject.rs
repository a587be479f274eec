//! A record with all that belongs to it, as the map wants to see it.

use super::gather::Gathered;
use crate::mapping::Context as Rules;
use crate::mapping::draft::Mapped;
use crate::mapping::input::{
    ArticleInput, CollectionInput, ContactInput, ConversationInput, MentionInput, TeammateInput,
};
use crate::mapping::map::{Subject, map};
use crate::model::{Record, Timestamp};

/// What becomes of a record; `None` if it is gone.
pub(super) fn map_one(gathered: &Gathered, rules: &Rules) -> Option<Mapped> {
    let record = gathered.root.record.as_ref()?;
    if let Some(returned) = &gathered.returned {
        return Some(returned.clone());
    }
    Some(map(&subject(gathered, record, rules), rules))
}

/// The record as the map wants to see it. Now is the time at which it was read: mapping it again
/// gives the same draft.
fn subject<'a>(gathered: &'a Gathered, record: &'a Record, rules: &'a Rules) -> Subject<'a> {
    let key = &gathered.root.key;
    let attachments = &gathered.attachments;
    let now = Timestamp(gathered.root.state.read_at_us / 1000);
    match record {
        Record::Contact(contact) => Subject::Contact(ContactInput {
            key,
            contact,
            duplicate_of: gathered.duplicate_of.as_ref(),
            duplicates: &gathered.duplicates,
            attachments,
            technician: rules.index.technician(&contact.emails),
            has_thread: rules.index.has_thread(key),
        }),
        Record::Teammate(teammate) => {
            Subject::Teammate(TeammateInput { key, teammate, contact: gathered.contact.as_ref() })
        }
        Record::ObjectInstance(object) => Subject::Object(key, object),
        Record::Company(company) => Subject::Company(key, company),
        Record::Conversation(conversation) => Subject::Conversation(ConversationInput {
            key,
            conversation,
            messages: &gathered.messages,
            attachments,
            mentions: &gathered.mentions,
            contact: gathered.contact.as_ref(),
            writers: &gathered.writers,
            start_nudge_s: gathered.start_nudge_s,
            now,
        }),
        Record::Mention(mention) => {
            Subject::Mention(MentionInput { key, mention, contact: gathered.contact.as_ref(), now })
        }
        Record::Article(article) => Subject::Article(ArticleInput { key, article, attachments }),
        Record::Collection(collection) => {
            Subject::Collection(CollectionInput { key, collection, above: &gathered.above })
        }
        other => Subject::Other(key, other),
    }
}
