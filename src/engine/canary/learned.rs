//! What the last canary found, and what is made of it: how long to look for lost answers, what
//! stands against the decisions, and how the simulator is to behave in a rehearsal.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::object::of_attribute;
use super::probe::{ACCEPTED, CLOSED_PROBE, FAMILY_PROBE, Probes};
use super::search::BEHIND;
use crate::destination::intercom::LOOKS;
use crate::destination::intercom::operation::Operation;
use crate::engine::context::{Context, own_key};
use crate::engine::error::EngineError;
use crate::engine::family::{FAMILIES, of_path};
use crate::engine::finding::{Finding, Weight};
use crate::model::Event;

/// Check of the operations that token or plan do not allow.
pub const CLOSED: &str = "closed";

const MEGABYTE: u64 = 1024 * 1024;

/// What search did not show in the time it is usually given, it is given so much more.
const MORE_PATIENCE: Duration = Duration::from_secs(900);

/// What the canary found out about a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned(Probes);

impl From<Probes> for Learned {
    fn from(probes: Probes) -> Self {
        Self(probes)
    }
}

impl Learned {
    /// What the last canary found; none if none was let out.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub async fn latest(context: &Context) -> Result<Option<Self>, EngineError> {
        for entry in context.runs().await?.iter().rev().filter(|entry| entry.kind == "doctor") {
            let key = own_key("canary", &entry.run.to_string())?;
            let Some(stream) = context.ledger.streams(&[key]).await?.pop().flatten() else {
                continue;
            };
            for recorded in context.ledger.read_stream(stream).await? {
                if let Event::WorkspaceProbed(facts) = recorded.event {
                    return Ok(Some(Self(facts.probes)));
                }
            }
        }
        Ok(None)
    }

    fn word(&self, probe: &str) -> Option<&str> {
        self.0.get(probe).map(String::as_str)
    }

    fn is(&self, probe: &str, word: &str) -> bool {
        self.word(probe) == Some(word)
    }

    /// Whether a type of custom objects did not take a value of this attribute.
    pub fn refuses(&self, object_type: &str, attribute: &str) -> bool {
        let word = self.word(&of_attribute(object_type, attribute));
        word.is_some_and(|word| word != ACCEPTED)
    }

    /// Whether a type of custom objects took a value of this attribute.
    pub fn accepts(&self, object_type: &str, attribute: &str) -> bool {
        self.is(&of_attribute(object_type, attribute), ACCEPTED)
    }

    /// When to look for a write whose answer was lost: later too, where search was slower than is
    /// usual.
    pub fn looks(&self, mut usual: Vec<Duration>) -> Vec<Duration> {
        if self.is("search_shows_new", BEHIND)
            && let Some(last) = usual.last().copied()
        {
            usual.push(last + MORE_PATIENCE);
        }
        usual
    }

    /// What stands against moving as decided. `file_bytes_max` is the largest file that the
    /// decisions let be sent.
    pub fn findings(&self, file_bytes_max: u64) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |check: &str, weight, found: String, advice: &str| {
            findings.push(Finding::new(check, weight, found, advice));
        };
        if let Some(taken) = self.word("file_mb_taken").and_then(|mb| mb.parse::<u64>().ok())
            && self.word("file_refusal").is_some()
            && file_bytes_max > taken * MEGABYTE
        {
            let allowed = file_bytes_max / MEGABYTE;
            let found = format!("files up to {taken} MB are taken, decision G10 says {allowed}");
            let advice = "Set decision G10 to what is taken; larger files are then for a person.";
            add("file_size", Weight::Problem, found, advice);
        }
        if self.is("backdated_start", "changed") || self.is("part_in_the_past", "moved") {
            let advice = "Do not migrate before Intercom's support has explained it: everything \
                          would bear the day of the migration.";
            add("backdating", Weight::Problem, "dates are not kept".to_owned(), advice);
        }
        if self.is("four_byte_text", "lost") {
            let advice = "Emoji will be missing; `verify` names every text in which they are.";
            add("four_byte_text", Weight::Note, "emoji are not kept".to_owned(), advice);
        }
        if self.is("long_text", "cut") {
            let advice = "`verify` names every text that was cut.";
            add("long_text", Weight::Note, "long texts are cut".to_owned(), advice);
        }
        if self.is("search_shows_new", BEHIND) {
            let advice = "Answers that are lost are looked for longer; keep looking times long.";
            add("search_delay", Weight::Note, "search is very late".to_owned(), advice);
        }
        for (probe, code) in &self.0 {
            if let Some(operation) = probe.strip_prefix(CLOSED_PROBE) {
                let advice = "Give the token this scope, or leave out what needs it.";
                let found = format!("{operation}: {code}");
                add(CLOSED, Weight::Problem, found, advice);
            }
        }
        findings
    }

    /// Switches with which the simulator does what the workspace did (its README lists them).
    pub fn features(&self) -> Value {
        let mut features = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                features.insert(name.to_owned(), value);
            }
        };
        let (scopes, restricted) = self.closed();
        set("missing_scopes", (!scopes.is_empty()).then(|| json!(scopes)));
        set("restricted_families", (!restricted.is_empty()).then(|| json!(restricted)));
        set("email_conflict", self.email_conflict());
        set("lead_duplicates", self.when("same_lead_again", "makes_a_second_one"));
        set("email_lowercased", self.when("email_case", "lowered"));
        set("phone_normalised", self.when("phone_spaces", "taken_out"));
        set("user_to_lead", self.when("user_becomes_lead", ACCEPTED));
        set("archived_contact_readable", self.when("archived_contact_read", "there"));
        let goes = self.when("conversations_of_deleted", "go_too");
        set("contact_delete_removes_conversations", goes);
        let free = self.is("deleted_contact_again", "makes_a_second_one");
        set("identity_lock_days", free.then(|| json!(0)));
        set("unknown_attribute", self.strictness("unknown_attribute"));
        set("option_outside_list", self.strictness("option_outside_list"));
        set("long_string_value", self.strictness("long_string"));
        let cut = self.word("long_string").and_then(|word| word.strip_prefix("cut_to_"));
        set("string_value_max_chars", cut.and_then(|n| n.parse::<u64>().ok()).map(Value::from));
        set("ticket_unknown_attribute", self.strictness("ticket_unknown_attribute"));
        set("company_query_is_object", self.when("company_by_key", "object"));
        set("archived_company_readable", self.when("company_deleted_read", "stays_readable"));
        set("company_delete_delay_ms", self.delay_ms("company_deleted_read"));
        set("first_body", self.first_body());
        set("created_at_future", self.strictness("part_in_the_future"));
        set("reply_before_conversation", self.strictness("part_before_start"));
        set("admin_comment_reopens", self.when("comment_on_closed", "leaves_it_open"));
        set("note_keeps_snooze", self.when("note_on_snoozed", "leaves_it_snoozed"));
        set("past_snooze", self.strictness("snooze_until_the_past"));
        set("attachment_max_bytes", self.file_bytes());
        set("attachment_refusal_status", self.refusal_status());
        let images = self.word("address_of_no_image").map(|word| json!(word != ACCEPTED));
        set("attachment_urls_images_only", images);
        set("conversation_search_day_granular", self.when("search_dates", "days"));
        let custom = self.when("search_by_attribute", ACCEPTED);
        set("conversation_search_custom_attributes", custom);
        let tickets = self.when("tickets_in_conversation_search", "yes");
        set("tickets_in_conversation_search", tickets);
        let same = self.word("ticket_same_state").map(|word| json!(word != ACCEPTED));
        set("ticket_same_state_refused", same);
        let shape = self.word("ticket_list_reads_as").filter(|word| *word != "lost");
        set("ticket_list_shape", shape.map(Value::from));
        set("collection_delete", self.collection_delete());
        let language = self.word("language_not_enabled").filter(|word| *word != "not_probed");
        set("locale_must_be_enabled", language.map(|word| json!(word != ACCEPTED)));
        Value::Object(features)
    }

    /// True if a probe said this word; none if it was not made.
    fn when(&self, probe: &str, word: &str) -> Option<Value> {
        self.word(probe).map(|found| json!(found == word))
    }

    fn strictness(&self, probe: &str) -> Option<Value> {
        let word = match self.word(probe)? {
            "not_probed" => return None,
            ACCEPTED => "accept",
            word if word.starts_with("refused") => "refuse",
            _ => "ignore",
        };
        Some(json!(word))
    }

    /// Scopes that the token lacks, and families that the plan has not.
    fn closed(&self) -> (BTreeSet<String>, BTreeSet<&'static str>) {
        let (mut scopes, mut restricted) = (BTreeSet::new(), BTreeSet::new());
        let mut add = |verb: &str, path: &str, code: &str| {
            let family = of_path(path);
            match code {
                "token_unauthorized" => drop(scopes.insert(format!("{verb}_{family}"))),
                "api_plan_restricted" => drop(restricted.insert(family)),
                _ => {}
            }
        };
        for (probe, word) in &self.0 {
            if let Some(operation) = probe.strip_prefix(CLOSED_PROBE).and_then(Operation::from_name)
            {
                add("write", operation.spec().path, word);
            }
            let family = probe.strip_prefix(FAMILY_PROBE);
            let known = family.and_then(|name| FAMILIES.iter().find(|(known, _)| *known == name));
            if let (Some((_, path)), Some(code)) = (known, word.strip_prefix("closed_")) {
                add("read", path, code);
            }
        }
        (scopes, restricted)
    }

    /// How late search showed what was new, in milliseconds; the longest wait where it did not.
    pub fn search_delay_ms(&self) -> u64 {
        let Some(word) = self.word("search_shows_new") else { return 0 };
        if word == BEHIND {
            return LOOKS.last().map_or(0, |look| look.as_millis() as u64);
        }
        let seconds = word.strip_prefix("within_").and_then(|rest| rest.strip_suffix("_s"));
        seconds.and_then(|n| n.parse::<u64>().ok()).map_or(0, |seconds| seconds * 1_000)
    }

    /// Whether a second contact was made of an address that another contact has.
    pub fn allows_twins(&self) -> bool {
        self.is("same_email_other_id", "makes_a_second_one")
    }

    fn email_conflict(&self) -> Option<Value> {
        let word = match (self.word("same_email_other_id")?, self.word("same_email_without_id")) {
            ("makes_a_second_one", Some("makes_a_second_one")) => "never",
            ("makes_a_second_one", _) => "without_external_id",
            _ => "always",
        };
        Some(json!(word))
    }

    fn first_body(&self) -> Option<Value> {
        match self.word("markup_in_first_message")? {
            "stripped" => Some(json!("strip")),
            "as_text" => Some(json!("escape")),
            _ => None,
        }
    }

    fn file_bytes(&self) -> Option<Value> {
        self.word("file_refusal")?;
        let taken = self.word("file_mb_taken")?.parse::<u64>().ok()?;
        Some(json!(taken.max(1) * MEGABYTE))
    }

    fn refusal_status(&self) -> Option<Value> {
        let (status, _) = self.word("file_refusal")?.split_once('_')?;
        status.parse::<u16>().ok().map(Value::from)
    }

    fn delay_ms(&self, probe: &str) -> Option<Value> {
        let word = self.word(probe)?.strip_prefix("gone_within_")?.strip_suffix("_ms")?;
        word.parse::<u64>().ok().map(Value::from)
    }

    fn collection_delete(&self) -> Option<Value> {
        let word = match self.word("collection_with_content")? {
            "goes_too" => "cascade",
            "stays" => "orphan",
            "refused" => "refuse",
            _ => return None,
        };
        Some(json!(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(pairs: &[(&str, &str)]) -> Learned {
        let owned = |(probe, word): &(&str, &str)| ((*probe).to_owned(), (*word).to_owned());
        Learned(pairs.iter().map(owned).collect())
    }

    #[test]
    fn a_slow_search_is_waited_for_longer() {
        let usual = vec![Duration::from_secs(2), Duration::from_secs(262)];
        let quick = learned(&[("search_shows_new", "within_7_s")]);
        assert_eq!(quick.looks(usual.clone()), usual);
        let slow = learned(&[("search_shows_new", BEHIND)]);
        assert_eq!(slow.looks(usual).last(), Some(&Duration::from_secs(1_162)));
    }

    #[test]
    fn what_stands_against_the_decisions_is_a_problem() {
        let small = learned(&[("file_mb_taken", "1"), ("file_refusal", "413_x")]);
        assert_eq!(small.findings(20 * MEGABYTE)[0].check, "file_size");
        assert!(small.findings(MEGABYTE).is_empty());
        let dated = learned(&[("backdated_start", "changed")]);
        assert_eq!(dated.findings(0)[0].weight, Weight::Problem);
        let closed = learned(&[("closed_ticket_create", "token_unauthorized")]);
        assert!(closed.findings(0)[0].found.contains("ticket_create"));
    }

    #[test]
    fn words_become_switches() {
        let found = learned(&[
            ("same_email_other_id", "makes_a_second_one"),
            ("same_email_without_id", "names_it"),
            ("long_string", "cut_to_255"),
            ("part_in_the_future", "refused_parameter_invalid"),
            ("company_deleted_read", "gone_within_3000_ms"),
            ("collection_with_content", "not_probed"),
        ]);
        let expected = json!({
            "email_conflict": "without_external_id", "long_string_value": "ignore",
            "string_value_max_chars": 255, "created_at_future": "refuse",
            "archived_company_readable": false, "company_delete_delay_ms": 3_000,
        });
        assert_eq!(found.features(), expected);
        let closed = learned(&[
            ("closed_ticket_create", "token_unauthorized"),
            ("family_macros", "closed_api_plan_restricted"),
            ("family_articles", "closed_token_unauthorized"),
        ]);
        let expected = json!({
            "missing_scopes": ["read_articles", "write_tickets"],
            "restricted_families": ["macros"],
        });
        assert_eq!(closed.features(), expected);
        let late = learned(&[("search_shows_new", "within_7_s")]);
        assert_eq!(late.search_delay_ms(), 7_000);
        assert_eq!(Learned::default().features(), json!({}));
    }
}
