//! Recognises links to the old help desk and to its articles.

use std::collections::{HashMap, HashSet};

use url::Url;

use crate::model::SourceKey;
use crate::model::record::Article;

use super::rule::LinkRule;

/// Host that stands in for the old desk's in relative links; reserved, so no real one.
const RELATIVE_BASE: &str = "https://old-desk.invalid/";

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// To an article that is in the export.
    Article(&'a SourceKey),
    /// To an article that is in the export but gets no address: only published ones have one.
    Unaddressed(&'a SourceKey),
    /// To something else in the old help desk.
    OldDesk,
    /// Elsewhere.
    Elsewhere,
}

/// The articles of an export by what links to them.
#[derive(Clone, Debug, Default)]
pub struct LinkIndex {
    hosts: Vec<String>,
    paths: Vec<(String, String)>,
    ids: HashMap<String, SourceKey>,
    addresses: HashMap<String, SourceKey>,
    unaddressed: HashSet<SourceKey>,
}

impl LinkIndex {
    /// An index that knows the old desk's addresses and no article yet.
    pub fn new(rule: &LinkRule) -> Self {
        let paths = rule.article_paths.iter().filter_map(|path| path.split_once("{id}"));
        Self {
            hosts: rule.hosts.iter().map(|host| host.to_lowercase()).collect(),
            paths: paths.map(|(before, after)| (before.to_owned(), after.to_owned())).collect(),
            ids: HashMap::new(),
            addresses: HashMap::new(),
            unaddressed: HashSet::new(),
        }
    }

    /// Adds an article; `addressed` if it gets an address.
    pub fn add(&mut self, key: &SourceKey, article: &Article, addressed: bool) {
        if addressed {
            self.unaddressed.remove(key);
        } else {
            self.unaddressed.insert(key.clone());
        }
        self.ids.insert(key.id().to_lowercase(), key.clone());
        if let Some(address) = article.url.as_deref().and_then(|url| Url::parse(url).ok()) {
            self.addresses.insert(place(&address), key.clone());
        }
    }

    /// A link to the old help desk, with what is known of its end.
    pub fn described(&self, href: &str) -> String {
        match self.target(href) {
            Target::Article(key) => format!("{href} (leads to {key})"),
            Target::Unaddressed(key) => {
                format!("{href} (leads to {key}, which has no address that everybody can open)")
            }
            Target::OldDesk | Target::Elsewhere => href.to_owned(),
        }
    }

    /// Where `href` leads.
    pub fn target(&self, href: &str) -> Target<'_> {
        match self.found(href) {
            Target::Article(key) if self.unaddressed.contains(key) => Target::Unaddressed(key),
            other => other,
        }
    }

    fn found(&self, href: &str) -> Target<'_> {
        let href = href.trim();
        if let Some(key) = self.ids.get(&href.to_lowercase()) {
            return Target::Article(key);
        }
        if href.is_empty() || href.starts_with('#') {
            return Target::Elsewhere;
        }
        let (address, relative) = match Url::parse(href) {
            Ok(address) => (address, false),
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                match Url::parse(RELATIVE_BASE).and_then(|base| base.join(href)) {
                    Ok(address) => (address, !href.starts_with("//")),
                    Err(_) => return Target::Elsewhere,
                }
            }
            Err(_) => return Target::Elsewhere,
        };
        if !matches!(address.scheme(), "http" | "https") {
            return Target::Elsewhere;
        }
        let bare = || self.addresses.get(&place(&without_query(&address)));
        if let Some(key) = self.addresses.get(&place(&address)).or_else(bare) {
            return Target::Article(key);
        }
        let path = match address.query() {
            Some(query) => format!("{}?{query}", address.path()),
            None => address.path().to_owned(),
        };
        match self.article_id(&path) {
            Some(id) => self.ids.get(&id).map_or(Target::OldDesk, Target::Article),
            None if relative || self.is_old_host(&address) => Target::OldDesk,
            None => Target::Elsewhere,
        }
    }

    fn article_id(&self, path: &str) -> Option<String> {
        self.paths.iter().find_map(|(before, after)| {
            let rest = &path[path.find(before.as_str())? + before.len()..];
            let id = if after.is_empty() {
                rest.split(['/', '?', '&']).next()?
            } else {
                &rest[..rest.find(after.as_str())?]
            };
            (!id.is_empty()).then(|| id.to_lowercase())
        })
    }

    fn is_old_host(&self, address: &Url) -> bool {
        let Some(host) = address.host_str() else { return false };
        self.hosts.iter().any(|known| match known.strip_prefix("*.") {
            Some(above) => host == above || host.ends_with(&format!(".{above}")),
            None => host == known,
        })
    }
}

