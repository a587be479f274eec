//! What every generated desk has in common: agents, areas, tags, times.

use std::ops::Range;

use serde::Serialize;

use crate::Recipe;
use crate::chance::{Chance, Stream, mix};
use crate::identity::{Kind, object_id};
use crate::words::Words;

/// Start of the first export's history: 2019-01-01T00:00:00Z.
pub(crate) const BEGIN_S: i64 = 1_546_300_800;
/// The first export: 2025-10-01T06:00:00Z.
pub(crate) const EXPORT_S: i64 = 1_759_298_400;
/// Between two exports.
pub(crate) const ROUND_S: i64 = 7 * 86_400;

/// When export number `round` was made; 0 is the first.
pub(crate) fn export_s(round: usize) -> i64 {
    EXPORT_S + round as i64 * ROUND_S
}

/// Name, role, group.
const AGENTS: [(&str, &str, &str); 12] = [
    ("Vera Holm", "administrator", "Back office"),
    ("Otto Brandt", "agent", "Workshop"),
    ("Lina Serra", "agent", "Front desk"),
    ("Paul Marchand", "agent", "Front desk"),
    ("Irene Costa", "agent", "Workshop"),
    ("Max Ferrer", "agent", "Back office"),
    ("Nora Quinn", "agent", "Front desk"),
    ("Emil Sand", "agent", "Workshop"),
    ("Clara Vidal", "agent", "Front desk"),
    ("Ugo Riva", "agent", "Workshop"),
    ("Tess Morley", "internal agent", "Back office"),
    ("Bruno Leclerc", "agent", "Front desk"),
];

/// How many agents there are; the last one has left.
pub(crate) const AGENT_COUNT: usize = AGENTS.len();

/// An agent.
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) email: String,
    pub(crate) role: &'static str,
    pub(crate) group: &'static str,
    pub(crate) active: bool,
}

/// All agents.
pub(crate) fn agents() -> Vec<Agent> {
    let agent = |(index, (name, role, group)): (usize, (&'static str, _, _))| Agent {
        id: object_id(Kind::Agent, index as u64, BEGIN_S - 86_400),
        name,
        email: format!("{}@desk.example.com", name.to_lowercase().replace(' ', ".")),
        role,
        group,
        active: index + 1 < AGENT_COUNT,
    };
    AGENTS.into_iter().enumerate().map(agent).collect()
}

/// Area and the group that looks after it.
pub(crate) const AREAS: [(&str, &str); 7] = [
    ("Orders", "Front desk"),
    ("Returns", "Front desk"),
    ("Warranty", "Workshop"),
    ("Workshop", "Workshop"),
    ("Parts", "Workshop"),
    ("Invoices", "Back office"),
    ("Website", "Back office"),
];

/// Tags, the frequent ones first; two differ in case only, as real lists do.
pub(crate) const TAGS: [&str; 24] = [
    "urgent", "shipping", "returns", "warranty", "VIP", "trade", "invoice", "ebike", "gravel",
    "commuter", "touring", "kids", "fleet", "race", "parts", "club", "preorder", "recall",
    "refund", "damaged", "Urgent", "vip", "rental", "winter",
];

/// Groups of the knowledge base.
pub(crate) const GROUPS: [&str; 3] = ["Shop and orders", "Workshop and care", "E-bikes"];

/// Areas of the knowledge base with the place of their group.
pub(crate) const SHELVES: [(&str, usize); 9] = [
    ("Orders and delivery", 0),
    ("Returns and warranty", 0),
    ("Invoices", 0),
    ("Care at home", 1),
    ("Parts and fitting", 1),
    ("Wheels and tyres", 1),
    ("Batteries", 2),
    ("Motors", 2),
    ("Displays", 2),
];

/// Custom fields: object, key, label, type, options.
pub(crate) const FIELDS: [[&str; 5]; 7] = [
    ["ticket", "order_number", "Order number", "string", ""],
    ["ticket", "bike_model", "Bike model", "list", "Brezza|Maestrale|Tramontana|Zefiro"],
    ["ticket", "satisfaction", "Satisfaction", "integer", ""],
    ["ticket", "refund_amount", "Refund amount", "decimal", ""],
    ["customer", "loyalty_points", "Loyalty points", "integer", ""],
    ["customer", "newsletter", "Newsletter", "boolean", ""],
    ["customer", "bike_model", "Bike model", "string", ""],
];

/// Bike models.
pub(crate) const MODELS: [&str; 4] = ["Brezza", "Maestrale", "Tramontana", "Zefiro"];

/// A reference by id, as the API nests it.
#[derive(Serialize)]
pub(crate) struct IdRef<'a> {
    pub(crate) id: &'a str,
}

/// A desk in the making: a recipe with what every record needs.
pub(crate) struct Desk<'a> {
    pub(crate) recipe: &'a Recipe,
    pub(crate) words: Words,
    pub(crate) agents: Vec<Agent>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(recipe: &'a Recipe) -> Self {
        Self { recipe, words: Words::load(), agents: agents() }
    }

    /// The chance of one record.
    pub(crate) fn chance(&self, stream: Stream, index: u64) -> Chance {
        Chance::of(self.recipe.seed, stream, index)
    }

    /// The chance of what happens to one record in one round, and whether anything happens.
    pub(crate) fn fate(&self, kind: Kind, index: u64, round: usize) -> Option<Chance> {
        let found = &self.recipe.rounds[round];
        let seed = mix(self.recipe.seed ^ mix(found.seed.wrapping_add(round as u64)));
        let mut chance = Chance::of(seed ^ kind as u64, Stream::Change, index);
        chance.percent(found.percent).then_some(chance)
    }

    /// Whether a round is the last one, the one that `changes.json` tells of.
    pub(crate) fn is_last(&self, round: usize) -> bool {
        round + 1 == self.recipe.rounds.len()
    }

    /// Rounds in which a record born in round `born` can change.
    pub(crate) fn rounds_after(&self, born: Option<usize>) -> Range<usize> {
        born.map_or(0, |round| round + 1)..self.recipe.rounds.len()
    }
}
