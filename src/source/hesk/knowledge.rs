//! Knowledge base: a tree of categories whose privacy is inherited, and articles with files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::emit::{Made, numbered};
use super::file::{Owner, Shelf, Wanted, named_files, with_pictures};
use super::history;
use super::known::small;
use super::pass::{Pager, Pass};
use super::row::Row;
use super::text;
use super::time;
use crate::model::RecordKind;
use crate::model::record::{Article, Body, BodyFormat, Collection, Visibility};
use crate::source::contract::SourceError;
use crate::source::finding::{Code, Finding, Severity};

/// The root, which stands in for a category that is gone, as in Hesk itself.
const ROOT: u32 = 1;

/// The word for what not everybody may read.
const PRIVATE: &str = "private";

/// A draft, by `type`.
const DRAFT: &str = "2";

/// The tree of categories.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    nodes: BTreeMap<u32, (Option<u32>, bool)>,
}

impl Tree {
    /// From rows of `kb_categories`.
    pub fn of(rows: &[Row]) -> Self {
        let node = |row: &Row| Some((row.id("id")?, (row.id("parent"), row.flag("type"))));
        Self { nodes: rows.iter().filter_map(node).collect() }
    }

    /// Whether a category is there.
    pub fn has(&self, id: u32) -> bool {
        self.nodes.contains_key(&id)
    }

    /// The category above, if it is there and no circle leads back.
    pub fn parent(&self, id: u32) -> Option<u32> {
        let (parent, _) = self.nodes.get(&id)?;
        parent.filter(|parent| self.has(*parent) && !self.is_circle(id))
    }

    /// Whether going up from a category leads back to it.
    pub fn is_circle(&self, id: u32) -> bool {
        let mut seen = BTreeSet::new();
        let mut at = id;
        while let Some((Some(parent), _)) = self.nodes.get(&at) {
            if *parent == id {
                return true;
            }
            if !seen.insert(*parent) {
                return false;
            }
            at = *parent;
        }
        false
    }

    /// Whether a category or any above it is private.
    pub fn is_private(&self, id: u32) -> bool {
        let mut seen = BTreeSet::new();
        let mut at = Some(id);
        while let Some(id) = at.filter(|id| seen.insert(*id)) {
            let Some((parent, private)) = self.nodes.get(&id) else { return false };
            if *private {
                return true;
            }
            at = *parent;
        }
        false
    }
}

fn visibility(private: bool) -> Visibility {
    if private { Visibility::Restricted(PRIVATE.to_owned()) } else { Visibility::Public }
}

/// Articles of each sort by category: published, private, drafts.
type Counted = HashMap<u32, [u64; 3]>;

