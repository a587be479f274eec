//! Times in transcripts: a clock without a day, or a whole date; and where they fall in time.

use chrono::{DateTime, Days, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::model::Timestamp;
use crate::source::bundle::date::{self, DateProblem, DateRule};

/// A time as a line gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Hours, minutes, perhaps seconds.
    Time(NaiveTime),
    /// A point in time.
    Whole(Timestamp),
    /// A date that a decision must make readable first.
    Undecided(DateProblem),
}

/// A written time is no longer; longer text is not looked at.
const CLOCK_BYTES_MAX: usize = 40;

impl Clock {
    /// Reads `9:14`, `09:14:25`, `9:14 PM`, or a date with a time; `None` for anything else.
    pub fn read(text: &str, rule: &DateRule) -> Option<Self> {
        let text = text.trim();
        if text.len() > CLOCK_BYTES_MAX || !text.contains(':') {
            return None;
        }
        if let Some(time) = time(text) {
            return Some(Self::Time(time));
        }
        match date::parse(text, rule) {
            Ok((time, _)) => Some(Self::Whole(time)),
            Err(DateProblem::Unreadable) => None,
            Err(problem) => Some(Self::Undecided(problem)),
        }
    }
}

fn time(text: &str) -> Option<NaiveTime> {
    let (text, half) = halves(text);
    let mut parts = text.split(':');
    let mut number = |max: u32| {
        let part = parts.next()?;
        let digits = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u32>().ok().filter(|&number| digits && number <= max)
    };
    let (hours, minutes) = (number(23)?, number(59)?);
    let seconds = match text.matches(':').count() {
        1 => 0,
        2 => number(59)?,
        _ => return None,
    };
    let hours = match half {
        None => hours,
        Some(afternoon) if (1..=12).contains(&hours) => hours % 12 + 12 * u32::from(afternoon),
        Some(_) => return None,
    };
    NaiveTime::from_hms_opt(hours, minutes, seconds)
}

/// The time without `AM` or `PM`, and whether it is after noon.
fn halves(text: &str) -> (&str, Option<bool>) {
    for (ending, afternoon) in [("am", false), ("pm", true), ("a.m.", false), ("p.m.", true)] {
        let start = text.len().saturating_sub(ending.len());
        if text.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(ending)) {
            return (text[..start].trim_end(), Some(afternoon));
        }
    }
    (text, None)
}

/// Why times cannot be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// No day is known: the chat has no start.
    NoDay,
    /// The lines' clock is of no known zone.
    NoZone,
    /// Day and month cannot be told apart.
    NoOrder,
    /// A line lies far outside the chat.
    Outside,
}

/// Clocks are off by some minutes; a line further outside its chat is misread.
const SLACK_MS: i64 = 3_600_000;

/// The points in time of lines. The day comes from the chat's start; a clock that goes backwards
/// is the next day's. Lines without a time have that of the line before, else the start.
///
/// # Errors
/// If a line cannot be placed.
pub fn place(
    clocks: &[Option<Clock>],
    (start, end): (Option<Timestamp>, Option<Timestamp>),
    zone: Option<Tz>,
) -> Result<Vec<Option<Timestamp>>, Unplaced> {
    let mut placed = Vec::with_capacity(clocks.len());
    let mut before: Option<chrono::NaiveDateTime> = None;
    let mut last = start;
    for clock in clocks {
        let time = match clock {
            None => last,
            Some(Clock::Whole(time)) => Some(*time),
            Some(Clock::Undecided(DateProblem::OrderUndecided)) => return Err(Unplaced::NoOrder),
            Some(Clock::Undecided(_)) => return Err(Unplaced::NoZone),
            Some(Clock::Time(time)) => {
                let start = start.ok_or(Unplaced::NoDay)?;
                let zone = zone.ok_or(Unplaced::NoZone)?;
                let local = match before {
                    None => nearest(*time, start, zone).ok_or(Unplaced::NoDay)?,
                    Some(before) => after(*time, before).ok_or(Unplaced::NoDay)?,
                };
                before = Some(local);
                Some(date::local(local, zone).0)
            }
        };
        let early = time.zip(start).is_some_and(|(time, start)| time.0 < start.0 - SLACK_MS);
        let late = time.zip(end).is_some_and(|(time, end)| time.0 > end.0 + SLACK_MS);
        if clock.is_some() && (early || late) {
            return Err(Unplaced::Outside);
        }
        placed.push(time);
        last = time;
    }
    Ok(placed)
}

