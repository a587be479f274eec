//! A desk made from a seed.

use crate::before::ADMINS;
use crate::desk::{Agent, Area, Article, Company, Customer, Desk, Message, Ticket};
use crate::random::Chance;

/// Tags of customers and tickets; the workspace may hold some of them already, in another case.
pub(crate) const TAGS: &[&str] = &["vip", "gold", "billing", "urgent"];

/// Values of the custom fields.
pub(crate) const VALUES: &[&str] = &["basic", "pro", "team", "old"];

impl Desk {
    /// A desk of a handful of records of every kind.
    #[must_use]
    pub fn make(chance: &mut Chance) -> Self {
        let mut desk = Self { group: "Help centre".to_owned(), ..Self::default() };
        for (_, email, name) in ADMINS.iter().skip(1) {
            let (email, name) = ((*email).to_owned(), (*name).to_owned());
            let id = desk.id(1);
            desk.agents.push(Agent { id, email, name });
        }
        // One agent who has no account in the workspace.
        let ghost = Agent {
            id: desk.id(1),
            email: "ghost@gone.example".to_owned(),
            name: "Ghost Agent".to_owned(),
        };
        desk.agents.push(ghost);
        for name in ["Acme", "Umbra"] {
            let id = desk.id(2);
            desk.companies.push(Company { id, name: name.to_owned() });
        }
        for name in ["Payments", "Parcels"] {
            let id = desk.id(3);
            desk.areas.push(Area { id, name: name.to_owned() });
        }
        for _ in 0..2 + chance.below(3) {
            desk.new_customer(chance);
        }
        for _ in 0..2 + chance.below(3) {
            let customer = chance.below(desk.customers.len());
            desk.new_ticket(customer, chance);
        }
        // The custom fields are known from the start, and so are both words for states.
        if let ([customer, ..], [ticket, ..]) =
            (desk.customers.as_mut_slice(), desk.tickets.as_mut_slice())
        {
            (customer.plan, ticket.order) = (Some(value(chance)), Some(value(chance)));
        }
        if let [first, second, ..] = desk.tickets.as_mut_slice() {
            (first.closed, second.closed) = (false, true);
        }
        for _ in 0..1 + chance.below(2) {
            desk.new_article(chance);
        }
        desk
    }

    /// The desk before anybody used its custom fields.
    pub fn without_fields(&mut self) {
        self.customers.iter_mut().for_each(|one| one.plan = None);
        self.tickets.iter_mut().for_each(|one| one.order = None);
    }

    /// One more customer; its index.
    pub(crate) fn new_customer(&mut self, chance: &mut Chance) -> usize {
        let id = self.id(4);
        let number = self.number();
        let email = format!("customer{number}@mail.example");
        self.customers.push(Customer {
            id,
            names: vec![format!("Customer Number{number}")],
            email: (!chance.one_in(6)).then_some(email),
            tags: some_tags(chance),
            company: chance.one_in(2).then(|| chance.below(self.companies.len())),
            plan: chance.one_in(2).then(|| value(chance)),
        });
        self.customers.len() - 1
    }

    /// One more ticket with a reply or more; its index.
    pub(crate) fn new_ticket(&mut self, customer: usize, chance: &mut Chance) -> usize {
        let (id, at) = (self.id(5), self.second());
        let opening = self.say(chance.number());
        let number = self.tickets.len() + 1;
        self.tickets.push(Ticket {
            id,
            number,
            subject: format!("Subject of {}", opening.mark),
            opening,
            customer,
            assigned: chance.one_in(2).then(|| chance.below(self.agents.len())),
            closed: chance.one_in(2),
            tags: some_tags(chance),
            order: chance.one_in(2).then(|| value(chance)),
            at,
            replies: Vec::new(),
            withdrawn: false,
        });
        let ticket = self.tickets.len() - 1;
        for _ in 0..chance.below(4) {
            self.new_reply(ticket, chance);
        }
        ticket
    }

    /// One more reply; its id.
    pub(crate) fn new_reply(&mut self, ticket: usize, chance: &mut Chance) -> Option<String> {
        let (id, at) = (self.id(6), self.second());
        let words = self.say(chance.number());
        let agent = chance.one_in(2).then(|| chance.below(self.agents.len()));
        let replies = &mut self.tickets.get_mut(ticket)?.replies;
        replies.push(Message { id: id.clone(), agent, words, at, withdrawn: false });
        Some(id)
    }

    /// One more article; its id.
    pub(crate) fn new_article(&mut self, chance: &mut Chance) -> String {
        let id = self.id(7);
        let words = self.say(chance.number());
        self.articles.push(Article {
            id: id.clone(),
            title: format!("About {}", words.mark),
            words,
            area: chance.below(self.areas.len()),
            published: !chance.one_in(3),
            withdrawn: false,
        });
        id
    }
}

/// Some of the tags.
pub(crate) fn some_tags(chance: &mut Chance) -> Vec<String> {
    TAGS.iter().filter(|_| chance.one_in(3)).map(|tag| (*tag).to_owned()).collect()
}

/// A value of a custom field.
pub(crate) fn value(chance: &mut Chance) -> String {
    chance.pick(VALUES).map_or_else(String::new, |value| (*value).to_owned())
}
