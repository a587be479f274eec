//! Bodies: cleaned HTML for messages and articles, plain text for first messages. Links and images
//! are looked at on the way.

use std::sync::LazyLock;

use ammonia::Builder;
use base64::Engine;
use scraper::{Html, Node};
use sha2::{Digest, Sha256};

use super::link::{LinkIndex, Target};
use crate::model::markup;

/// Begins the reference of an image that the source made a file of: then its SHA-256 follows.
pub const BY_DIGEST: &str = "sha256:";

/// What was met in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Images, in the order of the text.
    pub images: Vec<Image>,
    /// Links that still lead to the old help desk.
    pub old_links: Vec<String>,
    /// Something that a body cannot hold was taken out.
    pub removed: bool,
    /// A heading below the second level became one of the second.
    pub headings: bool,
    /// A link was replaced by the mark of an article.
    pub marked: bool,
}

/// An image inside a text that cannot stay there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// Refers to a file by content id or by its address in the old desk.
    Reference(String),
    /// Holds its bytes.
    Data {
        /// Name that the text now shows.
        name: String,
        /// Content type.
        content_type: String,
        /// Bytes in base64.
        data: String,
    },
}

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A message; articles may not be there yet, so links to them stay.
    Message,
    /// An article; links to articles become marks.
    Article,
}

/// Names images in a text and knows where links lead.
pub struct Surroundings<'a> {
    /// Articles and the old desk's addresses.
    pub links: &'a LinkIndex,
    /// The name of the file that an image refers to, if it is there.
    pub file_name: &'a dyn Fn(&str) -> Option<String>,
    /// What the body is for.
    pub purpose: Use,
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    // `data:` and `cid:` are for images, which are looked at afterwards; `rewrite` takes them out
    // of links.
    builder.link_rel(None).add_url_schemes(["cid", "data"]);
    builder
});

static ARTICLE_CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder.link_rel(None).add_url_schemes(["cid", "data"]);
    builder.add_tags(["iframe"]).add_tag_attributes("iframe", ["src"]);
    builder
});

/// Hosts whose players an article takes (FACTS §8.3).
const PLAYERS: &[&str] = &[
    "youtube.com",
    "youtube-nocookie.com",
    "wistia.com",
    "wistia.net",
    "vimeo.com",
    "loom.com",
    "vidyard.com",
    "streamio.com",
];

/// Elements that a body cannot hold and that a reader would miss.
const EMBEDDED: &[&str] =
    &["iframe", "object", "embed", "video", "audio", "form", "input", "textarea", "select", "svg"];

/// Cleaned HTML of an HTML body.
pub fn to_html(html: &str, around: &Surroundings<'_>) -> (String, Found) {
    let article = around.purpose == Use::Article;
    let html = &*markup::guarded(html);
    let mut found = Found { removed: holds_embedded(html, article), ..Found::default() };
    let cleaner = if article { &ARTICLE_CLEANER } else { &CLEANER };
    let mut clean = cleaner.clean(html).to_string();
    if article || clean.contains("<img") || clean.contains("href=") {
        clean = rewrite(&clean, around, &mut found);
    }
    (clean, found)
}

/// Plain text of an HTML body; links read `label (address)`.
pub fn to_text(html: &str, around: &Surroundings<'_>) -> (String, Found) {
    let (clean, found) = to_html(html, around);
    (super::text::of_html(&clean), found)
}

fn holds_embedded(html: &str, article: bool) -> bool {
    html.split('<').skip(1).any(|tag| {
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let looked_at = article && name.eq_ignore_ascii_case("iframe");
        !looked_at && EMBEDDED.iter().any(|embedded| name.eq_ignore_ascii_case(embedded))
    })
}

enum Change {
    Nothing,
    Text(String),
    Link(String),
    Unlink,
    Remove,
}

fn rewrite(clean: &str, around: &Surroundings<'_>, found: &mut Found) -> String {
    let mut html = Html::parse_fragment(clean);
    let ids: Vec<_> = html.tree.nodes().map(|node| node.id()).collect();
    for id in ids {
        let change = match html.tree.get(id).map(|node| node.value()) {
            Some(Node::Element(element)) => match element.name() {
                "img" => image(element, around, found),
                "a" => link(element, around, found),
                "iframe" => player(element, found),
                _ => Change::Nothing,
            },
            _ => Change::Nothing,
        };
        let Some(mut node) = html.tree.get_mut(id) else { continue };
        match change {
            Change::Nothing => {}
            Change::Text(text) => {
                *node.value() = Node::Text(scraper::node::Text { text: text.as_str().into() });
            }
            Change::Link(address) => {
                if let Node::Element(element) = node.value() {
                    for (name, value) in &mut element.attrs {
                        if &*name.local == "href" {
                            *value = address.as_str().into();
                        }
                    }
                }
            }
            Change::Unlink => {
                if let Node::Element(element) = node.value() {
                    element.attrs.retain(|(name, _)| &*name.local != "href");
                }
            }
            Change::Remove => node.detach(),
        }
    }
    if around.purpose == Use::Message {
        return html.root_element().inner_html();
    }
    let (body, folded) = super::layout::of_article(&html);
    found.headings = folded;
    body
}