impl Pass<'_, '_, '_> {
    /// Categories and articles with their files.
    ///
    /// # Errors
    /// If the database or a file cannot be read.
    pub async fn knowledge(&mut self) -> Result<bool, SourceError> {
        let rows = small(self.database, self.schema, "kb_categories").await?;
        let tree = Tree::of(&rows);
        for row in &rows {
            if !self.kb_category(row, &tree) {
                return Ok(false);
            }
        }
        if !self.schema.has("kb_articles") {
            return Ok(self.emit.goes_on());
        }
        let mut counted = Counted::new();
        let selection = self.schema.selection("kb_articles", &[]);
        let mut pager = Pager::default();
        loop {
            let page = self.page(&mut pager, ("kb_articles", "id"), &selection).await?;
            if page.is_empty() {
                break;
            }
            let files = self.file_rows(Shelf::Articles, &named_files(&page)).await?;
            for row in &page {
                if !self.article(row, &tree, &files, &mut counted)? {
                    return Ok(false);
                }
            }
        }
        self.compare_articles(&rows, &counted);
        Ok(self.emit.goes_on())
    }

    fn kb_category(&mut self, row: &Row, tree: &Tree) -> bool {
        let Some(id) = row.id("id") else { return true };
        let (key, at) = (numbered("kb_category", id), ("kb_categories", u64::from(id)));
        let Some(name) = row.label("name") else {
            let finding = Finding::new(Code::NameMissing, "The category has no name.");
            let kind = RecordKind::Collection;
            return self.emit.reject("kb_categories", kind, key, at, (row, finding));
        };
        let mut findings = Vec::new();
        let parent = tree.parent(id);
        if row.id("parent").is_some() && parent.is_none() {
            let reason = if tree.is_circle(id) {
                "The category stands above itself; the circle is cut here."
            } else {
                "The category above was deleted; this one is left without."
            };
            findings.push(Finding::new(Code::DanglingReference, reason).column("parent"));
        }
        let record = Collection {
            name,
            description: None,
            parent: parent.map(|id| numbered("kb_category", id)),
            visibility: visibility(tree.is_private(id)),
            position: row.number("cat_order"),
        };
        let object = "kb_categories";
        self.emit.record(Made { object, key, at, row, record: record.into(), findings })
    }

    fn article(
        &mut self,
        row: &Row,
        tree: &Tree,
        files: &HashMap<u32, Row>,
        counted: &mut Counted,
    ) -> Result<bool, SourceError> {
        let Some(id) = row.id("id") else { return Ok(true) };
        let (key, at) = (numbered("kb_article", id), ("kb_articles", u64::from(id)));
        let sort = row.number("type").and_then(|sort| usize::try_from(sort).ok()).unwrap_or(0);
        let category = row.id("catid").unwrap_or(ROOT);
        counted.entry(category).or_default()[sort.min(2)] += 1;
        let Some(title) = row.label("subject") else {
            let finding = Finding::new(Code::NameMissing, "The article has no title.");
            let kind = RecordKind::Article;
            return Ok(self.emit.reject("kb_articles", kind, key, at, (row, finding)));
        };
        let mut findings = Vec::new();
        let mut home = Some(category).filter(|id| tree.has(*id));
        if home.is_none() {
            let reason = "The category was deleted; the article goes to the first, as in Hesk.";
            findings.push(Finding::new(Code::DanglingReference, reason).column("catid"));
            home = Some(ROOT).filter(|id| tree.has(*id));
        }
        let private = row.raw("type") != Some("0") && row.raw("type") != Some(DRAFT);
        let private = private || home.is_some_and(|id| tree.is_private(id));
        let body = article_body(row);
        self.doubt_encoding("kb_articles", u64::from(id), Some(&title), &Some(body.clone()));
        let owner = Owner { parent: key.clone(), message: None, tracking_id: None, ticket: None };
        let claimed = self.claim(Shelf::Articles, row.raw("attachments"), &key);
        let attachments = claimed.iter().map(|(_, key)| key.clone()).collect();
        let wanted: Vec<Wanted> =
            claimed.into_iter().map(|(id, key)| (id, key, owner.clone())).collect();
        let rich = with_pictures(&Some(body.clone()));
        let author = row.id("author").map(|id| self.known.staff(id, None)).unwrap_or_default();
        let record = Article {
            title,
            body,
            collection: home.map(|id| numbered("kb_category", id)),
            category_path: Vec::new(),
            published: row.raw("type") != Some(DRAFT),
            visibility: visibility(private),
            author,
            tags: Vec::new(),
            locale: None,
            slug: None,
            url: Some(self.address(&format!("knowledgebase.php?article={id}"))),
            attachments,
            created_at: row.time("dt"),
            updated_at: self.last_edit(row),
            statistics: statistics(row),
        };
        let (object, key) = ("kb_articles", key);
        let made = Made { object, key, at, row, record: record.into(), findings };
        if !self.emit.record(made) || !self.files(Shelf::Articles, &wanted, files)? {
            return Ok(false);
        }
        Ok(rich.is_none_or(|body| self.inline_files(at, &body, &owner)))
    }

    /// The time of the last line of an article's history.
    fn last_edit(&self, row: &Row) -> Option<crate::model::Timestamp> {
        let lines = history::lines(row.filled("history")?, self.site.date_format.as_deref());
        let zone = self.site.zone?;
        lines.into_iter().rev().find_map(|line| time::from_local(line.local?, zone))
    }

    /// Articles found against the counters of their categories.
    fn compare_articles(&mut self, rows: &[Row], counted: &Counted) {
        const COUNTERS: [&str; 3] = ["articles", "articles_private", "articles_draft"];
        for row in rows {
            let Some(id) = row.id("id") else { continue };
            let found = counted.get(&id).copied().unwrap_or_default();
            for (column, found) in COUNTERS.iter().zip(found) {
                let claimed = row.number(column).and_then(|count| u64::try_from(count).ok());
                if let Some(claimed) = claimed.filter(|claimed| *claimed != found) {
                    let reason = format!("{found} were found; the counter says {claimed}.");
                    // Hesk's counters drift; the articles themselves were read.
                    let finding =
                        Finding::new(Code::CountMismatch, reason).severity(Severity::Info);
                    let finding = finding.object("kb_categories").column(column);
                    self.emit.note(finding.at("kb_categories", u64::from(id)));
                }
            }
        }
    }
}

fn article_body(row: &Row) -> Body {
    let content = row.raw("content").unwrap_or_default();
    if row.flag("html") {
        return Body { format: BodyFormat::Html, content: content.to_owned() };
    }
    Body { format: BodyFormat::Text, content: text::plain(content).trim().to_owned() }
}

fn statistics(row: &Row) -> BTreeMap<String, String> {
    let columns = ["views", "votes", "rating", "sticky", "art_order"];
    let pair = |name: &&str| Some(((*name).to_owned(), row.filled(name)?.to_owned()));
    let mut statistics: BTreeMap<String, String> = columns.iter().filter_map(pair).collect();
    if let Some(keywords) = row.label("keywords") {
        statistics.insert("keywords".to_owned(), keywords);
    }
    statistics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(nodes: &[(u32, u32, bool)]) -> Tree {
        let node = |&(id, parent, private): &(u32, u32, bool)| {
            (id, (Some(parent).filter(|id| *id > 0), private))
        };
        Tree { nodes: nodes.iter().map(node).collect() }
    }

    #[test]
    fn privacy_is_inherited_and_circles_end() {
        let tree = tree(&[
            (1, 0, false),
            (2, 1, true),
            (3, 2, false),
            (4, 9, false),
            (5, 6, false),
            (6, 5, false),
            (7, 6, false),
        ]);
        let private: Vec<u32> = (1..=7).filter(|id| tree.is_private(*id)).collect();
        assert_eq!(private, [2, 3]);
        assert_eq!(tree.parent(3), Some(2));
        assert_eq!((tree.parent(1), tree.parent(4)), (None, None));
        assert_eq!((tree.parent(5), tree.parent(6), tree.parent(7)), (None, None, Some(6)));
    }
}
