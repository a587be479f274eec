//! Attributes that no field of the source becomes: decisions bring them.

use super::context::Context;
use super::fold::slug;
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

/// A yes or no for each tag that decision C-4 lists, where tags stand.
fn of_tags(context: &Context) -> Vec<Attribute> {
    let policy = &context.policy.of_source;
    let holders: &[Holder] = match policy.tag_target {
        TagTarget::Sheet => &[],
        _ => &[Holder::Contact, Holder::Conversation],
    };
    let mut found = Vec::new();
    for tag in &policy.tag_attributes {
        for holder in holders {
            let word = tag_word(tag);
            found.push(attribute(context, (*holder, &word), AttributeType::Boolean, tag));
        }
    }
    found
}

/// The word of a tag's attribute.
pub(super) fn tag_word(tag: &str) -> String {
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
