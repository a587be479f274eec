//! Tickets with their replies.

use crate::chance::{Chance, Stream};
use crate::change::{Change, Move, Seen};
use crate::customer::Customer;
use crate::desk::{AGENT_COUNT, AREAS, BEGIN_S, Desk, EXPORT_S, MODELS, ROUND_S, TAGS, export_s};
use crate::identity::{Kind, object_id, reply_index};
use crate::words::Voice;

/// Where a ticket stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Opened,
    OnHold,
    Solved,
    Closed,
}

impl State {
    /// The word of the interface in each language; there is no German interface.
    pub(crate) fn word(self, language: usize) -> &'static str {
        let words = match self {
            Self::Opened => ["opened", "aperto", "abierto", "à traiter"],
            Self::OnHold => ["on hold", "in attesa", "en espera", "en attente"],
            Self::Solved => ["solved", "risolto", "resuelto", "résolu"],
            Self::Closed => ["closed", "chiuso", "cerrado", "clos"],
        };
        words[language % words.len()]
    }

    fn is_done(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }
}

/// A file of a ticket.
pub(crate) struct File {
    /// On which reply; `None` for the first message.
    pub(crate) place: Option<usize>,
    pub(crate) attachment_id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) content_type: &'static str,
}

/// A reply.
pub(crate) struct Reply {
    pub(crate) id: String,
    pub(crate) at_ms: i64,
    pub(crate) voice: Voice,
    pub(crate) text: String,
}

/// A ticket.
pub(crate) struct Ticket {
    pub(crate) index: u64,
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) description: String,
    pub(crate) product: &'static str,
    pub(crate) state: State,
    pub(crate) language: usize,
    pub(crate) priority: u8,
    pub(crate) kind: &'static str,
    pub(crate) area: &'static str,
    pub(crate) group: &'static str,
    pub(crate) source: &'static str,
    pub(crate) agent: usize,
    pub(crate) created_ms: i64,
    pub(crate) updated_ms: i64,
    pub(crate) closed_ms: Option<i64>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) archived: bool,
    pub(crate) order_number: Option<u64>,
    pub(crate) model: &'static str,
    pub(crate) satisfaction: Option<u64>,
    pub(crate) files: Vec<File>,
    pub(crate) replies: Vec<Reply>,
}

const SOURCES: [(&str, u64); 9] = [
    ("email", 46),
    ("web", 24),
    ("chat", 10),
    ("widget", 6),
    ("phone inbound", 5),
    ("SMS", 3),
    ("twitter", 3),
    ("facebook", 2),
    ("phone outbound", 1),
];
const KINDS: [(&str, u64); 4] = [("request", 60), ("incident", 28), ("task", 9), ("notify", 3)];
/// States of tickets older than [`RECENT_MS`], and of younger ones.
const OLD: [(State, u64); 4] =
    [(State::Opened, 3), (State::OnHold, 2), (State::Solved, 35), (State::Closed, 60)];
const YOUNG: [(State, u64); 4] =
    [(State::Opened, 45), (State::OnHold, 15), (State::Solved, 20), (State::Closed, 20)];
const DAY_MS: i64 = 86_400_000;
const RECENT_MS: i64 = 14 * DAY_MS;
const ARCHIVE_MS: i64 = 3 * 365 * DAY_MS;
/// Tags of one ticket at most.
const TAGS_MAX: usize = 6;
/// Longest time from the first message to the last.
const THREAD_MS: u64 = 10 * DAY_MS as u64;
/// What can happen to a ticket between two exports.
const MOVES: [(Move, u64); 7] = [
    (Move::Reply, 35),
    (Move::Status, 25),
    (Move::TagAdded, 12),
    (Move::ReplyEdited, 10),
    (Move::TagRemoved, 8),
    (Move::Assignee, 7),
    (Move::Vanished, 3),
];

