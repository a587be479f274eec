//! One thread of Intercom's as it goes back to the help desk: whole, or what was said in it since
//! we made it.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use super::error::EngineError;
use super::load;
use super::reading;
use super::returner::{Found, Returning, left_fields};
use super::sent::sent;
use crate::destination::intercom::compare::StepIds;
use crate::destination::intercom::drift::{Ours, added as foreign};
use crate::destination::intercom::family::read::ReadPerson;
use crate::destination::intercom::family::thread::read::{
    ReadThread, Speaker, Spoken, SpokenFile, Standing,
};
use crate::destination::intercom::object::{ReadBack, Target};
use crate::destination::intercom::{parts, parts_total};
use crate::model::record::AuthorRole;
use crate::model::returned::{
    LeftBehind, Returned, ReturnedKind, ReturnedMessage, ReturnedPerson, ReturnedState,
    ReturnedThread,
};
use crate::model::{SourceKey, StreamId};

const ERASED: &str = "bytes of its record are erased: nobody can tell what is new in it";
const UNREAD: &str = "Intercom reads back the newest 500 parts only";
const EMPTY: &str = "it has no words, or they were redacted";
const CHANGE: &str = "the layout holds how a thread stands, and no single change";
const FILE: &str = "files are not fetched: download it in Intercom";
const STRANGE: &str = "its thread is none of the help desk's";
const PARTICIPANT: &str = "the layout names one customer for each thread";

/// What one thread gave.
#[derive(Default)]
pub struct Thread {
    /// In order.
    pub made: Vec<Returned>,
    /// How much was found.
    pub found: Found,
}

impl Thread {
    fn left(&mut self, what: &'static str, ids: (&str, &str), reason: &'static str, detail: &str) {
        let (id, of) = (ids.0.to_owned(), ids.1.to_owned());
        let detail = detail.to_owned();
        self.made.push(Returned::Left(LeftBehind { what, id, of, reason, detail }));
    }
}

/// What people said in a thread that we made.
///
/// # Errors
/// If Intercom or the ledger cannot be read.
pub async fn added(
    returning: &Returning<'_>,
    target: &Target,
    stream: StreamId,
    key: &SourceKey,
) -> Result<Thread, EngineError> {
    let mut thread = Thread::default();
    let context = returning.context;
    let id = target.id.as_str();
    let Some(back) = reading::find(context, returning.destination, target).await? else {
        return Ok(thread);
    };
    let history = match sent(context, key, stream).await {
        Ok(history) => history,
        Err(EngineError::Erased(_)) => {
            thread.found.add("erased");
            thread.left("erased", (id, id), ERASED, "");
            return Ok(thread);
        }
        Err(error) => return Err(error),
    };
    let states = load::steps(context, stream).await?;
    let ids: StepIds = states
        .iter()
        .filter_map(|(key, state)| Some((key.clone(), state.object()?.clone())))
        .collect();
    let effects = states.values().flat_map(|state| &state.effects);
    let ever = effects.filter_map(|effect| effect.object.clone()).collect();
    let ours = Ours { steps: &history.all, ids: &ids, ever: &ever, created: true };
    let named = foreign(&ours, &back);
    let new: BTreeSet<&str> = named.iter().filter_map(|name| name.strip_prefix("part:")).collect();
    unread(&mut thread, &back, id);
    let place = returning.of_source(key);
    for part in parts(&back.object).iter().map(Spoken::of) {
        let Some(part_id) = part.id.clone().filter(|part_id| new.contains(part_id.as_str())) else {
            continue;
        };
        if !part.is_message() {
            thread.found.add("change");
            thread.left("change", (&part_id, id), CHANGE, part.kind.as_deref().unwrap_or("event"));
            continue;
        }
        match &place {
            Some(place) => {
                let to = (place.object(), place.id());
                said_in(returning, &mut thread, &part, (&part_id, id), to).await?;
            }
            None => {
                thread.found.add("message");
                thread.left("message", (&part_id, id), STRANGE, &key.to_string());
            }
        }
    }
    Ok(thread)
}

