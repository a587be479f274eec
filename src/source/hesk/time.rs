//! Times as Hesk writes them: columns in UTC by our session, history in the site's own clock.

use chrono::TimeZone;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use crate::model::Timestamp;

/// Second of the column default `2000-01-01 00:00:00`, which is not a date.
const COLUMN_DEFAULT_S: i64 = 946_684_800;

/// A column's `YYYY-MM-DD HH:MM:SS` in UTC. Zero dates and the column default are nothing.
pub fn utc(text: &str) -> Option<Timestamp> {
    let time = iso(text)?;
    let seconds = time.and_utc().timestamp();
    (seconds > COLUMN_DEFAULT_S).then(|| Timestamp::from_seconds(seconds))
}

/// `YYYY-MM-DD HH:MM[:SS]`, also with `T` and fractions.
pub fn iso(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<u32> {
        bytes.get(from..to)?.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    if bytes.len() < 16
        || bytes[4] != b'-'
        || bytes[7] != b'-'
        || !matches!(bytes[10], b' ' | b'T')
        || bytes[13] != b':'
    {
        return None;
    }
    let year = i32::try_from(digits(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, digits(5, 7)?, digits(8, 10)?)?;
    let second = match bytes.get(16) {
        None => 0,
        Some(b':') => digits(17, 19)?,
        Some(_) => return None,
    };
    let rest = text.get(19..).unwrap_or_default();
    let fraction = |rest: &str| {
        rest.strip_prefix('.').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !rest.is_empty() && !fraction(rest) {
        return None;
    }
    Some(date.and_time(NaiveTime::from_hms_opt(digits(11, 13)?, digits(14, 16)?, second)?))
}

/// A wall clock's reading in UTC: the earlier one where the clock was set back, the one after the
/// gap where it was set forward.
pub fn from_local(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    let found = zone.from_local_datetime(&local);
    let second = match found.earliest() {
        Some(time) => time.timestamp(),
        None => {
            let before = local - chrono::Duration::hours(1);
            zone.from_local_datetime(&before).earliest()?.timestamp() + 3600
        }
    };
    Some(Timestamp::from_seconds(second))
}

/// The day that an instant has in a zone, `YYYY-MM-DD`.
pub fn day(time: Timestamp, zone: Tz) -> Option<String> {
    let utc = chrono::DateTime::from_timestamp(time.seconds(), 0)?;
    Some(utc.with_timezone(&zone).format("%Y-%m-%d").to_string())
}

/// What a wall clock in a zone shows at an instant, `YYYY-MM-DD HH:MM:SS`.
pub fn wall(time: Timestamp, zone: Tz) -> Option<String> {
    let utc = chrono::DateTime::from_timestamp(time.seconds(), 0)?;
    Some(utc.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string())
}

/// The day of a custom date: a Unix timestamp at midnight UTC.
pub fn custom_day(text: &str) -> Option<String> {
    let second: i64 = text.trim().parse().ok()?;
    Some(chrono::DateTime::from_timestamp(second, 0)?.format("%Y-%m-%d").to_string())
}

/// Reads a time by a PHP format, as the settings file holds one (`d.m.Y H:i`). Only formats that
/// name a whole date are of use; letters that say nothing about the time are skipped over.
pub fn by_format(text: &str, format: &str) -> Option<NaiveDateTime> {
    let mut at = Parts { rest: text.trim(), ..Parts::default() };
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            at.literal(letters.next()?)?;
        } else {
            at.take(letter)?;
        }
    }
    if !at.rest.is_empty() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(at.year?, at.month?, at.day?)?;
    let hour = match at.afternoon {
        Some(true) if at.hour < 12 => at.hour + 12,
        Some(false) if at.hour == 12 => 0,
        _ => at.hour,
    };
    Some(date.and_time(NaiveTime::from_hms_opt(hour, at.minute, at.second)?))
}

#[derive(Default)]
struct Parts<'a> {
    rest: &'a str,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    hour: u32,
    minute: u32,
    second: u32,
    afternoon: Option<bool>,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl Parts<'_> {
    fn take(&mut self, letter: char) -> Option<()> {
        match letter {
            'd' | 'j' => self.day = Some(self.number(2)?),
            'm' | 'n' => self.month = Some(self.number(2)?),
            'Y' => self.year = i32::try_from(self.number(4)?).ok(),
            'y' => self.year = i32::try_from(2000 + self.number(2)?).ok(),
            'H' | 'G' | 'h' | 'g' => self.hour = self.number(2)?,
            'i' => self.minute = self.number(2)?,
            's' => self.second = self.number(2)?,
            'M' | 'F' => {
                let word = self.word().get(..3)?.to_ascii_lowercase();
                self.month = MONTHS.iter().zip(1..).find(|(name, _)| **name == word).map(|m| m.1);
                self.month?;
            }
            'D' | 'l' | 'S' | 'e' | 'T' => {
                self.word();
            }
            'a' | 'A' => {
                self.afternoon = match self.word().to_ascii_lowercase().as_str() {
                    "am" => Some(false),
                    "pm" => Some(true),
                    _ => return None,
                };
            }
            letter => self.literal(letter)?,
        }
        Some(())
    }

    fn number(&mut self, digits_max: usize) -> Option<u32> {
        let digits = self.rest.bytes().take(digits_max).take_while(u8::is_ascii_digit).count();
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some(number)
    }

    fn word(&mut self) -> String {
        let end = self.rest.find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn literal(&mut self, letter: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(letter)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utc_and_some_dates_are_none() {
        for (text, expected) in [
            ("2023-09-26 09:14:25", Some("2023-09-26T09:14:25Z")),
            ("0000-00-00 00:00:00", None),
            ("2000-01-01 00:00:00", None),
            ("2023-09-26", None),
            ("", None),
        ] {
            assert_eq!(utc(text).map(Timestamp::to_rfc3339).as_deref(), expected, "{text}");
        }
        assert!(iso("2023-09-26T09:14:25.000").is_some() && iso("2023-09-26T09:14").is_some());
    }

    #[test]
    fn formats_of_php() {
        for (text, format, expected) in [
            ("26.09.2023 09:14", "d.m.Y H:i", Some("2023-09-26 09:14:00")),
            ("Sep 26, 2023 9:14 pm", "M j, Y g:i a", Some("2023-09-26 21:14:00")),
            ("12:05 AM 1/2/24", "h:i A n/j/y", Some("2024-01-02 00:05:00")),
            ("26 Şubat 2023 10:00", "j F Y H:i", None),
            ("26.09.2023 09:14 x", "d.m.Y H:i", None),
        ] {
            let found = by_format(text, format).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn clocks_that_jump() {
        let at = |text: &str| from_local(iso(text).unwrap(), chrono_tz::Europe::Berlin).unwrap();
        assert_eq!(at("2023-07-01 12:00:00").to_rfc3339(), "2023-07-01T10:00:00Z");
        assert_eq!(at("2023-10-29 02:30:00").to_rfc3339(), "2023-10-29T00:30:00Z");
        assert_eq!(at("2023-03-26 02:30:00").to_rfc3339(), "2023-03-26T01:30:00Z");
        let midnight = utc("2023-06-30 22:00:00").unwrap();
        assert_eq!(day(midnight, chrono_tz::Europe::Berlin).as_deref(), Some("2023-07-01"));
        assert_eq!(wall(midnight, chrono_tz::UTC).as_deref(), Some("2023-06-30 22:00:00"));
        let twice = ["2023-10-29 00:30:00", "2023-10-29 01:30:00"].map(|text| utc(text).unwrap());
        let shown = twice.map(|time| wall(time, chrono_tz::Europe::Berlin).unwrap());
        assert_eq!(shown, ["2023-10-29 02:30:00", "2023-10-29 02:30:00"]);
        assert_eq!(custom_day("1688169600").as_deref(), Some("2023-07-01"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "[0-9:T. éa/-]{0,24}",
            format in "[djmnYyHGis\\\\MFDaA. é]{0,10}",
        ) {
            utc(&text);
            custom_day(&text);
            by_format(&text, &format);
        }
    }
}