/// Players of the hosts that articles take stay; others leave their address.
fn player(element: &scraper::node::Element, found: &mut Found) -> Change {
    let source = element.attr("src").unwrap_or_default();
    let host = url::Url::parse(source).ok().and_then(|url| url.host_str().map(str::to_owned));
    let known = host.is_some_and(|host| {
        PLAYERS.iter().any(|player| host == *player || host.ends_with(&format!(".{player}")))
    });
    if known {
        return Change::Nothing;
    }
    found.removed = true;
    if source.is_empty() { Change::Remove } else { Change::Text(format!("[embedded: {source}]")) }
}

fn image(element: &scraper::node::Element, around: &Surroundings<'_>, found: &mut Found) -> Change {
    let source = element.attr("src").unwrap_or_default().trim();
    if [element.attr("width"), element.attr("height")].contains(&Some("1")) {
        found.removed = true;
        return Change::Remove;
    }
    // Intercom fetches the images of an article and keeps them itself (FACTS §8.3).
    if around.purpose == Use::Article
        && (source.starts_with("http://") || source.starts_with("https://"))
    {
        return Change::Nothing;
    }
    if let Some(data) = source.strip_prefix("data:") {
        return held(data, around, found);
    }
    let reference = source.strip_prefix("cid:").unwrap_or(source);
    let name = (around.file_name)(reference);
    let own = name.is_some() || source.starts_with("cid:");
    if !own {
        if matches!(around.links.target(source), Target::Elsewhere) {
            return Change::Nothing;
        }
        found.old_links.push(source.to_owned());
        if around.purpose == Use::Message {
            return Change::Nothing;
        }
    }
    found.images.push(Image::Reference(reference.to_owned()));
    Change::Text(format!("[image: {}]", name.as_deref().unwrap_or(reference)))
}

/// An image that holds its bytes: the source may have made a file of it.
fn held(data: &str, around: &Surroundings<'_>, found: &mut Found) -> Change {
    let stem = format!("image-{}", found.images.len() + 1);
    let Some((image, name, bytes)) = data_image(data, stem) else {
        found.removed = true;
        return Change::Text("[image]".to_owned());
    };
    let digest = Sha256::digest(&bytes);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let reference = format!("{BY_DIGEST}{hex}");
    let stored = (around.file_name)(&reference);
    let text = format!("[image: {}]", stored.as_ref().unwrap_or(&name));
    found.images.push(if stored.is_some() { Image::Reference(reference) } else { image });
    Change::Text(text)
}

/// An image of a `data:` address: `<type>;base64,<bytes>`.
fn data_image(data: &str, stem: String) -> Option<(Image, String, Vec<u8>)> {
    let (head, text) = data.split_once(',')?;
    let content_type = head.strip_suffix(";base64")?.split(';').next()?.to_lowercase();
    let extension = content_type.strip_prefix("image/")?.split('+').next()?;
    let name = format!("{stem}.{extension}");
    let data: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(&data).ok()?;
    Some((Image::Data { name: name.clone(), content_type, data }, name, bytes))
}

