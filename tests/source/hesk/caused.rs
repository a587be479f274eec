//! What each kind of change in a site causes in Intercom.

use serde_json::Value;

use crate::support::desk::{conversation_by, list, says, tags, text};

/// Intercom and the hand-off documents at one time.
pub struct Shot {
    pub state: Value,
    pub handed: String,
}

impl Shot {
    fn ticket(&self, id: &str) -> &Value {
        conversation_by(&self.state, "hesk_original_ticket_id", id)
    }

    fn attribute(&self, id: &str, name: &str) -> String {
        let value = &self.ticket(id)["custom_attributes"][name];
        if value.is_null() { String::new() } else { text(value) }
    }

    fn said(&self, id: &str, what: &str) -> usize {
        says(self.ticket(id), what)
    }

    fn article(&self, title: &str) -> &Value {
        let found = list(&self.state, "articles").iter().find(|one| one["title"] == title);
        found.unwrap_or_else(|| panic!("no article {title}"))
    }

    fn names_of(&self, email: &str) -> Vec<String> {
        let people = list(&self.state, "contacts").iter();
        let people = people.filter(|one| one["email"].as_str().is_some_and(|own| own == email));
        people.map(|one| text(&one["name"])).collect()
    }

    fn everything(&self) -> String {
        self.state.to_string()
    }
}

/// Before and after a delta.
pub struct Seen<'s> {
    pub before: &'s Shot,
    pub after: &'s Shot,
}

impl Seen<'_> {
    /// A message or note that came.
    fn came(&self, ticket: &str, what: &str) -> bool {
        let counts = [self.before, self.after].map(|shot| shot.said(ticket, what));
        counts == [0, 1]
    }

    /// An attribute that changed so; an absent one is empty.
    fn became(&self, ticket: &str, name: &str, from: &str, to: &str) -> bool {
        let values = [self.before, self.after].map(|shot| shot.attribute(ticket, name));
        values == [from, to]
    }

    /// What moved stays as it was: nothing that was moved is taken away unasked.
    fn stayed(&self, ticket: &str) -> bool {
        self.before.ticket(ticket) == self.after.ticket(ticket)
    }

    fn states(&self, ticket: &str) -> [String; 2] {
        [self.before, self.after].map(|shot| text(&shot.ticket(ticket)["state"]))
    }

    fn articles(&self, title: &str, field: &str) -> [String; 2] {
        [self.before, self.after].map(|shot| text(&shot.article(title)[field]))
    }

    /// Whether a change of this name did what it is to do.
    pub fn caused(&self, change: &str) -> bool {
        self.in_threads(change)
            .or_else(|| self.in_tickets(change))
            .or_else(|| self.elsewhere(change))
            .or_else(|| self.where_something_was_taken_out(change))
            .unwrap_or_else(|| panic!("nobody says what {change:?} causes"))
    }

    fn in_threads(&self, change: &str) -> Option<bool> {
        Some(match change {
            "reply added" => self.came("1", "A new word"),
            "note added" => self.came("1", "A new note"),
            "note edited" => self.came("2", "Edited note"),
            "reply edited" => self.came("1", "Thanks, edited"),
            "reply rated" => self.came("2", "rating: unhelpful"),
            "rating changed" => {
                self.came("1", "rating: unhelpful") && self.after.said("1", "rating: helpful") == 1
            }
            "history line added" => self.came("1", "closed by Ada Prime"),
            "reply deleted" => [self.before, self.after].map(|s| s.said("2", "Look:")) == [1, 1],
            // What was never sent is nobody's.
            "reply begun" => !self.after.everything().contains("not sent"),
            _ => return None,
        })
    }

    fn in_tickets(&self, change: &str) -> Option<bool> {
        let team = text(&self.after.state["teams"][0]["id"]);
        let ada = text(&self.after.state["admins"][0]["id"]);
        let last = self.after.ticket("8");
        Some(match change {
            "status" => {
                self.states("8") == ["open", "closed"]
                    && self.became("8", "hesk_status", "At the supplier", "Resolved")
            }
            "priority" => self.became("8", "hesk_priority", "Low", "Critical"),
            "category" => {
                self.became("8", "hesk_category", "General", "Sales & Returns")
                    && text(&last["team_assignee_id"]) == team
            }
            "owner" => text(&last["admin_assignee_id"]) == ada,
            "tag" => {
                [self.before, self.after].map(|s| tags(s.ticket("1")).contains("tagged"))
                    == [true, false]
            }
            "custom field" => self.became("1", "hesk_custom1", "A & 1", "B 2"),
            "subject" => self.after.ticket("1")["title"] == "Bell, mended",
            "ticket deleted" => self.stayed("3"),
            "time worked" => self.became("1", "hesk_time_worked", "27:05:00", "28:10:00"),
            "lock" => {
                self.states("6") == ["open", "closed"]
                    && self.became("6", "hesk_locked", "", "true")
            }
            // Addresses do not move, by decision H4.
            "address filled in" => !self.after.everything().contains("192.0.2.99"),
            "due date" => self.became("1", "hesk_due_date", "2023-06-15", "2023-07-01"),
            "collaborator added" => self.became("8", "hesk_collaborators", "", "Cy Rest"),
            "tickets linked" => {
                self.became("8", "hesk_linked_tickets", "", "CCC-DDD-2222")
                    && self.after.attribute("2", "hesk_linked_tickets").contains("SSS-TTT-8888")
            }
            _ => return None,
        })
    }

    fn elsewhere(&self, change: &str) -> Option<bool> {
        let handed =
            |what: &str| !self.before.handed.contains(what) && self.after.handed.contains(what);
        Some(match change {
            "requester renamed" | "customer renamed" => {
                [self.before, self.after].map(|shot| shot.names_of("gil@example.com"))
                    == [vec!["Gil & Son".to_owned()], vec!["Gil Renamed".to_owned()]]
            }
            "follower added" => self.came("8", "In copy: Fay Follow"),
            // Teammates are not ours to rename; what says who somebody was follows.
            "staff renamed" => {
                self.after.attribute("8", "hesk_assignee") == "Ada Second"
                    && self.after.said("1", "Ada Second") > self.before.said("1", "Ada Second")
            }
            "category renamed" => self.became("2", "hesk_category", "General", "All"),
            "article edited" => {
                let [before, after] = self.articles("Not ready", "body");
                before.contains("later") && after.contains("Sooner")
            }
            "article moved" => {
                let [before, after] = self.articles("Homeless", "parent_ids");
                before != after
            }
            "kb category opened" => self.articles("For us", "state") == ["draft", "published"],
            "canned reply edited" => handed("Hello"),
            "service message hidden" => {
                self.before.handed.contains("We move & rest")
                    && self.before.handed != self.after.handed
            }
            _ => return None,
        })
    }

    fn where_something_was_taken_out(&self, change: &str) -> Option<bool> {
        Some(match change {
            "file deleted" => {
                [self.before, self.after].map(|shot| shot.said("1", "On it")) == [1, 2]
            }
            "custom field removed" => self.became("1", "hesk_custom2", "Grün & Blau", ""),
            "tickets merged" => {
                self.came("2", "Merged from seven")
                    && self.became("2", "hesk_merged_from", "", "QQQ-RRR-7777")
                    && self.stayed("7")
            }
            // Decision H5: a person says what becomes of what was moved before.
            "anonymised" => self.after.ticket("6")["title"] == "Merged by half",
            "customer deleted" => {
                self.stayed("8") && self.after.names_of("ann@example.com").len() == 1
            }
            _ => return None,
        })
    }
}