/// A thread that people began.
///
/// # Errors
/// If Intercom or the ledger cannot be read.
pub async fn whole(returning: &Returning<'_>, target: &Target) -> Result<Thread, EngineError> {
    let mut thread = Thread::default();
    let id = target.id.as_str();
    let found = reading::find(returning.context, returning.destination, target).await?;
    let Some(back) = found else { return Ok(thread) };
    let ReadThread { title, people, assignee, opening, standing, created_at, changed_at } =
        ReadThread::of(&back);
    thread.found.add("thread");
    let own = returning.id(ReturnedKind::Thread, id);
    let customer = match people.first() {
        Some(first) => returning.customer(first).await?,
        None => ReturnedPerson::default(),
    };
    for other in people.iter().skip(1) {
        thread.found.add("participant");
        thread.left("participant", (other, id), PARTICIPANT, "");
    }
    let assignee = match assignee {
        Some(admin) => returning.teammate(&admin, &ReadPerson::of(&Value::Null)).await?,
        None => ReturnedPerson::default(),
    };
    let by_customer = !matches!(opening.speaker, Speaker::Teammate | Speaker::Bot);
    let mut made = ReturnedThread {
        id: own.clone(),
        title: title.map(|title| without_elements(&title)),
        body: None,
        state: match standing {
            Standing::Open => ReturnedState::Open,
            Standing::Snoozed => ReturnedState::Pending,
            Standing::Closed => ReturnedState::Closed,
        },
        customer,
        assignee,
        created_at,
        updated_at: changed_at,
    };
    let at = thread.made.len();
    if let Some(body) = opening.body.as_ref().filter(|_| by_customer) {
        made.body = Some(pictures(&mut thread, body, (id, id)));
    }
    files(&mut thread, &opening, (id, id));
    thread.made.insert(at, Returned::Thread(made));
    let to = (returning.asked.thread, own.as_str());
    if opening.body.is_some() && !by_customer {
        // Its files are listed already.
        let words = Spoken { files: Vec::new(), ..opening };
        said_in(returning, &mut thread, &words, (&format!("source-{id}"), id), to).await?;
    }
    unread(&mut thread, &back, id);
    for part in parts(&back.object).iter().map(Spoken::of).filter(Spoken::is_message) {
        let part_id = part.id.as_deref().unwrap_or("no id");
        said_in(returning, &mut thread, &part, (part_id, id), to).await?;
    }
    for field in left_fields(&back.object, id) {
        thread.found.add("field");
        thread.made.push(field);
    }
    Ok(thread)
}

/// A message or note: what it says goes back, its files do not.
async fn said_in(
    returning: &Returning<'_>,
    thread: &mut Thread,
    part: &Spoken,
    (part_id, id): (&str, &str),
    (object, place): (&str, &str),
) -> Result<(), EngineError> {
    thread.found.add("message");
    files(thread, part, (part_id, id));
    let Some(body) = part.body.as_ref().filter(|_| !part.is_redacted) else {
        thread.left("message", (part_id, id), EMPTY, "");
        return Ok(());
    };
    let plain = || ReturnedPerson { name: part.author.name.clone(), ..ReturnedPerson::default() };
    let role = match part.speaker {
        Speaker::Contact => AuthorRole::Customer,
        Speaker::Teammate => AuthorRole::Agent,
        Speaker::Bot => AuthorRole::Bot,
        Speaker::System => AuthorRole::System,
    };
    let person = match (part.speaker, &part.author_id) {
        (Speaker::Contact, Some(id)) => returning.customer(id).await?,
        (Speaker::Teammate, Some(id)) => returning.teammate(id, &part.author).await?,
        _ => plain(),
    };
    let body = pictures(thread, body, (part_id, id));
    thread.made.push(Returned::Message(ReturnedMessage {
        id: returning.id(ReturnedKind::Message, part_id),
        object: object.to_owned(),
        thread: place.to_owned(),
        role,
        author: person,
        note: part.is_note(),
        body,
        created_at: part.created_at,
    }));
    Ok(())
}

fn unread(thread: &mut Thread, back: &ReadBack, id: &str) {
    let missing = parts_total(&back.object).saturating_sub(parts(&back.object).len());
    if missing > 0 {
        thread.found.add("unread");
        thread.left("unread", (id, id), UNREAD, &format!("{missing} parts"));
    }
}

fn files(thread: &mut Thread, part: &Spoken, (part_id, id): (&str, &str)) {
    for SpokenFile { name, url } in &part.files {
        thread.found.add("attachment");
        thread.left(
            "attachment",
            (part_id, id),
            FILE,
            &format!("{name} at {}", host(url.as_deref())),
        );
    }
}

/// The words with the addresses of pictures cut off before what is secret in them.
fn pictures(thread: &mut Thread, html: &str, (part_id, id): (&str, &str)) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("src=\"") {
        let (before, after) = rest.split_at(at + "src=\"".len());
        out.push_str(before);
        let end = after.find('"').unwrap_or(after.len());
        let url = &after[..end];
        thread.found.add("attachment");
        thread.left("attachment", (part_id, id), FILE, &format!("picture at {}", host(Some(url))));
        out.push_str(url.split(['?', '#']).next().unwrap_or_default());
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

/// Where a file lies, without path, name or token.
fn host(url: Option<&str>) -> String {
    let parsed = url.and_then(|url| Url::parse(url).ok());
    let host = parsed.as_ref().and_then(Url::host_str);
    host.unwrap_or("an address that is none").to_owned()
}

fn without_elements(title: &str) -> String {
    match title.contains('<') {
        true => crate::model::markup::without_elements(title).trim().to_owned(),
        false => title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_token_and_no_word_is_lost() {
        let mut thread = Thread::default();
        let html = r#"<p>See <img src="https://cdn.example.com/a.png?token=s3cret"> now</p>"#;
        let words = pictures(&mut thread, html, ("1", "2"));
        assert_eq!(words, r#"<p>See <img src="https://cdn.example.com/a.png"> now</p>"#);
        let Some(Returned::Left(left)) = thread.made.first() else { panic!("not listed") };
        assert_eq!(left.detail, "picture at cdn.example.com");
        assert_eq!(pictures(&mut thread, "plain", ("1", "2")), "plain");
    }
}
