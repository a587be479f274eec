//! Which requests a look-up could not tell apart.

use serde_json::{Value, json};

use super::super::family::{contact, conversation, memo, ticket};
use super::super::request::Request;
use super::super::spec::LookUpBy;

impl Request {
    /// What a look-up goes by, where two requests for two records may be alike in it. Such
    /// requests must not be under way at the same time: what one made would be taken for what the
    /// other made. `None` where the natural key tells, or the request is addressed to an object
    /// whose requests are sent one after another anyway.
    pub fn lane(&self) -> Option<String> {
        let values: Vec<Value> = match self.operation.spec().look_up {
            LookUpBy::ContactExternalId => {
                if contact::rules::has_key(self) {
                    return None;
                }
                self.fields(&contact::rules::TOLD_BY)
            }
            LookUpBy::ConversationSearch => self.fields(&conversation::rules::TOLD_BY),
            LookUpBy::TicketSearch => self.fields(&ticket::rules::TOLD_BY),
            LookUpBy::List { fields, .. } if !fields.is_empty() => self.fields(fields),
            LookUpBy::Notes { .. } => self.fields(&memo::TOLD_BY),
            LookUpBy::TicketAttribute => self.fields(ticket::kinds::told_by(self)?),
            _ => return None,
        };
        let place: Vec<&str> = self.path.iter().map(|(_, value)| value.as_str()).collect();
        Some(json!([self.operation, place, values]).to_string())
    }

    fn fields(&self, names: &[&str]) -> Vec<Value> {
        names.iter().map(|name| self.field(name).cloned().unwrap_or(Value::Null)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::intercom::operation::Operation;

    fn lane(operation: Operation, body: Value) -> Option<String> {
        Request::new(operation).body(body).lane()
    }

    #[test]
    fn what_looks_alike_shares_a_lane_and_what_has_a_key_needs_none() {
        let lead = |name: &str| json!({ "role": "lead", "name": name, "avatar": "x" });
        let create = Operation::ContactCreate;
        assert_eq!(lane(create, lead("Ann")), lane(create, lead("Ann")));
        assert_ne!(lane(create, lead("Ann")), lane(create, lead("Ben")));
        assert_eq!(lane(create, json!({ "role": "user", "external_id": "7" })), None);

        let said =
            |at: i64, body: &str| json!({ "from": {"id": "a"}, "created_at": at, "body": body });
        let talk = Operation::ConversationCreate;
        assert_eq!(lane(talk, said(1, "x")), lane(talk, said(1, "y")));
        assert_ne!(lane(talk, said(1, "x")), lane(talk, said(2, "x")));

        let article = |title: &str| json!({ "title": title, "body": "any", "author_id": 1 });
        assert_eq!(
            lane(Operation::ArticleCreate, article("A")),
            lane(Operation::ArticleCreate, article("A"))
        );
        assert_eq!(lane(Operation::CompanyUpsert, json!({ "company_id": "1" })), None);
        assert_eq!(lane(Operation::ConversationNote, json!({ "body": "x" })), None);
    }
}
