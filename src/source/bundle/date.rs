//! Dates: the shapes that exports use, what a whole column says about the order of day and
//! month, and points in time.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use crate::model::Timestamp;
use crate::source::contract::DateOrder;

/// What the values of a column say about the order of day and month.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateEvidence {
    /// Values that can only be day first, and the line of the first one.
    pub day_first: u64,
    /// Values that can only be month first.
    pub month_first: u64,
    /// Values that can be read either way and differ by it.
    pub either: u64,
    /// Values without an offset.
    pub naive: u64,
    /// Line of the first value of each order: day first, month first, either.
    pub lines: [u64; 3],
}

impl DateEvidence {
    /// Takes one value.
    pub fn observe(&mut self, text: &str, line: u64) {
        if epoch_ms(text).is_some() {
            return;
        }
        let Some(parts) = Parts::of(text) else { return };
        self.naive += u64::from(parts.offset_s.is_none());
        let Day::Slashed(a, b, _) = parts.day else { return };
        let (count, index) = match (a > 12, b > 12) {
            (true, _) => (&mut self.day_first, 0),
            (_, true) => (&mut self.month_first, 1),
            _ if a == b => return,
            _ => (&mut self.either, 2),
        };
        *count += 1;
        if *count == 1 {
            self.lines[index] = line;
        }
    }

    /// Adds what another part of the same column said.
    pub fn merge(&mut self, other: &Self) {
        self.day_first += other.day_first;
        self.month_first += other.month_first;
        self.either += other.either;
        self.naive += other.naive;
    }

    /// The order, if the values agree on one.
    pub fn order(&self) -> Option<DateOrder> {
        match (self.day_first > 0, self.month_first > 0) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// True if the values contradict each other.
    pub fn is_mixed(&self) -> bool {
        self.day_first > 0 && self.month_first > 0
    }
}

/// How a column's dates are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateRule {
    /// Order of day and month where a value itself does not tell.
    pub order: Option<DateOrder>,
    /// Zone of times without an offset.
    pub zone: Option<Tz>,
}

/// Why a value is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateProblem {
    /// It has no known shape, or no such day exists.
    Unreadable,
    /// Day and month cannot be told apart.
    OrderUndecided,
    /// It has no offset, and no zone is known.
    ZoneUndecided,
}

/// How the clock behaved at that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockNote {
    /// As always.
    Plain,
    /// Set back: the time came twice, the earlier one is meant.
    Twice,
    /// Set forward: the time never came, one hour later is meant.
    Never,
}

/// A point in time.
///
/// # Errors
/// If the value is no date, or a decision is missing.
pub fn parse(text: &str, rule: &DateRule) -> Result<(Timestamp, ClockNote), DateProblem> {
    if let Some(ms) = epoch_ms(text) {
        return Ok((Timestamp(ms), ClockNote::Plain));
    }
    let parts = Parts::of(text).ok_or(DateProblem::Unreadable)?;
    let day = parts.day.resolve(rule.order)?;
    let naive = day.and_time(parts.time.unwrap_or_default());
    if let Some(offset_s) = parts.offset_s {
        let utc = naive.checked_sub_signed(TimeDelta::seconds(i64::from(offset_s)));
        let utc = utc.ok_or(DateProblem::Unreadable)?;
        return Ok((Timestamp(utc.and_utc().timestamp_millis()), ClockNote::Plain));
    }
    let zone = rule.zone.ok_or(DateProblem::ZoneUndecided)?;
    Ok(local(naive, zone))
}

/// A day as `YYYY-MM-DD`. An epoch value is taken in the column's zone, else in UTC.
///
/// # Errors
/// If the value is no date, or a decision is missing.
pub fn parse_day(text: &str, rule: &DateRule) -> Result<String, DateProblem> {
    let day = if epoch_ms(text).is_some() {
        let (time, _) = parse(text, rule)?;
        let time = DateTime::<Utc>::from_timestamp_millis(time.0).ok_or(DateProblem::Unreadable)?;
        rule.zone.map_or(time.date_naive(), |zone| time.with_timezone(&zone).date_naive())
    } else {
        let parts = Parts::of(text).ok_or(DateProblem::Unreadable)?;
        parts.day.resolve(rule.order)?
    };
    Ok(day.format("%Y-%m-%d").to_string())
}

/// True if the value has the shape of a day without a time.
pub fn is_day(text: &str) -> bool {
    Parts::of(text).is_some_and(|parts| parts.time.is_none())
}