/// The first line is near the start, perhaps on the other side of midnight.
fn nearest(time: NaiveTime, start: Timestamp, zone: Tz) -> Option<chrono::NaiveDateTime> {
    let start = DateTime::from_timestamp_millis(start.0)?.with_timezone(&zone).naive_local();
    let today = start.date().and_time(time);
    let day = TimeDelta::days(1);
    [today.checked_sub_signed(day), Some(today), today.checked_add_signed(day)]
        .into_iter()
        .flatten()
        .min_by_key(|moment| (*moment - start).abs())
}

fn after(time: NaiveTime, before: chrono::NaiveDateTime) -> Option<chrono::NaiveDateTime> {
    let today = before.date().and_time(time);
    if today >= before { Some(today) } else { today.checked_add_days(Days::new(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROME: Tz = chrono_tz::Europe::Rome;
    const RULE: DateRule = DateRule { order: None, zone: Some(ROME) };

    fn at(text: &str) -> Timestamp {
        date::parse(text, &DateRule::default()).unwrap().0
    }

    #[test]
    fn clocks() {
        let time = |h, m, s| NaiveTime::from_hms_opt(h, m, s).map(Clock::Time);
        for (text, expected) in [
            ("9:14", time(9, 14, 0)),
            (" 09:14:25 ", time(9, 14, 25)),
            ("9:14 PM", time(21, 14, 0)),
            ("12:05 am", time(0, 5, 0)),
            ("12:05pm", time(12, 5, 0)),
            ("9:14 p.m.", time(21, 14, 0)),
            ("2023-09-26 11:14:25", Some(Clock::Whole(at("2023-09-26T09:14:25Z")))),
            ("2023-09-26T09:14:25Z", Some(Clock::Whole(at("2023-09-26T09:14:25Z")))),
            ("05/04/2023 10:00", Some(Clock::Undecided(DateProblem::OrderUndecided))),
            ("24:00", None),
            ("9:60", None),
            ("13:00 PM", None),
            ("9:14:25:1", None),
            ("914", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(Clock::read(text, &RULE), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_fall_into_their_chat() {
        let chat = (Some(at("2023-09-26T21:58:30Z")), Some(at("2023-09-26T22:10:00Z")));
        let read = |texts: &[&str]| -> Vec<Option<Clock>> {
            texts.iter().map(|text| Clock::read(text, &RULE)).collect()
        };
        let placed = |texts: &[&str]| {
            place(&read(texts), chat, Some(ROME)).map(|times| {
                times.into_iter().flatten().map(Timestamp::to_rfc3339).collect::<Vec<_>>()
            })
        };
        assert_eq!(
            placed(&["23:58", "", "23:59:10", "0:01", "00:02"]).unwrap(),
            [
                "2023-09-26T21:58:00Z",
                "2023-09-26T21:58:00Z",
                "2023-09-26T21:59:10Z",
                "2023-09-26T22:01:00Z",
                "2023-09-26T22:02:00Z",
            ]
        );
        assert_eq!(placed(&["00:01"]).unwrap(), ["2023-09-26T22:01:00Z"]);
        assert_eq!(placed(&["", ""]).unwrap(), ["2023-09-26T21:58:30Z"; 2]);
        assert_eq!(placed(&["23:59", "23:58"]), Err(Unplaced::Outside));
        assert_eq!(placed(&["20:00"]), Err(Unplaced::Outside));
        let read = read(&["23:58"]);
        assert_eq!(place(&read, (None, None), Some(ROME)), Err(Unplaced::NoDay));
        assert_eq!(place(&read, chat, None), Err(Unplaced::NoZone));
    }

    proptest::proptest! {
        #[test]
        fn no_clock_makes_it_panic(
            texts in proptest::collection::vec("[0-9:apmAPM. /é-]{0,20}", 0..6),
            start in proptest::option::of(proptest::num::i64::ANY),
        ) {
            let clocks: Vec<_> = texts.iter().map(|text| Clock::read(text, &RULE)).collect();
            let start = start.map(|ms| Timestamp(ms / 4));
            let _ = place(&clocks, (start, None), Some(ROME));
        }
    }
}
