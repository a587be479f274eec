//! ClickDesk's transcripts: the grammar of their lines, and the mails by which they are sent.

use deskledger::source::bundle::date::DateRule;
use deskledger::source::clickdesk::agents::Agents;
use deskledger::source::clickdesk::document::document;
use deskledger::source::clickdesk::spoken::People;
use deskledger::source::clickdesk::transcript::parse;

use super::run::explore;
use super::seed::{Seed, samples};

const RULE: DateRule = DateRule { order: None, zone: Some(chrono_tz::Europe::Rome) };

/// An entity of two bytes for a letter of three, in a code page of one byte each: no text grows
/// more than sixfold, and a mail says its lines in two places.
const GROWTH_MAX: usize = 12;

/// Every form of a line, and what stands between lines.
const LINES: &str = "--- Chat of 26 September ---\n\n\
    [09:14:25] Ada: Is there a yearly plan?\n  with: two lines\n\n[09:15] Jim: Yes.\n\
    Ada (9:16 AM): and\nJim (9:17 PM):then\n09:18 - Ada: so\n09:19 – Jim: yes\n\
    [2023-09-26 09:20] Visitor 7: of a whole day\n[26/09/2023, 09:21] Agent: also\n\
    Jim has joined the chat\n[23:59] System: Chat transferred\n[00:01] Jim: next day\n\
    https://example.com/a: b\nJim left.\nAda: thanks\nJim: bye\n";

/// Parts within parts, encoded heads and bodies.
const MAIL: &str = "From: =?utf-8?q?Caf=C3=A9?= <no-reply@example.com>\r\n\
    Reply-To: \"Ada, A.\" <ada@example.org>, jim@example.com\r\nTo: Jim <jim@example.com>\r\n\
    Date: Tue, 26 Sep 2023 11:19:25 +0200\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\
    Content-Type: multipart/alternative; boundary=\"c\"\r\n\r\n--c\r\n\
    Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\
    \r\n\r\n[09:14] Ada: caf=E9?\r\n[09:15] Jim: Yes=\r\n, at ten.\r\n--c\r\n\
    Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    PHA+WzA5OjE0XSBBZGE6IEhpPC9wPjxwPlswOToxNV0gSmltOiBZZXM8L3A+\r\n--c--\r\n--b\r\n\
    Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\nSubject: in\r\n\r\ninner\r\n\
    --b--\r\n";

/// Files of the samples that end so.
fn kept(endings: &[&str]) -> Vec<Seed> {
    let mut found = Vec::new();
    for sample in samples() {
        for file in sample.files {
            if endings.iter().any(|ending| file.path.ends_with(ending)) {
                found.push(Seed::one(&sample.source, &file.path, file.bytes));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Reads it as a transcript and tells it apart.
fn told(input: &Seed) -> Result<(), String> {
    let file = &input.files[0];
    let found = document(&file.path, &file.bytes);
    if found.text.len() > GROWTH_MAX * file.bytes.len() {
        return Err(format!("{} bytes became {}", file.bytes.len(), found.text.len()));
    }
    let mut agents = Agents::default();
    agents.add(Some("a1"), None, &["Jim".to_owned()]);
    let people = People::new(&["Ada"], &[], &agents);
    let Ok(said) = parse(&found.text, &people, &RULE) else { return Ok(()) };
    let size: usize = said.iter().map(|one| one.text.len()).sum();
    if said.len() > found.text.lines().count() || size > found.text.len() + said.len() {
        return Err("there is more in the messages than in the lines".to_owned());
    }
    let lines: Vec<u64> = said.iter().map(|one| one.line).collect();
    if !lines.is_sorted_by(|a, b| a < b) {
        return Err(format!("messages are not in order: {lines:?}"));
    }
    Ok(())
}

#[test]
fn no_damage_to_a_transcript_makes_its_reading_panic() {
    let mut inputs = kept(&[".txt", ".html", ".htm"]);
    inputs.extend([Seed::one("clickdesk", "lines.txt", LINES)]);
    explore("transcripts", &inputs, told);
}

#[test]
fn no_damage_to_a_mail_makes_its_reading_panic() {
    let mut inputs = kept(&[".eml"]);
    inputs.extend([Seed::one("clickdesk", "mail.eml", MAIL)]);
    explore("mails", &inputs, told);
}
