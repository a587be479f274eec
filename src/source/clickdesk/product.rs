//! Which of two products called ClickDesk an export is of. This source reads the one of
//! clickdesk.com. Another one has its API at desk.click.app: its tickets have numbers as ids and
//! ISO times with microseconds (seen in public code that reads it).

use std::ops::ControlFlow;

use super::columns::ticket;
use super::layout::{CONFIG, object};
use crate::source::bundle::row::Row;
use crate::source::bundle::scan::Scanned;
use crate::source::bundle::survey::Bundle;
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Address of the other product's API.
const OTHER: &str = "desk.click.app";

/// Address of the product that this source reads.
const OURS: &str = "clickdesk.com";

/// What only this product's chats have.
const OUR_WORD: &str = "last_messg_rcvd_time";

/// So many rows of each file are looked at.
const ROWS_MAX: u64 = 50;

/// What the rows looked at say.
#[derive(Debug, Default)]
struct Signs {
    ours: bool,
    other: Option<String>,
    rows: u64,
    numbered: u64,
}

/// Looks at the first rows of every file; what is noteworthy about the answer.
///
/// # Errors
/// If the export is of the other product, or cannot be read.
pub fn check(bundle: &Bundle) -> Result<Finding, SourceError> {
    let account = bundle.manifest.source_account.as_deref().unwrap_or_default();
    if account.contains(OURS) {
        let reason = "The manifest names an account of clickdesk.com.";
        return Ok(Finding::new(Code::ProductRecognised, reason));
    }
    let mut signs = Signs::default();
    if account.contains(OTHER) {
        signs.other = Some(format!("the manifest names an account of {OTHER}"));
    }
    for (index, part) in bundle.parts.iter().enumerate() {
        let mut rows = 0;
        let _ = bundle.scan(index, &mut |scanned| {
            match scanned {
                Scanned::Header(binding) => {
                    signs.ours |= binding.headers.iter().any(|header| header == OUR_WORD);
                }
                Scanned::Row(row) => {
                    signs.look(row, part.object);
                    rows += 1;
                }
                _ => {}
            }
            if rows < ROWS_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    let all_numbered = signs.rows > 0 && signs.numbered == signs.rows;
    if all_numbered && signs.other.is_none() && !signs.ours {
        let reason = "its tickets have numbers as ids and times with microseconds";
        signs.other = Some(format!("it looks like the ClickDesk of {OTHER}: {reason}"));
    }
    match signs.other {
        Some(reason) => Err(SourceError::OtherProduct { source_name: CONFIG.system, reason }),
        None if signs.ours => {
            let reason = "It looks like an export of clickdesk.com.";
            Ok(Finding::new(Code::ProductRecognised, reason))
        }
        None => {
            let reason = "Nothing tells which ClickDesk it is of; it is read as clickdesk.com's.";
            Ok(Finding::new(Code::ProductRecognised, reason))
        }
    }
}

impl Signs {
    fn look(&mut self, row: &Row, index: usize) {
        let raw = row.raw();
        let raw = String::from_utf8_lossy(&raw);
        self.ours |= raw.contains(OUR_WORD) || raw.contains("my.clickdesk.com");
        if self.other.is_none() && raw.contains("api.desk.click.app") {
            self.other = Some(format!("{}:{} names {OTHER}", row.file, row.line));
        }
        if index == object::TICKETS {
            self.rows += 1;
            let id = row.id(ticket::ID).is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit()));
            let time = row.typed(ticket::CREATED_AT).is_some_and(has_microseconds);
            self.numbered += u64::from(id && time);
        }
    }
}

/// `2024-01-02T03:04:05.123456Z` and the like.
fn has_microseconds(time: &str) -> bool {
    let Some((head, rest)) = time.split_once('.') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits == 6 && head.contains(['T', ' ']) && head.contains(':')
}

#[cfg(test)]
mod tests {
    use super::has_microseconds;
    use crate::model::Timestamp;
    use crate::source::contract::{Place, Reading, SourceSettings};
    use crate::source::find;

    #[test]
    fn microseconds() {
        for (time, expected) in [
            ("2024-01-02T03:04:05.123456Z", true),
            ("2024-01-02T03:04:05.123456+00:00", true),
            ("2024-01-02 03:04:05.123456", true),
            ("2024-01-02T03:04:05.123Z", false),
            ("2024-01-02T03:04:05Z", false),
            ("1695719665000", false),
            ("45195.468345", false),
        ] {
            assert_eq!(has_microseconds(time), expected, "{time}");
        }
    }

    #[test]
    fn the_other_product_is_refused() {
        let other = r#"{"data":[{"id":71,"created_at":"2024-01-02T03:04:05.123456Z"}]}"#;
        let named = r#"[{"id":"x","description":"https://api.desk.click.app/api/v1/tickets/1"}]"#;
        let ours = r#"{"ticket":[{"id":"agR0","created_at":"1695719665000"}]}"#;
        let account = r#"{"source_account":"my.clickdesk.com"}"#;
        for (tickets, manifest, expected) in [
            (other, "{}", Some("other_product")),
            (named, "{}", Some("other_product")),
            (ours, r#"{"source_account":"desk.click.app/1"}"#, Some("other_product")),
            (ours, "{}", None),
            (other, account, None),
        ] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::write(dir.path().join("tickets.json"), tickets).unwrap();
            std::fs::write(dir.path().join("manifest.json"), manifest).unwrap();
            let place = Place::Bundle(dir.path().to_owned());
            let reading = Reading::undecided(Timestamp(1_767_225_600_000));
            let settings = SourceSettings { place, reading };
            let mut reader = find("clickdesk").unwrap().open(&settings).unwrap();
            let refused = reader.inventory().err().map(|error| error.code());
            assert_eq!(refused, expected, "inspect: {tickets}");
            let go_on = &mut |_| std::ops::ControlFlow::Continue(());
            let refused = reader.read(go_on).err().map(|error| error.code());
            assert_eq!(refused, expected, "read: {tickets}");
        }
    }
}
