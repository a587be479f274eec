//! The query language of the searches: filters, groups, operators, their limits.

use crate::error::ApiError;
use chrono::{NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde_json::Value;

/// Groups may hold groups, but those hold filters only.
const MAX_DEPTH: usize = 2;
/// Filters or groups in one group.
const MAX_FILTERS: usize = 15;

/// A field's value in one object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    Text(String),
    /// Many values; any of them may match.
    Texts(Vec<String>),
    Number(f64),
    /// An id: compared as a number where it is one, else letter by letter.
    Id(String),
    Flag(bool),
    Date(Option<i64>),
    /// Long text: matched by whole words.
    Words(String),
    Missing,
}

impl Field {
    /// Where the value stands when a search is sorted by it.
    pub(crate) fn order(&self) -> (i64, String) {
        match self {
            Self::Date(at) => (at.unwrap_or(i64::MIN), String::new()),
            // Numbers that are sorted by are counts.
            Self::Number(number) => (*number as i64, String::new()),
            Self::Id(id) => id.parse().map_or((0, id.clone()), |number| (number, String::new())),
            Self::Text(text) => (0, text.clone()),
            _ => (0, String::new()),
        }
    }
}

/// Whether dates count in whole days of a time zone, or in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dates {
    Days(Tz),
    Seconds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    In,
    Nin,
    Lt,
    Gt,
    Le,
    Ge,
    Contains,
    NotContains,
    Starts,
    Ends,
}

#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) field: String,
    pub(crate) op: Op,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Query {
    One(Filter),
    All(Vec<Query>),
    Any(Vec<Query>),
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "invalid_field", message)
}

impl Query {
    /// Reads the `query` of a search.
    pub(crate) fn parse(query: &Value) -> Result<Self, ApiError> {
        Self::parse_at(query, 0)
    }

    fn parse_at(query: &Value, depth: usize) -> Result<Self, ApiError> {
        let operator = query["operator"].as_str().unwrap_or("");
        if !matches!(operator, "AND" | "OR") {
            return Filter::parse(query).map(Self::One);
        }
        if depth >= MAX_DEPTH {
            return Err(bad(format!("query can be nested {MAX_DEPTH} levels at most")));
        }
        let list = query["value"].as_array().ok_or_else(|| bad("value must be an array"))?;
        if list.is_empty() || list.len() > MAX_FILTERS {
            return Err(bad(format!("a group holds 1 to {MAX_FILTERS} filters")));
        }
        let members: Result<Vec<Self>, ApiError> =
            list.iter().map(|member| Self::parse_at(member, depth + 1)).collect();
        Ok(if operator == "AND" { Self::All(members?) } else { Self::Any(members?) })
    }