/// True if the value has the shape of any date other than an epoch or spreadsheet number.
pub fn is_written_date(text: &str) -> bool {
    text.contains(['-', '/', ':', '.', ' ']) && text.parse::<f64>().is_err() && {
        Parts::of(text).is_some()
    }
}

/// A time of a zone's clock as a point in time.
pub fn local(naive: NaiveDateTime, zone: Tz) -> (Timestamp, ClockNote) {
    let stamp = |time: DateTime<Tz>| Timestamp(time.timestamp_millis());
    match zone.from_local_datetime(&naive) {
        chrono::LocalResult::Single(time) => (stamp(time), ClockNote::Plain),
        chrono::LocalResult::Ambiguous(first, _) => (stamp(first), ClockNote::Twice),
        chrono::LocalResult::None => {
            let later = naive + TimeDelta::hours(1);
            let time = zone.from_local_datetime(&later).earliest();
            (time.map_or(Timestamp(later.and_utc().timestamp_millis()), stamp), ClockNote::Never)
        }
    }
}

/// Milliseconds since 1970. Seconds have 10 digits, milliseconds 13, microseconds 16; programs that
/// keep them as fractions add digits behind a point, or write a power of ten.
fn epoch_ms(text: &str) -> Option<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((mantissa, power)) = text.split_once(['E', 'e']) {
        // Fewer digits would not tell the second.
        let exact = mantissa.bytes().filter(u8::is_ascii_digit).count() >= 10;
        let power = power.strip_prefix('+').unwrap_or(power);
        if !exact || !matches!(power, "9" | "09" | "12") || !digits(&mantissa.replacen('.', "", 1))
        {
            return None;
        }
        let number: f64 = text.parse().ok()?;
        let ms = if power == "12" { number } else { number * 1000.0 };
        return (1e12..1e13).contains(&ms).then_some(ms.round() as i64);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !matches!(whole.len(), 10 | 13 | 16) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    Some(match whole.len() {
        10 => {
            let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
            number.saturating_mul(1000).saturating_add(thousandths.parse().ok()?)
        }
        13 => number,
        _ => number.div_euclid(1000),
    })
}

enum Day {
    Known(NaiveDate),
    /// First and second number, and the year: the order is the column's.
    Slashed(u32, u32, i32),
}

impl Day {
    fn resolve(&self, order: Option<DateOrder>) -> Result<NaiveDate, DateProblem> {
        let (day, month, year) = match *self {
            Self::Known(day) => return Ok(day),
            Self::Slashed(a, b, year) if a > 12 || a == b => (a, b, year),
            Self::Slashed(a, b, year) if b > 12 => (b, a, year),
            Self::Slashed(a, b, year) => match order {
                Some(DateOrder::DayFirst) => (a, b, year),
                Some(DateOrder::MonthFirst) => (b, a, year),
                None => return Err(DateProblem::OrderUndecided),
            },
        };
        NaiveDate::from_ymd_opt(year, month, day).ok_or(DateProblem::Unreadable)
    }
}

struct Parts {
    day: Day,
    time: Option<NaiveTime>,
    offset_s: Option<i32>,
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        // The longest date in words is far shorter; bodies in a date column are not searched.
        const DATE_BYTES_MAX: usize = 48;
        // Programs name the zone once more behind the offset.
        let text = match text.split_once(" (") {
            Some((date, comment)) if comment.ends_with(')') => date.trim_end(),
            _ => text,
        };
        if text.len() > DATE_BYTES_MAX || !text.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        if let Some(serial) = serial(text) {
            return Some(serial);
        }
        let (date, clock) = split_clock(text);
        let (date, clock) = match clock.and_then(|clock| year_last(date, clock)) {
            Some((ref date, clock)) => return Self::parted(date, Some(clock)),
            None => (date, clock),
        };
        Self::parted(date, clock)
    }

    fn parted(date: &str, clock: Option<&str>) -> Option<Self> {
        let day = written_day(date)?;
        let Some(clock) = clock else { return Some(Self { day, time: None, offset_s: None }) };
        let (time, offset_s) = written_time(clock)?;
        Some(Self { day, time: Some(time), offset_s })
    }
}

