//! Fields of records by the names that field rules use, and their values as attributes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::destination::intercom::payload::Attributes;
use crate::model::record::{Company, Contact, Conversation, FieldValue, Teammate};
use crate::model::{SourceKey, Timestamp};

use super::account::Account;
use super::attribute;
use super::context::{Context, Place};
use super::fold::fold;
use super::loss::LossName;
use super::policy::{MultiSelect, Phones};
use super::rule::{Attribute, AttributeType, CUSTOM, FieldRule, Holder, TECHNICIAN};

/// Characters that a text attribute of a contact or company takes (FACTS §5.7); for conversations
/// nothing is known beyond (FACTS §12.10), so the same holds.
pub const TEXT_CHARS_MAX: usize = 255;

/// Field values by rule name (`object.field`); what the record says in a place of its own too.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// Values that must have a rule.
    pub said: BTreeMap<String, FieldValue>,
    /// Values that are written elsewhere too; a rule makes them an attribute as well. A name stands
    /// in one of the two maps only.
    pub known: BTreeMap<String, FieldValue>,
}

impl Values {
    fn of(
        object: &str,
        standard: &BTreeMap<String, String>,
        fields: &BTreeMap<String, FieldValue>,
    ) -> Self {
        let mut said = BTreeMap::new();
        for (field, value) in standard {
            if !value.trim().is_empty() {
                said.insert(format!("{object}.{field}"), FieldValue::Text(value.clone()));
            }
        }
        for (field, value) in fields {
            if !is_empty(value) {
                said.insert(format!("{object}.{CUSTOM}{field}"), value.clone());
            }
        }
        Self { said, known: BTreeMap::new() }
    }

    fn know(&mut self, name: &str, value: Option<FieldValue>) {
        if self.said.contains_key(name) {
            return;
        }
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            self.known.insert(name.to_owned(), value);
        }
    }

    /// The value of a field, wherever it stands.
    pub fn get(&self, name: &str) -> Option<&FieldValue> {
        self.said.get(name).or_else(|| self.known.get(name))
    }
}

fn text(value: Option<&String>) -> Option<FieldValue> {
    value.cloned().map(FieldValue::Text)
}

fn time(value: Option<Timestamp>) -> Option<FieldValue> {
    value.map(FieldValue::DateTime)
}

fn joined(values: impl Iterator<Item = String>) -> Option<FieldValue> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| FieldValue::Text(values.join(", ")))
}

/// Values of a conversation; the object is `ticket`.
pub fn of_conversation(key: &SourceKey, record: &Conversation) -> Values {
    let mut values = Values::of("ticket", &record.standard, &record.fields);
    values.know("ticket.ticket_id", Some(FieldValue::Text(key.id().to_owned())));
    values.know("ticket.status", Some(FieldValue::Text(record.status.clone())));
    values.know("ticket.group", text(record.team.as_ref()));
    values.know("ticket.source", text(record.channel.as_ref()));
    values.know("ticket.updated_at", time(record.updated_at));
    values.know("ticket.closed_at", time(record.closed_at));
    values.know("ticket.due_at", time(record.due_at));
    values.know("ticket.archived", record.archived.then_some(FieldValue::Boolean(true)));
    values.know("ticket.social_id", joined(record.social_ids.iter().cloned()));
    let agent = &record.assignee;
    values.know("ticket.assignee", text(agent.name.as_ref().or(agent.email.as_ref())));
    values
}

/// Values of a contact; the object is `customer`.
pub fn of_contact(key: &SourceKey, record: &Contact, phones: Phones) -> Values {
    let mut values = Values::of("customer", &record.standard, &record.fields);
    values.know("customer.customer_id", Some(FieldValue::Text(key.id().to_owned())));
    values.know("customer.language", text(record.language.as_ref()));
    values.know("customer.preferred_client", record.preferred.map(FieldValue::Boolean));
    values.know("customer.company", text(record.company_name.as_ref()));
    values.know("customer.created_at", time(record.created_at));
    values.know("customer.email_other", joined(record.emails.iter().skip(1).cloned()));
    if phones != Phones::Drop {
        values.know("customer.phone_other", joined(other_phones(record, phones, false)));
        values.know("customer.fax", joined(other_phones(record, phones, true)));
    }
    values
}

fn other_phones(
    record: &Contact,
    phones: Phones,
    fax: bool,
) -> impl Iterator<Item = String> + use<'_> {
    let main = main_phone(record, phones);
    let others = record
        .phones
        .iter()
        .enumerate()
        .filter(move |(index, phone)| Some(*index) != main && (phone.kind == "fax") == fax);
    others.map(|(_, phone)| phone.e164.clone().unwrap_or_else(|| phone.raw.clone()))
}

