//! Finding out whether a note was made (FACTS §9).

use serde_json::Value;

use super::super::look_up::listed::LIST_PAGES;
use super::super::look_up::look::{Look, Looked};
use super::super::normalise::{Content, same_id};
use super::super::pages::list;
use super::memo::{NoteAnswer, sent, shows};

/// A note in the list at this path, by its author and what it shows.
pub async fn notes(look: &Look<'_>, path: &'static str) -> Looked {
    let all = list(look.destination, look.read(path), LIST_PAGES, |_| false).await?;
    let (body, author) = sent(look.request);
    let words = Content::of_html(body);
    let fits = |note: &Value| {
        let by = &NoteAnswer::of(note).author["id"];
        look.is_recent(note)
            && author.is_none_or(|author| same_id(author, by))
            && shows(note, &words)
    };
    Ok(look.one_of(all.into_iter().filter(fits).collect()))
}
