//! What must be in Intercom before drafts can be written, and no API makes (FACTS §7): read off the
//! drafts themselves, by kind and name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::destination::intercom::family::people::{self, Named};
use crate::destination::intercom::family::{self, RestsOn};
use crate::destination::intercom::step::Step;
use crate::model::event::Phase;

use super::draft::Draft;

/// Any help centre will do.
pub const ANY: &str = "any";

/// Nobody is assigned (FACTS §5.4).
const NOBODY: &str = "0";

/// What kind of thing is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedKind {
    /// A type of custom objects, by its identifier.
    ObjectType,
    /// A ticket type that is to be used as it is, by its name.
    TicketType,
    /// A state of tickets, by its id.
    TicketState,
    /// A teammate, by id.
    Teammate,
    /// A team, by id.
    Team,
    /// A teammate or a team, by id.
    Assignee,
    /// A help centre, by id, or any.
    HelpCentre,
}

impl NeedKind {
    /// The word for it in keys and findings.
    pub fn word(self) -> &'static str {
        match self {
            Self::ObjectType => "object_type",
            Self::TicketType => "ticket_type",
            Self::TicketState => "ticket_state",
            Self::Teammate => "teammate",
            Self::Team => "team",
            Self::Assignee => "assignee",
            Self::HelpCentre => "help_centre",
        }
    }
}

/// One thing that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// What kind.
    pub kind: NeedKind,
    /// Identifier, name or id.
    pub name: String,
    /// Attributes with their types, of a custom object type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Phases that need it.
    pub phases: BTreeSet<Phase>,
    /// Requests that need it.
    pub requests: u64,
}

impl Need {
    /// Kind and name, for findings and errors.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.word(), self.name)
    }

    /// What a person is to do.
    pub fn instruction(&self) -> String {
        let name = &self.name;
        match self.kind {
            NeedKind::ObjectType => {
                let one = |(name, kind): (&String, &String)| format!("{name} ({kind})");
                let all: Vec<String> = self.attributes.iter().map(one).collect();
                let all = all.join(", ");
                format!("Make the custom object type {name:?} with the attributes {all}.")
            }
            NeedKind::TicketType => format!(
                "Make a ticket type named {name:?}, or write the name of one that is there into \
                 the table `ticket_types` of mapping.toml."
            ),
            NeedKind::TicketState => format!(
                "Have a ticket state with the id {name}: states are made in Intercom's settings. \
                 Or write the id of one that is there into the table `ticket_states` of \
                 mapping.toml."
            ),
            NeedKind::Teammate => format!(
                "Have a teammate with the id {name}: invite the person, or write the id of one \
                 who is there into mapping.toml."
            ),
            NeedKind::Team => format!(
                "Have a team with the id {name}: make it, or write the id of one that is there \
                 into the table `teams` of mapping.toml."
            ),
            NeedKind::Assignee => format!("Have a teammate or a team with the id {name}."),
            NeedKind::HelpCentre if name == ANY => {
                "Make a help centre: articles and collections lie in one.".to_owned()
            }
            NeedKind::HelpCentre => format!("Have a help centre with the id {name}."),
        }
    }
}

/// All that must be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs(BTreeMap<(NeedKind, String), Need>);

impl Needs {
    /// Takes a whole draft into account.
    pub fn observe(&mut self, draft: &Draft) {
        for step in &draft.steps {
            self.observe_step(draft, step);
        }
    }

    /// Takes one step of a draft into account.
    pub fn observe_step(&mut self, draft: &Draft, step: &Step) {
        let phase = draft.phase;
        match family::of(step.operation).rests_on(step) {
            Some(RestsOn::ObjectType(object_type)) => self.object(draft, step, object_type),
            Some(RestsOn::TicketType(name)) => self.need(NeedKind::TicketType, name, phase),
            Some(RestsOn::HelpCentre(id)) => {
                let centre = id.unwrap_or_else(|| ANY.to_owned());
                self.need(NeedKind::HelpCentre, Some(centre), phase);
            }
            None => {}
        }
        for (named, id) in people::named(&step.body) {
            let kind = match named {
                Named::Teammate => NeedKind::Teammate,
                Named::TicketState => NeedKind::TicketState,
                Named::Team => NeedKind::Team,
                Named::Assignee => NeedKind::Assignee,
            };
            self.need(kind, Some(id), phase);
        }
    }

    fn need(&mut self, kind: NeedKind, name: Option<String>, phase: Phase) {
        if let Some(name) = name.filter(|name| name != NOBODY) {
            self.entry(kind, name, phase);
        }
    }

    fn entry(&mut self, kind: NeedKind, name: String, phase: Phase) -> &mut Need {
        let need = self.0.entry((kind, name.clone())).or_insert_with(|| Need {
            kind,
            name,
            attributes: BTreeMap::new(),
            phases: BTreeSet::new(),
            requests: 0,
        });
        need.phases.insert(phase);
        need.requests += 1;
        need
    }

