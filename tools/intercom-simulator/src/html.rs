//! What Intercom does to bodies: sanitise, wrap in paragraphs, re-host images.

use ammonia::Builder;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const TAGS: [&str; 31] = [
    "p",
    "br",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "a",
    "img",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "code",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "hr",
    "blockquote",
    "iframe",
    "s",
    "figure",
];

const BLOCKS: [&str; 10] =
    ["p", "ul", "ol", "h1", "h2", "pre", "table", "hr", "blockquote", "figure"];

/// Hosts whose frames an article may hold (Intercom's list of embeddable players).
const FRAME_HOSTS: [&str; 7] =
    ["youtube", "youtu.be", "wistia", "vimeo", "loom.com", "vidyard", "streamio"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::new();
    attributes.insert("a", HashSet::from(["href", "title"]));
    attributes.insert("img", HashSet::from(["src", "alt", "width", "height"]));
    attributes.insert("iframe", HashSet::from(["src", "frameborder", "allowfullscreen"]));
    attributes.insert("td", HashSet::from(["colspan", "rowspan"]));
    attributes.insert("th", HashSet::from(["colspan", "rowspan"]));
    let aligned: HashSet<&str> =
        HashSet::from(["intercom-align-left", "intercom-align-center", "intercom-align-right"]);
    builder
        .tags(HashSet::from(TAGS))
        .tag_attributes(attributes)
        .allowed_classes(HashMap::from([
            ("p", aligned.clone()),
            ("h1", aligned.clone()),
            ("h2", aligned.clone()),
            ("img", aligned),
        ]))
        .generic_attributes(HashSet::new())
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some("nofollow noopener noreferrer"));
    builder
});

/// A comment, note or message body: sanitised, every text inside a paragraph.
pub(crate) fn message(raw: &str) -> String {
    if !raw.contains(['<', '&', '>', '\n', '\r']) {
        return format!("<p>{raw}</p>");
    }
    if !raw.contains('<') {
        return format!("<p>{}</p>", lines(&clean(raw.trim())));
    }
    paragraphs(&clean(&raw.replace("<div", "<p").replace("</div>", "</p>")), "<p>")
}

/// A body that may not hold HTML: the markup shows as text, or is cut out.
pub(crate) fn plain_body(raw: &str, strip: bool) -> String {
    let text =
        if strip && raw.contains('<') { crate::plain::text(&clean(raw)) } else { escape(raw) };
    format!("<p>{}</p>", lines(text.trim()))
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "<br>\n")
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn clean(raw: &str) -> String {
    let mut html = CLEANER.clean(raw).to_string();
    for level in ["3", "4", "5", "6"] {
        let open = format!("<h{level}");
        if html.contains(&open) {
            html = html.replace(&open, "<h2").replace(&format!("</h{level}>"), "</h2>");
        }
    }
    html
}

/// The name of the tag that starts at `at`, and whether it is a closing one.
pub(crate) fn tag_at(html: &str, at: usize) -> (&str, bool) {
    let rest = &html[at + 1..];
    let (rest, closing) = rest.strip_prefix('/').map_or((rest, false), |r| (r, true));
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (&rest[..end], closing)
}

/// Puts text that stands outside of blocks into paragraphs; one newline between blocks.
fn paragraphs(html: &str, open_paragraph: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let (mut depth, mut start, mut at) = (0_usize, 0_usize, 0_usize);
    let loose = |piece: &str, out: &mut Vec<String>| {
        let piece = piece.trim();
        if !piece.is_empty() && piece != "<br>" {
            out.push(format!("{open_paragraph}{piece}</p>"));
        }
    };
    while let Some(found) = html[at..].find('<') {
        let tag_start = at + found;
        let tag_end = html[tag_start..].find('>').map_or(html.len(), |e| tag_start + e + 1);
        let (name, closing) = tag_at(html, tag_start);
        at = tag_end;
        if !BLOCKS.contains(&name) {
            continue;
        }
        if closing {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                out.push(html[start..tag_end].to_owned());
                start = tag_end;
            }
        } else {
            if depth == 0 {
                loose(&html[start..tag_start], &mut out);
                start = tag_start;
            }
            if name == "hr" {
                if depth == 0 {
                    out.push(html[start..tag_end].to_owned());
                    start = tag_end;
                }
            } else {
                depth += 1;
            }
        }
    }
    loose(&html[start..], &mut out);
    out.retain(|block| block != "<p></p>");
    out.join("\n")
}

