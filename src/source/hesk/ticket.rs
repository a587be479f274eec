//! A ticket as a record: everything is given, nothing is fetched.

use std::collections::BTreeMap;

use super::emit::numbered;
use super::known::Known;
use super::list;
use super::pass::Site;
use super::row::Row;
use super::text;
use super::time;
use super::words;
use crate::model::SourceKey;
use crate::model::record::{
    Author, AuthorRole, Body, BodyFormat, Conversation, Fields, PersonRef, ThreadKind,
};
use crate::source::finding::{Code, Finding};

/// Why a ticket's people are held apart (decision H5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// Hesk took everything out.
    Anonymised,
    /// It looks as if Hesk had begun to.
    PartlyAnonymised,
    /// The customer was deleted; only stale copies are left.
    CustomerDeleted,
}

impl Privacy {
    /// The word for it in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Anonymised => "anonymised",
            Self::PartlyAnonymised => "partly_anonymised",
            Self::CustomerDeleted => "customer_deleted",
        }
    }

    /// True if its texts and fields are not to be trusted either.
    pub fn is_anonymised(self) -> bool {
        self != Self::CustomerDeleted
    }
}

/// What other tables say of a ticket.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Who asked.
    pub customer: PersonRef,
    /// People in copy.
    pub copies: Vec<PersonRef>,
    /// Staff who watch.
    pub collaborators: Vec<String>,
    /// Tracking ids of linked tickets.
    pub linked: Vec<String>,
    /// Replies found, and those of staff.
    pub replies: (u64, u64),
    /// Whether its people are held apart.
    pub privacy: Option<Privacy>,
    /// Files of the first message.
    pub attachments: Vec<SourceKey>,
}

/// A ticket's first message or a reply's: rich where a person wrote HTML, plain otherwise.
pub fn body(message: Option<&str>, html: Option<&str>) -> Option<Body> {
    let message = message.unwrap_or_default();
    let rich = html.filter(|_| text::is_rich(message, html));
    let body = match rich {
        Some(html) => Body { format: BodyFormat::Html, content: html.to_owned() },
        None => Body { format: BodyFormat::Text, content: text::trimmed(text::plain(message)) },
    };
    (!body.content.is_empty()).then_some(body)
}

/// The record.
pub fn conversation(
    row: &Row,
    around: Around,
    known: &mut Known,
    site: &Site,
) -> (Conversation, Vec<Finding>) {
    let mut findings = Vec::new();
    let status = row.number("status").unwrap_or_default();
    let state = known.words.state(status);
    if state.removed {
        let reason = "The state is no longer defined; in Hesk such a ticket is open.";
        let finding = Finding::new(Code::UnmappedValue, reason).column("status");
        findings.push(finding.severity(crate::source::Severity::Warning).value(&state.word));
    }
    let (team, gone) = known.category(row.id("category").unwrap_or_default());
    if gone {
        let reason = "The category is gone; the first one stands in, as in Hesk.";
        findings.push(Finding::new(Code::DanglingReference, reason).column("category"));
    }
    if let Some(privacy) = around.privacy {
        let reason = format!("The people of the ticket are held apart: {}.", privacy.word());
        findings.push(Finding::new(Code::PrivacyHold, reason));
    }
    compare_replies(row, around.replies, &mut findings);
    let is_open = around.privacy.is_none_or(|privacy| !privacy.is_anonymised());
    let fields = if is_open { fields(row, known, &mut findings) } else { Fields::new() };
    let opened_by = row.number("openedby");
    let opener = opened_by.and_then(|id| u32::try_from(id).ok()).filter(|id| *id > 0);
    let opener = opener.map(|id| known.staff(id, None));
    let assignee = row.id("owner").map(|id| known.staff(id, None)).unwrap_or_default();
    let standard = standard(row, &around, known, site, team.as_deref());
    let tags = if row.flag("archive") { vec!["tagged".to_owned()] } else { Vec::new() };
    let record = Conversation {
        kind: ThreadKind::Ticket,
        subject: row.label("subject"),
        description: body(row.raw("message"), row.raw("message_html")),
        state: Some(state.state),
        status: state.word,
        customer: around.customer,
        opened_by: opener.map(|person| Author { role: AuthorRole::Agent, person }),
        assignee,
        team,
        channel: opened_by.map(|id| words::channel(id).to_owned()),
        copies: around.copies,
        created_at: row.time("dt"),
        updated_at: row.time("lastchange"),
        closed_at: row.time("closedat"),
        due_at: row.time("due_date"),
        memo: None,
        tags,
        standard,
        fields,
        reply_count: row.number("replies").and_then(|count| u64::try_from(count).ok()),
        attachments: around.attachments,
        social_ids: Vec::new(),
        archived: false,
    };
    if record.created_at.is_none() {
        let reason = "The ticket has no time of its own.";
        findings.push(Finding::new(Code::RequiredMissing, reason).column("dt"));
    }
    (record, findings)
}

