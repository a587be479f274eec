//! The knowledge base: categories, folders, articles.

use super::columns::{kb_article, kb_category, kb_folder};
use super::levels::{Place, labels};
use super::memory::Memory;
use super::people::name;
use super::person::{self, Named};
use super::resolve::key;
use crate::model::Record;
use crate::model::record::{Article, Body, BodyFormat, Collection, Visibility};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::states::fold;
use crate::source::finding::Code;

const AUTHOR: Named = Named {
    id: kb_article::AUTHOR_ID,
    email: kb_article::AUTHOR_EMAIL,
    name: kb_article::AUTHOR_NAME,
};

/// Levels of containers: category and folder.
const PATH_LEVELS_MAX: usize = 2;

fn visibility(memory: &Memory, cells: &Cells<'_>, slot: usize) -> Visibility {
    match cells.string(slot) {
        None => Visibility::Public,
        Some(word) if memory.words.is_public(&word) => Visibility::Public,
        Some(word) => Visibility::Restricted(word),
    }
}

/// The upper level.
pub(super) fn category(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    Some(Record::from(Collection {
        name: name(cells, kb_category::NAME)?,
        description: cells.string(kb_category::DESCRIPTION),
        parent: None,
        visibility: visibility(memory, cells, kb_category::VISIBILITY),
        position: cells.integer(kb_category::POSITION),
    }))
}

/// The lower level. A folder in a folder keeps its place as long as it is no circle.
pub(super) fn folder(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let place = cells.row.id(kb_folder::ID).map_or(Place::Loose, |id| memory.levels.place(id));
    let category = cells.row.id(kb_folder::CATEGORY_ID).and_then(|id| key("kb_category", id));
    let above = cells.row.id(kb_folder::PARENT_ID).and_then(|id| key("kb_folder", id));
    let parent = match place {
        Place::Fine => category,
        Place::Loose => {
            let reason = "The folder belongs to no category.";
            cells.note_cell(Code::TreeFault, kb_folder::CATEGORY_ID, reason);
            None
        }
        Place::Deep => {
            let reason = "A folder in a folder is a fourth level.";
            cells.note_cell(Code::TreeFault, kb_folder::PARENT_ID, reason);
            above
        }
        Place::Circle => {
            let reason = "The folder lies in itself; its place among folders is left out.";
            cells.note_cell(Code::TreeFault, kb_folder::PARENT_ID, reason);
            category
        }
    };
    Some(Record::from(Collection {
        name: name(cells, kb_folder::NAME)?,
        description: cells.string(kb_folder::DESCRIPTION),
        parent,
        visibility: visibility(memory, cells, kb_folder::VISIBILITY),
        position: cells.integer(kb_folder::POSITION),
    }))
}

/// An article.
pub(super) fn article(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
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
    let path = labels(cells.row.trimmed(kb_article::PATH).unwrap_or_default());
    if path.len() > PATH_LEVELS_MAX {
        let reason = "The path has more levels than category and folder.";
        cells.note_cell(Code::TreeFault, kb_article::PATH, reason);
    }
    let folder = cells.row.id(kb_article::FOLDER_ID).and_then(|id| key("kb_folder", id));
    let category = || cells.row.id(kb_article::CATEGORY_ID).and_then(|id| key("kb_category", id));
    let collection = folder.or_else(category).or_else(|| memory.levels.at(&path));
    let category_path = if collection.is_some() { Vec::new() } else { path };
    let mut statistics = cells.standard(&[kb_article::VIEWS]);
    // Pending, retired and expired articles are drafts alike; which of them is kept here.
    let told = |word: &String| known == Some(false) && fold(word) != "draft";
    if let Some(word) = status.filter(told) {
        statistics.insert("status".to_owned(), word);
    }
    Some(Record::from(Article {
        title,
        body: body.unwrap_or(Body { format: BodyFormat::Html, content: String::new() }),
        collection,
        category_path,
        published: known.unwrap_or(false),
        visibility: visibility(memory, cells, kb_article::VISIBILITY),
        author: person::technician(memory, cells, AUTHOR),
        tags: cells.list(kb_article::TAGS, "tag"),
        locale: cells.string(kb_article::LOCALE),
        slug: cells.string(kb_article::SLUG),
        url: cells.string(kb_article::URL),
        attachments: Vec::new(),
        created_at: cells.time(kb_article::CREATED_AT),
        updated_at: cells.time(kb_article::UPDATED_AT),
        statistics,
    }))
}
