//! Articles, automations, partners' deals, and the counts seen on screens.

use std::collections::BTreeMap;

use super::columns::{article, automation, count, deal};
use super::layout::OBJECTS;
use super::memory::{Memory, ScreenCount, key};
use super::people::time;
use super::thread::doubts;
use crate::model::Record;
use crate::model::record::{Article, Body, BodyFormat, ConfigurationItem, PersonRef, Visibility};
use crate::source::bundle::adapter::{Made, Outcome};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::files::generated;
use crate::source::bundle::layout::recognise;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::finding::{Code, Severity};

/// What a rule is whose kind was not noted.
const KIND: &str = "workflow";

/// Key of an article without an id: its title and where it stands.
fn article_id(row: &Row) -> String {
    let slots = [article::CATEGORY, article::SUB_CATEGORY, article::TITLE];
    let texts = slots.map(|slot| row.trimmed(slot).map(fold).unwrap_or_default());
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    generated("kb_articles", &texts)
}

/// An article.
pub(super) fn article(memory: &Memory, cells: &mut Cells<'_>) -> Outcome {
    let Some(title) = cells.string(article::TITLE) else {
        cells.note_cell(Code::NameMissing, article::TITLE, "The article has no title.");
        return Outcome::Reject(None);
    };
    let body = cells.body(article::BODY, Some(article::BODY_FORMAT));
    if body.is_none() {
        cells.note_cell(Code::RequiredMissing, article::BODY, "The article has no text.");
    }
    doubts(cells, article::BODY);
    let word = cells.string(article::STATUS);
    let published = word.as_deref().map(|word| memory.words.published(word));
    if published == Some(None) {
        let reason = "Unknown status; the article counts as a draft.";
        cells.note_cell(Code::UnmappedValue, article::STATUS, reason);
    }
    let author = match cells.string(article::AUTHOR) {
        Some(email) if email.contains('@') => {
            PersonRef { email: Some(email), ..PersonRef::default() }
        }
        name => {
            let id = name.as_deref().and_then(|name| memory.agents.get(&fold(name)));
            let id = id.cloned().flatten();
            PersonRef { key: id.and_then(|id| key("agent", &id)), email: None, name }
        }
    };
    let path = [article::CATEGORY, article::SUB_CATEGORY];
    let url = cells.string(article::URL);
    let slug = url.as_deref().and_then(|url| url.trim_end_matches('/').rsplit('/').next());
    let record = Article {
        title,
        body: body.unwrap_or(Body { format: BodyFormat::Text, content: String::new() }),
        collection: None,
        category_path: path.iter().filter_map(|&slot| cells.string(slot)).collect(),
        published: published.flatten().unwrap_or(false),
        visibility: Visibility::Public,
        author,
        tags: cells.list(article::TAGS, "tag"),
        locale: None,
        slug: slug.map(str::to_owned),
        url,
        attachments: Vec::new(),
        created_at: None,
        updated_at: time(cells, article::UPDATED_AT),
        statistics: BTreeMap::new(),
    };
    let own = cells.row.id(article::ID).map(str::to_owned);
    made("kb_article", own, || article_id(cells.row), record.into())
}

/// Key of a rule without an id: its kind and name.
pub(super) fn automation_id(row: &Row) -> String {
    let kind = row.trimmed(automation::KIND).unwrap_or(KIND);
    format!("{}:{}", fold(kind), fold(row.trimmed(automation::NAME).unwrap_or_default()))
}

/// A rule that people build again.
pub(super) fn automation(cells: &mut Cells<'_>) -> Outcome {
    let Some(name) = cells.string(automation::NAME) else {
        cells.note_cell(Code::NameMissing, automation::NAME, "The rule has no name.");
        return Outcome::Reject(None);
    };
    let kind = fold(cells.row.trimmed(automation::KIND).unwrap_or(KIND));
    let slots = [
        automation::TRIGGER,
        automation::CONDITIONS,
        automation::ACTIONS,
        automation::TIMING,
        automation::SOURCE_URL,
        automation::NOTES,
    ];
    let details = cells.standard(&slots);
    let active = cells.boolean(automation::ACTIVE);
    let id = automation_id(cells.row);
    let own = cells.row.id(automation::ID).map(str::to_owned);
    let record = ConfigurationItem { kind, name, active, details };
    made("automation", own, || id, record.into())
}

