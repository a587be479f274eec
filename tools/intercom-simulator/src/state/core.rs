//! The whole workspace in one value.

use super::{
    Admin, App, Assignee, Attachment, Author, Companies, CompanyId, Contact, ContactId, Contacts,
    ConversationAttributes, CustomObjectType, DataAttributes, Files, Ghosts, Ids, Instance, Kind,
    Knowledge, Note, Part, Scroll, Tags, Team, Thread, Threads, TicketState, TicketType,
};
use crate::error::ApiError;
use crate::features::Features;
use crate::mailbox::MailboxEntry;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) app: App,
    pub(crate) timezone: chrono_tz::Tz,
    pub(crate) features: Features,
    /// `http://host:port`, for addresses inside answers.
    pub(crate) base_url: String,
    pub(crate) search_delay_ms: i64,
    pub(crate) ids: Ids,
    pub(crate) admins: Vec<Admin>,
    /// The teammate that is a machine, at the end of the list.
    pub(crate) operator: Option<Admin>,
    pub(crate) teams: Vec<Team>,
    pub(crate) contacts: Contacts,
    pub(crate) companies: Companies,
    pub(crate) scroll: Option<Scroll>,
    pub(crate) scrolls: u64,
    pub(crate) notes: BTreeMap<u64, Note>,
    pub(crate) tags: Tags,
    pub(crate) attributes: DataAttributes,
    pub(crate) conversation_attributes: ConversationAttributes,
    pub(crate) threads: Threads,
    pub(crate) ghosts: Ghosts,
    pub(crate) ticket_types: BTreeMap<u64, TicketType>,
    pub(crate) ticket_states: Vec<TicketState>,
    pub(crate) object_types: Vec<CustomObjectType>,
    pub(crate) instances: BTreeMap<u64, Instance>,
    pub(crate) instance_keys: HashMap<(String, String), u64>,
    pub(crate) knowledge: Knowledge,
    pub(crate) files: Files,
    pub(crate) subscription_types: Vec<Value>,
    pub(crate) segments: Vec<Value>,
    pub(crate) macros: Vec<Value>,
    /// Jobs by id: the id of the ticket each made.
    pub(crate) jobs: BTreeMap<u64, u64>,
    pub(crate) events: std::collections::BTreeSet<(String, String, i64)>,
    /// Ends of snoozes to come: second and thread.
    pub(crate) snoozes: std::collections::BTreeSet<(i64, u64)>,
    pub(crate) mailbox: Vec<MailboxEntry>,
}

impl State {
    pub(crate) fn admin(&self, id: u64) -> Option<&Admin> {
        self.admins.iter().chain(&self.operator).find(|admin| admin.id == id)
    }

    /// The teammate a request names.
    pub(crate) fn required_admin(&self, id: Option<&str>) -> Result<u64, ApiError> {
        let id = id.ok_or_else(|| ApiError::missing("admin_id"))?;
        let number: u64 = id.parse().map_err(|_| ApiError::admin_not_found())?;
        self.admin(number).map(|admin| admin.id).ok_or_else(ApiError::admin_not_found)
    }

    /// The teammate whose token it is: the first one.
    pub(crate) fn token_admin(&self) -> u64 {
        self.admins.first().map_or(0, |admin| admin.id)
    }

