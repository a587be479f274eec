//! Which rule makes a field, in words: that of the map, or that of the program.

use super::error::ReportError;
use crate::destination::intercom::object::ObjectKind;
use crate::ledger::{Ledger, Recorded};
use crate::model::{Event, Position, SourceKey};

/// Fields that the program itself makes, by kind and start of the name.
const OWN_RULES: [(ObjectKind, &str, &str); 21] = [
    (ObjectKind::Contact, "email", "the customer's first e-mail address"),
    (ObjectKind::Contact, "name", "the customer's name"),
    (ObjectKind::Contact, "phone", "the customer's best telephone number, as E.164"),
    (ObjectKind::Contact, "external_id", "the map's prefix and the customer's id"),
    (ObjectKind::Contact, "role", "a customer with an address is a user, others are leads"),
    (ObjectKind::Contact, "tag:", "the customer's tags, as the map's [tags] renames them"),
    (ObjectKind::Contact, "company:", "the customer's company, as the map's [companies] has it"),
    (ObjectKind::Contact, "note:", "the customer's memo, or a value too long for an attribute"),
    (ObjectKind::Company, "name", "the company's name"),
    (ObjectKind::Company, "company_id", "the map's prefix and the company's id or name"),
    (ObjectKind::Conversation, "title", "the ticket's subject"),
    (ObjectKind::Conversation, "source.", "the ticket's description, or its first message"),
    (ObjectKind::Conversation, "created_at", "when the ticket was opened, in the zone of G8"),
    (ObjectKind::Conversation, "state", "the ticket's status, by the map's [status]"),
    (ObjectKind::Conversation, "admin_assignee_id", "the ticket's assignee, by [[teammates]]"),
    (ObjectKind::Conversation, "team_assignee_id", "the ticket's group, by the map's [teams]"),
    (ObjectKind::Conversation, "tag:", "the ticket's tags, as the map's [tags] renames them"),
    (ObjectKind::Conversation, "part:", "a message, note or event of the ticket"),
    (ObjectKind::Ticket, "part:", "a message, note or event of the ticket"),
    (ObjectKind::Article, "body", "the article's text, with links and pictures rewritten"),
    (ObjectKind::Article, "title", "the article's title"),
];

/// The rule that makes a field. `mapping` is the text of the map.
pub fn rule(kind: ObjectKind, field: &str, mapping: Option<&str>) -> String {
    let attribute = field.strip_prefix("custom_attributes.");
    let attribute = attribute.or_else(|| field.strip_prefix("ticket_attributes."));
    if let (Some(name), Some(text)) = (attribute, mapping) {
        if let Some(found) = field_rule(text, name) {
            return format!("the map: {found}");
        }
        return format!("the program: attribute {name} of every record of this kind");
    }
    let own = OWN_RULES.iter().find(|(of, start, _)| *of == kind && field.starts_with(start));
    own.map_or_else(
        || "the program: as the draft says".to_owned(),
        |(_, _, words)| format!("the program: {words}"),
    )
}

/// The rule of the map that fills an attribute: its line, the field of the source, the attribute.
fn field_rule(mapping: &str, attribute: &str) -> Option<String> {
    let end = format!(".{attribute}\"");
    let mut from = "";
    for (line, number) in mapping.lines().zip(1..) {
        let line = line.trim();
        if line.starts_with('[') {
            from = "";
        } else if let Some(field) = line.strip_prefix("from = ") {
            from = field.trim_matches('"');
        } else if let Some(to) = line.strip_prefix("to = ").filter(|_| line.ends_with(&end)) {
            return Some(format!("line {number}, field {from} to {}", to.trim_matches('"')));
        }
    }
    None
}

/// The event that confirmed the map in force before a position, with the map's text if it is not
/// erased.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn confirmed(
    ledger: &Ledger,
    before: Position,
) -> Result<Option<(Position, Option<String>)>, ReportError> {
    let key = SourceKey::own("mapping", "all");
    let Some(stream) = ledger.streams(&[key]).await?.pop().flatten() else { return Ok(None) };
    let events = ledger.read_stream(stream).await?;
    let confirms =
        |one: &&Recorded| one.position < before && matches!(one.event, Event::MappingConfirmed(_));
    let found = events.iter().rev().find(confirms);
    let Some(found) = found else { return Ok(None) };
    let text = ledger.payloads(&[found.position]).await?.pop().flatten();
    let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
    Ok(Some((found.position, text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_map_is_named() {
        let map = "[[fields]]\nfrom = \"ticket.cf_order\"\nto = \"conversation.desk_order\"\n";
        let found = rule(ObjectKind::Conversation, "custom_attributes.desk_order", Some(map));
        let expected = "the map: line 3, field ticket.cf_order to conversation.desk_order";
        assert_eq!(found, expected);
        let own = rule(ObjectKind::Conversation, "title", Some(map));
        assert_eq!(own, "the program: the ticket's subject");
    }
}
