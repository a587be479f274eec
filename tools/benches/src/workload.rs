//! The same events for every contender: tickets with four messages each, about 600 bytes an event.

use deskledger::ledger::NewEvent;
use deskledger::model::digest::Purpose;
use deskledger::model::event::{Location, RecordRead};
use deskledger::model::{ContentHash, Digest, RecordKind, SourceKey};

/// Messages of one ticket.
const MESSAGES: u64 = 4;

const WORDS: [&str; 48] = [
    "the",
    "order",
    "invoice",
    "has",
    "not",
    "arrived",
    "please",
    "check",
    "my",
    "account",
    "since",
    "Monday",
    "thank",
    "you",
    "for",
    "your",
    "answer",
    "we",
    "have",
    "looked",
    "into",
    "this",
    "parcel",
    "was",
    "sent",
    "again",
    "refund",
    "will",
    "be",
    "paid",
    "within",
    "days",
    "password",
    "does",
    "work",
    "after",
    "reset",
    "screen",
    "stays",
    "blank",
    "printer",
    "driver",
    "update",
    "installed",
    "error",
    "code",
    "still",
    "appears",
];

/// Repeats itself from its start value (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self, words: usize) -> String {
        let count = WORDS.len() as u64;
        let word = |chance: &mut Self| WORDS[usize::try_from(chance.next() % count).unwrap_or(0)];
        (0..words).map(|_| word(self)).collect::<Vec<_>>().join(" ")
    }
}

/// The event of this number: every fifth is a ticket, the others are its messages.
///
/// # Errors
/// Never: the keys are well formed.
pub fn event(
    number: u64,
    chance: &mut Chance,
) -> Result<NewEvent, Box<dyn std::error::Error + Send + Sync>> {
    let ticket = number / (MESSAGES + 1);
    let ticket_key = SourceKey::new("deskero", "ticket", &format!("{}", 100_000 + ticket))?;
    let message = number % (MESSAGES + 1);
    let (key, parent, kind) = match message {
        0 => (ticket_key, None, RecordKind::Conversation),
        _ => {
            let key = SourceKey::new("deskero", "reply", &format!("{}", 5_000_000 + number))?;
            (key, Some(ticket_key), RecordKind::Message)
        }
    };
    let payload = format!(
        "{{\"author_email\":\"customer{}@example.com\",\"body\":\"{}\",\
         \"created_at\":\"2024-03-{:02}T10:{:02}:00Z\",\
         \"id\":\"{number}\",\"ticket\":\"{ticket}\"}}",
        chance.next() % 50_000,
        chance.text(28),
        1 + chance.next() % 28,
        chance.next() % 60,
    );
    let raw = Digest::of(Purpose::Raw, payload.as_bytes());
    let file = if message == 0 { "tickets.csv" } else { "replies.csv" };
    let facts = RecordRead {
        kind,
        parent: parent.clone(),
        at: Location { file: file.to_owned(), line: number + 2 },
        raw,
        aliases: Vec::new(),
        findings: Vec::new(),
    };
    Ok(NewEvent {
        parent,
        content: ContentHash::keyed(&[7; 32], payload.as_bytes()),
        payload: Some(payload.into_bytes()),
        ..NewEvent::new(key, facts)
    })
}