/// Which of a contact's telephone numbers is the one: the first that is no fax and, if numbers are
/// normalised, can be read as a number.
pub fn main_phone(record: &Contact, phones: Phones) -> Option<usize> {
    record.phones.iter().position(|phone| match phones {
        Phones::Normalise => phone.kind != "fax" && phone.e164.is_some(),
        Phones::Raw => phone.kind != "fax",
        Phones::Drop => false,
    })
}

/// Values of a company; the object is `company`.
pub fn of_company(key: &SourceKey, record: &Company) -> Values {
    let mut values = Values::of("company", &record.standard, &record.fields);
    values.know("company.company_id", Some(FieldValue::Text(key.id().to_owned())));
    values
}

/// Values of a technician who is a contact too; the object is `technician`.
pub fn of_technician(record: &Teammate) -> Values {
    Values::of(TECHNICIAN, &record.standard, &record.fields)
}

fn is_empty(value: &FieldValue) -> bool {
    match value {
        FieldValue::Text(text) => text.trim().is_empty(),
        FieldValue::List(values) => values.is_empty(),
        _ => false,
    }
}

/// Attributes of an object, and texts that were too long for one.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Values by attribute name.
    pub(super) attributes: Attributes,
    /// Attribute name and whole text of what was cut.
    pub(super) cut: Vec<(String, String)>,
}

