//! Times in transcripts: a clock without a day, or a whole date; and where they fall in time.

use chrono::{DateTime, LocalResult, NaiveTime, TimeDelta, TimeZone};
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
    /// The clock goes back by more than lines get out of order, and it is not the next day.
    Back,
}

/// The line that cannot be placed, counted from 0, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// Place of the line.
    pub line: usize,
    /// Why.
    pub why: Unplaced,
}

/// Clocks are off by some minutes; a line further outside its chat is misread.
const SLACK_MS: i64 = 3_600_000;

/// Lines are written down a little out of order where both sides type at once.
const BACK_MS: i64 = 300_000;

/// A chat of which no end is known is not silent for longer: what would be is no next day.
const SILENT_MS: i64 = 6 * 3_600_000;

/// The points in time of lines. The day comes from the chat's start. A clock that goes backwards
/// was set back, if that is the day for it; by a little it is a line out of order; else it is the
/// next day's. Lines without a time have that of the line before, else the start.
///
/// # Errors
/// If a line cannot be placed.
pub fn place(
    clocks: &[Option<Clock>],
    (start, end): (Option<Timestamp>, Option<Timestamp>),
    zone: Option<Tz>,
) -> Result<Vec<Option<Timestamp>>, Misplaced> {
    let mut placed = Vec::with_capacity(clocks.len());
    let mut latest: Option<Timestamp> = None;
    let mut last = start;
    for (line, clock) in clocks.iter().enumerate() {
        let because = |why: Unplaced| Misplaced { line, why };
        let time = match clock {
            None => last,
            Some(Clock::Whole(time)) => Some(*time),
            Some(Clock::Undecided(DateProblem::OrderUndecided)) => {
                return Err(because(Unplaced::NoOrder));
            }
            Some(Clock::Undecided(_)) => return Err(because(Unplaced::NoZone)),
            Some(Clock::Time(time)) => {
                let start = start.ok_or(because(Unplaced::NoDay))?;
                let zone = zone.ok_or(because(Unplaced::NoZone))?;
                let found = match latest {
                    None => nearest(*time, start, zone).ok_or(Unplaced::NoDay),
                    Some(latest) => after(*time, latest, zone, end.is_some()),
                };
                Some(found.map_err(because)?)
            }
        };
        let early = time.zip(start).is_some_and(|(time, start)| time.0 < start.0 - SLACK_MS);
        let late = time.zip(end).is_some_and(|(time, end)| time.0 > end.0 + SLACK_MS);
        if clock.is_some() && (early || late) {
            return Err(because(Unplaced::Outside));
        }
        if clock.is_some() {
            latest = latest.max(time);
        }
        placed.push(time);
        last = time;
    }
    Ok(placed)
}

/// Every point in time at which a zone's clock shows that time, on the day of another or one
/// beside it: the hour in which a clock is set back is there twice.
fn showing(time: NaiveTime, near: Timestamp, zone: Tz) -> Vec<Timestamp> {
    let Some(near) = DateTime::from_timestamp_millis(near.0) else { return Vec::new() };
    let today = near.with_timezone(&zone).naive_local().date().and_time(time);
    let day = TimeDelta::days(1);
    let days = [today.checked_sub_signed(day), Some(today), today.checked_add_signed(day)];
    let mut found = Vec::with_capacity(4);
    for local in days.into_iter().flatten() {
        match zone.from_local_datetime(&local) {
            LocalResult::Ambiguous(first, second) => {
                found.extend([first, second].map(|time| Timestamp(time.timestamp_millis())));
            }
            _ => found.push(date::local(local, zone).0),
        }
    }
    found
}

/// The first line is near the start, perhaps on the other side of midnight.
fn nearest(time: NaiveTime, start: Timestamp, zone: Tz) -> Option<Timestamp> {
    let found = showing(time, start, zone);
    found.into_iter().min_by_key(|moment| moment.0.abs_diff(start.0))
}

