//! Which pages there are. None is named after anything personal: records by the number of their
//! stream, so that no history of addresses and no log holds a name.

use crate::model::{Position, RunId, StreamId};
use crate::report::finding_list::FindingKind;

/// Events of one page of the log; its pages start at multiples of it.
pub const EVENTS_PER_PAGE: u64 = 100;

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// Workspace, head, seals, the latest runs.
    Overview,
    /// The runs before one, newest first.
    Runs(Option<RunId>),
    /// One run.
    Run(RunId),
    /// Events from a position on.
    Events(Position),
    /// The place of one event in the log.
    Event(Position),
    /// Counts that close.
    Reconciliation,
    /// Findings of one kind from a position on.
    Findings(FindingKind, Position),
    /// Losses by record, from a record on.
    Losses(StreamId),
    /// All records, from one on.
    Records(StreamId),
    /// Records that wait for a person, from one on.
    Waiting(StreamId),
    /// A record's life.
    Record(StreamId),
    /// More events of a record.
    RecordEvents(StreamId, Position),
    /// More parts of a record.
    RecordParts(StreamId, StreamId),
    /// What a rollback would take back, from a record on.
    Rollback(StreamId),
    /// Rollbacks planned so far, from a position on.
    Rollbacks(Position),
    /// What stays of what was rolled back, from a record on.
    Residue(StreamId),
    /// The proof of one event, a file.
    Proof(Position),
    /// The page that checks a proof.
    Verify,
    /// What a word finds, from a record on.
    Search(String, StreamId),
}

/// The pages that every page links to.
pub const MENU: [(Address, &str); 9] = [
    (Address::Overview, "Overview"),
    (Address::Runs(None), "Runs"),
    (Address::Reconciliation, "Reconciliation"),
    (Address::Findings(FindingKind::Rejected, Position(0)), "Findings"),
    (Address::Losses(StreamId(0)), "Losses"),
    (Address::Records(StreamId(0)), "Records"),
    (Address::Rollback(StreamId(0)), "Rollback"),
    (Address::Residue(StreamId(0)), "Residue"),
    (Address::Verify, "Check a proof"),
];

impl Address {
    /// Name of the sort of page, for logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Runs(_) => "runs",
            Self::Run(_) => "run",
            Self::Events(_) | Self::Event(_) => "events",
            Self::Reconciliation => "reconciliation",
            Self::Findings(..) => "findings",
            Self::Losses(_) => "losses",
            Self::Records(_) => "records",
            Self::Waiting(_) => "waiting",
            Self::Record(_) => "record",
            Self::RecordEvents(..) => "record-events",
            Self::RecordParts(..) => "record-parts",
            Self::Rollback(_) => "rollback",
            Self::Rollbacks(_) => "rollbacks",
            Self::Residue(_) => "residue",
            Self::Proof(_) => "proof",
            Self::Verify => "verify",
            Self::Search(..) => "search",
        }
    }

    /// Where the server has it.
    pub fn path(&self) -> String {
        let word = self.word();
        match self {
            Self::Overview => "/".to_owned(),
            Self::Runs(None) | Self::Reconciliation | Self::Verify => format!("/{word}"),
            Self::Runs(Some(run)) | Self::Run(run) => format!("/{word}/{run}"),
            Self::Event(at) => format!("/{word}/{}#e{at}", page_of(*at)),
            Self::Events(at) | Self::Rollbacks(at) => format!("/{word}/{at}"),
            Self::Findings(kind, at) => format!("/{word}/{}/{at}", kind.word()),
            Self::Losses(from)
            | Self::Records(from)
            | Self::Waiting(from)
            | Self::Record(from)
            | Self::Rollback(from)
            | Self::Residue(from) => format!("/{word}/{from}"),
            Self::RecordEvents(stream, from) => format!("/{word}/{stream}/{from}"),
            Self::RecordParts(stream, from) => format!("/{word}/{stream}/{from}"),
            Self::Proof(at) => format!("/{word}/{at}.tlog-proof"),
            Self::Search(text, from) => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("q", text).append_pair("from", &from.to_string());
                format!("/{word}?{}", query.finish())
            }
        }
    }

    /// Its file in a folder; none where a folder has no such page.
    pub fn file(&self) -> Option<String> {
        match self {
            Self::Overview => Some("index.html".to_owned()),
            Self::Event(at) => Some(format!("events-{}.html#e{at}", page_of(*at))),
            Self::Proof(at) => Some(format!("{at}.tlog-proof")),
            Self::Search(..) => None,
            page => Some(format!("{}.html", page.path().trim_start_matches('/').replace('/', "-"))),
        }
    }

    /// The page of a path and query that a browser asks for.
    pub fn parse(path: &str, query: &str) -> Option<Self> {
        let mut words = path.strip_prefix('/')?.split('/');
        let (first, second, third) = (words.next()?, words.next(), words.next());
        if words.next().is_some() {
            return None;
        }
        let number = |word: Option<&str>| word.map_or(Some(0), decimal);
        let at = || number(second).map(Position);
        let stream = || number(second).map(StreamId);
        let run = || second.map(|word| word.parse().ok());
        let found = match (first, third) {
            ("", None) if second.is_none() => Self::Overview,
            ("runs", None) => match run() {
                Some(run) => Self::Runs(Some(run?)),
                None => Self::Runs(None),
            },
            ("run", None) => Self::Run(run()??),
            ("events", None) => Self::Events(Position(page_of(at()?))),
            ("reconciliation", None) if second.is_none() => Self::Reconciliation,
            ("findings", from) => {
                let kind = second.map_or(Some(FindingKind::Rejected), FindingKind::from_word)?;
                Self::Findings(kind, Position(number(from)?))
            }
            ("losses", None) => Self::Losses(stream()?),
            ("records", None) => Self::Records(stream()?),
            ("waiting", None) => Self::Waiting(stream()?),
            ("record", None) => Self::Record(StreamId(decimal(second?)?)),
            ("record-events", Some(from)) => {
                Self::RecordEvents(stream()?, Position(decimal(from)?))
            }
            ("record-parts", Some(from)) => Self::RecordParts(stream()?, StreamId(decimal(from)?)),
            ("rollback", None) => Self::Rollback(stream()?),
            ("rollbacks", None) => Self::Rollbacks(at()?),
            ("residue", None) => Self::Residue(stream()?),
            ("proof", None) => {
                Self::Proof(Position(decimal(second?.strip_suffix(".tlog-proof")?)?))
            }
            ("verify", None) if second.is_none() => Self::Verify,
            ("search", None) if second.is_none() => search(query)?,
            _ => return None,
        };
        Some(found)
    }
}

