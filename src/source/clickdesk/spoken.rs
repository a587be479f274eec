//! Who a name in a transcript or message row means, by ClickDesk's words and the names at hand.

use std::collections::BTreeSet;

use super::agents::{Agents, Found};
use crate::model::record::AuthorRole;
use crate::source::bundle::states::fold;

/// Words for the visitor.
const CUSTOMER: &[&str] = &["visitor", "you", "guest", "customer", "contact", "client"];

/// Words for whoever answers.
const AGENT: &[&str] = &["operator", "agent", "support"];

/// Words for the program itself.
const SYSTEM: &[&str] = &["system", "clickdesk"];

/// Words that tell of a sentence that the program itself wrote it.
const HAPPENED: &[&str] = &["joined", "left", "transferred", "ended", "closed"];

/// The role of a word that stands for no particular person.
pub fn role_of_word(word: &str) -> Option<AuthorRole> {
    let word = fold(word);
    let numbered = word.strip_prefix("visitor").or_else(|| word.strip_prefix("guest"));
    let numbered = numbered.is_some_and(|rest| {
        let rest = rest.trim_start_matches([' ', '_', '-', '#']);
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    match word.as_str() {
        word if CUSTOMER.contains(&word) || numbered => Some(AuthorRole::Customer),
        word if AGENT.contains(&word) => Some(AuthorRole::Agent),
        word if SYSTEM.contains(&word) => Some(AuthorRole::System),
        "bot" => Some(AuthorRole::Bot),
        _ => None,
    }
}

/// True if a sentence tells of a coming or going rather than being said by somebody.
pub fn tells_what_happened(sentence: &str) -> bool {
    let folded = fold(sentence);
    folded.split(|c: char| !c.is_alphanumeric()).any(|word| HAPPENED.contains(&word))
}

/// The people of one chat.
#[derive(Debug)]
pub struct People<'a> {
    customer: BTreeSet<String>,
    agent: BTreeSet<String>,
    agents: &'a Agents,
}

impl<'a> People<'a> {
    /// Of a chat whose visitor and agent are called so.
    pub fn new(customer: &[&str], agent: &[&str], agents: &'a Agents) -> Self {
        let folded = |names: &[&str]| {
            names.iter().map(|name| fold(name)).filter(|name| !name.is_empty()).collect()
        };
        Self { customer: folded(customer), agent: folded(agent), agents }
    }

    /// Adds another name of the visitor.
    pub fn add_customer(&mut self, name: &str) {
        let name = fold(name);
        if !name.is_empty() {
            self.customer.insert(name);
        }
    }

    /// The role of a name; `None` if nobody is called so, or both sides are.
    pub fn role(&self, name: &str) -> Option<AuthorRole> {
        let folded = fold(name);
        let customer = self.customer.contains(&folded);
        let agent = self.agent.contains(&folded)
            || self.agents.by_name(name) != Found::Nobody
            || self.agents.by_email(&folded).is_some();
        match (customer, agent) {
            (true, true) => None,
            (true, false) => Some(AuthorRole::Customer),
            (false, true) => Some(AuthorRole::Agent),
            (false, false) => role_of_word(name),
        }
    }

    /// True if the sentence is `<somebody> joined` and the like.
    pub fn is_about(&self, sentence: &str) -> bool {
        /// A name has no more words.
        const NAME_WORDS_MAX: usize = 4;
        let sentence = sentence.trim_start_matches(['*', '-', ' ']);
        let words: Vec<&str> = sentence.split_whitespace().collect();
        (1..=NAME_WORDS_MAX.min(words.len())).any(|count| {
            let rest = &words[count..];
            let after = rest.iter().find(|word| !matches!(**word, "has" | "was" | "is"));
            let verb = after.map(|word| fold(word.trim_end_matches(['.', '!', ','])));
            self.role(&words[..count].join(" ")).is_some()
                && verb.is_some_and(|verb| HAPPENED.contains(&verb.as_str()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_names_have_roles() {
        let mut agents = Agents::default();
        agents.add(Some("a1"), Some("jim@example.com"), &["Jim Doe".to_owned(), "Jim".to_owned()]);
        agents.add(Some("a2"), None, &["Ada".to_owned()]);
        let people = People::new(&["Ada Byron", "ada"], &["Kim"], &agents);
        for (name, role) in [
            ("Visitor", Some(AuthorRole::Customer)),
            ("visitor 1204", Some(AuthorRole::Customer)),
            ("Guest#7", Some(AuthorRole::Customer)),
            ("You", Some(AuthorRole::Customer)),
            ("ADA BYRON", Some(AuthorRole::Customer)),
            ("Operator", Some(AuthorRole::Agent)),
            ("jim", Some(AuthorRole::Agent)),
            ("Jim@Example.com", Some(AuthorRole::Agent)),
            ("Kim", Some(AuthorRole::Agent)),
            ("System", Some(AuthorRole::System)),
            ("Ada", None),
            ("visitors", None),
            ("Bob", None),
            ("", None),
        ] {
            assert_eq!(people.role(name), role, "{name:?}");
        }
        for (sentence, about) in [
            ("Jim Doe has joined the chat", true),
            ("* Visitor left.", true),
            ("Jim was transferred to Sales", true),
            ("I left my bag in the shop", false),
            ("Bob joined", false),
            ("", false),
        ] {
            assert_eq!(people.is_about(sentence), about, "{sentence}");
        }
    }
}
