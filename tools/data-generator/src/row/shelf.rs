//! The knowledge base.

use csv::StringRecord;
use serde::Serialize;
use serde_json::json;

use crate::article::Article;
use crate::desk::{Agent, BEGIN_S, GROUPS, SHELVES};
use crate::identity::{Kind, object_id};
use crate::table::Row;

/// A group, by its place.
pub(crate) struct GroupRow(pub(crate) usize);

/// An area, by its place.
pub(crate) struct AreaRow(pub(crate) usize);

/// An article with its author.
pub(crate) struct ArticleRow<'a>(pub(crate) &'a Article, pub(crate) &'a Agent);

fn group_id(place: usize) -> String {
    object_id(Kind::Group, place as u64, BEGIN_S)
}

fn area_id(place: usize) -> String {
    object_id(Kind::Area, place as u64, BEGIN_S)
}

impl Row for GroupRow {
    const COLUMNS: &'static [&'static str] = &["group_id", "group", "visibility", "position"];

    fn cells(&self, row: &mut StringRecord) {
        row.push_field(&group_id(self.0));
        row.push_field(GROUPS[self.0]);
        row.push_field("ALL");
        row.push_field(&(self.0 + 1).to_string());
    }

    fn json(&self) -> impl Serialize {
        json!({
            "group_id": group_id(self.0),
            "group": GROUPS[self.0],
            "visibility": "ALL",
            "position": self.0 + 1,
        })
    }
}

impl Row for AreaRow {
    const COLUMNS: &'static [&'static str] = &["area_id", "area", "group_id"];

    fn cells(&self, row: &mut StringRecord) {
        let (name, group) = SHELVES[self.0];
        row.push_field(&area_id(self.0));
        row.push_field(name);
        row.push_field(&group_id(group));
    }

    fn json(&self) -> impl Serialize {
        let (name, group) = SHELVES[self.0];
        json!({"area_id": area_id(self.0), "area": name, "group_id": group_id(group)})
    }
}

impl Row for ArticleRow<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "title",
        "text",
        "area_id",
        "approved",
        "visibility",
        "featured",
        "insertBy.id",
        "insertDate",
        "views",
        "votesNumber",
        "locale",
        "slug",
    ];

    fn cells(&self, row: &mut StringRecord) {
        let Self(article, author) = self;
        row.push_field(&article.id);
        row.push_field(&article.title);
        row.push_field(&article.text);
        row.push_field(&area_id(article.shelf));
        row.push_field(if article.approved { "true" } else { "false" });
        row.push_field(article.visibility);
        row.push_field(if article.featured { "true" } else { "false" });
        row.push_field(&author.id);
        row.push_field(&article.created_ms.to_string());
        row.push_field(&article.views.to_string());
        row.push_field(&article.votes.to_string());
        row.push_field(article.locale);
        row.push_field(&article.slug);
    }

    fn json(&self) -> impl Serialize {
        let Self(article, author) = self;
        json!({
            "id": article.id,
            "title": article.title,
            "text": article.text,
            "area": {"id": area_id(article.shelf), "area": SHELVES[article.shelf].0},
            "approved": article.approved,
            "visibility": article.visibility,
            "featured": article.featured,
            "insertBy": {"id": author.id},
            "insertDate": article.created_ms,
            "views": article.views,
            "votesNumber": article.votes,
            "locale": article.locale,
            "slug": article.slug,
        })
    }
}