    fn object(&mut self, draft: &Draft, step: &Step, object_type: String) {
        let need = self.entry(NeedKind::ObjectType, object_type, draft.phase);
        let values = family::attributes(step.operation, &step.body);
        for (name, value) in values.into_iter().flatten() {
            let kind = draft.types.get(name).map_or_else(|| type_of(value), String::as_str);
            need.attributes
                .entry(name.clone())
                .and_modify(|known| {
                    if known != kind {
                        common(known, kind).clone_into(known);
                    }
                })
                .or_insert_with(|| kind.to_owned());
        }
    }

    /// All of them, by kind and name.
    pub fn iter(&self) -> impl Iterator<Item = &Need> {
        self.0.values()
    }

    /// True if nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Need> for Needs {
    fn from_iter<I: IntoIterator<Item = Need>>(needs: I) -> Self {
        Self(needs.into_iter().map(|need| ((need.kind, need.name.clone()), need)).collect())
    }
}

/// A type that takes the values of both.
fn common(one: &str, other: &str) -> &'static str {
    const NUMBERS: [&str; 2] = ["integer", "decimal"];
    if NUMBERS.contains(&one) && NUMBERS.contains(&other) { "decimal" } else { "text" }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "decimal",
        Value::Array(_) => "relationship, many",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::destination::intercom::operation::Operation;
    use crate::model::StepKey;

    fn step(operation: Operation, path: &[(&str, &str)], body: Value) -> Step {
        let path = path.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        Step { key: StepKey::from("step"), operation, path, body, carries: Vec::new() }
    }

    #[test]
    fn needs_are_read_off_the_steps() {
        let mut needs = Needs::default();
        let say = Phase::Conversations;
        for (phase, step) in [
            (say, step(Operation::ConversationNote, &[], json!({ "admin_id": "71" }))),
            (
                say,
                step(
                    Operation::ConversationAssign,
                    &[],
                    json!({ "type": "team", "admin_id": "71", "assignee_id": "81" }),
                ),
            ),
            (say, step(Operation::ConversationAssign, &[], json!({ "assignee_id": "0" }))),
            (
                say,
                step(
                    Operation::TicketUpdate,
                    &[],
                    json!({ "ticket_state_id": "8004", "assignee_id": 72 }),
                ),
            ),
            (Phase::Schema, step(Operation::TicketTypeCreate, &[], json!({ "name": "Request" }))),
            (
                Phase::Schema,
                step(
                    Operation::TicketTypeCreate,
                    &[],
                    json!({ "name": "Ours", "category": "Customer" }),
                ),
            ),
            (Phase::Articles, step(Operation::ArticleCreate, &[], json!({ "author_id": 71 }))),
            (
                Phase::Objects,
                step(
                    Operation::ObjectUpsert,
                    &[("object_type", "ci")],
                    json!({ "custom_attributes": { "name": "a", "ports": 24, "of": ["1"] } }),
                ),
            ),
        ] {
            let becomes = crate::mapping::draft::Becomes::Object;
            let draft = Draft::new("t/a/1".parse().unwrap(), becomes, vec![step]);
            needs.observe(&Draft { phase, ..draft });
        }
        let lines: Vec<String> = needs
            .iter()
            .map(|need| {
                let phases: Vec<&str> = need.phases.iter().map(|phase| phase.word()).collect();
                format!("{}: {} by {}", need.label(), need.requests, phases.join(", "))
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        object_type ci: 1 by objects
        ticket_type Request: 1 by schema
        ticket_state 8004: 1 by conversations
        teammate 71: 3 by conversations, articles
        team 81: 1 by conversations
        assignee 72: 1 by conversations
        help_centre any: 1 by articles
        ");
    }

    #[test]
    fn a_type_takes_all_values_of_its_attribute() {
        let mut needs = Needs::default();
        let mut observe = |values: Value, types: &[(&str, &str)]| {
            let body = json!({ "custom_attributes": values });
            let step = step(Operation::ObjectUpsert, &[("object_type", "Printer")], body);
            let becomes = crate::mapping::draft::Becomes::Object;
            let draft = Draft::new("t/a/1".parse().unwrap(), becomes, vec![step]);
            let types = types.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()));
            needs.observe(&Draft { types: types.collect(), ..draft });
        };
        // A price that is whole is written like a whole number, and is a price all the same.
        observe(
            json!({ "price": 750, "pages": 3, "size": 4, "tray": "A" }),
            &[("price", "decimal")],
        );
        observe(json!({ "price": 899.5, "pages": 4, "size": 4.5, "tray": 2 }), &[]);
        let need = needs.iter().next().unwrap();
        let kinds: Vec<(&str, &str)> =
            need.attributes.iter().map(|(name, kind)| (&**name, &**kind)).collect();
        assert_eq!(
            kinds,
            [("pages", "integer"), ("price", "decimal"), ("size", "decimal"), ("tray", "text")]
        );
        assert_eq!(needs.iter().count(), 1, "one sheet for the type");
    }
}
