//! What an export says of its own form, in whatever language it was made: who writes "Reply by",
//! who is staff, which states are closed, and by which clock its dates were written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::export_file::Workbook;
use super::export_layout::{self, Layout};
use super::export_text::{followers, heads};
use super::history;
use super::list;
use super::row::Row;
use super::text::decode;
use super::time;
use crate::source::bundle::states::fold;
use crate::source::contract::SourceError;

/// Offsets are whole quarters of an hour.
const QUARTER_S: i64 = 900;

/// A ticket and the first line of its history are written within so many seconds of each other.
const APART_S: i64 = 5;

/// Words before and after the author of a reply in Hesk's own languages, where nothing in the
/// file tells: a name that is known elsewhere tells better.
const SHIPPED: [(&str, &str); 12] = [
    ("Reply by ", ""),
    ("Respuesta de ", ""),
    ("Respuesta por ", ""),
    ("Antwort von ", ""),
    ("Réponse de ", ""),
    ("Réponse par ", ""),
    ("Risposta di ", ""),
    ("Risposta da ", ""),
    ("Resposta de ", ""),
    ("Resposta por ", ""),
    ("Antwoord van ", ""),
    ("Odgovoril ", ""),
];

/// What an export says of its own form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What stands before the author of a reply, and after.
    around: Option<(String, String)>,
    /// Folded names of those who own tickets.
    owners: HashSet<String>,
    /// Folded words that stand before a login in a history: staff, perhaps with a word before.
    acting: HashSet<String>,
    /// Names by address in lower case: a follower may be named by the address alone.
    people: HashMap<String, String>,
    /// Tickets with a state's word that have a date of resolution, and that have none.
    states: BTreeMap<String, (u64, u64)>,
    /// By how much the export's clock was before UTC when it was made.
    pub offset: Option<FixedOffset>,
}

