//! The hub: what every help desk's records are normalised to. It knows no source and no
//! destination. Records refer to each other by [`SourceKey`]; nothing is nested that has an
//! identity of its own, so that each source row is one record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{SourceKey, Timestamp};

pub use super::author::{Author, AuthorRole, Body, BodyFormat, PersonRef};

/// A value of a custom field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    /// Text, also URLs and e-mail addresses.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number in plain notation with `.`, kept as text so that nothing is rounded.
    Decimal(String),
    /// Yes or no.
    Boolean(bool),
    /// A day, `YYYY-MM-DD`.
    Date(String),
    /// A point in time.
    DateTime(Timestamp),
    /// Several options.
    List(Vec<String>),
}

/// Custom field values by field key.
pub type Fields = BTreeMap<String, FieldValue>;

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Full name.
    pub name: Option<String>,
    /// E-mail addresses, primary first, as written.
    pub emails: Vec<String>,
    /// Telephone numbers, best first.
    pub phones: Vec<Phone>,
    /// BCP 47 language tag or the source's word.
    pub language: Option<String>,
    /// The company's own record, if the source gives its id.
    pub company: Option<SourceKey>,
    /// The company's name as written.
    pub company_name: Option<String>,
    /// Marked by the team as a preferred customer.
    pub preferred: Option<bool>,
    /// Free notes about the customer, each to become a note.
    pub memos: Vec<Body>,
    /// Tags on the customer.
    pub tags: Vec<String>,
    /// Standard fields without a place of their own, by the source's canonical column name
    /// (address, city, website, chat addresses …).
    pub standard: BTreeMap<String, String>,
    /// Custom fields.
    pub fields: Fields,
    /// When the customer was first known.
    pub created_at: Option<Timestamp>,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// `phone`, `mobile`, `fax`.
    pub kind: String,
    /// As written.
    pub raw: String,
    /// E.164, if it could be parsed.
    pub e164: Option<String>,
}

/// A customer's company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Company {
    /// Name.
    pub name: String,
    /// Website.
    pub website: Option<String>,
    /// Further standard fields by canonical column name.
    pub standard: BTreeMap<String, String>,
    /// Custom fields.
    pub fields: Fields,
    /// When the company was first known.
    pub created_at: Option<Timestamp>,
}

/// A member of the help desk's team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Teammate {
    /// Name.
    pub name: Option<String>,
    /// E-mail address, by which a teammate is found in Intercom.
    pub email: Option<String>,
    /// The source's word for the role.
    pub role: Option<String>,
    /// Names of the teams.
    pub teams: Vec<String>,
    /// Whether the account is in use.
    pub active: Option<bool>,
    /// Standard fields without a place of their own, by canonical column name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub standard: BTreeMap<String, String>,
    /// Custom fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: Fields,
}

/// A team of the help desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Team {
    /// Name.
    pub name: String,
    /// The team above.
    pub parent: Option<SourceKey>,
    /// Members.
    pub members: Vec<PersonRef>,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationState {
    /// Somebody should act.
    Open,
    /// Put aside until later.
    Snoozed,
    /// Done.
    Closed,
}

/// What sort of thread the source calls it: some rules send each to another Intercom object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    /// A help-desk ticket.
    Ticket,
    /// A live chat.
    Chat,
    /// A message left while nobody was there.
    Offline,
    /// A thread on a social network.
    Social,
    /// A telephone call.
    Call,
    /// An incident of an IT service desk.
    Incident,
}

/// A thread, without its messages: those are [`Message`] records that refer to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// What sort of thread.
    pub kind: ThreadKind,
    /// Subject, if there is one.
    pub subject: Option<String>,
    /// First message.
    pub description: Option<Body>,
    /// State; `None` if the source's word is not in the value map (it then blocks).
    pub state: Option<ConversationState>,
    /// The source's word for the state.
    pub status: String,
    /// Who asked.
    pub customer: PersonRef,
    /// Who opened the thread, if not the customer.
    pub opened_by: Option<Author>,
    /// Assigned teammate.
    pub assignee: PersonRef,
    /// Assigned team or group, as written.
    pub team: Option<String>,
    /// Channel word, as written.
    pub channel: Option<String>,
    /// People in copy.
    pub copies: Vec<PersonRef>,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it was last touched.
    pub updated_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// A note on the thread itself.
    pub memo: Option<Body>,
    /// Tags.
    pub tags: Vec<String>,
    /// Standard fields without a place of their own, by canonical column name (number, type,
    /// area, priority …).
    pub standard: BTreeMap<String, String>,
    /// Custom fields.
    pub fields: Fields,
    /// How many replies the source says there are: a checksum.
    pub reply_count: Option<u64>,
    /// Files of the first message, in order, as the source names them; each is an
    /// [`Attachment`] record.
    pub attachments: Vec<SourceKey>,
    /// Ids of posts on social networks, as `network:id`.
    pub social_ids: Vec<String>,
    /// Taken out of the daily view.
    pub archived: bool,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Something said.
    Message,
    /// Something written for colleagues only.
    Note,
    /// Something that happened: state, assignment, priority, merge, call, rating.
    Event,
}

