//! The decisions as the map uses them: typed, with defaults filled in.

use crate::model::Timestamp;
use crate::model::record::{Article, Visibility};

use super::asked::Asked;
use super::decision::{Answer, Decisions};
use super::error::MappingError;
use super::policy_read;

pub use super::policy_source::{
    Addressless, Category, Collisions, CompanyFrom, CompanyKeys, CustomObjects, Erased, Handles,
    MultiSelect, SavedReplies, Selection, SourcePolicy, SystemLines, TagTarget, Technicians,
    Threads, TicketTypes,
};

/// Seconds over which the ends of snoozes are spread, so that they do not all end at once
/// (decision D3).
const SPREAD_SECONDS: u64 = 48 * 3600;

/// Seconds of a day.
const DAY_SECONDS: i64 = 24 * 3600;

/// Days of a snooze without a date of its own, where T3 takes the date that is given.
const GIVEN_DAYS: i64 = 7;

/// Bytes of a megabyte as decision G10 counts them.
const MEGABYTE: u64 = 1_000_000;

/// What becomes of a snoozed conversation without a date in the future (D3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Snooze {
    /// Snoozed for so many days.
    Days(i64),
    /// Open.
    Open,
    /// Closed.
    Close,
}

/// What becomes of mentions that belong to no conversation (D4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mentions {
    /// A contact and a conversation each.
    Standalone,
    /// A note in the related conversation.
    Merge,
    /// Listed only.
    Exclude,
    /// Not decided: they wait.
    Undecided,
}

/// Where articles go that name only a category (D6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hierarchy {
    /// A collection for each label.
    Labels,
    /// The map's table.
    Map,
    /// One collection of this name.
    Single(String),
}

/// What becomes of articles that not everybody may read (D9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonPublic {
    /// Drafts.
    Draft,
    /// Internal articles.
    Internal,
    /// Published.
    Publish,
}

/// How telephone numbers are written (G5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phones {
    /// E.164; others to an attribute.
    Normalise,
    /// As they are.
    Raw,
    /// Not at all.
    Drop,
}

/// What becomes of something that was moved and that the source has withdrawn since (G13, G14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// What stands in Intercom stays.
    Keep,
    /// It is taken back, unless somebody touched it.
    Remove,
}

/// The decisions in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// D3.
    pub snooze: Snooze,
    /// D4.
    pub mentions: Mentions,
    /// D6.
    pub hierarchy: Hierarchy,
    /// D7: company names on contacts become companies.
    pub company_from_text: bool,
    /// D9.
    pub non_public: NonPublic,
    /// D10: a line at the end of articles.
    pub footer: bool,
    /// D11: archived conversations move.
    pub archived: bool,
    /// D12: personal details move.
    pub personal: bool,
    /// G3: id of the admin who stands in.
    pub fallback_admin: String,
    /// G5.
    pub phones: Phones,
    /// G6: a thread opened by a teammate starts with a line from the contact.
    pub stub: bool,
    /// G10: larger files are listed.
    pub file_bytes_max: u64,
    /// G12: conversations last touched before are left out.
    pub since: Option<Timestamp>,
    /// G13: what of records that are gone at the source.
    pub gone: Withdrawn,
    /// G14: what of people who are erased or anonymised there, once it is decided.
    pub forgotten: Option<Withdrawn>,
    /// Decisions that only one source is asked.
    pub of_source: SourcePolicy,
}

impl Policy {
    /// The decisions in force.
    ///
    /// # Errors
    /// If the fallback admin (G3) is not decided, or is not the whole number that Intercom's
    /// ids of admins are.
    pub fn of(source: &str, decisions: &Decisions) -> Result<Self, MappingError> {
        let asked = Asked::new(decisions);
        let fallback_admin = asked.value("G3")?.ok_or(MappingError::Open("G3"))?;
        if fallback_admin.parse::<i64>().is_err() {
            return Err(MappingError::Option {
                id: "G3",
                given: format!("admin:{fallback_admin}"),
                options: "admin:<number>".to_owned(),
            });
        }
        let mentions = match asked.option("D4")? {
            Some("standalone") => Mentions::Standalone,
            Some("merge") => Mentions::Merge,
            Some("exclude") => Mentions::Exclude,
            _ => Mentions::Undecided,
        };
        let visibility = match source {
            "hesk" => "H8",
            "infraon" => "I9",
            _ => "D9",
        };
        let non_public = match asked.option(visibility)? {
            Some("publish") => NonPublic::Publish,
            Some("internal_article") => NonPublic::Internal,
            _ => NonPublic::Draft,
        };
        let phones = match asked.option("G5")? {
            Some("raw") => Phones::Raw,
            Some("drop") => Phones::Drop,
            _ => Phones::Normalise,
        };
        let hierarchy = match decisions.answer("D6")? {
            Some(Answer { option: "single", value: Some(name) }) => Hierarchy::Single(name),
            Some(Answer { option: "map_file", .. }) => Hierarchy::Map,
            _ => Hierarchy::Labels,
        };
        let (gone, forgotten) = Self::withdrawn(decisions)?;
        Ok(Self {
            snooze: snooze(source, &asked)?,
            mentions,
            hierarchy,
            company_from_text: asked.is("D7", "create")?,
            non_public,
            footer: asked.is("D10", "footer")?,
            archived: match source {
                "infraon" => asked.is("I11", "include")?,
                _ => asked.is("D11", "include")?,
            },
            personal: match source {
                "clickdesk" => asked.is("C-10", "keep")?,
                "hesk" => asked.is("H4", "keep")?,
                _ => asked.is("D12", "keep")?,
            },
            fallback_admin,
            phones,
            stub: asked.is("G6", "stub")?,
            file_bytes_max: Self::file_bytes_max(decisions)?,
            since: since(&asked)?,
            gone,
            forgotten,
            of_source: policy_read::of(source, &asked)?,
        })
    }