    pub(crate) fn team(&self, id: u64) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }

    pub(crate) fn contact(&self, id: ContactId) -> Result<&Contact, ApiError> {
        if let Some(contact) = self.contacts.get(id) {
            return Ok(contact);
        }
        Err(self.contact_gone(id))
    }

    pub(crate) fn contact_mut(&mut self, id: ContactId) -> Result<&mut Contact, ApiError> {
        if self.contacts.by_id.contains_key(&id) {
            // Present, as just looked up.
            return self.contacts.by_id.get_mut(&id).ok_or_else(ApiError::user_not_found);
        }
        Err(self.contact_gone(id))
    }

    fn contact_gone(&self, id: ContactId) -> ApiError {
        let Some(merged) = self.contacts.merged.get(&id) else {
            return ApiError::user_not_found();
        };
        let message =
            "This contact has been merged. See the 'Link' header for the canonical contact.";
        let mut error = ApiError::new(410, "contact_merged", message);
        error.canonical = Some(format!("/contacts/{}", merged.into));
        error
    }

    pub(crate) fn company(&self, id: &str) -> Result<CompanyId, ApiError> {
        let id = CompanyId::parse(id).ok_or_else(ApiError::company_not_found)?;
        let company = self.companies.get(id).ok_or_else(ApiError::company_not_found)?;
        if company.archived && !self.features.archived_company_readable {
            return Err(ApiError::company_not_found());
        }
        Ok(id)
    }

    pub(crate) fn thread(&self, id: Option<u64>) -> Result<&Thread, ApiError> {
        id.and_then(|id| self.threads.by_id.get(&id)).ok_or_else(ApiError::conversation_not_found)
    }

    /// A contact as a search shows it, which may be deleted.
    pub(crate) fn listed_contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(id).or_else(|| self.ghosts.contact(id))
    }

    /// A thread as a search shows it, which may be deleted.
    pub(crate) fn listed_thread(&self, id: u64) -> Option<&Thread> {
        self.threads.by_id.get(&id).or_else(|| self.ghosts.thread(id))
    }

    /// Server time in ms until which searches show what is deleted now.
    pub(crate) fn shown_until(&self, now: i64) -> Option<i64> {
        let more = self.features.deleted_in_search_ms;
        (more > 0).then(|| now * 1000 + more)
    }

    pub(crate) fn thread_mut(&mut self, id: u64) -> Result<&mut Thread, ApiError> {
        self.threads.by_id.get_mut(&id).ok_or_else(ApiError::conversation_not_found)
    }

    /// A part dated now, without words; the caller fills in the rest.
    pub(crate) fn part(&mut self, kind: &'static str, author: Author, now: i64) -> Part {
        Part {
            id: self.ids.next(Kind::Part),
            kind,
            body: None,
            created_at: now,
            updated_at: now,
            notified_at: now,
            author,
            assigned_to: None,
            attachments: Vec::new(),
            redacted: false,
            state: super::ThreadState::Open,
            event: None,
        }
    }

    /// The address under which an attachment can be read back.
    pub(crate) fn attachment_url(&self, attachment: &Attachment) -> String {
        let signature = super::signature(attachment.id);
        format!("{}/_sim/files/{}?signature={signature}", self.base_url, attachment.id)
    }

    pub(crate) fn assignee(&self, id: &str) -> Option<Assignee> {
        match id.parse::<u64>().ok()? {
            0 => Some(Assignee::Nobody),
            id if self.admin(id).is_some() => Some(Assignee::Admin(id)),
            id if self.team(id).is_some() => Some(Assignee::Team(id)),
            _ => None,
        }
    }

    /// A note to the contacts of a thread that a real workspace would have sent.
    pub(crate) fn notify(
        &mut self,
        thread: &str,
        to: Vec<String>,
        operation: &'static str,
        audience: &'static str,
        reason: &'static str,
        at: i64,
    ) {
        for to in to {
            let about = thread.to_owned();
            self.mailbox.push(MailboxEntry { at, audience, operation, to, about, reason });
        }
    }

    /// Lets take effect what was to happen by now: the end of snoozes, accepted deletions.
    pub(crate) fn settle(&mut self, now_ms: i64) {
        let now = now_ms.div_euclid(1000);
        self.ghosts.settle(now_ms);
        while let Some((until, id)) = self.snoozes.first().copied().filter(|(at, _)| *at <= now) {
            self.snoozes.pop_first();
            self.end_snooze(id, until, now);
        }
        if self.companies.deleting.is_empty() {
            return;
        }
        let due: Vec<CompanyId> = self
            .companies
            .deleting
            .iter()
            .copied()
            .filter(|id| {
                let due = self.companies.get(*id).and_then(|c| c.delete_due_ms);
                due.is_none_or(|due| due <= now_ms)
            })
            .collect();
        for id in due {
            self.archive_company(id);
        }
    }

    fn end_snooze(&mut self, id: u64, until: i64, now: i64) {
        let part = self.part("timer_unsnooze", Author::Bot, now);
        let Some(thread) = self.threads.by_id.get_mut(&id) else {
            return;
        };
        if thread.snoozed_until == Some(until) {
            thread.state = super::ThreadState::Open;
            thread.snoozed_until = None;
            thread.updated_at = now;
            thread.parts.push(part);
        }
    }

    /// Archives a company and detaches its contacts.
    pub(crate) fn archive_company(&mut self, id: CompanyId) {
        self.companies.deleting.retain(|other| *other != id);
        let Some(company) = self.companies.by_id.get_mut(&id) else {
            return;
        };
        company.archived = true;
        company.delete_due_ms = None;
        for contact in std::mem::take(&mut company.contacts) {
            if let Some(contact) = self.contacts.by_id.get_mut(&contact) {
                contact.companies.retain(|other| *other != id);
            }
        }
    }

    /// Removes a thread for good, with its files and its place at its contacts.
    pub(crate) fn delete_thread(&mut self, id: u64, metrics_retained: bool, now: i64) {
        let Some(thread) = self.threads.remove(id) else {
            return;
        };
        if let Some(until_ms) = self.shown_until(now) {
            self.ghosts.keep_thread(thread.clone(), until_ms);
        }
        for contact in &thread.contacts {
            if let Some(contact) = self.contacts.by_id.get_mut(contact) {
                contact.threads.retain(|other| *other != id);
            }
        }
        let parts = thread.parts.iter().flat_map(|part| &part.attachments);
        for attachment in parts.chain(&thread.source.attachments) {
            self.files.forget(attachment.id);
        }
        for other in thread.linked {
            if let Some(other) = self.threads.by_id.get_mut(&other) {
                other.linked.retain(|linked| *linked != id);
            }
        }
        self.threads.deleted.push(super::DeletedThread {
            id,
            ticket: thread.ticket.is_some(),
            metrics_retained,
            deleted_at: now,
        });
    }
}
