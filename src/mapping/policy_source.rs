//! What the decisions of each source may say, typed. A decision that does not concern a source is
//! never asked there: its rows below name the source whose answer counts.

use std::collections::BTreeSet;

use super::fold::fold;

/// What becomes of customers without an e-mail address (D14, C-7, H3, I12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressless {
    /// Leads.
    Lead,
    /// Leads, if they have a thread; others stay behind.
    LeadWithThread,
    /// They stay behind.
    Skip,
    /// Users with an address at a domain that is reserved for nobody, flagged.
    Placeholder,
    /// They wait for a person.
    Wait,
}

/// What threads become (C-1, T1); sources that are not asked make conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Conversations.
    Conversations,
    /// Tickets, where the source calls them tickets or offline messages.
    Tickets,
    /// By origin, status and category.
    ByRule,
    /// Conversations that are converted to tickets.
    Convert,
    /// Conversations with a ticket linked to each.
    Linked,
}

/// Which ticket types are used (C-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketTypes {
    /// New ones are made, unless there are some of the name.
    Create,
    /// Only those that are there.
    Existing,
}

/// What several lines of a system become (C-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemLines {
    /// A note each.
    Each,
    /// One note.
    Summary,
    /// Nothing.
    Drop,
}

/// Who speaks on social threads without an address (C-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handles {
    /// A lead for each handle.
    Each,
    /// One lead for all.
    Shared,
    /// The threads stay behind.
    Skip,
}

/// What becomes of people who are anonymised or asked to be erased (H5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// They wait, kept apart.
    Hold,
    /// They stay behind.
    Skip,
    /// They move without the person.
    Anonymous,
}

/// Whether custom objects can be written (I3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomObjects {
    /// They can.
    Write,
    /// They are archived in a file, with texts on the conversations.
    Archive,
    /// Not decided: they wait.
    Undecided,
}

/// What inactive technicians get (I1, I2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Technicians {
    /// They are only matched with admins.
    Match,
    /// They are contacts too.
    Contacts {
        /// Inactive ones are listed to be blocked by hand.
        block: bool,
    },
}

impl Technicians {
    /// Whether they are contacts too.
    pub fn are_contacts(self) -> bool {
        self != Self::Match
    }
}

/// What a conversation's tags stand on (C-5, T5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagTarget {
    /// The conversation.
    Conversation,
    /// The contact.
    Contact,
    /// Both.
    Both,
    /// Nothing: a sheet lists them.
    Sheet,
}

/// What an incident's category becomes (I8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// What the map says, nothing else.
    AsMapped,
    /// A tag.
    Tag,
    /// A tag and what the map says.
    Both,
}

/// Where a contact's company comes from (I5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyFrom {
    /// Records of companies, and names by D7.
    Records,
    /// This field of the contact.
    Field(&'static str),
    /// Nowhere.
    Nowhere,
}

/// What fields with several options become (T10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiSelect {
    /// One text.
    Joined,
    /// A yes for each option that is chosen.
    Booleans,
    /// The first option.
    First,
}

/// What becomes of fields that tickets and customers both have (D5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collisions {
    /// Both are written.
    Separate,
    /// The customer's is.
    Consolidate,
    /// Neither is.
    Drop,
}

/// How saved replies are delivered (D8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedReplies {
    /// A file and a checklist.
    File,
    /// One internal article with all of them.
    InternalArticle,
    /// Not at all.
    Skip,
}

/// Which types move (I6, I7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All.
    All,
    /// Those of these folded names.
    Only(BTreeSet<String>),
}

impl Selection {
    /// The words of a list divided by commas.
    pub fn of(list: &str) -> Self {
        Self::Only(words(list).collect())
    }

    /// Whether a name is among them.
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(&fold(name)),
        }
    }
}

/// Folded words of a list divided by commas.
pub(super) fn words(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(fold).filter(|word| !word.is_empty())
}

/// Decisions that one source is asked, with what holds for all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePolicy {
    /// D14, C-7, H3, I12.
    pub addressless: Addressless,
    /// C-1, T1.
    pub threads: Threads,
    /// C-2.
    pub ticket_types: TicketTypes,
    /// C-3: telephone calls become custom objects.
    pub call_objects: bool,
    /// C-4: folded tags that become attributes of their own.
    pub tag_attributes: BTreeSet<String>,
    /// C-5, T5.
    pub tag_target: TagTarget,
    /// C-8.
    pub handles: Handles,
    /// C-11: threads whose transcript could not be told apart wait.
    pub doubtful_waits: bool,
    /// C-12: public replies on tickets are comments.
    pub ticket_comments: bool,
    /// C-13.
    pub system_lines: SystemLines,
    /// H2: categories that are no team of their own are kept as a tag.
    pub team_tag: bool,
    /// H5.
    pub erased: Erased,
    /// I1, I2.
    pub technicians: Technicians,
    /// I3.
    pub objects: CustomObjects,
    /// I5.
    pub company_from: CompanyFrom,
    /// I6.
    pub ci_types: Selection,
    /// I7.
    pub asset_categories: Selection,
    /// I8.
    pub category: Category,
    /// I10: items of the service catalogue become custom objects.
    pub catalogue_objects: bool,
    /// I11: merged incidents move.
    pub merged: bool,
    /// I14: change types outside the three become this word.
    pub change_types_mapped: bool,
    /// T2: the priority stands on the ticket.
    pub ticket_priority: bool,
    /// T4: attachments are for people.
    pub files_by_hand: bool,
    /// T6: the knowledge base is for people.
    pub knowledge_by_hand: bool,
    /// T7: threads of agents without an account wait.
    pub unmatched_waits: bool,
    /// T8: a team below another is known by its last name only.
    pub leaf_teams: bool,
    /// T9: companies are known by domain; those without one by name, or not at all.
    pub company_keys: CompanyKeys,
    /// T10.
    pub multi_select: MultiSelect,
    /// D5.
    pub collisions: Collisions,
    /// D8.
    pub saved_replies: SavedReplies,
    /// C-6: agents who are admins at the source become admins.
    pub agent_levels: bool,
    /// C-9: the category of a saved reply goes into its description.
    pub category_in_description: bool,
    /// H10: links to files that are attached name the file.
    pub attachment_links: bool,
    /// H7: managers become admins.
    pub managers_admin: bool,
    /// Customers without an address are flagged as anonymous (ClickDesk).
    pub flag_anonymous: bool,
}

impl SourcePolicy {
    /// Whether a type of custom object moves (I6, I7).
    pub fn moves(&self, object_type: &str) -> bool {
        match object_type.split_once(':').unwrap_or((object_type, "")) {
            ("ci", kind) => self.ci_types.takes(kind),
            ("asset", kind) => self.asset_categories.takes(kind),
            _ => true,
        }
    }
}

/// By what a company is known (T9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyKeys {
    /// Its id at the source.
    Id,
    /// Its domain, else its name.
    DomainOrName,
    /// Its domain; without one it stays behind.
    Domain,
}