    /// Every field the query names.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::One(filter) => vec![filter.field.as_str()],
            Self::All(members) | Self::Any(members) => {
                members.iter().flat_map(Self::fields).collect()
            }
        }
    }

    /// A value that the field must equal for any object to match: the way to an index.
    pub(crate) fn pinned(&self, field: &str) -> Option<&str> {
        match self {
            Self::One(f) if f.field == field && f.op == Op::Eq => f.value.as_str(),
            Self::One(_) | Self::Any(_) => None,
            Self::All(members) => members.iter().find_map(|member| member.pinned(field)),
        }
    }

    /// Whether an object matches, given how to read its fields.
    pub(crate) fn matches<F>(&self, read: &F, dates: Dates) -> Result<bool, ApiError>
    where
        F: Fn(&str) -> Field,
    {
        match self {
            Self::One(filter) => filter.matches(&read(&filter.field), dates),
            Self::All(members) => {
                for member in members {
                    if !member.matches(read, dates)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Any(members) => {
                for member in members {
                    if member.matches(read, dates)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

impl Filter {
    fn parse(query: &Value) -> Result<Self, ApiError> {
        let field = query["field"].as_str().ok_or_else(|| bad("field is missing"))?;
        let op = match query["operator"].as_str() {
            Some("=") => Op::Eq,
            Some("!=") => Op::Ne,
            Some("IN") => Op::In,
            Some("NIN") => Op::Nin,
            Some("<") => Op::Lt,
            Some(">") => Op::Gt,
            Some("<=") => Op::Le,
            Some(">=") => Op::Ge,
            Some("~") => Op::Contains,
            Some("!~") => Op::NotContains,
            Some("^") => Op::Starts,
            Some("$") => Op::Ends,
            other => return Err(bad(format!("{other:?} is not an operator"))),
        };
        let value = query.get("value").cloned().ok_or_else(|| bad("value is missing"))?;
        if matches!(op, Op::In | Op::Nin) != value.is_array() {
            return Err(bad(format!("value of {field} doesn't fit its operator")));
        }
        Ok(Self { field: field.to_owned(), op, value })
    }

    fn unfit(&self) -> ApiError {
        bad(format!("operator {:?} can't be used with {}", self.op, self.field))
    }

    fn matches(&self, field: &Field, dates: Dates) -> Result<bool, ApiError> {
        match field {
            Field::Missing => Ok(match self.op {
                Op::Eq => self.value.is_null(),
                Op::Ne => !self.value.is_null(),
                Op::Nin | Op::NotContains => true,
                _ => false,
            }),
            Field::Text(text) => self.text(text),
            Field::Id(id) => self.id(id),
            Field::Texts(texts) => {
                let positive = !matches!(self.op, Op::Ne | Op::Nin | Op::NotContains);
                let mut results = texts.iter().map(|text| self.text(text));
                if positive {
                    results.try_fold(false, |any, result| result.map(|r| any || r))
                } else {
                    results.try_fold(true, |all, result| result.map(|r| all && r))
                }
            }
            Field::Words(text) => self.words(text),
            Field::Flag(flag) => match (self.op, flag_of(&self.value)) {
                (Op::Eq, Some(wanted)) => Ok(*flag == wanted),
                (Op::Ne, Some(wanted)) => Ok(*flag != wanted),
                _ => Err(self.unfit()),
            },
            Field::Number(number) => self.number(*number),
            Field::Date(date) => self.date(*date, dates),
        }
    }

    fn id(&self, id: &str) -> Result<bool, ApiError> {
        if !matches!(self.op, Op::Lt | Op::Gt | Op::Le | Op::Ge) {
            return self.text(id);
        }
        let wanted = plain(&self.value).to_lowercase();
        let order = match (id.parse::<u64>(), wanted.parse::<u64>()) {
            (Ok(id), Ok(wanted)) => id.cmp(&wanted),
            _ => id.cmp(wanted.as_str()),
        };
        Ok(match self.op {
            Op::Lt => order.is_lt(),
            Op::Gt => order.is_gt(),
            Op::Le => order.is_le(),
            _ => order.is_ge(),
        })
    }

    fn text(&self, text: &str) -> Result<bool, ApiError> {
        if let Some(list) = self.value.as_array() {
            let found = list.iter().any(|v| same(text, v));
            return Ok(found == (self.op == Op::In));
        }
        let wanted = plain(&self.value).to_lowercase();
        let text = text.to_lowercase();
        Ok(match self.op {
            Op::Eq => text == wanted,
            Op::Ne => text != wanted,
            Op::Contains => text.contains(&wanted),
            Op::NotContains => !text.contains(&wanted),
            Op::Starts => text.starts_with(&wanted),
            Op::Ends => text.ends_with(&wanted),
            _ => return Err(self.unfit()),
        })
    }

    fn words(&self, text: &str) -> Result<bool, ApiError> {
        let wanted = plain(&self.value).to_lowercase();
        let text = crate::plain::text(text).to_lowercase();
        let found = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted);
        match self.op {
            Op::Eq | Op::Contains => Ok(found),
            Op::Ne | Op::NotContains => Ok(!found),
            _ => self.text(&text),
        }
    }

    fn number(&self, number: f64) -> Result<bool, ApiError> {
        let equal = |value: &Value| number_of(value).is_some_and(|v| (v - number).abs() < 1e-9);
        if let Some(list) = self.value.as_array() {
            return Ok(list.iter().any(equal) == (self.op == Op::In));
        }
        let wanted = number_of(&self.value).ok_or_else(|| self.unfit())?;
        Ok(match self.op {
            Op::Eq => equal(&self.value),
            Op::Ne => !equal(&self.value),
            Op::Lt => number < wanted,
            Op::Gt => number > wanted,
            Op::Le => number <= wanted,
            Op::Ge => number >= wanted,
            _ => return Err(self.unfit()),
        })
    }

    fn date(&self, date: Option<i64>, dates: Dates) -> Result<bool, ApiError> {
        let Dates::Days(zone) = dates else {
            let Some(at) = date else {
                return Ok(self.op == Op::Ne);
            };
            // `<` and `>` are documented as "(or equal)" where seconds count.
            let wanted = whole(&self.value).ok_or_else(|| self.unfit())?;
            return Ok(match self.op {
                Op::Eq => at == wanted,
                Op::Ne => at != wanted,
                Op::Lt | Op::Le => at <= wanted,
                Op::Gt | Op::Ge => at >= wanted,
                _ => return Err(self.unfit()),
            });
        };
        if !matches!(self.op, Op::Eq | Op::Lt | Op::Gt) {
            return Err(self.unfit());
        }
        let wanted = whole(&self.value).ok_or_else(|| self.unfit())?;
        let Some(at) = date else { return Ok(false) };
        let (start, next) = day(wanted, zone);
        Ok(match self.op {
            Op::Eq => (start..next).contains(&at),
            Op::Gt => at >= next,
            _ => at < start,
        })
    }
}

/// The first second of the day this moment lies in, and of the next day.
fn day(at: i64, zone: Tz) -> (i64, i64) {
    let Some(local) = zone.timestamp_opt(at, 0).single() else {
        return (at, at);
    };
    let date = local.date_naive();
    let start = |date: chrono::NaiveDate| {
        let local = zone.from_local_datetime(&date.and_time(NaiveTime::MIN));
        local.earliest().map_or(at, |t| t.timestamp())
    };
    (start(date), date.succ_opt().map_or(at, start))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn same(text: &str, value: &Value) -> bool {
    text.eq_ignore_ascii_case(&plain(value))
}

fn number_of(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// A second, also when it comes as text or with a fraction.
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).or_else(|| {
        let seconds = number_of(value).filter(|seconds| seconds.abs() < 1e15)?;
        // Within the range of whole numbers, as just checked.
        Some(seconds.trunc() as i64)
    })
}

fn flag_of(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(op: &str, value: Value, field: Field, dates: Dates) -> Result<bool, ApiError> {
        let query = Query::parse(&json!({"field": "x", "operator": op, "value": value}))?;
        query.matches(&|_: &str| field.clone(), dates)
    }

    #[test]
    fn operators_by_type() {
        let text = || Field::Text("Anna@Shop.test".to_owned());
        for (op, value, expected) in [
            ("=", json!("anna@shop.test"), true),
            ("!=", json!("b"), true),
            ("IN", json!(["b", "anna@shop.test"]), true),
            ("NIN", json!(["b"]), true),
            ("~", json!("shop"), true),
            ("!~", json!("shop"), false),
            ("^", json!("anna"), true),
            ("$", json!(".test"), true),
        ] {
            assert_eq!(one(op, value, text(), Dates::Seconds).unwrap(), expected, "{op}");
        }
        assert!(one(">", json!("a"), text(), Dates::Seconds).is_err());
        assert!(one(">", json!(3), Field::Number(4.0), Dates::Seconds).unwrap());
        assert!(one("=", json!("true"), Field::Flag(true), Dates::Seconds).unwrap());
        assert!(
            one("=", json!("token"), Field::Words("<p>A Token.</p>".into()), Dates::Seconds)
                .unwrap()
        );
    }

    #[test]
    fn contact_dates_count_in_days_of_the_workspace() {
        let zone: Tz = "Europe/Vienna".parse().unwrap();
        // 2026-01-10 00:30 in Vienna is still the 9th in UTC.
        let at = Field::Date(Some(1_768_001_400));
        let noon = json!(1_768_042_800);
        assert!(one("=", noon.clone(), at.clone(), Dates::Days(zone)).unwrap());
        assert!(!one(">", noon.clone(), at.clone(), Dates::Days(zone)).unwrap());
        assert!(!one("<", noon.clone(), at.clone(), Dates::Days(zone)).unwrap());
        for op in ["!=", ">=", "<="] {
            assert!(one(op, noon.clone(), at.clone(), Dates::Days(zone)).is_err(), "{op}");
        }
        assert!(one("IN", json!([1]), at, Dates::Days(zone)).is_err());
    }

    #[test]
    fn nesting_and_group_size_are_limited() {
        let filter = json!({"field": "x", "operator": "=", "value": 1});
        let group = |list: Value| json!({"operator": "AND", "value": list});
        assert!(Query::parse(&group(json!([group(json!([filter]))]))).is_ok());
        assert!(Query::parse(&group(json!([group(json!([group(json!([filter]))]))]))).is_err());
        let many = |n| Value::Array(vec![filter.clone(); n]);
        assert!(Query::parse(&group(many(15))).is_ok());
        assert!(Query::parse(&group(many(16))).is_err());
    }
}