impl Desk<'_> {
    /// The index of the customer who opened ticket `index`: some write often, most seldom.
    pub(crate) fn opener(&self, index: u64) -> u64 {
        let born = self.recipe.born(self.recipe.tickets, index);
        let known = born.map_or(0, |round| round + 1);
        let count = self.recipe.count_before(self.recipe.customers, known);
        let chance = &mut self.chance(Stream::Extra, index);
        let low = chance.below(count);
        if chance.percent(25.0) { chance.below(low + 1) } else { low }
    }

    /// Ticket number `index` as the last export shows it.
    pub(crate) fn ticket(&self, index: u64, customer: &Customer) -> Seen<Ticket> {
        let born = self.recipe.born(self.recipe.tickets, index);
        let mut ticket = self.first_ticket(index, born, customer);
        let mut change = born
            .filter(|round| self.is_last(*round))
            .map(|_| Change::plain("ticket", &ticket.id, Move::New));
        for round in self.rounds_after(born) {
            if let Some(mut chance) = self.fate(Kind::Ticket, index, round) {
                let done = self.move_ticket(&mut ticket, round, customer, &mut chance);
                let gone = done.change == Move::Vanished;
                change = self.is_last(round).then_some(done);
                if gone {
                    return Seen { record: None, created_ms: ticket.created_ms, change };
                }
            }
        }
        Seen { created_ms: ticket.created_ms, record: Some(ticket), change }
    }

    fn created_ms(&self, index: u64, born: Option<usize>, chance: &mut Chance) -> i64 {
        let (from_s, length_s, place, count) = match born {
            None => (BEGIN_S, EXPORT_S - BEGIN_S, index, self.recipe.tickets),
            Some(round) => {
                let before = self.recipe.count_before(self.recipe.tickets, round);
                let after = self.recipe.count_before(self.recipe.tickets, round + 1);
                (export_s(round), ROUND_S, index - before, after - before)
            }
        };
        // The last day stays free, so that every thread has room before the export.
        let length_ms = (length_s * 1000 - DAY_MS) as u128;
        let at = |place: u64| (length_ms * u128::from(place) / u128::from(count)) as u64;
        let step = at(place + 1) - at(place);
        from_s * 1000 + (at(place) + chance.below(step)) as i64
    }

    /// Replies of a ticket: pairs of tickets have twice the mean, so that the total is exact.
    fn reply_count(&self, index: u64, born: Option<usize>) -> u64 {
        let mean = self.recipe.messages_per_ticket;
        if born.is_some() || (index == self.recipe.tickets - 1 && index.is_multiple_of(2)) {
            return mean;
        }
        let apart = self.chance(Stream::Extra, index / 2 + (1 << 48)).below(mean + 1);
        if index.is_multiple_of(2) { mean - apart } else { mean + apart }
    }

    fn first_ticket(&self, index: u64, born: Option<usize>, customer: &Customer) -> Ticket {
        let chance = &mut self.chance(Stream::Ticket, index);
        let export_ms = export_s(born.map_or(0, |round| round + 1)) * 1000;
        let created_ms = self.created_ms(index, born, chance);
        let age_ms = export_ms - created_ms;
        let words = &self.words.0[customer.language];
        let (area, group) = chance.pick(&AREAS);
        let state = chance.weigh(if age_ms > RECENT_MS { &OLD } else { &YOUNG });
        let html = chance.percent(70.0);
        let product = words.product(chance);
        let mut ticket = Ticket {
            index,
            id: object_id(Kind::Ticket, index, created_ms / 1000),
            subject: words.subject(product, chance),
            description: words.message(Voice::Customer, product, &customer.name, html, chance),
            product,
            state,
            language: customer.language,
            priority: u8::from(chance.percent(12.0)),
            kind: chance.weigh(&KINDS),
            area,
            group,
            source: chance.weigh(&SOURCES),
            agent: chance.below(AGENT_COUNT as u64) as usize,
            created_ms,
            updated_ms: created_ms,
            closed_ms: None,
            tags: Vec::new(),
            archived: state.is_done() && age_ms > ARCHIVE_MS && chance.percent(50.0),
            order_number: chance.percent(45.0).then(|| 10_000 + chance.below(89_999)),
            model: if chance.percent(40.0) { chance.pick(&MODELS) } else { "" },
            satisfaction: None,
            files: Vec::new(),
            replies: Vec::new(),
        };
        for _ in 0..chance.weigh(&[(0_u8, 40), (1, 35), (2, 18), (3, 7)]) {
            ticket.add_tag(chance);
        }
        self.add_replies(&mut ticket, self.reply_count(index, born), age_ms, customer, chance);
        if state.is_done() {
            ticket.satisfaction = chance.percent(30.0).then(|| 1 + chance.below(5));
            ticket.close(ticket.updated_ms + 60_000);
        }
        if chance.percent(self.recipe.attachments_percent) {
            ticket.add_files(chance);
        }
        ticket
    }

    fn add_replies(
        &self,
        ticket: &mut Ticket,
        count: u64,
        age_ms: i64,
        customer: &Customer,
        chance: &mut Chance,
    ) {
        let room_ms = (age_ms as u64 * 9 / 10).min(THREAD_MS);
        let length_ms = room_ms / 2 + chance.below(room_ms / 2);
        let step_ms = length_ms / (count + 1);
        for place in 0..count {
            let after = step_ms * (place + 1) + chance.below(step_ms / 2 + 1);
            let voice = match place {
                0 => Voice::Agent,
                _ if chance.percent(50.0) => Voice::Agent,
                _ => Voice::Customer,
            };
            ticket.updated_ms = ticket.created_ms + after as i64;
            self.say(ticket, voice, ticket.updated_ms, customer, chance);
        }
    }

    fn say(
        &self,
        ticket: &mut Ticket,
        voice: Voice,
        at_ms: i64,
        customer: &Customer,
        chance: &mut Chance,
    ) {
        let name = match voice {
            Voice::Customer => &customer.name,
            Voice::Agent => self.agents[ticket.agent].name,
        };
        let html = chance.percent(70.0);
        let text = self.words.0[ticket.language].message(voice, ticket.product, name, html, chance);
        let place = reply_index(ticket.index, ticket.replies.len());
        let id = object_id(Kind::Reply, place, at_ms / 1000);
        ticket.replies.push(Reply { id, at_ms, voice, text });
    }

    fn move_ticket(
        &self,
        ticket: &mut Ticket,
        round: usize,
        customer: &Customer,
        chance: &mut Chance,
    ) -> Change {
        let now_ms = export_s(round) * 1000 + chance.below((ROUND_S * 1000) as u64) as i64;
        let change = match chance.weigh(&MOVES) {
            Move::TagRemoved if ticket.tags.is_empty() => Move::Status,
            Move::TagAdded if ticket.tags.len() == TAGS_MAX => Move::Status,
            Move::ReplyEdited if ticket.replies.is_empty() => Move::Reply,
            other => other,
        };
        let id = ticket.id.clone();
        let values = |from, to| Change::values("ticket", &id, change, from, to);
        ticket.updated_ms = ticket.updated_ms.max(now_ms);
        match change {
            Move::Reply => {
                let voice = if chance.percent(50.0) { Voice::Agent } else { Voice::Customer };
                self.say(ticket, voice, ticket.updated_ms, customer, chance);
                values(None, ticket.replies.last().map(|reply| reply.id.as_str()))
            }
            Move::ReplyEdited => {
                let place = chance.below(ticket.replies.len() as u64) as usize;
                let reply = &mut ticket.replies[place];
                let words = &self.words.0[ticket.language];
                let more = words.sentence(reply.voice, ticket.product, chance);
                reply.text = format!("{}\n{more}", reply.text);
                values(None, Some(&reply.id))
            }
            Move::TagAdded => values(None, Some(ticket.add_tag(chance))),
            Move::TagRemoved => {
                let place = chance.below(ticket.tags.len() as u64) as usize;
                values(Some(ticket.tags.remove(place)), None)
            }
            Move::Assignee => {
                let step = 1 + chance.below(AGENT_COUNT as u64 - 1) as usize;
                let old = ticket.agent;
                ticket.agent = (old + step) % AGENT_COUNT;
                values(Some(&self.agents[old].id), Some(&self.agents[ticket.agent].id))
            }
            Move::Status => {
                let old = ticket.state.word(ticket.language);
                let others = [State::Opened, State::OnHold, State::Solved, State::Closed]
                    .map(|state| (state, u64::from(state != ticket.state)));
                ticket.state = chance.weigh(&others);
                ticket.closed_ms = None;
                if ticket.state.is_done() {
                    ticket.close(ticket.updated_ms);
                } else {
                    ticket.archived = false;
                }
                values(Some(old), Some(ticket.state.word(ticket.language)))
            }
            _ => Change::plain("ticket", &id, change),
        }
    }
}