/// A line after another: the next time that the clock shows so, or one a little before. In the
/// night in which a clock is set back, only one that shows an earlier time is out of order.
fn after(time: NaiveTime, latest: Timestamp, zone: Tz, ends: bool) -> Result<Timestamp, Unplaced> {
    let found = showing(time, latest, zone);
    let next = found.iter().filter(|moment| **moment >= latest).min().copied();
    let before = found.iter().filter(|moment| **moment < latest).max().copied();
    let gap = next.map_or(i64::MAX, |next| next.0 - latest.0);
    let shown = DateTime::from_timestamp_millis(latest.0);
    let is_back = shown.is_some_and(|shown| time < shown.with_timezone(&zone).time());
    match (before, next) {
        (Some(before), _) if latest.0 - before.0 <= BACK_MS && (gap > SILENT_MS || is_back) => {
            Ok(before)
        }
        (_, Some(next)) if ends || gap <= SILENT_MS => Ok(next),
        (_, Some(_)) => Err(Unplaced::Back),
        (_, None) => Err(Unplaced::NoDay),
    }
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
        assert_eq!(
            placed(&["23:59", "23:58", "23:59"]).unwrap(),
            ["2023-09-26T21:59:00Z", "2023-09-26T21:58:00Z", "2023-09-26T21:59:00Z"]
        );
        let not = |line, why| Err(Misplaced { line, why });
        assert_eq!(placed(&["23:59", "23:40"]), not(1, Unplaced::Outside));
        assert_eq!(placed(&["20:00"]), not(0, Unplaced::Outside));
        let read = read(&["23:58"]);
        let not = |why| Err(Misplaced { line: 0, why });
        assert_eq!(place(&read, (None, None), Some(ROME)), not(Unplaced::NoDay));
        assert_eq!(place(&read, chat, None), not(Unplaced::NoZone));
    }

    /// Places lines of a chat without a known end.
    fn endless(start: &str, texts: &[&str], zone: Tz) -> Result<Vec<String>, Misplaced> {
        let rule = DateRule { order: None, zone: Some(zone) };
        let clocks: Vec<_> = texts.iter().map(|text| Clock::read(text, &rule)).collect();
        let times = place(&clocks, (Some(at(start)), None), Some(zone))?;
        Ok(times.into_iter().flatten().map(Timestamp::to_rfc3339).collect())
    }

    #[test]
    fn the_hour_of_a_change_is_there_twice_or_not_at_all() {
        // Clocks in Rome went from 3 to 2 on that night, in Kathmandu never.
        let lines = ["2:40:10", "2:58", "2:01:30", "02:59", "3:00"];
        assert_eq!(
            endless("2024-10-27T00:40:00Z", &lines, ROME).unwrap(),
            [
                "2024-10-27T00:40:10Z",
                "2024-10-27T00:58:00Z",
                "2024-10-27T01:01:30Z",
                "2024-10-27T01:59:00Z",
                "2024-10-27T02:00:00Z",
            ]
        );
        // A chat that begins in the second of the two hours.
        assert_eq!(
            endless("2024-10-27T01:40:00Z", &["2:40:10", "2:41"], ROME).unwrap(),
            ["2024-10-27T01:40:10Z", "2024-10-27T01:41:00Z"]
        );
        let kathmandu = chrono_tz::Asia::Kathmandu;
        let not = Err(Misplaced { line: 2, why: Unplaced::Back });
        assert_eq!(endless("2024-10-26T20:55:00Z", &lines, kathmandu), not);
        // From 2 to 3 in spring.
        assert_eq!(
            endless("2024-03-31T00:59:00Z", &["1:59", "3:00"], ROME).unwrap(),
            ["2024-03-31T00:59:00Z", "2024-03-31T01:00:00Z"]
        );
    }

    #[test]
    fn a_small_step_back_stays_on_its_day_and_a_large_one_is_doubtful() {
        let start = "2024-05-02T10:00:00Z";
        assert_eq!(
            endless(start, &["12:00:07", "12:00:04", "12:00:09"], ROME).unwrap(),
            ["2024-05-02T10:00:07Z", "2024-05-02T10:00:04Z", "2024-05-02T10:00:09Z"]
        );
        let late = "2024-05-02T21:58:00Z";
        assert_eq!(
            endless(late, &["23:59:58", "0:00:03", "23:59:59", "0:01"], ROME).unwrap()[2],
            "2024-05-02T21:59:59Z"
        );
        let not = Err(Misplaced { line: 1, why: Unplaced::Back });
        assert_eq!(endless(start, &["12:00", "8:30", "12:05"], ROME), not);
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