/// A deal or lead of a partner, which has no place in Intercom.
pub(super) fn deal(memory: &mut Memory, cells: &mut Cells<'_>) -> Outcome {
    let Some(name) = cells.string(deal::NAME).or_else(|| cells.string(deal::ID)) else {
        cells.note_cell(Code::NameMissing, deal::NAME, "The deal has no name.");
        return Outcome::Reject(None);
    };
    memory.tally.add("partner_deals", Code::PartnerListed, "listed as not migrated", cells.row);
    let details = cells.standard(&[
        deal::PARTNER,
        deal::COMPANY,
        deal::STAGE,
        deal::VALUE,
        deal::CREATED_AT,
        deal::SOURCE_URL,
        deal::NOTES,
    ]);
    let texts = [deal::PARTNER, deal::NAME].map(|slot| cells.row.trimmed(slot).unwrap_or_default());
    let id = generated("partner_deals", &texts);
    let own = cells.row.id(deal::ID).map(str::to_owned);
    let kind = "partner_deal".to_owned();
    let record = ConfigurationItem { kind, name, active: None, details };
    made("partner_deal", own, || id, record.into())
}

/// First reading: a count seen on a screen.
pub(super) fn observe_count(memory: &mut Memory, row: &Row) {
    let object = row.trimmed(count::OBJECT).and_then(|word| recognise(OBJECTS, word));
    let number = row.typed(count::ON_SCREEN);
    let number = number.and_then(|text| crate::source::bundle::cell::integer(text, None).ok());
    if let (Some(object), Some(Ok(count))) = (object, number.map(u64::try_from)) {
        let (file, line) = (row.file.to_string(), row.line);
        memory.counts.push(ScreenCount { object, count, file, line });
    }
}

/// A count seen on a screen, with what was read against it: part of the proof that a copy by hand
/// is complete.
pub(super) fn screen_count(cells: &mut Cells<'_>, read: &dyn Fn(usize) -> u64) -> Outcome {
    let Some(word) = cells.string(count::OBJECT) else {
        cells.note_cell(Code::NameMissing, count::OBJECT, "The count does not say of what.");
        return Outcome::Reject(None);
    };
    let object = recognise(OBJECTS, &word);
    let on_screen = cells.count(count::ON_SCREEN);
    if on_screen.is_none() {
        cells.note_cell(Code::RequiredMissing, count::ON_SCREEN, "The count is missing.");
    }
    let slots = [count::FILTER, count::DATE, count::PERSON, count::EVIDENCE, count::NOTES];
    let mut details = cells.standard(&slots);
    if let Some(on_screen) = on_screen {
        details.insert("count_on_screen".to_owned(), on_screen.to_string());
    }
    match object {
        Some(object) => {
            details.insert("rows_read".to_owned(), read(object).to_string());
        }
        None => {
            let reason = "No template has this name; the count is compared with nothing.";
            cells.note_cell(Code::UnmappedValue, count::OBJECT, reason);
            if let Some(finding) = cells.findings.last_mut() {
                finding.severity = Severity::Warning;
            }
        }
    }
    let filter = cells.row.trimmed(count::FILTER).map(fold).unwrap_or_default();
    let id = format!("{}:{filter}", fold(&word));
    let name = match filter.as_str() {
        "" => word,
        filter => format!("{word} ({filter})"),
    };
    let kind = "extraction_count".to_owned();
    let record = ConfigurationItem { kind, name, active: None, details };
    made("count", None, || id, record.into())
}

/// A record by its own id, or by a key made of its content.
fn made(
    object: &'static str,
    own: Option<String>,
    natural: impl FnOnce() -> String,
    record: Record,
) -> Outcome {
    let natural = own.is_none().then(natural);
    let id = own.or_else(|| natural.clone()).unwrap_or_default();
    match key(object, &id) {
        Some(key) => Outcome::Record(Made { key, natural, record }),
        None => Outcome::Reject(None),
    }
}