    /// The largest file, in bytes, that is sent by decision G10.
    ///
    /// # Errors
    /// If it is not taken as it can be.
    pub fn file_bytes_max(decisions: &Decisions) -> Result<u64, MappingError> {
        Ok(Asked::new(decisions).number("G10")?.saturating_mul(MEGABYTE))
    }

    /// What becomes of what is gone at the source (G13), and of people who are forgotten there
    /// (G14).
    ///
    /// # Errors
    /// If one is not taken as it can be.
    pub fn withdrawn(
        decisions: &Decisions,
    ) -> Result<(Withdrawn, Option<Withdrawn>), MappingError> {
        let asked = Asked::new(decisions);
        let gone = withdrawn(asked.option("G13")?).unwrap_or(Withdrawn::Keep);
        Ok((gone, withdrawn(asked.option("G14")?)))
    }

    /// Whether an article is published for everybody, and so has an address (decisions D9, H8, I9).
    pub fn publishes(&self, article: &Article) -> bool {
        let public = article.visibility == Visibility::Public;
        article.published && (public || self.non_public == NonPublic::Publish)
    }

    /// The end of a snooze of so many days for a record: the same for the same `seed`.
    pub fn snooze_end(days: i64, now: Timestamp, seed: &str) -> Timestamp {
        let hash = blake3::hash(seed.as_bytes());
        let mut first = [0u8; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        let spread = i64::try_from(u64::from_be_bytes(first) % SPREAD_SECONDS).unwrap_or(0);
        Timestamp::from_seconds(now.seconds() + days * DAY_SECONDS + spread)
    }
}

fn snooze(source: &str, asked: &Asked<'_>) -> Result<Snooze, MappingError> {
    let id = if source == "itco" { "T3" } else { "D3" };
    Ok(match asked.option(id)? {
        Some("leave_open" | "open") => Snooze::Open,
        Some("close") => Snooze::Close,
        Some("given") => Snooze::Days(GIVEN_DAYS),
        _ => Snooze::Days(i64::try_from(asked.number(id)?).unwrap_or(i64::MAX)),
    })
}

fn withdrawn(option: Option<&str>) -> Option<Withdrawn> {
    option.map(|word| if word == "remove" { Withdrawn::Remove } else { Withdrawn::Keep })
}

fn since(asked: &Asked<'_>) -> Result<Option<Timestamp>, MappingError> {
    let day = asked.value("G12")?.and_then(|text| text.parse::<chrono::NaiveDate>().ok());
    Ok(day.map(|day| {
        Timestamp::from_seconds(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_catalogue() {
        let mut decisions = Decisions::default();
        assert!(matches!(Policy::of("deskero", &decisions), Err(MappingError::Open("G3"))));
        decisions.set("G3", "admin:12").unwrap();
        let policy = Policy::of("deskero", &decisions).unwrap();
        assert_eq!(policy.snooze, Snooze::Days(7));
        assert_eq!(policy.mentions, Mentions::Undecided);
        assert_eq!(policy.hierarchy, Hierarchy::Labels);
        assert_eq!(policy.non_public, NonPublic::Draft);
        assert_eq!(policy.phones, Phones::Normalise);
        assert_eq!(policy.file_bytes_max, 20_000_000);
        assert!(policy.company_from_text && policy.archived && policy.stub);
        assert!(!policy.footer && !policy.personal && policy.since.is_none());
        assert_eq!(policy.of_source.addressless, Addressless::Lead);
    }

    #[test]
    fn answers_change_the_policy() {
        let mut decisions = Decisions::default();
        for (id, answer) in [
            ("G3", "admin:12"),
            ("D3", "close"),
            ("D6", "single:Help"),
            ("D14", "skip"),
            ("G10", "list:5"),
            ("G12", "since:2020-01-02"),
        ] {
            decisions.set(id, answer).unwrap();
        }
        let policy = Policy::of("deskero", &decisions).unwrap();
        assert_eq!(policy.snooze, Snooze::Close);
        assert_eq!(policy.hierarchy, Hierarchy::Single("Help".into()));
        assert_eq!(policy.file_bytes_max, 5_000_000);
        assert_eq!(policy.since.unwrap().to_rfc3339(), "2020-01-02T00:00:00Z");
        assert_eq!(policy.of_source.addressless, Addressless::Skip);
    }

    #[test]
    fn snoozes_end_within_48_hours_of_each_other_and_always_the_same() {
        let now = Timestamp::from_seconds(1_000_000);
        for number in 0..200 {
            let seed = format!("deskero/ticket/{number}");
            let end = Policy::snooze_end(7, now, &seed).seconds() - now.seconds();
            assert!((7 * DAY_SECONDS..9 * DAY_SECONDS).contains(&end));
            assert_eq!(end, Policy::snooze_end(7, now, &seed).seconds() - now.seconds());
        }
    }
}
