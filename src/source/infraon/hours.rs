//! Business hours: a row for each day, one item for all.

use std::collections::BTreeMap;

use super::columns::business_hours;
use super::link::ids;
use crate::model::record::ConfigurationItem;
use crate::source::bundle::cells::Cells;
use crate::source::bundle::row::Row;
use crate::source::bundle::states::fold;
use crate::source::finding::Code;

/// All rows of the business hours of one name.
#[derive(Clone, Debug, Default)]
struct Week {
    timezone: Option<String>,
    /// Spans by day, as written.
    days: BTreeMap<String, Vec<String>>,
    holidays: Vec<String>,
    /// File and line of the first row.
    first: (String, u64),
}

/// Business hours by folded name.
#[derive(Debug, Default)]
pub(super) struct Hours(BTreeMap<String, Week>);

impl Hours {
    /// Takes a row.
    pub(super) fn add(&mut self, row: &Row) {
        let Some(name) = row.trimmed(business_hours::NAME) else { return };
        let first = || Week { first: (row.file.to_string(), row.line), ..Week::default() };
        let week = self.0.entry(fold(name)).or_insert_with(first);
        let text = |slot: usize| row.trimmed(slot).map(str::to_owned);
        week.timezone = week.timezone.take().or_else(|| text(business_hours::TIMEZONE));
        if let Some(day) = row.trimmed(business_hours::DAY) {
            let time = |slot| row.trimmed(slot).unwrap_or("?");
            let (from, to) = (time(business_hours::FROM), time(business_hours::TO));
            week.days.entry(fold(day)).or_default().push(format!("{from}-{to}"));
        }
        for holiday in ids(row, business_hours::HOLIDAYS) {
            if !week.holidays.contains(&holiday) {
                week.holidays.push(holiday);
            }
        }
    }
}

/// Business hours: one item for all rows of a name, given with the first of them. `Err` for the
/// others.
pub(super) fn hours(
    hours: &Hours,
    cells: &mut Cells<'_>,
) -> Option<Result<ConfigurationItem, Code>> {
    let Some(name) = cells.string(business_hours::NAME) else {
        cells.note_cell(Code::NameMissing, business_hours::NAME, "The row has no name.");
        return None;
    };
    let week = hours.0.get(&fold(&name))?;
    if week.first != (cells.row.file.to_string(), cells.row.line) {
        return Some(Err(Code::Folded));
    }
    let mut details = BTreeMap::new();
    if let Some(timezone) = &week.timezone {
        details.insert("timezone".to_owned(), timezone.clone());
    }
    for (day, spans) in &week.days {
        details.insert(day.clone(), spans.join(", "));
    }
    if !week.holidays.is_empty() {
        details.insert("holidays".to_owned(), week.holidays.join(", "));
    }
    let kind = "business_hours".to_owned();
    Some(Ok(ConfigurationItem { kind, name, active: None, details }))
}