/// The moment of an export that its file name tells: `hesk_export_2023-12-01_11-00-00_…`.
fn moment(name: &str) -> Option<NaiveDateTime> {
    let name = name.rsplit('/').next()?;
    let digits = |text: &str, from: usize, to: usize| -> Option<u32> {
        let part = text.get(from..to)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    name.char_indices().map(|(at, _)| &name[at..]).find_map(|text| {
        let marks = text.as_bytes();
        if marks.len() < 19 || [4, 7, 13, 16].iter().any(|&at| marks[at] != b'-') {
            return None;
        }
        let year = i32::try_from(digits(text, 0, 4)?).ok()?;
        let day = NaiveDate::from_ymd_opt(year, digits(text, 5, 7)?, digits(text, 8, 10)?)?;
        let [hour, minute, second] =
            [digits(text, 11, 13)?, digits(text, 14, 16)?, digits(text, 17, 19)?];
        Some(day.and_time(NaiveTime::from_hms_opt(hour, minute, second)?))
    })
}

/// The offset of a zone's clock when it shows that time.
fn offset_at(local: NaiveDateTime, zone: Tz) -> Option<FixedOffset> {
    let instant = time::from_local(local, zone)?;
    let utc = chrono::DateTime::from_timestamp(instant.seconds(), 0)?;
    Some(zone.offset_from_utc_datetime(&utc.naive_utc()).fix())
}

impl Form {
    /// What a workbook says; `zone` is the site's.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn of(
        workbook: &Workbook,
        layout: &Layout,
        zone: Option<Tz>,
        date_format: Option<&str>,
    ) -> Result<Self, SourceError> {
        let mut form = Self::default();
        let columns = export_layout::columns(layout);
        let mut around: HashMap<(String, String), u64> = HashMap::new();
        let mut lone: HashSet<String> = HashSet::new();
        let mut offsets: BTreeMap<i32, u64> = BTreeMap::new();
        workbook.rows(&mut |line, cells| {
            if line > 1 {
                let row = export_layout::row(&columns, cells);
                form.take(&row, date_format, (&mut around, &mut lone));
                let seconds = zone.and_then(|zone| proven(&row, zone, date_format));
                *seconds.map_or(&mut 0, |seconds| offsets.entry(seconds).or_default()) += 1;
            }
            ControlFlow::Continue(())
        })?;
        let best = around.into_iter().max_by(|one, other| {
            (one.1, &other.0).cmp(&(other.1, &one.0)) // of equal ones always the same
        });
        form.around = best.map(|(around, _)| around).or_else(|| shipped(&lone));
        let said = zone.zip(moment(&workbook.name)).and_then(|(zone, at)| offset_at(at, zone));
        let proven = offsets.into_iter().max_by_key(|(_, times)| *times);
        let proven = proven.and_then(|(seconds, _)| FixedOffset::east_opt(seconds));
        form.offset = said.or(proven);
        Ok(form)
    }

    fn take(
        &mut self,
        row: &Row,
        date_format: Option<&str>,
        (around, lone): (&mut HashMap<(String, String), u64>, &mut HashSet<String>),
    ) {
        let owner = row.filled("owner").map(|name| fold(&decode(name)));
        self.owners.extend(owner.filter(|name| !name.is_empty()));
        for line in history::lines(row.filled("history").unwrap_or_default(), date_format) {
            self.acting.extend(line.named().into_iter().map(fold));
        }
        let asking = list::addresses(row.raw("email").unwrap_or_default()).into_iter().next();
        let named = row.filled("name").map(|name| name.trim().to_owned());
        let (following, _) = followers(row.raw("followers").unwrap_or_default());
        let following = following.into_iter().map(|(name, address)| (address, name));
        for (address, name) in asking.map(|address| (address, named)).into_iter().chain(following) {
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                self.people.entry(address.to_lowercase()).or_insert(name);
            }
        }
        if let Some(word) = row.filled("status") {
            let closed = row.filled("closedat").is_some();
            let (with, without) = self.states.entry(fold(&decode(word))).or_default();
            *if closed { with } else { without } += 1;
        }
        let known = names(row);
        for head in heads(row.filled("reply_messages").unwrap_or_default(), date_format) {
            let head = decode(head);
            let named = known.iter().filter(|name| head.contains(name.as_str()));
            match named.max_by_key(|name| name.len()).and_then(|name| head.split_once(&**name)) {
                Some((before, after)) => {
                    *around.entry((before.to_owned(), after.to_owned())).or_default() += 1;
                }
                None => {
                    lone.insert(head);
                }
            }
        }
    }

    /// The author of a reply's first line; `None` if it has not the form of one.
    pub fn author(&self, head: &str) -> Option<String> {
        let head = decode(head.trim_end());
        let Some((before, after)) = &self.around else { return Some(head) };
        let name = head.strip_prefix(before.as_str())?.strip_suffix(after.trim_end())?;
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// Whether somebody of that name answers for the help desk: the owner of a ticket, somebody
    /// with a login, or somebody of whom only a word in brackets is left.
    pub fn is_staff(&self, name: &str) -> bool {
        let folded = fold(name);
        let bracketed = name.starts_with('[') && name.ends_with(']');
        bracketed || self.owners.contains(&folded) || self.acting.contains(&folded)
    }

    /// The name of whoever has that address.
    pub fn name_of(&self, address: &str) -> Option<&str> {
        self.people.get(&address.to_lowercase()).map(String::as_str)
    }

    /// The longest end of these words that is the name of somebody who owns tickets.
    pub fn owner_at_end<'a>(&self, words: &[&'a str]) -> Option<&'a str> {
        words.iter().copied().find(|name| self.owners.contains(&fold(name)))
    }

    /// Whether the tickets of a state have dates of resolution: all of them or none.
    pub fn closes(&self, word: &str) -> Option<bool> {
        match self.states.get(&fold(&decode(word))) {
            Some((with, 0)) if *with > 0 => Some(true),
            Some((0, without)) if *without > 0 => Some(false),
            _ => None,
        }
    }
}