impl Ticket {
    fn close(&mut self, at_ms: i64) {
        self.closed_ms = Some(at_ms);
        self.updated_ms = at_ms;
    }

    /// Adds one of the tags it has not got; the frequent ones are likelier.
    fn add_tag(&mut self, chance: &mut Chance) -> &'static str {
        let high = chance.below(TAGS.len() as u64);
        let mut place = chance.below(high + 1) as usize;
        while self.tags.iter().any(|tag| tag.eq_ignore_ascii_case(TAGS[place])) {
            place = (place + 1) % TAGS.len();
        }
        self.tags.push(TAGS[place]);
        TAGS[place]
    }

    fn add_files(&mut self, chance: &mut Chance) {
        for number in 0..1 + chance.below(3) {
            let place = chance.below(self.replies.len() as u64 + 1).checked_sub(1);
            let (stem, ending, content_type) = chance.pick(&[
                ("note", "txt", "text/plain"),
                ("readings", "csv", "text/csv"),
                ("logo", "png", "image/png"),
            ]);
            let name = format!("{stem}-{}.{ending}", number + 1);
            self.files.push(File {
                place: place.map(|place| place as usize),
                attachment_id: format!("att-{}-{}", self.index, number + 1),
                path: format!("attachments/{}/{}/{name}", &self.id[22..], self.id),
                name,
                content_type,
            });
        }
    }
}

impl File {
    /// The bytes of the file.
    pub(crate) fn content(&self) -> Vec<u8> {
        match self.content_type {
            "image/png" => include_bytes!("logo.png").to_vec(),
            "text/csv" => format!("part;reading\n{};0.75\n", self.attachment_id).into_bytes(),
            _ => format!("Note {}, written at the counter.\n", self.attachment_id).into_bytes(),
        }
    }
}