/// One message, note or event of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The thread.
    pub conversation: SourceKey,
    /// Message, note or event.
    pub kind: MessageKind,
    /// Who wrote it.
    pub author: Author,
    /// What it says. Events may have none.
    pub body: Option<Body>,
    /// Only for colleagues.
    pub internal: bool,
    /// When.
    pub created_at: Option<Timestamp>,
    /// The source's own order where times are equal.
    pub sequence: Option<u64>,
    /// For events: what happened (`status_change`, `assignment` …).
    pub event: Option<MessageEvent>,
    /// Files, in order.
    pub attachments: Vec<SourceKey>,
    /// Channel word, as written.
    pub channel: Option<String>,
    /// Ids of posts on social networks, as `network:id`.
    pub social_ids: Vec<String>,
    /// Who a note is assigned to.
    pub assigned_to: PersonRef,
    /// When to remind; reminders do not migrate, they are listed.
    pub reminder_at: Option<Timestamp>,
}

/// What an event message reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEvent {
    /// The kind of event.
    pub kind: String,
    /// Value before.
    pub from: Option<String>,
    /// Value after.
    pub to: Option<String>,
}

/// A file that belongs to a conversation, message, article or contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The conversation, article or contact it belongs to, also if it hangs on a message.
    pub parent: SourceKey,
    /// The message it hangs on; `None` if it belongs to the parent's own text.
    pub message: Option<SourceKey>,
    /// File name shown to people.
    pub name: String,
    /// Where the bytes are: path in the bundle.
    pub path: Option<String>,
    /// Address in the old help desk.
    pub url: Option<String>,
    /// Content type as declared, or by name.
    pub content_type: String,
    /// Size in bytes as found; `None` if the file is missing.
    pub size_bytes: Option<u64>,
    /// SHA-256 of the bytes in hexadecimal as found; `None` if the file is missing.
    pub sha256: Option<String>,
    /// Content-ID by which a body refers to it as an inline image.
    pub inline_cid: Option<String>,
    /// What people noted who move files by hand (`downloaded`, `reuploaded`, `new_file_name`,
    /// `message_seq`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub standard: BTreeMap<String, String>,
}

/// Who may read an article or collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Anything else, in the source's word.
    Restricted(String),
}

/// An article of the knowledge base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Title.
    pub title: String,
    /// Body.
    pub body: Body,
    /// The collection, if the source gives its id.
    pub collection: Option<SourceKey>,
    /// Labels of the collections from the top, if there are no records for them.
    pub category_path: Vec<String>,
    /// Published or draft.
    pub published: bool,
    /// Who may read it.
    pub visibility: Visibility,
    /// Who wrote it.
    pub author: PersonRef,
    /// Tags.
    pub tags: Vec<String>,
    /// Locale.
    pub locale: Option<String>,
    /// Last part of the public address.
    pub slug: Option<String>,
    /// Public address.
    pub url: Option<String>,
    /// Files.
    pub attachments: Vec<SourceKey>,
    /// When it was written.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Views, votes, scores and the like by canonical column name.
    pub statistics: BTreeMap<String, String>,
}

/// A container of articles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// The container above.
    pub parent: Option<SourceKey>,
    /// Who may read it.
    pub visibility: Visibility,
    /// Place among its siblings.
    pub position: Option<i64>,
}

/// A tag that the source lists on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Name in its first spelling.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// How often the source says it is used.
    pub count: Option<u64>,
    /// What sort of tag, in the source's word, if it tells several apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// A saved reply; Intercom offers no way to create one (FACTS §5.11).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedReply {
    /// Name.
    pub name: String,
    /// Text.
    pub body: Body,
    /// Folder or category.
    pub category: Option<String>,
    /// Who may use it.
    pub visible_to: Option<String>,
    /// Placeholders found in the text, as written.
    pub placeholders: Vec<String>,
}