/// A field that cannot be written: reason and what would release the record.
pub(super) type Problem = (&'static str, String);

/// Writes values as attributes by the map's rules.
pub(super) fn write(
    values: &Values,
    context: &Context,
    account: &mut Account,
) -> Result<Written, Problem> {
    let mut written = Written::default();
    for (name, value, must) in values
        .said
        .iter()
        .map(|(name, value)| (name, value, true))
        .chain(values.known.iter().map(|(name, value)| (name, value, false)))
    {
        match context.mapping.fields.get(name) {
            None if must => {
                return Err(("unmapped_field", format!("a rule for {name} in mapping.toml")));
            }
            None => {}
            Some(FieldRule::Drop(_)) => account.lose(LossName::FieldDropped),
            Some(FieldRule::Attribute(attribute)) => match context.place(name, attribute) {
                Place::Personal => account.lose(LossName::PersonalDropped),
                Place::Dropped => account.lose(LossName::FieldDropped),
                Place::Elsewhere => {}
                Place::Attribute => {
                    value_of((name, value), attribute, context, &mut written, account)?
                }
            },
        }
    }
    Ok(written)
}

/// Writes one value.
pub(super) fn value_of(
    (name, value): (&str, &FieldValue),
    attribute: &Attribute,
    context: &Context,
    written: &mut Written,
    account: &mut Account,
) -> Result<(), Problem> {
    let unfit = || {
        let kind = attribute.data_type.word();
        ("value_does_not_fit", format!("the value of {name} as {kind}"))
    };
    let several = attribute.data_type == AttributeType::String && !attribute.options.is_empty();
    let chosen = match value {
        FieldValue::List(values) => values.clone(),
        other => vec![as_text(other)],
    };
    match context.policy.of_source.multi_select {
        MultiSelect::Booleans if several => {
            let chosen: BTreeSet<String> = chosen.iter().map(|value| fold(value)).collect();
            let known: BTreeSet<String> = attribute.options.iter().map(|o| fold(o)).collect();
            if !chosen.is_subset(&known) {
                return Err(unfit());
            }
            for option in &attribute.options {
                let name = attribute::option_name(attribute, option);
                written.attributes.insert(name, json!(chosen.contains(&fold(option))));
            }
        }
        MultiSelect::First if chosen.len() > 1 && attribute.data_type == AttributeType::String => {
            account.lose(LossName::MultiSelectFirst);
            let first = FieldValue::Text(chosen.into_iter().next().unwrap_or_default());
            let json = convert(&first, attribute, account).ok_or_else(unfit)?;
            let json = cut(json, attribute, written, account);
            written.attributes.insert(attribute.name.clone(), json);
        }
        _ => {
            let json = convert(value, attribute, account).ok_or_else(unfit)?;
            let json = cut(json, attribute, written, account);
            written.attributes.insert(attribute.name.clone(), json);
        }
    }
    Ok(())
}

fn cut(json: Value, rule: &Attribute, written: &mut Written, account: &mut Account) -> Value {
    match json {
        Value::String(text) => cut_text(rule.name.clone(), text, written, account),
        other => other,
    }
}

/// A text as an attribute takes it; what is too long stands in full beside it.
pub(super) fn cut_text(
    name: String,
    text: String,
    written: &mut Written,
    account: &mut Account,
) -> Value {
    if text.chars().count() <= TEXT_CHARS_MAX {
        return Value::String(text);
    }
    account.lose(LossName::AttributeTextCut);
    let short: String = text.chars().take(TEXT_CHARS_MAX).collect();
    written.cut.push((name, text));
    Value::String(short)
}

/// A value as an attribute of a type; `None` if it does not fit.
fn convert(value: &FieldValue, rule: &Attribute, account: &mut Account) -> Option<Value> {
    match rule.data_type {
        AttributeType::String => {
            if matches!(value, FieldValue::List(values) if values.len() > 1) {
                account.lose(LossName::MultiSelectJoined);
            }
            Some(json!(as_text(value)))
        }
        AttributeType::Integer => as_text(value).trim().parse::<i64>().ok().map(|n| json!(n)),
        AttributeType::Decimal => {
            let number = as_text(value).trim().parse::<f64>().ok()?;
            serde_json::Number::from_f64(number).map(Value::Number)
        }
        AttributeType::Boolean => as_boolean(value).map(|yes| json!(yes)),
        AttributeType::Date | AttributeType::Datetime => {
            let (second, day) = as_second(value)?;
            if day
                && (rule.holder == Holder::Conversation
                    || rule.data_type == AttributeType::Datetime)
            {
                account.lose(LossName::DateAsMidnight);
            }
            Some(json!(second))
        }
        AttributeType::List => {
            let word = match value {
                FieldValue::List(values) if values.len() != 1 => return None,
                other => fold(&as_text(other)),
            };
            rule.options.iter().find(|option| fold(option) == word).map(|option| json!(option))
        }
    }
}

/// A value as text; several options are divided by commas.
pub(super) fn as_text(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::Decimal(text) | FieldValue::Date(text) => text.clone(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Boolean(yes) => yes.to_string(),
        FieldValue::DateTime(time) => time.to_rfc3339(),
        FieldValue::List(values) => values.join(", "),
    }
}

/// Words that mean yes and no, in the languages of the sources.
pub(super) fn as_boolean(value: &FieldValue) -> Option<bool> {
    match value {
        FieldValue::Boolean(yes) => Some(*yes),
        other => match fold(&as_text(other)).as_str() {
            "true" | "yes" | "y" | "1" | "on" | "x" | "si" | "sì" | "sí" | "oui" | "vero" => {
                Some(true)
            }
            "false" | "no" | "n" | "0" | "off" | "non" | "falso" => Some(false),
            _ => None,
        },
    }
}

/// Unix time in seconds, and whether the value is a day without a time.
pub(super) fn as_second(value: &FieldValue) -> Option<(i64, bool)> {
    let day = |text: &str| {
        let day: chrono::NaiveDate = text.trim().parse().ok()?;
        Some((day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp(), true))
    };
    match value {
        FieldValue::DateTime(time) => Some((time.seconds(), false)),
        FieldValue::Date(text) => day(text),
        FieldValue::Text(text) => day(text).or_else(|| {
            let time = chrono::DateTime::parse_from_rfc3339(text.trim()).ok()?;
            Some((time.timestamp(), false))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(data_type: AttributeType) -> Attribute {
        Attribute {
            holder: Holder::Contact,
            name: "a".into(),
            data_type,
            options: vec!["Gold".into(), "Silver".into()],
            description: None,
            personal: false,
        }
    }

    #[test]
    fn values_fit_their_type_or_are_refused() {
        let text = |text: &str| FieldValue::Text(text.into());
        let list =
            |values: &[&str]| FieldValue::List(values.iter().map(|v| v.to_string()).collect());
        for (data_type, value, expected) in [
            (AttributeType::String, FieldValue::Integer(7), Some(json!("7"))),
            (AttributeType::String, list(&["a", "b"]), Some(json!("a, b"))),
            (AttributeType::Integer, text(" 7 "), Some(json!(7))),
            (AttributeType::Integer, text("7.5"), None),
            (AttributeType::Decimal, FieldValue::Decimal("7.5".into()), Some(json!(7.5))),
            (AttributeType::Decimal, text("seven"), None),
            (AttributeType::Decimal, text("NaN"), None),
            (AttributeType::Boolean, text("Sì"), Some(json!(true))),
            (AttributeType::Boolean, text("maybe"), None),
            (
                AttributeType::Date,
                FieldValue::Date("2023-09-26".into()),
                Some(json!(1_695_686_400)),
            ),
            (AttributeType::Datetime, text("2023-09-26T09:14:25Z"), Some(json!(1_695_719_665))),
            (AttributeType::Datetime, text("soon"), None),
            (AttributeType::List, text("GOLD"), Some(json!("Gold"))),
            (AttributeType::List, list(&["Silver"]), Some(json!("Silver"))),
            (AttributeType::List, list(&["Gold", "Silver"]), None),
            (AttributeType::List, text("Lead"), None),
        ] {
            let mut account = Account::default();
            assert_eq!(convert(&value, &rule(data_type), &mut account), expected, "{value:?}");
        }
    }
}
