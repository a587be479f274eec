//! Attributes that no field of the source becomes: decisions bring them.

use super::context::Context;
use super::fold::{fold, slug};
use super::policy::{Addressless, CustomObjects, TagTarget, Technicians};
use super::rule::{Attribute, AttributeType, Holder};

/// A contact that has an address nobody reads (decision H3).
pub(super) const PLACEHOLDER: &str = "email_placeholder";
/// A contact without a name and address of their own.
pub(super) const ANONYMOUS: &str = "is_anonymous";
/// A contact who is a technician (decision I1).
pub(super) const TECHNICIAN: &str = "technician";
/// The technician's role.
pub(super) const ROLE: &str = "technician_role";
/// The technician's groups.
pub(super) const GROUPS: &str = "technician_groups";
/// Whether the technician's account is in use (decision I2).
pub(super) const ACTIVE: &str = "technician_active";

/// All of them.
pub(super) fn attributes(context: &Context) -> Vec<Attribute> {
    let policy = &context.policy.of_source;
    let mut found = Vec::new();
    let mut contact = |word: &str, data_type, text: &str| {
        found.push(attribute(context, (Holder::Contact, word), data_type, text));
    };
    if policy.addressless == Addressless::Placeholder {
        contact(PLACEHOLDER, AttributeType::Boolean, "The address stands for none");
    }
    if policy.flag_anonymous && policy.addressless != Addressless::Skip {
        contact(ANONYMOUS, AttributeType::Boolean, "Never gave an address");
    }
    if policy.technicians != Technicians::Match {
        contact(TECHNICIAN, AttributeType::Boolean, "A technician of the old help desk");
        contact(ROLE, AttributeType::String, "Role in the old help desk");
        contact(GROUPS, AttributeType::String, "Groups in the old help desk");
        contact(ACTIVE, AttributeType::Boolean, "The old account was in use");
    }
    found.extend(of_tags(context));
    if policy.objects == CustomObjects::Archive {
        for object_type in context.index.types_on_threads() {
            let word = slug(object_type);
            let place = (Holder::Conversation, word.as_str());
            found.push(attribute(context, place, AttributeType::String, object_type));
        }
    }
    found
}

/// An attribute for each tag that decision C-4 lists, where tags stand: a text for structured
/// ones, a yes or no for others.
fn of_tags(context: &Context) -> Vec<Attribute> {
    let policy = &context.policy.of_source;
    let holders: &[Holder] = match policy.tag_target {
        TagTarget::Sheet => &[],
        _ => &[Holder::Contact, Holder::Conversation],
    };
    let mut found = Vec::new();
    for listed in &policy.tag_attributes {
        let key = structured(listed, context).map_or(listed.as_str(), |(key, _)| key);
        let of_key = |tag: &String| structured(tag, context).is_some_and(|(found, _)| found == key);
        let is_text = context.index.structured_tags().iter().any(of_key);
        let data_type = if is_text { AttributeType::String } else { AttributeType::Boolean };
        for holder in holders {
            found.push(attribute(context, (*holder, &tag_word(key)), data_type, key));
        }
    }
    found
}

/// The attribute that a tag becomes by decision C-4, if it is listed: its name, and the value of a
/// structured tag (`stage: trial`). A structured tag may be listed by its key alone.
pub(super) fn of_tag(tag: &str, context: &Context) -> Option<(String, Option<String>)> {
    let listed = &context.policy.of_source.tag_attributes;
    let folded = fold(tag);
    if let Some((key, _)) = structured(&folded, context)
        && (listed.contains(&folded) || listed.contains(key))
    {
        // The value in its own spelling.
        let value = tag.split_once(MARKS).map_or("", |(_, value)| value.trim());
        return Some((context.own_attribute(&tag_word(key)), Some(value.to_owned())));
    }
    let name = || context.own_attribute(&tag_word(&folded));
    listed.contains(&folded).then(|| (name(), None))
}

/// Between key and value of a structured tag.
const MARKS: [char; 2] = [':', '='];

/// Key and value of a tag that the list of tags calls structured.
fn structured<'a>(folded: &'a str, context: &Context) -> Option<(&'a str, &'a str)> {
    let (key, value) = folded.split_once(MARKS)?;
    let (key, value) = (key.trim(), value.trim());
    let known = context.index.structured_tags().contains(folded);
    (known && !key.is_empty() && !value.is_empty()).then_some((key, value))
}

/// The word of a tag's attribute.
fn tag_word(tag: &str) -> String {
    format!("tag_{}", slug(tag))
}

fn attribute(
    context: &Context,
    (holder, word): (Holder, &str),
    data_type: AttributeType,
    description: &str,
) -> Attribute {
    Attribute {
        holder,
        name: context.own_attribute(word),
        data_type,
        options: Vec::new(),
        description: Some(description.to_owned()),
        personal: false,
    }
}