fn link(element: &scraper::node::Element, around: &Surroundings<'_>, found: &mut Found) -> Change {
    let Some(href) = element.attr("href") else { return Change::Nothing };
    if href.trim_start().to_lowercase().starts_with("data:") || href.starts_with("cid:") {
        found.removed = true;
        return Change::Unlink;
    }
    match around.links.target(href) {
        Target::Article(key) if around.purpose == Use::Article => {
            found.marked = true;
            Change::Link(crate::destination::intercom::step::link_to(key))
        }
        Target::Article(_) | Target::Unaddressed(_) | Target::OldDesk => {
            found.old_links.push(href.to_owned());
            Change::Nothing
        }
        Target::Elsewhere => Change::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::rule::LinkRule;

    fn surroundings_of_none() -> Surroundings<'static> {
        static NONE: LazyLock<LinkIndex> =
            LazyLock::new(|| LinkIndex::new(&LinkRule { hosts: vec![], article_paths: vec![] }));
        Surroundings { links: &NONE, file_name: &|_| None, purpose: Use::Message }
    }

    fn convert(html: &str, purpose: Use) -> (String, Found) {
        let rule = LinkRule {
            hosts: vec!["*.deskero.com".into()],
            article_paths: vec!["/home/knowledge/view/{id}".into()],
        };
        let links = LinkIndex::new(&rule);
        let file_name = |reference: &str| (reference == "logo@1").then(|| "logo.png".to_owned());
        to_html(html, &Surroundings { links: &links, file_name: &file_name, purpose })
    }

    #[test]
    fn scripts_and_handlers_go_and_text_stays() {
        let (html, found) =
            convert("<p onclick='x()'>Hi <b>you</b><script>evil()</script></p>", Use::Message);
        assert_eq!((html.as_str(), found.removed), ("<p>Hi <b>you</b></p>", false));
        let (html, found) = convert("a<iframe src='https://x.example'></iframe>b", Use::Message);
        assert_eq!((html.as_str(), found.removed), ("ab", true));
    }

    #[test]
    fn what_is_no_element_is_text() {
        let mail = "<p>On Monday <cy@mail.example> wrote: if x<u or y>1, use Box<dyn Any></p>";
        let (html, found) = convert(mail, Use::Message);
        assert_eq!(
            html,
            "<p>On Monday &lt;cy@mail.example&gt; wrote: if x&lt;u or y&gt;1, use Box&lt;dyn \
             Any&gt;</p>"
        );
        assert_eq!(found, Found::default());
    }

    #[test]
    fn hostile_html_takes_no_longer_than_its_length() {
        let deep = "<blockquote><div>".repeat(50_000) + "innermost";
        let many: String = (0..200_000).map(|n| format!(" a{n}=x")).collect();
        let formats = "<b><i>".repeat(20_000) + "word" + &"<p>".repeat(2_000);
        let started = std::time::Instant::now();
        for html in [deep, format!("<p{many}>innermost</p>"), formats] {
            let (text, _) = to_text(&html, &surroundings_of_none());
            assert!(text.contains("innermost") || text.contains("word"));
        }
        // Seconds even without optimisation; with time that grows by the square, minutes.
        assert!(started.elapsed().as_secs() < 60);
    }

    #[test]
    fn images_that_are_files_leave_their_name() {
        let (html, found) =
            convert("<p>See <img src='cid:logo@1'> and <img src='cid:gone'></p>", Use::Message);
        assert_eq!(html, "<p>See [image: logo.png] and [image: gone]</p>");
        assert_eq!(
            found.images,
            [Image::Reference("logo@1".into()), Image::Reference("gone".into())]
        );
    }

    #[test]
    fn images_that_hold_their_bytes_are_taken_out() {
        let (html, found) = convert("<img src='data:image/png;base64,aGk='>", Use::Message);
        assert_eq!(html, "[image: image-1.png]");
        let expected = Image::Data {
            name: "image-1.png".into(),
            content_type: "image/png".into(),
            data: "aGk=".into(),
        };
        assert_eq!(found.images, [expected]);
    }

    #[test]
    fn trackers_go_and_public_images_stay() {
        let (html, found) = convert("<img src='https://x.example/a.png' width='1'>", Use::Message);
        assert_eq!((html.as_str(), found.removed), ("", true));
        let (html, found) = convert("<img src='https://x.example/a.png'>", Use::Message);
        assert_eq!((html.contains("a.png"), found), (true, Found::default()));
    }

    #[test]
    fn links_to_the_old_desk_are_listed() {
        let (html, found) = convert("<a href='https://acme.deskero.com/x'>here</a>", Use::Message);
        assert_eq!(html, "<a href=\"https://acme.deskero.com/x\">here</a>");
        assert_eq!(found.old_links, ["https://acme.deskero.com/x"]);
        let (html, found) = convert("<a href='data:text/html,x'>here</a>", Use::Message);
        assert_eq!((html.as_str(), found.removed), ("<a>here</a>", true));
    }

    #[test]
    fn players_stay_in_articles() {
        let tube = "<p><iframe src=\"https://www.youtube.com/embed/x\"></iframe></p>";
        assert_eq!(convert(tube, Use::Article), (tube.to_owned(), Found::default()));
        let (html, found) = convert("<iframe src='https://x.example/'></iframe>", Use::Article);
        assert_eq!((html.as_str(), found.removed), ("<p>[embedded: https://x.example/]</p>", true));
    }

    #[test]
    fn images_of_articles_are_fetched_if_public() {
        let (html, found) = convert("<img src='https://a.deskero.com/x.png'>", Use::Article);
        assert!(html.contains("x.png") && found == Found::default());
        let (html, found) = convert("<img src='/x.png'>", Use::Article);
        assert_eq!(html, "<p>[image: /x.png]</p>");
        assert_eq!(found.images, [Image::Reference("/x.png".into())]);
    }

    #[test]
    fn deep_headings_become_the_second() {
        let (html, found) = convert("<h1>A</h1><h3 title='x'>B</h3><h5>C</h5>", Use::Article);
        assert_eq!(html, "<h1>A</h1><h2 title=\"x\">B</h2><h2>C</h2>");
        assert!(found.headings);
    }
}