/// An article body as Intercom stores it.
///
/// # Errors
/// Says why when an image can't be fetched, a list is empty or a frame's host is unknown: the
/// whole call fails then.
pub(crate) fn article(raw: &str, failing_hosts: &[String]) -> Result<String, String> {
    let cleaned = clean(&raw.replace("<div", "<p").replace("</div>", "</p>"));
    let compact: String = cleaned.split_whitespace().collect();
    if compact.contains("<ul></ul>") || compact.contains("<ol></ol>") {
        return Err("Body contains an empty list".to_owned());
    }
    if compact.contains("<table></table>") {
        return Err("Body contains an invalid table".to_owned());
    }
    let mut html = cleaned;
    for (number, src) in attributes(&html, "<img ", "src").into_iter().enumerate() {
        let host = host(&src).ok_or_else(|| format!("Image could not be fetched: {src}"))?;
        if failing_hosts.iter().any(|failing| failing == host) {
            return Err(format!("Image could not be fetched: {src}"));
        }
        if host != REHOST {
            html = html.replacen(&src, &rehosted(&src, number), 1);
        }
    }
    for src in attributes(&html, "<iframe ", "src") {
        let known = host(&src).is_some_and(|h| FRAME_HOSTS.iter().any(|f| h.contains(f)));
        if !known {
            return Err(format!("Unsupported video: {src}"));
        }
    }
    Ok(paragraphs(&html, "<p>").replace("<p>", "<p class=\"no-margin\">"))
}

const REHOST: &str = "downloads.intercomcdn.com";

/// Where Intercom would serve a copy of an image.
fn rehosted(src: &str, number: usize) -> String {
    let name = src.rsplit('/').next().unwrap_or("image").split(['?', '#']).next().unwrap_or("");
    let digest = crate::witness::hex(&crate::witness::digest(src.as_bytes())[..6]);
    format!("https://{REHOST}/i/o/{digest}/{number}/{name}")
}

/// The host of an absolute http(s) address.
pub(crate) fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then_some(host)
}

/// The values of one attribute over all tags that start so; in sanitised HTML only.
pub(crate) fn attributes(html: &str, tag: &str, attribute: &str) -> Vec<String> {
    let wanted = format!("{attribute}=\"");
    html.split(tag)
        .skip(1)
        .map(|piece| {
            let tag = piece.split('>').next().unwrap_or("");
            let value = tag.split(&wanted).nth(1).and_then(|v| v.split('"').next());
            value.unwrap_or("").to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_wrapped_and_sanitised() {
        for (raw, stored) in [
            ("Hello", "<p>Hello</p>"),
            ("a & b", "<p>a &amp; b</p>"),
            ("a\nb", "<p>a<br>\nb</p>"),
            ("<p>a</p>\n\n\n<p>b</p>", "<p>a</p>\n<p>b</p>"),
            ("<html><body><h3>T</h3>loose</body></html>", "<h2>T</h2>\n<p>loose</p>"),
            ("<script>alert(1)</script><p onclick=x>a</p>", "<p>a</p>"),
            ("<div>a</div><div>b</div>", "<p>a</p>\n<p>b</p>"),
            ("x <b>y</b> z", "<p>x <b>y</b> z</p>"),
        ] {
            assert_eq!(message(raw), stored, "{raw}");
        }
    }

    #[test]
    fn a_first_message_is_text() {
        assert_eq!(plain_body("<b>x</b> & y", false), "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>");
        assert_eq!(plain_body("<b>x</b>", true), "<p>x</p>");
    }

    #[test]
    fn articles_put_text_in_paragraphs_and_rehost_images() {
        let stored = article("Hi<h3>Head</h3><p>x</p>", &[]).unwrap();
        assert_eq!(
            stored,
            "<p class=\"no-margin\">Hi</p>\n<h2>Head</h2>\n<p class=\"no-margin\">x</p>"
        );
        let stored = article("<img src=\"https://a.test/x.png\">", &[]).unwrap();
        assert!(stored.contains("https://downloads.intercomcdn.com/i/o/"), "{stored}");
        assert!(stored.contains("/x.png"), "{stored}");
    }

    #[test]
    fn a_broken_article_is_refused_whole() {
        for raw in ["<img src=\"/x.png\">", "<p>a</p><ul></ul>", "<table></table>"] {
            assert!(article(raw, &[]).is_err(), "{raw}");
        }
        assert!(article("<img src=\"https://down.test/x.png\">", &["down.test".into()]).is_err());
        assert!(article("<iframe src=\"https://evil.test/\"></iframe>", &[]).is_err());
        assert!(article("<iframe src=\"https://www.youtube.com/embed/1\"></iframe>", &[]).is_ok());
    }
}