fn compare_replies(row: &Row, (found, of_staff): (u64, u64), findings: &mut Vec<Finding>) {
    for (column, found) in [("replies", found), ("staffreplies", of_staff)] {
        let claimed = row.number(column).and_then(|count| u64::try_from(count).ok());
        if let Some(claimed) = claimed.filter(|claimed| *claimed != found) {
            let reason = format!("{found} were found; the ticket's own counter says {claimed}.");
            findings.push(Finding::new(Code::ThreadIncomplete, reason).column(column));
        }
    }
}

fn fields(row: &Row, known: &Known, findings: &mut Vec<Finding>) -> Fields {
    let mut fields = Fields::new();
    for field in &known.fields {
        match row.raw(&field.column).and_then(|stored| field.value(stored)) {
            None => {}
            Some(Ok(value)) => {
                fields.insert(field.column.clone(), value);
            }
            Some(Err(text)) => {
                let reason = "The value is not of the field's type; it is kept as text.";
                let finding = Finding::new(Code::FieldValueOdd, reason).column(&field.column);
                findings.push(finding.value(&text));
                let value = crate::model::record::FieldValue::Text(text);
                fields.insert(field.column.clone(), value);
            }
        }
    }
    fields
}

/// Who did something, by the signed number that Hesk keeps.
fn actor(number: i64, customer: &str, known: &mut Known) -> String {
    match u32::try_from(number) {
        Ok(0) => customer.to_owned(),
        Ok(id) => {
            let person = known.staff(id, None);
            person.name.or(person.email).unwrap_or_else(|| format!("staff {id}"))
        }
        Err(_) => "automatic".to_owned(),
    }
}

fn standard(
    row: &Row,
    around: &Around,
    known: &mut Known,
    site: &Site,
    category: Option<&str>,
) -> BTreeMap<String, String> {
    let mut standard = BTreeMap::new();
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            standard.insert(name.to_owned(), value);
        }
    };
    put("tracking_id", row.filled("trackid").map(str::to_owned));
    put("priority", row.number("priority").map(|id| known.words.priority(id)));
    put("category", category.map(str::to_owned));
    put("first_reply_at", row.time("firstreply").map(|time| time.to_rfc3339()));
    let by = row.number("firstreplyby").filter(|id| *id > 0);
    put("first_reply_by", by.map(|id| actor(id, "customer", known)));
    put("closed_by", row.number("closedby").map(|id| actor(id, "customer", known)));
    put("assigned_by", row.number("assignedby").map(|id| actor(id, "", known)));
    let worked = row.filled("time_worked").filter(|time| !time.starts_with("00:00:00"));
    put("time_worked", worked.map(str::to_owned));
    put("locked", row.flag("locked").then(|| "true".to_owned()));
    put("language", row.label("language"));
    let merged = list::merged(row.raw("merged").unwrap_or_default());
    put("merged_from", Some(merged.join(", ")));
    put("linked_tickets", Some(around.linked.join(", ")));
    put("collaborators", Some(around.collaborators.join(", ")));
    let shown = list::ids(row.raw("articles").unwrap_or_default());
    let shown: Vec<String> = shown.iter().map(u32::to_string).collect();
    put("articles_shown", Some(shown.join(", ")));
    put("anonymised", around.privacy.map(|privacy| privacy.word().to_owned()));
    let day = |time| match site.zone {
        Some(zone) => time::day(time, zone),
        None => Some(time.to_rfc3339()),
    };
    put("due_date", row.time("due_date").and_then(day));
    put("ip", row.filled("ip").filter(|ip| *ip != "0.0.0.0").map(str::to_owned));
    standard
}

/// Key of a ticket.
pub fn key(id: u32) -> SourceKey {
    numbered("ticket", id)
}
