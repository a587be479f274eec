//! What people rebuild by hand: canned replies, ticket templates, service messages.

use std::collections::BTreeMap;

use super::emit::{Made, numbered};
use super::known::small;
use super::pass::Pass;
use super::row::Row;
use super::text;
use crate::model::RecordKind;
use crate::model::record::{Body, BodyFormat, ConfigurationItem, SavedReply};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding};

/// Around the name of a placeholder.
const MARK: &str = "%%";

impl Pass<'_, '_, '_> {
    /// Canned replies, in their own order.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn canned(&mut self) -> Result<bool, SourceError> {
        for row in small(self.database, self.schema, "std_replies").await? {
            let Some(id) = row.id("id") else { continue };
            let (key, at) = (numbered("canned_reply", id), ("std_replies", u64::from(id)));
            let Some(name) = row.label("title") else {
                let finding = Finding::new(Code::NameMissing, "The canned reply has no title.");
                let kind = RecordKind::SavedReply;
                if !self.emit.reject("std_replies", kind, key, at, (&row, finding)) {
                    return Ok(false);
                }
                continue;
            };
            let body = template_body(&row);
            let placeholders = placeholders(&body.content);
            let findings = placeholder_findings(&placeholders);
            let record = SavedReply { name, body, category: None, visible_to: None, placeholders };
            let object = "std_replies";
            let made = Made { object, key, at, row: &row, record: record.into(), findings };
            if !self.emit.record(made) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// Templates for tickets that staff open.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn templates(&mut self) -> Result<bool, SourceError> {
        for row in small(self.database, self.schema, "ticket_templates").await? {
            let Some(id) = row.id("id") else { continue };
            let body = template_body(&row).content;
            let findings = placeholder_findings(&placeholders(&body));
            let mut details = BTreeMap::from([("message".to_owned(), body)]);
            put(&mut details, &row, &["tpl_order"]);
            let name = row.label("title");
            let made = ("ticket_templates", numbered("ticket_template", id), u64::from(id));
            if !self.by_hand("ticket_template", made, &row, (name, None, details), findings) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    /// Announcements.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn service_messages(&mut self) -> Result<bool, SourceError> {
        for row in small(self.database, self.schema, "service_messages").await? {
            let Some(id) = row.id("id") else { continue };
            let mut details = BTreeMap::new();
            // The message is HTML of a person's own making; it is kept as it stands.
            put(&mut details, &row, &["message", "style", "order", "location"]);
            if let Some(language) = row.label("language") {
                details.insert("language".to_owned(), language);
            }
            if let Some(author) = row.id("author") {
                let person = self.known.staff(author, None);
                details.extend(person.name.map(|name| ("author".to_owned(), name)));
            }
            if let Some(time) = row.time("dt") {
                details.insert("created_at".to_owned(), time.to_rfc3339());
            }
            let (name, active) = (row.label("title"), Some(row.raw("type") == Some("0")));
            let made = ("service_messages", numbered("service_message", id), u64::from(id));
            if !self.by_hand("service_message", made, &row, (name, active, details), Vec::new()) {
                return Ok(false);
            }
        }
        Ok(self.emit.goes_on())
    }

    fn by_hand(
        &mut self,
        kind: &str,
        (object, key, line): (&'static str, crate::model::SourceKey, u64),
        row: &Row,
        (name, active, details): (Option<String>, Option<bool>, BTreeMap<String, String>),
        findings: Vec<Finding>,
    ) -> bool {
        let name = name.unwrap_or_else(|| format!("{kind} {line}"));
        let record = ConfigurationItem { kind: kind.to_owned(), name, active, details };
        let at = (object, line);
        self.emit.record(Made { object, key, at, row, record: record.into(), findings })
    }
}

fn put(details: &mut BTreeMap<String, String>, row: &Row, columns: &[&str]) {
    for column in columns {
        if let Some(value) = row.filled(column) {
            details.insert((*column).to_owned(), value.to_owned());
        }
    }
}

/// A template's text: lines end without `<br />` here.
fn template_body(row: &Row) -> Body {
    let message = row.raw("message").unwrap_or_default();
    let html = row.raw("message_html").filter(|html| !html.trim().is_empty());
    // The HTML form of a plain template differs from it in its line ends only.
    let plain = text::plain(message).trim().to_owned();
    match html {
        Some(html) if same_words(&text::plain(html), &plain) && !has_markup(html) => {
            Body { format: BodyFormat::Text, content: plain }
        }
        Some(html) => Body { format: BodyFormat::Html, content: html.to_owned() },
        None => Body { format: BodyFormat::Text, content: plain },
    }
}

fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn has_markup(html: &str) -> bool {
    html.split('<').skip(1).any(|tag| !tag.starts_with("br"))
}

/// Placeholders (`%%HESK_NAME%%`), each once, as written.
pub fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(MARK) {
        let inside = &rest[start + MARK.len()..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = inside.find(|c| !is_name(c)).unwrap_or(inside.len());
        if end > 0 && inside[end..].starts_with(MARK) {
            let whole = format!("{MARK}{}{MARK}", &inside[..end]);
            if !found.contains(&whole) {
                found.push(whole);
            }
            rest = &inside[end + MARK.len()..];
        } else {
            rest = inside;
        }
    }
    found
}

fn placeholder_findings(placeholders: &[String]) -> Vec<Finding> {
    if placeholders.is_empty() {
        return Vec::new();
    }
    let reason = format!("{} placeholders are not translated.", placeholders.len());
    vec![Finding::new(Code::PlaceholderFound, reason).column("message")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_once() {
        let text = "Hi %%HESK_NAME%%, %%HESK_custom3%% and %%HESK_NAME%%; 50%% of 100%% %%";
        assert_eq!(placeholders(text), ["%%HESK_NAME%%", "%%HESK_custom3%%"]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(%|%%|[a-zA-Z_é ])*") {
            placeholders(&text);
        }
    }
}
