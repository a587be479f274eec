//! What ITCO's records need to know of each other.

use std::collections::{BTreeMap, HashMap};

use super::words::Words;
use crate::model::SourceKey;
use crate::source::bundle::handmade::Habits;
use crate::source::bundle::identity::Identities;
use crate::source::bundle::index::IdMap;
use crate::source::bundle::states::fold;
use crate::source::bundle::tally::Tally;

/// Between the names of a team and the one above it.
pub const PATH_MARK: &str = " / ";

/// A chain of teams longer than this is a circle.
const DEPTH_MAX: usize = 16;

/// What is remembered over a reading.
#[derive(Debug)]
pub struct Memory {
    /// What ITCO's words mean.
    pub(super) words: Words,
    /// Tickets by id.
    pub(super) tickets: IdMap<TicketFacts>,
    /// Teams by id; they are few.
    pub(super) teams: BTreeMap<String, TeamFacts>,
    /// Ids of agents by id of their team, leads first.
    pub(super) members: BTreeMap<String, Vec<String>>,
    /// Agents by folded name; nothing if two have it.
    pub(super) agents: HashMap<String, Option<String>>,
    /// Customers by address and name.
    pub(super) customers: Identities,
    /// Ids of companies by domain.
    pub(super) domains: HashMap<String, Vec<String>>,
    /// Tickets by month (year × 12 + month).
    pub(super) months: BTreeMap<i32, u64>,
    /// Numbers in ticket ids by what stands before them.
    pub(super) numbers: BTreeMap<String, Vec<u64>>,
    /// Counts seen on screens.
    pub(super) counts: Vec<ScreenCount>,
    /// Things counted over many records.
    pub(super) tally: Tally,
    /// How the columns are written.
    pub(super) habits: Habits,
    /// The export is only a part.
    pub(super) partial: bool,
}

/// What is remembered of a ticket.
#[derive(Debug, Default)]
pub(super) struct TicketFacts {
    /// Comments and notes met in the first reading.
    pub(super) messages: u32,
    /// Rows of the attachments index.
    pub(super) files_listed: u32,
    /// Files named by the ticket and its messages themselves.
    pub(super) files_named: u32,
    /// When it began; the smallest value if unknown.
    pub(super) created_ms: Option<i64>,
}

impl TicketFacts {
    /// Files, however they are named: the index usually repeats what the messages name.
    pub(super) fn files(&self) -> u32 {
        self.files_listed.max(self.files_named)
    }
}

/// What is remembered of a team.
#[derive(Debug, Default)]
pub(super) struct TeamFacts {
    /// Name as written, perhaps a path.
    pub(super) name: String,
    /// Id of the team above.
    pub(super) parent: Option<String>,
}

/// A count seen on a screen.
#[derive(Debug)]
pub(super) struct ScreenCount {
    /// Index of the object.
    pub(super) object: usize,
    /// The count.
    pub(super) count: u64,
    /// Where it was noted.
    pub(super) file: String,
    /// Line there.
    pub(super) line: u64,
}

impl Memory {
    /// Nothing but the words.
    pub(super) fn new(words: Words, habits: Habits) -> Self {
        Self {
            words,
            tickets: IdMap::default(),
            teams: BTreeMap::new(),
            members: BTreeMap::new(),
            agents: HashMap::new(),
            customers: Identities::default(),
            domains: HashMap::new(),
            months: BTreeMap::new(),
            numbers: BTreeMap::new(),
            counts: Vec::new(),
            tally: Tally::default(),
            habits,
            partial: false,
        }
    }

    /// Notes that an agent is in a team.
    pub(super) fn add_member(&mut self, team: &str, agent: &str, is_lead: bool) {
        let members = self.members.entry(team.to_owned()).or_default();
        if is_lead {
            members.retain(|known| known != agent);
            members.insert(0, agent.to_owned());
        } else if !members.iter().any(|known| known == agent) {
            members.push(agent.to_owned());
        }
    }

    /// The names of a team and those above it, `Parent / Child`.
    pub(super) fn team_path(&self, id: &str) -> Option<String> {
        let mut names = Vec::new();
        let mut next = Some(id);
        for _ in 0..DEPTH_MAX {
            let Some(team) = next.and_then(|id| self.teams.get(id)) else { break };
            names.extend(team.name.split('/').rev().map(str::trim).filter(|n| !n.is_empty()));
            next = team.parent.as_deref();
        }
        if next.is_some_and(|id| self.teams.contains_key(id)) {
            return None;
        }
        names.reverse();
        (!names.is_empty()).then(|| names.join(PATH_MARK))
    }

    /// The id of the team of that path, or of that last name if only one has it.
    pub(super) fn team_named(&self, name: &str) -> Option<&str> {
        let wanted = fold(&tidy_path(name));
        let mut by_leaf = Vec::new();
        for id in self.teams.keys() {
            let Some(path) = self.team_path(id).map(|path| fold(&path)) else { continue };
            if path == wanted {
                return Some(id);
            }
            if path.rsplit(PATH_MARK).next() == Some(wanted.as_str()) {
                by_leaf.push(id.as_str());
            }
        }
        match by_leaf.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The id of the first company of a domain: all rows of one domain are one company.
    pub(super) fn company_of(&self, domain: &str) -> Option<&str> {
        self.domains.get(&domain_of(domain))?.first().map(String::as_str)
    }
}

/// A path of team names with one form of its mark.
pub(super) fn tidy_path(name: &str) -> String {
    let names: Vec<&str> = name.split('/').map(str::trim).filter(|n| !n.is_empty()).collect();
    names.join(PATH_MARK)
}

/// A domain as it is compared: without scheme, `www.` and path.
pub(super) fn domain_of(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = text.split(['/', '?']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).trim_start_matches('@').to_owned()
}

/// A key of ITCO's.
pub(super) fn key(object: &str, id: &str) -> Option<SourceKey> {
    SourceKey::new("itco", object, id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::itco::layout::OBJECTS;

    #[test]
    fn teams_have_paths() {
        let mut memory = Memory::new(Words::default(), Habits::new(OBJECTS));
        for (id, name, parent) in [
            ("1", "Support", None),
            ("2", "Pumps", Some("1")),
            ("3", "Sales/Pumps", None),
            ("4", "Night shift", Some("2")),
            ("5", "Round", Some("6")),
            ("6", "About", Some("5")),
        ] {
            let (name, parent) = (name.to_owned(), parent.map(str::to_owned));
            memory.teams.insert(id.to_owned(), TeamFacts { name, parent });
        }
        for (id, path) in [
            ("1", Some("Support")),
            ("2", Some("Support / Pumps")),
            ("3", Some("Sales / Pumps")),
            ("4", Some("Support / Pumps / Night shift")),
            ("5", None),
            ("9", None),
        ] {
            assert_eq!(memory.team_path(id).as_deref(), path, "{id}");
        }
        for (name, id) in [
            ("support/ pumps", Some("2")),
            ("Night Shift", Some("4")),
            ("Pumps", None),
            ("nobody", None),
        ] {
            assert_eq!(memory.team_named(name), id, "{name}");
        }
    }

    #[test]
    fn domains_are_compared_bare() {
        for text in
            ["example.com", "https://www.Example.com/about", "@example.com", "www.example.com"]
        {
            assert_eq!(domain_of(text), "example.com", "{text}");
        }
    }
}