/// What makes two addresses the same: host, path without a slash at the end, and query, since some
/// desks name an article there.
fn place(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{host}{}{query}", address.path().trim_end_matches('/'))
}

fn without_query(address: &Url) -> Url {
    let mut bare = address.clone();
    bare.set_query(None);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Body, BodyFormat, PersonRef, Visibility};

    #[test]
    fn articles_may_be_named_in_the_query() {
        let rule = LinkRule {
            hosts: Vec::new(),
            article_paths: vec!["knowledgebase.php?article={id}".into()],
        };
        let mut index = LinkIndex::new(&rule);
        let key: SourceKey = "hesk/kb_article/4".parse().unwrap();
        index.ids.insert("4".to_owned(), key.clone());
        for (href, expected) in [
            ("knowledgebase.php?article=4", Target::Article(&key)),
            ("https://help.example.com/knowledgebase.php?article=4&x=1", Target::Article(&key)),
            ("knowledgebase.php?article=5", Target::OldDesk),
            ("https://help.example.com/knowledgebase.php?category=4", Target::Elsewhere),
        ] {
            assert_eq!(index.target(href), expected, "{href}");
        }
    }

    #[test]
    fn links_are_told_apart() {
        let rule = LinkRule {
            hosts: vec!["*.deskero.com".into(), "help.example.com".into()],
            article_paths: vec!["/home/knowledge/view/{id}".into()],
        };
        let mut index = LinkIndex::new(&rule);
        let key: SourceKey = "deskero/kb_article/65aa".parse().unwrap();
        let article = Article {
            title: "T".into(),
            body: Body { format: BodyFormat::Text, content: String::new() },
            collection: None,
            category_path: vec![],
            published: true,
            visibility: Visibility::Public,
            author: PersonRef::default(),
            tags: vec![],
            locale: None,
            slug: None,
            url: Some("https://help.example.com/pay/".into()),
            attachments: vec![],
            created_at: None,
            updated_at: None,
            statistics: Default::default(),
        };
        index.add(&key, &article, true);
        for (href, expected) in [
            ("https://any.example.org/home/knowledge/view/65AA/slug?x=1#y", Target::Article(&key)),
            ("/home/knowledge/view/65aa", Target::Article(&key)),
            ("65aa", Target::Article(&key)),
            ("http://help.example.com/pay", Target::Article(&key)),
            ("/home/knowledge/view/9999", Target::OldDesk),
            ("https://acme.deskero.com/agent/ticket/view/1", Target::OldDesk),
            ("https://deskero.com/", Target::OldDesk),
            ("/home/contact", Target::OldDesk),
            ("https://notdeskero.com/", Target::Elsewhere),
            ("https://example.net/x", Target::Elsewhere),
            ("mailto:ada@example.org", Target::Elsewhere),
            ("#top", Target::Elsewhere),
            ("", Target::Elsewhere),
        ] {
            assert_eq!(index.target(href), expected, "{href}");
        }
        index.add(&key, &article, false);
        let hidden = index.target("/home/knowledge/view/65aa");
        assert_eq!(hidden, Target::Unaddressed(&key), "nothing can lead there");
        assert!(index.described("65aa").contains("no address"));
        index.add(&key, &article, true);
        assert_eq!(index.target("65aa"), Target::Article(&key), "it was published since");
    }
}