/// Who is named in a row besides in its replies.
fn names(row: &Row) -> Vec<String> {
    let mut names: Vec<String> = ["name", "owner"]
        .iter()
        .filter_map(|column| row.filled(column))
        .map(|name| name.trim().to_owned())
        .collect();
    names.extend(list::addresses(row.raw("email").unwrap_or_default()));
    for (name, address) in followers(row.raw("followers").unwrap_or_default()).0 {
        names.extend(name);
        names.push(address);
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The words around the names of people whom nothing else names.
fn shipped(heads: &HashSet<String>) -> Option<(String, String)> {
    let found = SHIPPED.iter().find(|(before, after)| {
        heads.iter().any(|head| head.starts_with(before) && head.ends_with(after))
    });
    found.map(|(before, after)| ((*before).to_owned(), (*after).to_owned())).or_else(|| {
        // What all of several begin with, to the end of a word.
        let mut heads = heads.iter();
        let first = heads.next()?;
        let mut common = first.as_str();
        for head in heads {
            let same = common.char_indices().zip(head.chars()).find(|((_, a), b)| a != b);
            let end = same.map_or(common.len().min(head.len()), |((at, _), _)| at);
            common = &common[..end];
        }
        let end = common.rfind(' ').filter(|_| common.len() < first.len())?;
        Some((common[..=end].to_owned(), String::new()))
    })
}

/// The offset of the export's clock that a row proves: the first line of its history is written by
/// the true clock of its day.
fn proven(row: &Row, zone: Tz, date_format: Option<&str>) -> Option<i32> {
    let written = time::iso(row.filled("dt")?)?;
    let lines = history::lines(row.filled("history")?, date_format);
    let local = lines.first()?.local?;
    let of_day = i64::from(offset_at(local, zone)?.local_minus_utc());
    let seconds = of_day - (local - written).num_seconds();
    let rounded = (seconds + QUARTER_S / 2).div_euclid(QUARTER_S) * QUARTER_S;
    let near = (seconds - rounded).abs() <= APART_S;
    near.then(|| i32::try_from(rounded).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_name_tells_when_it_was_made() {
        for (name, expected) in [
            ("hesk_export_2023-12-01_11-00-00_000001.xml", Some("2023-12-01 11:00:00")),
            ("all.zip/hesk_export_2024-07-02_08-05-59_12.xml", Some("2024-07-02 08:05:59")),
            ("hesk_export_2023-13-01_11-00-00.xml", None),
            ("2023-12-01_11-00-00/hesk_export.xml", None),
            ("tickets é.xml", None),
        ] {
            let found = moment(name).map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn words_around_names_are_found_without_knowing_the_language() {
        let heads = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
        let all = heads(&["Svar från Åsa Ek", "Svar från Åke", "Svar från olle@example.se"]);
        assert_eq!(shipped(&all), Some(("Svar från ".to_owned(), String::new())));
        assert_eq!(shipped(&heads(&["Antwort von Uwe"])).unwrap().0, "Antwort von ");
        assert_eq!(shipped(&heads(&["Svar från Åsa"])), None);
        let form = Form { around: Some(("".into(), " wrote".into())), ..Form::default() };
        assert_eq!(form.author("Tom &amp; Co wrote").as_deref(), Some("Tom & Co"));
        assert_eq!(form.author("Tom & Co said"), None);
    }

    #[test]
    fn a_row_proves_the_clock_of_its_export() {
        let row = |dt: &str, first: &str| {
            let history = format!("<li class=\"smaller\">{first} | x</li>");
            Row::of(&[("dt", Some(dt)), ("history", Some(&history))])
        };
        let zone = chrono_tz::America::New_York;
        let of = |dt, first| proven(&row(dt, first), zone, None).map(|seconds| seconds / 3600);
        assert_eq!(
            of("2023-07-04T09:00:00.000", "2023-07-04 10:00:01"),
            Some(-5),
            "made in winter"
        );
        assert_eq!(of("2023-07-04T10:00:00.000", "2023-07-04 10:00:01"), Some(-4), "in summer");
        assert_eq!(of("2023-07-04T09:20:00.000", "2023-07-04 10:00:01"), None);
    }
}