/// Days since the spreadsheet epoch of 1900: only the range of plausible years, 1954 to 2064.
/// Spreadsheets of the 1904 system are converted when the sheet is read.
fn serial(text: &str) -> Option<Parts> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() != 5 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let value: f64 = text.parse().ok().filter(|v| (20_000.0..=60_000.0).contains(v))?;
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(value as u64))?;
    let ms = (value.fract() * 86_400_000.0).round();
    let (time, days) =
        NaiveTime::default().overflowing_add_signed(TimeDelta::milliseconds(ms as i64));
    // A fraction just under one is midnight of the next day.
    let day = if days > 0 { day.succ_opt()? } else { day };
    let time = (value.fract() > 0.0).then_some(time);
    Some(Parts { day: Day::Known(day), time, offset_s: None })
}

/// The clock time starts with the digits before the first `:`.
fn split_clock(text: &str) -> (&str, Option<&str>) {
    let Some(colon) = text.find(':') else { return (text, None) };
    let hours = text[..colon].bytes().rev().take_while(u8::is_ascii_digit).count();
    let (date, clock) = text.split_at(colon - hours);
    (date.trim_end_matches([' ', 'T', 't', ',']), Some(clock))
}

/// `Sep 26`, `09:14:25 CEST 2023`: the year belongs to the day.
fn year_last<'t>(date: &str, clock: &'t str) -> Option<(String, &'t str)> {
    let (clock, year) = clock.rsplit_once(' ')?;
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    let named = date.split_whitespace().any(|word| month_by_name(word).is_some());
    (is_year && named).then(|| (format!("{date} {year}"), clock.trim_end()))
}

/// Names of weekdays begin so, in English, Italian, Spanish, French and German.
const WEEKDAYS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mar", "mer", "gio", "ven", "sab",
    "dom", "mié", "mie", "jue", "vie", "sáb", "jeu", "sam", "dim", "die", "mit", "don", "fre",
    "son",
];

fn is_weekday(word: &str) -> bool {
    let word = word.to_lowercase();
    WEEKDAYS.iter().any(|start| word.starts_with(start))
}