/// First position of the page of the log that holds an event.
pub fn page_of(at: Position) -> u64 {
    at.0 - at.0 % EVENTS_PER_PAGE
}

/// Numbers that the databases can hold, in digits alone.
fn decimal(word: &str) -> Option<u64> {
    let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.then(|| word.parse().ok()).flatten()?;
    (number < i64::MAX as u64).then_some(number)
}

fn search(query: &str) -> Option<Address> {
    let (mut word, mut from) = (String::new(), 0);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "q" => word = value.trim().to_owned(),
            "from" => from = decimal(&value)?,
            _ => {}
        }
    }
    Some(Address::Search(word, StreamId(from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_read_as_it_is_written() {
        let run = RunId([7; 16]);
        for address in [
            Address::Overview,
            Address::Runs(None),
            Address::Runs(Some(run)),
            Address::Run(run),
            Address::Events(Position(300)),
            Address::Reconciliation,
            Address::Findings(FindingKind::Kept, Position(12)),
            Address::Losses(StreamId(4)),
            Address::Records(StreamId(5)),
            Address::Waiting(StreamId(6)),
            Address::Record(StreamId(7)),
            Address::RecordEvents(StreamId(7), Position(8)),
            Address::RecordParts(StreamId(7), StreamId(9)),
            Address::Rollback(StreamId(1)),
            Address::Rollbacks(Position(2)),
            Address::Residue(StreamId(3)),
            Address::Proof(Position(11)),
            Address::Verify,
            Address::Search("a/b c&d=é".into(), StreamId(3)),
        ] {
            let written = address.path();
            let (path, query) = written.split_once('?').unwrap_or((&written, ""));
            assert_eq!(Address::parse(path, query), Some(address), "{written}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for path in [
            "/x",
            "/run",
            "/run/1",
            "/record",
            "/record/-1",
            "/record/1/2/3",
            "/events/1e3",
            "/record/99999999999999999999",
            "/proof/1",
            "/findings/other",
            "record/1",
            "/../etc",
        ] {
            assert_eq!(Address::parse(path, ""), None, "{path}");
        }
        assert_eq!(Address::parse("/events/123", ""), Some(Address::Events(Position(100))));
    }
}
