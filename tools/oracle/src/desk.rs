//! The desk: plain values, with everything that was ever in it.

use crate::words::Words;

/// A teammate of the old desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Id at the source.
    pub id: String,
    /// Address; some agents have none in the workspace.
    pub email: String,
    /// Name.
    pub name: String,
}

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Id at the source.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Id at the source.
    pub id: String,
    /// Every name so far, the newest last.
    pub names: Vec<String>,
    /// Address; one without it becomes a lead.
    pub email: Option<String>,
    /// Tags now.
    pub tags: Vec<String>,
    /// Index of the company.
    pub company: Option<usize>,
    /// Value of a custom field.
    pub plan: Option<String>,
}

impl Customer {
    /// The name now.
    #[must_use]
    pub fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }
}

/// A message of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Id at the source.
    pub id: String,
    /// The agent's index; the customer's words without.
    pub agent: Option<usize>,
    /// What was said.
    pub words: Words,
    /// Unix seconds.
    pub at: i64,
    /// Gone from the source.
    pub withdrawn: bool,
}

/// A ticket with its replies in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Id at the source.
    pub id: String,
    /// Number shown to people.
    pub number: usize,
    /// Title.
    pub subject: String,
    /// The customer's first message.
    pub opening: Words,
    /// Index of the customer.
    pub customer: usize,
    /// Index of the agent it is assigned to.
    pub assigned: Option<usize>,
    /// Whether it is closed.
    pub closed: bool,
    /// Tags now.
    pub tags: Vec<String>,
    /// Value of a custom field.
    pub order: Option<String>,
    /// Unix seconds of the opening.
    pub at: i64,
    /// Everything said after it.
    pub replies: Vec<Message>,
    /// Gone from the source.
    pub withdrawn: bool,
}

/// A part of the knowledge base; all of them stand in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Id at the source.
    pub id: String,
    /// Name.
    pub name: String,
}

/// An article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Id at the source.
    pub id: String,
    /// Title.
    pub title: String,
    /// Text.
    pub words: Words,
    /// Index of the area.
    pub area: usize,
    /// Whether everybody sees it.
    pub published: bool,
    /// Gone from the source.
    pub withdrawn: bool,
}

/// A help desk with everything that was ever in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// Teammates.
    pub agents: Vec<Agent>,
    /// Companies.
    pub companies: Vec<Company>,
    /// Customers.
    pub customers: Vec<Customer>,
    /// Tickets.
    pub tickets: Vec<Ticket>,
    /// Name of the knowledge base, which is its upper collection.
    pub group: String,
    /// Parts of the knowledge base.
    pub areas: Vec<Area>,
    /// Articles.
    pub articles: Vec<Article>,
    /// Marks and ids given out so far.
    pub given: usize,
}

/// First second of the desk.
const START: i64 = 1_706_695_200;

impl Desk {
    /// A number that no record has.
    pub fn number(&mut self) -> usize {
        self.given += 1;
        self.given
    }

    /// An id as the old desk gives them: its first eight digits are a second.
    pub fn id(&mut self, kind: u8) -> String {
        format!("65ba1{kind:01x}00{:016x}", self.number())
    }

    /// A second that nothing was said in yet.
    pub fn second(&mut self) -> i64 {
        START + 10 * i64::try_from(self.number()).unwrap_or(0)
    }

    /// Words with a mark of their own.
    pub fn say(&mut self, salt: u64) -> Words {
        let mark = format!("m{}", self.number());
        Words::new(mark, salt)
    }
}