/// Type of a custom field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line of text.
    String,
    /// Several lines of text.
    Text,
    /// Whole number.
    Integer,
    /// Decimal number.
    Decimal,
    /// Yes or no.
    Boolean,
    /// Day.
    Date,
    /// Point in time.
    DateTime,
    /// One of several options.
    List,
    /// Any of several options.
    MultiList,
    /// Web address.
    Url,
    /// E-mail address.
    Email,
    /// Another record.
    Relationship,
    /// A file.
    File,
}

/// Definition of a custom field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDefinition {
    /// What has the field: `ticket`, `customer`, `company`, `article`, or a type of custom object.
    pub object: String,
    /// Key of the field.
    pub field: String,
    /// Label shown to people.
    pub label: String,
    /// Type.
    pub field_type: FieldType,
    /// Options of a list.
    pub options: Vec<String>,
    /// Whether a value is required.
    pub required: bool,
    /// Description.
    pub description: Option<String>,
    /// Field that decides which options are offered; the dependency does not migrate.
    pub depends_on: Option<String>,
    /// Declared by the source, or seen only as an unknown column.
    pub declared: bool,
}

/// A post on a social network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mention {
    /// Network word, as written.
    pub network: String,
    /// Mention, direct message, post, comment.
    pub kind: String,
    /// Handle, name and address of the author.
    pub author_handle: Option<String>,
    /// Name of the author.
    pub author_name: Option<String>,
    /// Address of the author's page.
    pub author_url: Option<String>,
    /// What was said.
    pub body: Body,
    /// When.
    pub created_at: Option<Timestamp>,
    /// Address of the post.
    pub permalink: Option<String>,
    /// The thread it belongs to, if the source says so.
    pub conversation: Option<SourceKey>,
    /// The customer, if the source says so.
    pub customer: Option<SourceKey>,
    /// Further fields by canonical column name.
    pub standard: BTreeMap<String, String>,
}

/// A typed custom object (asset, configuration item, problem, change, release).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectInstance {
    /// The type's identifier.
    pub object_type: String,
    /// Name or title.
    pub name: String,
    /// Typed values.
    pub fields: Fields,
    /// References by relation name.
    pub references: BTreeMap<String, Vec<SourceKey>>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// Definition of a type of custom object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDefinition {
    /// The type's identifier.
    pub object_type: String,
    /// Label shown to people.
    pub label: String,
    /// Fields.
    pub fields: Vec<FieldDefinition>,
    /// Relations by name, with the type they lead to.
    pub relations: BTreeMap<String, String>,
}

/// Something that only people can rebuild: workflow, SLA rule, widget, catalogue item, report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationItem {
    /// `workflow`, `sla`, `escalation`, `assignment`, `autoresponder`, `widget`, `report` …
    pub kind: String,
    /// Name.
    pub name: String,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Everything the source says of it, by canonical column name.
    pub details: BTreeMap<String, String>,
}

macro_rules! records {
    ($($variant:ident => $word:literal),+ $(,)?) => {
        /// One source record, normalised. In JSON the variant stands under `record`, since some
        /// records have a `kind` of their own.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "record", rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each variant is named after its struct")]
        #[allow(clippy::large_enum_variant, reason = "records live one at a time, never in bulk")]
        pub enum Record {
            $($variant($variant),)+
        }

        /// Which variant of [`Record`].
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each variant is named after its struct")]
        pub enum RecordKind {
            $($variant,)+
        }

        impl RecordKind {
            /// All kinds, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word for the kind in files and output.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl Record {
            /// Which kind of record.
            pub fn kind(&self) -> RecordKind {
                match self {
                    $(Self::$variant(_) => RecordKind::$variant,)+
                }
            }
        }

        $(impl From<$variant> for Record {
            fn from(record: $variant) -> Self {
                Self::$variant(record)
            }
        })+
    };
}

records! {
    Contact => "contact",
    Company => "company",
    Teammate => "teammate",
    Team => "team",
    Conversation => "conversation",
    Message => "message",
    Attachment => "attachment",
    Article => "article",
    Collection => "collection",
    Tag => "tag",
    SavedReply => "saved_reply",
    FieldDefinition => "field_definition",
    Mention => "mention",
    ObjectInstance => "object_instance",
    ObjectDefinition => "object_definition",
    ConfigurationItem => "configuration_item",
}

impl Record {
    /// The record this one is a part of: it is transformed and written with that one.
    pub fn parent(&self) -> Option<&SourceKey> {
        match self {
            Self::Message(message) => Some(&message.conversation),
            Self::Attachment(attachment) => Some(&attachment.parent),
            Self::Mention(mention) => mention.conversation.as_ref(),
            _ => None,
        }
    }
}
