//! What the state steps of a conversation amount to (FACTS §5.4, state rules).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::super::field::Rule;
use super::super::super::kind::ReadBack;
use super::super::super::operation::Operation;
use super::super::super::request::{Request, id_text};
use super::super::super::verdict::{Comparisons, FieldComparison, ResolvedStep, Verdict, member};
use super::super::thread::compared::{LOSS_SNOOZE_OVER, people};
use super::super::thread::part::parts;
use super::answer::ConversationAnswer;

/// What the state steps amount to (FACTS §5.4, state rules).
#[derive(Default)]
pub struct State {
    word: Option<&'static str>,
    snoozed_until: Option<Value>,
    admin: Option<Value>,
    team: Option<Value>,
    people: BTreeMap<String, bool>,
    tags: BTreeMap<String, bool>,
}

impl State {
    /// After these steps.
    pub fn of(steps: &[ResolvedStep]) -> Self {
        let mut state = Self::default();
        for step in steps {
            state.apply(&step.request);
        }
        state
    }

    fn apply(&mut self, request: &Request) {
        let id = |name: &str| request.text(name).unwrap_or_default();
        let in_path = |name: &str| request.path_value(name).unwrap_or_default().to_owned();
        match request.operation {
            Operation::ConversationCreate | Operation::ConversationOpen => {
                self.word = Some("open");
            }
            Operation::ConversationContactReply if self.word.is_some() => {
                self.word = Some("open");
            }
            Operation::ConversationClose => self.word = Some("closed"),
            Operation::ConversationSnooze => {
                self.word = Some("snoozed");
                self.snoozed_until = request.field("snoozed_until").cloned();
            }
            Operation::ConversationAssign => {
                if self.word == Some("closed") {
                    self.word = Some("open");
                }
                let assignee = request.field("assignee_id").cloned();
                // 0 means neither teammate nor team (description 2.16).
                let nobody = id("assignee_id") == "0";
                let team = request.text("type").as_deref() == Some("team");
                if team || nobody {
                    self.team.clone_from(&assignee);
                }
                if !team || nobody {
                    self.admin = assignee;
                }
            }
            Operation::ConversationTag => {
                self.tags.insert(id("id"), true);
            }
            Operation::ConversationUntag => {
                self.tags.insert(in_path("tag_id"), false);
            }
            Operation::ConversationParticipantAdd => {
                let person = request.field("customer").map(|person| &person["intercom_user_id"]);
                let person = person.and_then(id_text).unwrap_or_default();
                self.people.insert(person, true);
            }
            Operation::ConversationParticipantRemove => {
                self.people.insert(in_path("contact_id"), false);
            }
            _ => {}
        }
        if self.word != Some("snoozed") {
            self.snoozed_until = None;
        }
    }

    /// Compares it with what is read back.
    pub fn compare(&self, back: &ReadBack, out: &mut Comparisons) {
        let read = ConversationAnswer::of(&back.object);
        if let Some(word) = self.word {
            let actual = read.state.clone();
            let over = word == "snoozed" && actual == "open" && woken(&back.object);
            let verdict = match actual == word {
                true => Verdict::Equal,
                false if over => Verdict::Declared(LOSS_SNOOZE_OVER.to_owned()),
                false => Verdict::Differs,
            };
            let equal = verdict == Verdict::Equal;
            let expected = json!(word);
            out.push(FieldComparison { field: "state".into(), expected, actual, verdict });
            if let Some(until) = self.snoozed_until.as_ref().filter(|_| equal) {
                let field = "snoozed_until".to_owned();
                out.add(field, Rule::Time, until, read.snoozed_until);
            }
        }
        let assignees = [
            ("admin_assignee_id", &self.admin, read.admin_assignee_id),
            ("team_assignee_id", &self.team, read.team_assignee_id),
        ];
        for (name, sent, read) in assignees {
            if let Some(sent) = sent {
                out.add(name.to_owned(), Rule::Id, sent, read);
            }
        }
        for (tag, &wanted) in &self.tags {
            member(Some(tag.clone()), &back.tags, ("tag", wanted), out);
        }
        for (person, &wanted) in &self.people {
            member(Some(person.clone()), people(&back.object), ("participant", wanted), out);
        }
    }
}

fn woken(conversation: &Value) -> bool {
    parts(conversation).iter().any(|part| part["part_type"] == "timer_unsnooze")
}
