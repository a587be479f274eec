//! Knowledge base and saved replies.

use super::columns::{canned_answer as canned, kb_area, kb_article, kb_group};
use super::memory::{Memory, key, time_or_id};
use super::people::person;
use crate::model::Record;
use crate::model::record::{Article, Body, BodyFormat, Collection, SavedReply, Visibility};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::placeholder::placeholders;
use crate::source::finding::Code;

fn visibility(memory: &Memory, cells: &Cells<'_>, slot: usize) -> Visibility {
    match cells.string(slot) {
        None => Visibility::Public,
        Some(word) if memory.words.is_public(&word) => Visibility::Public,
        Some(word) => Visibility::Restricted(word),
    }
}

fn name(cells: &mut Cells<'_>, slot: usize) -> Option<String> {
    let name = cells.string(slot);
    if name.is_none() {
        cells.note_cell(Code::NameMissing, slot, "The record has no name.");
    }
    name
}

/// The upper level of the knowledge base.
pub(super) fn group(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    Some(Record::from(Collection {
        name: name(cells, kb_group::NAME)?,
        description: None,
        parent: None,
        visibility: visibility(memory, cells, kb_group::VISIBILITY),
        position: cells.integer(kb_group::POSITION),
    }))
}

/// The lower level of the knowledge base.
pub(super) fn area(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let above = cells.row.id(kb_area::PARENT_ID).and_then(|id| key("kb_area", id));
    let group = || cells.row.id(kb_area::GROUP_ID).and_then(|id| key("kb_group", id));
    let parent = above.or_else(group);
    Some(Record::from(Collection {
        name: name(cells, kb_area::NAME)?,
        description: None,
        parent,
        visibility: visibility(memory, cells, kb_area::VISIBILITY),
        position: cells.integer(kb_area::POSITION),
    }))
}

const STATISTICS: [usize; 6] = [
    kb_article::VIEWS,
    kb_article::VOTES_NUMBER,
    kb_article::VOTES_SUM,
    kb_article::SCORE,
    kb_article::FEATURED,
    kb_article::CONTRIBUTOR_ID,
];

/// An article.
pub(super) fn article(memory: &mut Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let title = name(cells, kb_article::TITLE)?;
    let status = cells.string(kb_article::STATUS);
    let known = status.as_deref().and_then(|word| memory.words.published(word));
    if known.is_none() {
        let reason = "Neither published nor draft; it is read as a draft.";
        cells.note_cell(Code::UnmappedValue, kb_article::STATUS, reason);
    }
    let body = cells.body(kb_article::BODY, Some(kb_article::BODY_FORMAT));
    if body.is_none() {
        cells.note_cell(Code::RequiredMissing, kb_article::BODY, "The article has no text.");
    }
    let category = cells.string(kb_article::CATEGORY).unwrap_or_default();
    let path = category.split('>').map(str::trim).filter(|label| !label.is_empty());
    let category_path = path.map(str::to_owned).collect();
    let (author, email, author_name) =
        (kb_article::AUTHOR_ID, kb_article::AUTHOR_EMAIL, kb_article::AUTHOR_NAME);
    Some(Record::from(Article {
        title,
        body: body.unwrap_or(Body { format: BodyFormat::Html, content: String::new() }),
        collection: cells.row.id(kb_article::AREA_ID).and_then(|id| key("kb_area", id)),
        category_path,
        published: known.unwrap_or(false),
        visibility: visibility(memory, cells, kb_article::VISIBILITY),
        author: person(cells, "agent", author, email, author_name),
        tags: cells.list(kb_article::TAGS, "tag"),
        locale: cells.string(kb_article::LOCALE),
        slug: cells.string(kb_article::SLUG),
        url: cells.string(kb_article::URL),
        attachments: Vec::new(),
        created_at: time_or_id(memory, cells, kb_article::CREATED_AT),
        updated_at: cells.time(kb_article::UPDATED_AT),
        statistics: cells.standard(&STATISTICS),
    }))
}

/// A saved reply.
pub(super) fn canned_answer(cells: &mut Cells<'_>) -> Option<Record> {
    let name = name(cells, canned::NAME)?;
    let body = cells.body(canned::BODY, Some(canned::BODY_FORMAT));
    if body.is_none() {
        cells.note_cell(Code::RequiredMissing, canned::BODY, "The saved reply has no text.");
    }
    let body = body.unwrap_or(Body { format: BodyFormat::Text, content: String::new() });
    let placeholders = placeholders(&body.content);
    if !placeholders.is_empty() {
        let reason = format!("{} placeholders are not translated.", placeholders.len());
        cells.note_cell(Code::PlaceholderFound, canned::BODY, reason);
    }
    Some(Record::from(SavedReply {
        name,
        body,
        category: cells.string(canned::CATEGORY),
        visible_to: cells.string(canned::VISIBLE_TO),
        placeholders,
    }))
}