fn written_day(date: &str) -> Option<Day> {
    if date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(date, "%Y%m%d")
            .ok()
            .filter(|day| (1995..2100).contains(&day.year()))
            .map(Day::Known);
    }
    let parts = date.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let mut parts = parts.take(5).collect::<Vec<_>>();
    if parts.len() == 4 && parts.first().is_some_and(|word| is_weekday(word)) {
        parts.remove(0);
    }
    let &[a, b, c] = parts.as_slice() else { return None };
    let number = |text: &str| {
        (text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let year = |text: &str| {
        (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let known =
        |year: i32, month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day).map(Day::Known);
    if let Some(first) = year(a) {
        return known(first, number(b)?, number(c)?);
    }
    let year = year(c)?;
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a > 0 && b > 0 && (a <= 12 || b <= 12) && a <= 31 && b <= 31 => {
            Some(Day::Slashed(a, b, year))
        }
        (Some(day), None) => known(year, month_by_name(b)?, day),
        (None, Some(day)) => known(year, month_by_name(a)?, day),
        _ => None,
    }
}

/// Month names in the languages of Deskero's interface: English, Italian, Spanish, French.
fn month_by_name(name: &str) -> Option<u32> {
    const STARTS: &[(&str, u32)] = &[
        ("jan", 1),
        ("gen", 1),
        ("ene", 1),
        ("feb", 2),
        ("fév", 2),
        ("fev", 2),
        ("mar", 3),
        ("apr", 4),
        ("abr", 4),
        ("avr", 4),
        ("may", 5),
        ("mag", 5),
        ("mai", 5),
        ("jun", 6),
        ("giu", 6),
        ("juin", 6),
        ("jul", 7),
        ("lug", 7),
        ("juil", 7),
        ("aug", 8),
        ("ago", 8),
        ("aoû", 8),
        ("aou", 8),
        ("sep", 9),
        ("set", 9),
        ("oct", 10),
        ("ott", 10),
        ("nov", 11),
        ("dec", 12),
        ("dic", 12),
        ("déc", 12),
    ];
    let name = name.to_lowercase();
    STARTS.iter().find(|(start, _)| name.starts_with(start)).map(|&(_, month)| month)
}

/// True if the value is a month name with a number: what spreadsheets make of `10/2013`.
pub fn is_month_and_year(text: &str) -> bool {
    let mut parts = text.split(['-', ' ', '/', '.']).filter(|part| !part.is_empty());
    let (Some(a), Some(b), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    (digits(b) && month_by_name(a).is_some()) || (digits(a) && month_by_name(b).is_some())
}

fn written_time(clock: &str) -> Option<(NaiveTime, Option<i32>)> {
    let end = clock
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(clock.len());
    let (digits, rest) = clock.split_at(end);
    let mut parts = digits.splitn(3, ':');
    let mut hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let (second, nanos) = match parts.next() {
        None => (0, 0),
        Some(text) => {
            let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
            let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
            (whole.parse().ok()?, digits.parse().ok()?)
        }
    };
    let mut rest = rest.trim();
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    if let Some(half @ ("am" | "pm")) = half.as_deref() {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        rest = rest[2..].trim_start();
    }
    // A leap second is read as the second before it.
    let time = NaiveTime::from_hms_nano_opt(hour, minute, std::cmp::min(second, 59), nanos)?;
    if rest.is_empty() {
        return Some((time, None));
    }
    offset(rest).map(|offset_s| (time, Some(offset_s)))
}

/// Zones by their letters: those of RFC 2822 and of European clocks. Letters that stand for
/// several zones (`IST`) are left out.
const ZONES: &[(&str, i32)] = &[
    ("Z", 0),
    ("UT", 0),
    ("UTC", 0),
    ("GMT", 0),
    ("WET", 0),
    ("WEST", 1),
    ("BST", 1),
    ("CET", 1),
    ("MEZ", 1),
    ("CEST", 2),
    ("MESZ", 2),
    ("EET", 2),
    ("EEST", 3),
    ("EDT", -4),
    ("EST", -5),
    ("CDT", -5),
    ("CST", -6),
    ("MDT", -6),
    ("MST", -7),
    ("PDT", -7),
    ("PST", -8),
];

fn offset(text: &str) -> Option<i32> {
    if let Some(&(_, hours)) = ZONES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
        return Some(hours * 3600);
    }
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|&c| c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits[..2].parse().ok()?;
    let minutes: i32 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROME: DateRule = DateRule { order: None, zone: Some(chrono_tz::Europe::Rome) };

    #[test]
    fn shapes() {
        let day_first = DateRule { order: Some(DateOrder::DayFirst), ..ROME };
        let month_first = DateRule { order: Some(DateOrder::MonthFirst), ..ROME };
        for (text, rule, expected) in [
            ("1695719665", ROME, "2023-09-26T09:14:25Z"),
            ("1695719665000", ROME, "2023-09-26T09:14:25Z"),
            ("1695719665000000", ROME, "2023-09-26T09:14:25Z"),
            ("2023-09-26T09:14:25Z", DateRule::default(), "2023-09-26T09:14:25Z"),
            ("2023-09-26T11:14:25+02:00", DateRule::default(), "2023-09-26T09:14:25Z"),
            ("2023-09-26 11:14:25.500 +0200", DateRule::default(), "2023-09-26T09:14:25Z"),
            ("2023-09-26 11:14:25", ROME, "2023-09-26T09:14:25Z"),
            ("2023-09-26 11:14", ROME, "2023-09-26T09:14:00Z"),
            ("2023-09-26", ROME, "2023-09-25T22:00:00Z"),
            ("26/09/2023 11:14", ROME, "2023-09-26T09:14:00Z"),
            ("09/26/2023 11:14 AM", ROME, "2023-09-26T09:14:00Z"),
            ("9/26/2023 1:14 PM", ROME, "2023-09-26T11:14:00Z"),
            ("05/04/2023", day_first, "2023-04-04T22:00:00Z"),
            ("05/04/2023", month_first, "2023-05-03T22:00:00Z"),
            ("04/04/2023", ROME, "2023-04-03T22:00:00Z"),
            ("26-Sep-2023 11:14", ROME, "2023-09-26T09:14:00Z"),
            ("26 settembre 2023, 11:14", ROME, "2023-09-26T09:14:00Z"),
            ("Sep 26, 2023", ROME, "2023-09-25T22:00:00Z"),
            ("3 juil 2023", ROME, "2023-07-02T22:00:00Z"),
            ("20230926", ROME, "2023-09-25T22:00:00Z"),
            ("1695719665000.0", ROME, "2023-09-26T09:14:25Z"),
            ("1695719665.0", ROME, "2023-09-26T09:14:25Z"),
            ("1.695719665E+12", ROME, "2023-09-26T09:14:25Z"),
            ("1.695719665E9", ROME, "2023-09-26T09:14:25Z"),
            ("Tue, 26 Sep 2023 11:14:25 +0200", ROME, "2023-09-26T09:14:25Z"),
            ("Tue, 26 Sep 2023 11:14:25 +0200 (CEST)", ROME, "2023-09-26T09:14:25Z"),
            ("26 Sep 2023 05:14:25 EDT", ROME, "2023-09-26T09:14:25Z"),
            ("2023-09-26 11:14:25 CEST", ROME, "2023-09-26T09:14:25Z"),
            ("Tue Sep 26 11:14:25 CEST 2023", ROME, "2023-09-26T09:14:25Z"),
            ("Tue Sep 26 11:14:25 2023", ROME, "2023-09-26T09:14:25Z"),
            (
                "Tue Sep 26 2023 11:14:25 GMT+0200 (Central European Summer Time)",
                ROME,
                "2023-09-26T09:14:25Z",
            ),
            ("45194.9999999999", ROME, "2023-09-25T22:00:00Z"),
            ("45195.468345", ROME, "2023-09-26T09:14:25Z"),
            ("45195", ROME, "2023-09-25T22:00:00Z"),
        ] {
            let (time, note) = parse(text, &rule).unwrap_or_else(|e| panic!("{text}: {e:?}"));
            assert_eq!((time.to_rfc3339().as_str(), note), (expected, ClockNote::Plain), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        for (text, problem) in [
            ("soon", DateProblem::Unreadable),
            ("2023-13-01", DateProblem::Unreadable),
            ("30/02/2023", DateProblem::Unreadable),
            ("2023-09-26 25:00", DateProblem::Unreadable),
            ("1.6957E+12", DateProblem::Unreadable),
            ("2023-09-26 11:14 IST", DateProblem::Unreadable),
            ("169571966500", DateProblem::Unreadable),
            ("12", DateProblem::Unreadable),
            ("", DateProblem::Unreadable),
            ("1/2/23", DateProblem::Unreadable),
            ("2023-09-26 10:00 sharp", DateProblem::Unreadable),
            ("05/04/2023", DateProblem::OrderUndecided),
        ] {
            assert_eq!(parse(text, &ROME), Err(problem), "{text}");
        }
        assert_eq!(
            parse("2023-09-26 10:00", &DateRule::default()),
            Err(DateProblem::ZoneUndecided)
        );
    }

    #[test]
    fn clock_changes_are_told() {
        let note = |text| parse(text, &ROME).unwrap().1;
        assert_eq!(note("2023-10-29 02:30:00"), ClockNote::Twice);
        assert_eq!(note("2023-03-26 02:30:00"), ClockNote::Never);
        assert_eq!(
            parse("2023-03-26 02:30", &ROME).unwrap().0.to_rfc3339(),
            "2023-03-26T01:30:00Z"
        );
    }

    #[test]
    fn the_column_decides_the_order() {
        let evidence = |values: &[&str]| {
            let mut evidence = DateEvidence::default();
            values.iter().zip(2..).for_each(|(value, line)| evidence.observe(value, line));
            evidence
        };
        let clear = evidence(&["05/04/2023", "31/12/2022"]);
        assert_eq!((clear.order(), clear.lines), (Some(DateOrder::DayFirst), [3, 0, 2]));
        assert_eq!(evidence(&["05/04/2023", "12/31/2022"]).order(), Some(DateOrder::MonthFirst));
        assert_eq!(evidence(&["05/04/2023", "04/04/2023"]).order(), None);
        assert!(evidence(&["13/01/2023", "01/13/2023"]).is_mixed());
        assert_eq!(evidence(&["1695719665000", "2023-01-02T00:00:00Z"]), DateEvidence::default());
    }

    #[test]
    fn days() {
        assert_eq!(parse_day("31/12/1980", &ROME).unwrap(), "1980-12-31");
        assert_eq!(parse_day("1980-12-31", &ROME).unwrap(), "1980-12-31");
        assert_eq!(parse_day("1695679200000", &ROME).unwrap(), "2023-09-26");
    }

    #[test]
    fn spreadsheet_dates_of_ticket_numbers() {
        for (text, seen) in [
            ("Oct-13", true),
            ("ott-13", true),
            ("13-Oct", true),
            ("10/2013", false),
            ("7/2023", false),
        ] {
            assert_eq!(is_month_and_year(text), seen, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}", digits in "[0-9:./ T+-]{0,30}") {
            for text in [&text, &digits] {
                let _ = parse(text, &ROME);
                let _ = parse_day(text, &DateRule::default());
                DateEvidence::default().observe(text, 1);
                is_month_and_year(text);
            }
        }
    }
}
