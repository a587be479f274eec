//! What a map must not say, because Intercom would refuse it or it could be read in two ways.

use std::collections::BTreeMap;

use super::rule::{Attribute, AttributeType, FieldRule, Holder, Mapping, TECHNICIAN};

/// Names of standard fields, which an attribute may not have (FACTS §5.7).
pub(super) const STANDARD: &[&str] = &[
    "name",
    "email",
    "phone",
    "role",
    "external_id",
    "user_id",
    "company_id",
    "avatar",
    "plan",
    "size",
    "website",
    "industry",
    "title",
    "state",
    "priority",
];

/// Whose attributes the fields of an object become.
pub(super) const OWNERS: &[(&str, Holder)] = &[
    ("ticket", Holder::Conversation),
    ("customer", Holder::Contact),
    ("company", Holder::Company),
    (TECHNICIAN, Holder::Contact),
];

/// Everything that contradicts.
pub(super) fn contradictions(mapping: &Mapping) -> Vec<String> {
    let mut problems = Vec::new();
    if mapping.prefix.is_empty() || mapping.source.is_empty() {
        problems.push("source and prefix must not be empty".to_owned());
    }
    // Contacts and companies share one space of names (FACTS §5.7).
    let mut taken: BTreeMap<(bool, String), &str> = BTreeMap::new();
    for (from, rule) in &mapping.fields {
        if !from
            .split_once('.')
            .is_some_and(|(object, field)| !object.is_empty() && !field.is_empty())
        {
            problems.push(format!("field {from:?} is not `object.field`"));
        }
        let FieldRule::Attribute(attribute) = rule else { continue };
        let owner = OWNERS.iter().find(|(object, _)| from.split('.').next() == Some(object));
        if owner.is_none_or(|(_, holder)| *holder != attribute.holder) {
            problems.push(format!(
                "field {from} cannot be an attribute of a {}",
                attribute.holder.word()
            ));
        }
        problems
            .extend(faults(attribute).into_iter().map(|fault| format!("field {from}: {fault}")));
        let space = attribute.holder == Holder::Conversation;
        if let Some(other) = taken.insert((space, attribute.name.to_lowercase()), from) {
            problems.push(format!("{other} and {from} both become {}", attribute.name));
        }
    }
    for (place, rule) in mapping.teammates.iter().enumerate() {
        if rule.key.is_none() && rule.email.is_none() && rule.name.is_none() {
            problems.push(format!("teammate {} has neither key, email nor name", place + 1));
        }
        if rule.admin.as_ref().is_some_and(|admin| admin.parse::<i64>().is_err()) {
            problems.push(format!("teammate: {:?} is not the id of an admin", rule.admin));
        }
    }
    for (label, path) in &mapping.collections {
        if path.is_empty() || path.iter().any(|name| name.trim().is_empty()) {
            problems.push(format!("collections: {label:?} leads nowhere"));
        }
    }
    problems
}

fn faults(attribute: &Attribute) -> Vec<String> {
    let name = &attribute.name;
    let mut faults = Vec::new();
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c)) {
        faults.push(format!("{name:?} is not a name Intercom takes"));
    }
    if STANDARD.contains(&name.to_lowercase().as_str()) {
        faults.push(format!("{name:?} is a standard field"));
    }
    if attribute.data_type == AttributeType::List && attribute.options.len() < 2 {
        faults.push("a list needs two options".to_owned());
    }
    // A text with options is a field of which several may be chosen (decision T10).
    let chosen = matches!(attribute.data_type, AttributeType::List | AttributeType::String);
    if !chosen && !attribute.options.is_empty() {
        faults.push("only lists and texts have options".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        let head = "format = 1\nsource = \"deskero\"\nprefix = \"deskero\"\n";
        Mapping::parse(&format!("{head}{text}"))
            .map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn contradictions_are_all_named() {
        let table = [
            ("[[field]]\nfrom='ticket.a'", "neither `to` nor `drop`"),
            ("[[field]]\nfrom='ticket.a'\nto='contact.x'\ntype='string'\ndrop='y'", "both `to`"),
            ("[[field]]\nfrom='ticket.a'\nto='contact.x'", "has no type"),
            ("[[field]]\nfrom='ticket.a'\nto='ticket.x'\ntype='string'", "has no attributes"),
            ("[[field]]\nfrom='ticket.a'\nto='contact.x'\ntype='string'", "cannot be an attribute"),
            (
                "[[field]]\nfrom='customer.a'\nto='contact.x'\ntype='list'\noptions=['one']",
                "two options",
            ),
            ("[[field]]\nfrom='customer.a'\nto='contact.email'\ntype='string'", "standard field"),
            ("[[field]]\nfrom='customer.a'\nto='contact.a.b'\ntype='string'", "not a name"),
            ("[[field]]\nfrom='ticket'\ndrop='x'", "not `object.field`"),
            (
                "[[field]]\nfrom='customer.a'\nto='contact.x'\ntype='string'\n\
                 [[field]]\nfrom='company.a'\nto='company.X'\ntype='string'",
                "both become",
            ),
            ("[[teammate]]\nadmin='1'", "neither key, email nor name"),
            ("[[teammate]]\nname='Bo'\nadmin='bo'", "not the id of an admin"),
            ("[status]\n'On Hold'='snoozed'\n'on  hold'='open'", "there twice"),
            ("[status]\nopen='waiting'", "cannot be read"),
            ("[collections]\nHelp=[]", "leads nowhere"),
            ("unknown = 1", "cannot be read"),
        ];
        for (text, expected) in table {
            assert!(problems(text).contains(expected), "{text}: {}", problems(text));
        }
    }
}
