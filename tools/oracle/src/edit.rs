//! What happens at the old desk while the migration goes on.

use std::collections::BTreeSet;

use crate::desk::{Desk, Ticket};
use crate::making::{some_tags, value};
use crate::random::Chance;

/// A change at the source. Numbers choose a record among those that are there, whatever came
/// before; so a sequence stays meaningful when steps are left out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Somebody replies to a ticket.
    Reply(usize),
    /// A reply gets other words.
    Reword(usize),
    /// A customer gets another name.
    Rename(usize),
    /// A ticket is closed, or opened again.
    Turn(usize),
    /// A ticket gets other tags.
    TagTicket(usize),
    /// A customer gets other tags.
    TagCustomer(usize),
    /// A ticket's custom field gets another value.
    Order(usize),
    /// A customer's custom field gets another value.
    Plan(usize),
    /// A new ticket.
    NewTicket(usize),
    /// A new customer with a ticket.
    NewCustomer,
    /// An article gets other words.
    Rewrite(usize),
    /// A new article.
    NewArticle,
    /// A ticket is deleted at the source.
    WithdrawTicket(usize),
    /// A reply is deleted at the source.
    WithdrawReply(usize),
    /// An article is deleted at the source.
    WithdrawArticle(usize),
}

impl Edit {
    /// Any change but a withdrawal.
    pub fn change(chance: &mut Chance) -> Self {
        let at = chance.below(64);
        match chance.below(12) {
            0 | 1 => Self::Reply(at),
            2 => Self::Reword(at),
            3 => Self::Rename(at),
            4 => Self::Turn(at),
            5 => Self::TagTicket(at),
            6 => Self::TagCustomer(at),
            7 => Self::Order(at),
            8 => Self::Plan(at),
            9 => Self::NewTicket(at),
            10 => Self::NewCustomer,
            _ if chance.one_in(2) => Self::Rewrite(at),
            _ => Self::NewArticle,
        }
    }

    /// A withdrawal.
    pub fn withdrawal(chance: &mut Chance) -> Self {
        let at = chance.below(64);
        match chance.below(3) {
            0 => Self::WithdrawTicket(at),
            1 => Self::WithdrawReply(at),
            _ => Self::WithdrawArticle(at),
        }
    }

    /// Whether it takes something away.
    #[must_use]
    pub fn withdraws(self) -> bool {
        matches!(self, Self::WithdrawTicket(_) | Self::WithdrawReply(_) | Self::WithdrawArticle(_))
    }

    /// Does it; the ids of the records that are new or changed.
    pub fn perform(self, desk: &mut Desk, chance: &mut Chance) -> BTreeSet<String> {
        let salt = chance.number();
        let done = match self {
            Self::Reply(at) => {
                let ticket = live_ticket(desk, at);
                ticket.and_then(|ticket| desk.new_reply(ticket, chance))
            }
            Self::Reword(at) => reword(desk, at, salt),
            Self::Rename(at) => pick(&mut desk.customers, at).map(|one| {
                let name = format!("{} Renamed{}", one.names[0], one.names.len());
                one.names.push(name);
                one.id.clone()
            }),
            Self::Turn(at) => of_ticket(desk, at, |one| one.closed = !one.closed),
            Self::TagTicket(at) => of_ticket(desk, at, |one| one.tags = some_tags(chance)),
            Self::TagCustomer(at) => pick(&mut desk.customers, at).map(|one| {
                one.tags = some_tags(chance);
                one.id.clone()
            }),
            Self::Order(at) => of_ticket(desk, at, |one| one.order = Some(value(chance))),
            Self::Plan(at) => pick(&mut desk.customers, at).map(|one| {
                one.plan = Some(value(chance));
                one.id.clone()
            }),
            Self::NewTicket(at) => {
                let customer = at % desk.customers.len().max(1);
                return with_replies(desk, customer, chance);
            }
            Self::NewCustomer => {
                let customer = desk.new_customer(chance);
                let mut ids = with_replies(desk, customer, chance);
                ids.extend(desk.customers.get(customer).map(|one| one.id.clone()));
                return ids;
            }
            Self::Rewrite(at) => pick(&mut desk.articles, at).map(|one| {
                one.words.reword(salt);
                one.id.clone()
            }),
            Self::NewArticle => Some(desk.new_article(chance)),
            Self::WithdrawTicket(at) => of_ticket(desk, at, |one| one.withdrawn = true),
            Self::WithdrawReply(at) => withdraw_reply(desk, at),
            Self::WithdrawArticle(at) => pick(&mut desk.articles, at).map(|one| {
                one.withdrawn = true;
                one.id.clone()
            }),
        };
        done.into_iter().collect()
    }
}

fn pick<T>(of: &mut [T], at: usize) -> Option<&mut T> {
    let count = of.len().max(1);
    of.get_mut(at % count)
}

fn live_ticket(desk: &Desk, at: usize) -> Option<usize> {
    let live: Vec<usize> =
        desk.tickets.iter().enumerate().filter(|(_, one)| !one.withdrawn).map(|(i, _)| i).collect();
    live.get(at % live.len().max(1)).copied()
}

fn of_ticket(desk: &mut Desk, at: usize, change: impl FnOnce(&mut Ticket)) -> Option<String> {
    let ticket = live_ticket(desk, at)?;
    let ticket = desk.tickets.get_mut(ticket)?;
    change(ticket);
    Some(ticket.id.clone())
}

fn with_replies(desk: &mut Desk, customer: usize, chance: &mut Chance) -> BTreeSet<String> {
    let ticket = desk.new_ticket(customer, chance);
    let Some(ticket) = desk.tickets.get(ticket) else { return BTreeSet::new() };
    let replies = ticket.replies.iter().map(|reply| reply.id.clone());
    replies.chain([ticket.id.clone()]).collect()
}

fn replies(desk: &mut Desk) -> Vec<&mut crate::desk::Message> {
    let tickets = desk.tickets.iter_mut().filter(|one| !one.withdrawn);
    tickets.flat_map(|one| one.replies.iter_mut()).filter(|one| !one.withdrawn).collect()
}

fn reword(desk: &mut Desk, at: usize, salt: u64) -> Option<String> {
    let mut replies = replies(desk);
    let count = replies.len().max(1);
    let reply = replies.get_mut(at % count)?;
    reply.words.reword(salt);
    Some(reply.id.clone())
}

fn withdraw_reply(desk: &mut Desk, at: usize) -> Option<String> {
    let mut replies = replies(desk);
    let count = replies.len().max(1);
    let reply = replies.get_mut(at % count)?;
    reply.withdrawn = true;
    Some(reply.id.clone())
}
