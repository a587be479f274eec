//! The lines of a transcript as messages.
//!
//! Forms of a line, tried in this order: `[time] Name: text`, `Name (time): text`,
//! `time - Name: text`, `Name: text`. What follows without a form of its own continues the message
//! before. ClickDesk publishes no form, so a line that fits nothing makes the whole transcript
//! doubtful: it is then kept in one piece instead of being guessed at.

use super::clock::Clock;
use super::spoken::{People, tells_what_happened};
use crate::model::record::AuthorRole;
use crate::source::bundle::date::DateRule;

/// One message of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// On whose behalf.
    pub role: AuthorRole,
    /// Name as written; of the program's own lines none.
    pub name: Option<String>,
    /// Time as written.
    pub clock: Option<Clock>,
    /// What was said.
    pub text: String,
}

/// Why a transcript cannot be told apart into messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The line.
    pub line: u64,
    /// Why.
    pub reason: &'static str,
}

const NO_FORM: &str = "The line is of no known form.";
const NO_SPEAKER: &str = "The line's speaker is neither the visitor nor one agent.";
const EMPTY: &str = "The transcript holds no message.";

/// Names are no longer; a longer start of a line is part of a sentence.
const NAME_CHARS_MAX: usize = 60;

/// A line's own time, speaker and text.
struct Head<'a> {
    clock: Option<Clock>,
    name: Option<&'a str>,
    text: &'a str,
}

/// Tells a transcript apart into messages.
///
/// # Errors
/// If a line fits nothing.
pub fn parse(text: &str, people: &People<'_>, rule: &DateRule) -> Result<Vec<Said>, Doubt> {
    let mut said: Vec<Said> = Vec::new();
    let mut timed = false;
    for (line, number) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if said.is_empty() && is_ruler(trimmed) {
            continue;
        }
        let head = if trimmed.is_empty() {
            None
        } else {
            head(trimmed, rule).or_else(|| plain(trimmed, people, timed))
        };
        let Some(head) = head else {
            let Some(last) = said.last_mut() else {
                return Err(Doubt { line: number, reason: NO_FORM });
            };
            last.text.push('\n');
            last.text.push_str(line.trim_end());
            continue;
        };
        timed |= head.clock.is_some();
        let (role, name, text) = speaker(&head, people, number)?;
        let (clock, text) = (head.clock, text.to_owned());
        said.push(Said { line: number, role, name: name.map(str::to_owned), clock, text });
    }
    if said.is_empty() {
        return Err(Doubt { line: 1, reason: EMPTY });
    }
    for one in &mut said {
        one.text.truncate(one.text.trim_end().len());
    }
    Ok(said)
}

/// Empty, or a row of dashes and the like before the first message.
fn is_ruler(line: &str) -> bool {
    !line.chars().any(char::is_alphanumeric)
}

/// The three forms with a time.
fn head<'a>(line: &'a str, rule: &DateRule) -> Option<Head<'a>> {
    if let Some(rest) = line.strip_prefix('[') {
        let (time, rest) = rest.split_once(']')?;
        return Some(with_name(Clock::read(time, rule)?, rest.trim()));
    }
    if let Some((name, rest)) = line.split_once(" (")
        && let Some((time, text)) = rest.split_once("):")
        && let Some(clock) = Clock::read(time, rule)
    {
        let clock = Some(clock);
        return Some(Head { clock, name: Some(name.trim()), text: text.trim_start() });
    }
    for dash in [" - ", " – ", " — "] {
        if let Some((time, rest)) = line.split_once(dash)
            && let Some(clock) = Clock::read(time, rule)
        {
            return Some(with_name(clock, rest.trim()));
        }
    }
    None
}

fn with_name(clock: Clock, rest: &str) -> Head<'_> {
    match name_and_text(rest) {
        Some((name, text)) => Head { clock: Some(clock), name: Some(name), text },
        None => Head { clock: Some(clock), name: None, text: rest },
    }
}

fn name_and_text(rest: &str) -> Option<(&str, &str)> {
    let (name, text) = rest.split_once(':')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    (is_name && !text.starts_with("//")).then(|| (name, text.trim_start()))
}

/// The form without a time. Once times were seen such a line continues the message before, unless
/// it tells that somebody came or went.
fn plain<'a>(line: &'a str, people: &People<'_>, timed: bool) -> Option<Head<'a>> {
    if people.is_about(line) {
        return Some(Head { clock: None, name: None, text: line });
    }
    if timed {
        return None;
    }
    let (name, text) = name_and_text(line)?;
    (people.role(name).is_some() || looks_like_a_name(name)).then_some(Head {
        clock: None,
        name: Some(name),
        text,
    })
}

