//! Articles of the knowledge base.

use crate::chance::Stream;
use crate::change::{Change, Move, Seen};
use crate::desk::{AGENT_COUNT, BEGIN_S, Desk, SHELVES};
use crate::identity::{Kind, object_id};
use crate::words::Voice;

/// An article.
pub(crate) struct Article {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) slug: String,
    pub(crate) text: String,
    pub(crate) locale: &'static str,
    pub(crate) shelf: usize,
    pub(crate) author: usize,
    pub(crate) approved: bool,
    pub(crate) visibility: &'static str,
    pub(crate) featured: bool,
    pub(crate) created_ms: i64,
    pub(crate) views: u64,
    pub(crate) votes: u64,
}

/// Sections of an article at most.
const SECTIONS: u64 = 5;
const DAY_S: i64 = 86_400;

fn article_id(index: u64) -> String {
    object_id(Kind::Article, index, created_s(index))
}

fn created_s(index: u64) -> i64 {
    BEGIN_S + (index as i64 % 2000) * DAY_S
}

impl Desk<'_> {
    /// Article number `index` as the last export shows it.
    pub(crate) fn article(&self, index: u64) -> Seen<Article> {
        let chance = &mut self.chance(Stream::Article, index);
        let words = &self.words.0[chance.below(self.words.0.len() as u64) as usize];
        let product = words.product(chance);
        let title = format!("{} ({})", words.subject(product, chance), index + 1);
        let mut text = String::new();
        for _ in 0..=chance.below(SECTIONS) {
            let (head, first) =
                (words.subject(product, chance), words.sentence(Voice::Agent, product, chance));
            let second = words.sentence(Voice::Agent, product, chance);
            text.push_str(&format!("<h2>{head}</h2><p>{first}</p><ul><li>{second}</li></ul>"));
        }
        if index > 0 {
            let other = article_id(chance.below(index));
            text.push_str(&format!("<p><a href=\"/home/knowledge/view/{other}/more\">→</a></p>"));
        }
        let mut article = Article {
            id: article_id(index),
            slug: format!("article-{}", index + 1),
            title,
            text,
            locale: words.code,
            shelf: chance.below(SHELVES.len() as u64) as usize,
            author: chance.below(AGENT_COUNT as u64) as usize,
            approved: chance.percent(92.0),
            visibility: chance.weigh(&[("ALL", 90), ("AGENTS", 6), ("COMPANIES", 4)]),
            featured: chance.percent(5.0),
            created_ms: created_s(index) * 1000,
            views: chance.below(5000),
            votes: chance.below(60),
        };
        let mut change = None;
        for round in self.rounds_after(None) {
            if let Some(mut chance) = self.fate(Kind::Article, index, round) {
                let more = words.sentence(Voice::Agent, product, &mut chance);
                article.text.push_str(&format!("<p>{more}</p>"));
                let done = Change::plain("article", &article.id, Move::Text);
                change = self.is_last(round).then_some(done);
            }
        }
        Seen { created_ms: article.created_ms, record: Some(article), change }
    }
}
