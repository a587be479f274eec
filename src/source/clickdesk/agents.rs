//! Agents and departments by the names under which other records mention them.

use std::collections::HashMap;

use super::columns::{agent, department};
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::bundle::tree;

/// An agent as others mention it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Id within the source: its own, else its address in lower case.
    pub id: String,
    /// Address.
    pub email: Option<String>,
}

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// One agent.
    One(&'a Agent),
    /// Several agents have this name.
    Several,
    /// Nobody has it.
    Nobody,
}

/// All agents and departments of the export.
#[derive(Debug, Default)]
pub struct Agents {
    list: Vec<Agent>,
    by_id: HashMap<String, usize>,
    by_email: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    departments: HashMap<String, String>,
}

impl Agents {
    /// Takes an agent's row.
    pub fn observe(&mut self, row: &Row) {
        let mut names = vec![row.trimmed(agent::NAME).unwrap_or_default().to_owned()];
        match row.tree(agent::ALIAS) {
            Some(tree) => names.extend(tree::words(tree, "alias")),
            // Names may hold commas.
            None => names.extend(
                row.text(agent::ALIAS).unwrap_or_default().split(['|', ';']).map(str::to_owned),
            ),
        }
        self.add(row.id(agent::ID), row.typed(agent::EMAIL), &names);
    }

    /// Adds an agent with its names.
    pub fn add(&mut self, id: Option<&str>, email: Option<&str>, names: &[String]) {
        let address = email.map(str::to_lowercase);
        let Some(id) = id.map(str::to_owned).or_else(|| address.clone()) else { return };
        let index = *self.by_id.entry(id.clone()).or_insert_with(|| {
            self.list.push(Agent { id, email: email.map(str::to_owned) });
            self.list.len() - 1
        });
        if let Some(address) = address {
            self.by_email.insert(address, index);
        }
        for name in names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()) {
            let known = self.by_name.entry(name).or_default();
            if !known.contains(&index) {
                known.push(index);
            }
        }
    }

    /// Takes a department's row.
    pub fn observe_department(&mut self, row: &Row) {
        if let (Some(id), Some(name)) = (row.id(department::ID), row.trimmed(department::NAME)) {
            self.departments.insert(id.to_owned(), name.to_owned());
        }
    }

    /// The agent of that id.
    pub fn by_id(&self, id: &str) -> Option<&Agent> {
        self.by_id.get(id).and_then(|&index| self.list.get(index))
    }

    /// The agent of that address.
    pub fn by_email(&self, email: &str) -> Option<&Agent> {
        self.by_email.get(&email.to_lowercase()).and_then(|&index| self.list.get(index))
    }

    /// Who has that name or alias.
    pub fn by_name(&self, name: &str) -> Found<'_> {
        match self.by_name.get(&fold(name)).map(Vec::as_slice) {
            None | Some([]) => Found::Nobody,
            Some([index]) => self.list.get(*index).map_or(Found::Nobody, Found::One),
            Some(_) => Found::Several,
        }
    }

    /// True if the export names any agent.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Name of a department that is given by name or id.
    pub fn department(&self, text: &str) -> String {
        self.departments.get(text).map_or_else(|| text.to_owned(), String::clone)
    }

    /// Id of a department that is given by id or name.
    pub fn department_id(&self, text: &str) -> Option<&str> {
        let by_name = |(_, name): &(&String, &String)| fold(name) == fold(text);
        self.departments
            .get_key_value(text)
            .or_else(|| self.departments.iter().filter(by_name).min())
            .map(|(id, _)| id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_agents() {
        let mut agents = Agents::default();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        agents.add(Some("a1"), Some("Jim@example.com"), &names(&["Jim Doe", "Jim"]));
        agents.add(None, Some("Ann@example.com"), &names(&["Ann", "", "Sam"]));
        agents.add(Some("a3"), None, &names(&["Sam"]));
        for (name, expected) in [
            ("jim ", Some("a1")),
            ("JIM DOE", Some("a1")),
            ("Ann", Some("ann@example.com")),
            ("", None),
            ("Bob", None),
        ] {
            match agents.by_name(name) {
                Found::One(agent) => assert_eq!(Some(agent.id.as_str()), expected, "{name}"),
                found => assert_eq!((found, expected), (Found::Nobody, None), "{name}"),
            }
        }
        assert_eq!(agents.by_name("Sam"), Found::Several);
        assert_eq!(agents.by_email("JIM@EXAMPLE.COM").map(|a| a.id.as_str()), Some("a1"));
        assert_eq!(agents.by_id("A1"), None);
    }
}