/// Up to three words with capitals: more likely a name than the start of a sentence.
fn looks_like_a_name(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.len() <= 3 && words.iter().all(|word| word.chars().next().is_some_and(char::is_uppercase))
}

fn speaker<'a>(
    head: &Head<'a>,
    people: &People<'_>,
    line: u64,
) -> Result<(AuthorRole, Option<&'a str>, &'a str), Doubt> {
    let Some(name) = head.name else {
        return if tells_what_happened(head.text) {
            Ok((AuthorRole::System, None, head.text))
        } else {
            Err(Doubt { line, reason: NO_FORM })
        };
    };
    match people.role(name) {
        Some(AuthorRole::System) => Ok((AuthorRole::System, None, head.text)),
        Some(role) => Ok((role, Some(name), head.text)),
        None => Err(Doubt { line, reason: NO_SPEAKER }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::agents::Agents;
    use super::*;

    const RULE: DateRule = DateRule { order: None, zone: Some(chrono_tz::Europe::Rome) };

    fn told(text: &str) -> Result<Vec<String>, u64> {
        let mut agents = Agents::default();
        agents.add(Some("a1"), None, &["Jim".to_owned()]);
        let people = People::new(&["Ada"], &[], &agents);
        let letter = |role| match role {
            AuthorRole::Customer => 'C',
            AuthorRole::Agent => 'A',
            AuthorRole::System => 'S',
            AuthorRole::Bot => 'B',
        };
        parse(text, &people, &RULE).map_err(|doubt| doubt.line).map(|said| {
            said.iter()
                .map(|one| {
                    let time = match one.clock {
                        Some(Clock::Time(time)) => time.format("%H%M%S ").to_string(),
                        Some(_) => "whole ".to_owned(),
                        None => String::new(),
                    };
                    format!("{} {}{time}{}", one.line, letter(one.role), one.text)
                })
                .collect()
        })
    }

    #[test]
    fn every_form_of_a_line() {
        for (text, expected) in [
            (
                "[09:14:25] Ada: Is there a yearly plan?\n[09:15:02] Jim: Yes: ten months.",
                vec!["1 C091425 Is there a yearly plan?", "2 A091502 Yes: ten months."],
            ),
            ("Ada (9:14 AM): Hi\nJim (9:15 AM):hello", vec!["1 C091400 Hi", "2 A091500 hello"]),
            ("09:14 - Ada: Hi\n09:15 – Jim: hello", vec!["1 C091400 Hi", "2 A091500 hello"]),
            ("Ada: Hi\nJim: hello\nVisitor: ok", vec!["1 CHi", "2 Ahello", "3 Cok"]),
            ("[2023-09-26 09:14] Ada: Hi", vec!["1 Cwhole Hi"]),
            (
                "----\n\n[09:14] Ada: one\n  two: three\n\nfour\n[09:15] Jim: five\n",
                vec!["3 C091400 one\n  two: three\n\nfour", "7 A091500 five"],
            ),
            (
                "[09:14] Jim has joined the chat\n[09:15] Ada: I left it\nJim left.",
                vec!["1 S091400 Jim has joined the chat", "2 C091500 I left it", "3 SJim left."],
            ),
            ("[09:14] System: Chat transferred", vec!["1 S091400 Chat transferred"]),
            (
                "Ada: look\nhttps://example.com/a: b\nand then: nothing",
                vec!["1 Clook\nhttps://example.com/a: b\nand then: nothing"],
            ),
            ("[09:14] Ada:", vec!["1 C091400 "]),
        ] {
            let expected: Vec<String> = expected.iter().map(|&line| line.to_owned()).collect();
            assert_eq!(told(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_fits_nothing_is_not_guessed_at() {
        for (text, line) in [
            ("", 1),
            ("Chat of last week\nAda: Hi", 1),
            ("[09:14] Ada: Hi\n[09:15] Bob: Hello", 2),
            ("Ada: Hi\nBob: Hello", 2),
            ("[09:14] Ada: Hi\n[09:15] something else", 2),
            ("Bob (09:14): Hi", 1),
        ] {
            assert_eq!(told(text), Err(line), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_or_grow(
            text in "(\\[|\\]|09:14|Ada|Jim|: |\\(|\\):| - |\n|é| joined|x ){0,60}",
        ) {
            let mut agents = Agents::default();
            agents.add(Some("a1"), None, &["Jim".to_owned()]);
            let people = People::new(&["Ada"], &[], &agents);
            if let Ok(said) = parse(&text, &people, &RULE) {
                proptest::prop_assert!(said.len() <= text.lines().count());
                let size: usize = said.iter().map(|one| one.text.len()).sum();
                proptest::prop_assert!(size <= text.len() + said.len());
            }
        }
    }
}
