//! What people made in Intercom since the cutover, page by page: new contacts, new threads, and
//! what was said in those that we moved. Nothing is written, in Intercom or in the ledger.

use std::collections::HashSet;
use std::sync::Mutex;

use futures::StreamExt;
use serde_json::Value;

use super::context::Context;
use super::error::EngineError;
use super::reading::patiently;
use super::returned_thread::{self, Thread};
use super::returner::{Asked, Found, Returning, left_fields};
use super::workspace;
use crate::destination::contract::{Destination, DestinationError, Read, StopScope};
use crate::destination::intercom::family::read::{ReadPerson, id_of, made_at};
use crate::destination::intercom::family::{PER_PAGE, thread};
use crate::destination::intercom::object::{ObjectKind, Target};
use crate::destination::intercom::pages::{items, list_all, turn};
use crate::model::DestinationId;
use crate::model::event::Phase;
use crate::model::returned::{Returned, ReturnedContact, ReturnedKind};

/// Threads read back at once.
const AT_ONCE: usize = 8;

/// Takes what is found, one at a time.
pub type Take<'a> = dyn FnMut(Returned) -> Result<(), EngineError> + Send + 'a;

/// Finds all of it.
///
/// # Errors
/// If Intercom or the ledger cannot be read, or what is found cannot be taken.
pub async fn gather(
    context: &Context,
    destination: &dyn Destination,
    asked: Asked<'_>,
    take: &mut Take<'_>,
) -> Result<Found, EngineError> {
    let app = workspace::ask(context, destination).await?.app;
    let read = Read::get("/admins");
    let listed = patiently(context, || list_all(destination, read.clone())).await?;
    let admins =
        listed.into_iter().filter_map(|one| Some((id_of(&one)?, ReadPerson::of(&one)))).collect();
    let returning =
        Returning { context, destination, asked, app, admins, people: Mutex::default() };
    let mut found = Found::default();
    context.progress.begin("return", None);
    let lists = Lists { returning: &returning };
    lists.contacts(&mut found, take).await?;
    let mut seen = HashSet::new();
    for list in thread::list::all() {
        lists.threads(list, &mut seen, &mut found, take).await?;
    }
    context.progress.end();
    Ok(found)
}

/// The lists of the workspace.
struct Lists<'a> {
    returning: &'a Returning<'a>,
}

impl Lists<'_> {
    /// The next page of a list; none at its end.
    async fn page(&self, read: &mut Option<Read>) -> Result<Option<Vec<Value>>, EngineError> {
        let Some(mut next) = read.take() else { return Ok(None) };
        if self.returning.context.is_stopping() {
            return Err(EngineError::Stopped);
        }
        let page = || async { self.returning.destination.read(&next).await.found(next.path) };
        let page = match patiently(self.returning.context, page).await {
            Ok(page) => page,
            // A plan without tickets has none.
            Err(EngineError::Destination(DestinationError::Stop {
                scope: StopScope::Phase,
                ..
            })) => return Ok(None),
            Err(error) => return Err(error),
        };
        let list = items(&page).to_vec();
        if !list.is_empty() && turn(&mut next, &page) {
            *read = Some(next);
        }
        Ok(Some(list))
    }

    async fn contacts(&self, found: &mut Found, take: &mut Take<'_>) -> Result<(), EngineError> {
        let mut read = Some(Read::get("/contacts").query("per_page", PER_PAGE));
        let mut seen = HashSet::new();
        while let Some(page) = self.page(&mut read).await? {
            for one in page {
                self.returning.context.progress.advance(1);
                let Some(id) = id_of(&one).filter(|id| seen.insert(id.clone())) else {
                    continue;
                };
                if self.returning.origin(&id, Phase::Contacts).await?.is_some() {
                    continue;
                }
                if !self.returning.is_new(&one) {
                    found.older += 1;
                    continue;
                }
                for made in self.contact(&id, &one) {
                    found.add(match &made {
                        Returned::Left(left) => left.what,
                        _ => ReturnedKind::Contact.word(),
                    });
                    take(made)?;
                }
            }
        }
        Ok(())
    }

    fn contact(&self, id: &str, one: &Value) -> Vec<Returned> {
        let ReadPerson { name, email, phone } = ReadPerson::of(one);
        let id_there = self.returning.id(ReturnedKind::Contact, id);
        let created_at = made_at(one);
        let contact = ReturnedContact { id: id_there, name, email, phone, created_at };
        let mut made = vec![Returned::Contact(contact)];
        made.extend(left_fields(one, id));
        made
    }

    async fn threads(
        &self,
        (kind, read): (ObjectKind, Read),
        seen: &mut HashSet<String>,
        found: &mut Found,
        take: &mut Take<'_>,
    ) -> Result<(), EngineError> {
        let mut read = Some(read);
        while let Some(page) = self.page(&mut read).await? {
            let ids: Vec<(String, Value)> = page
                .into_iter()
                .filter_map(|one| Some((id_of(&one)?, one)))
                .filter(|(id, _)| seen.insert(id.clone()))
                .collect();
            let mut looked = futures::stream::iter(ids)
                .map(|(id, one)| async move { self.thread(kind, &id, &one).await })
                .buffered(AT_ONCE);
            while let Some(thread) = looked.next().await {
                self.returning.context.progress.advance(1);
                let Thread { made, found: more } = thread?;
                found.join(more);
                made.into_iter().try_for_each(&mut *take)?;
            }
        }
        Ok(())
    }

    async fn thread(
        &self,
        kind: ObjectKind,
        id: &str,
        listed: &Value,
    ) -> Result<Thread, EngineError> {
        let target = Target::new(kind, DestinationId::from(id));
        match self.returning.origin(id, Phase::Conversations).await? {
            Some((stream, key)) => {
                returned_thread::added(self.returning, &target, stream, &key).await
            }
            None if !self.returning.is_new(listed) => {
                let found = Found { older: 1, ..Found::default() };
                Ok(Thread { found, ..Thread::default() })
            }
            None => returned_thread::whole(self.returning, &target).await,
        }
    }
}
