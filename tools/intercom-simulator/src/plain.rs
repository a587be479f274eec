//! Bodies without HTML: as text, from and to Markdown.

use crate::html::{attributes, escape, tag_at};

/// HTML as text, links as `label (address)`: what `display_as=plaintext` answers with.
pub(crate) fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut link: Option<String> = None;
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        out.push_str(&html[at..at + found]);
        let tag_start = at + found;
        let tag_end = html[tag_start..].find('>').map_or(html.len(), |e| tag_start + e + 1);
        match tag_at(html, tag_start) {
            ("a", false) => {
                link = attributes(&html[tag_start..tag_end], "<a ", "href").pop();
            }
            ("a", true) => {
                if let Some(link) = link.take().filter(|l| !l.is_empty()) {
                    out.push_str(&format!(" ({link})"));
                }
            }
            ("br", _) | ("p" | "h1" | "h2" | "li" | "tr" | "pre" | "blockquote", true)
                if !out.ends_with('\n') =>
            {
                out.push('\n');
            }
            _ => {}
        }
        at = tag_end;
        if html[at..].starts_with('\n') && out.ends_with('\n') {
            at += 1;
        }
    }
    out.push_str(&html[at..]);
    let text = out.trim().replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}");
    text.replace("&quot;", "\"").replace("&amp;", "&")
}

/// Markdown to HTML, as far as articles need it: headings, lists, paragraphs.
pub(crate) fn from_markdown(markdown: &str) -> String {
    let mut out = String::new();
    for block in markdown.replace("\r\n", "\n").split("\n\n").map(str::trim) {
        if block.is_empty() {
            continue;
        }
        let hashes = block.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&hashes) && block[hashes..].starts_with(' ') {
            let level = hashes.min(2);
            out += &format!("<h{level}>{}</h{level}>", escape(block[hashes..].trim()));
        } else if block.lines().all(|line| line.starts_with("- ") || line.starts_with("* ")) {
            let items = block.lines().map(|line| format!("<li>{}</li>", escape(&line[2..])));
            out += &format!("<ul>{}</ul>", items.collect::<String>());
        } else {
            out += &format!("<p>{}</p>", escape(block).replace('\n', "<br>"));
        }
    }
    out
}

/// HTML to a rough Markdown: headings and list items marked, the rest as text.
pub(crate) fn to_markdown(html: &str) -> String {
    let marked =
        html.replace("<h1>", "<h1># ").replace("<h2>", "<h2>## ").replace("<li>", "<li>- ");
    text(&marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_links() {
        let html = "<p>See <a href=\"https://x.test/\">this</a></p>\n<p>a &amp; b</p>";
        assert_eq!(text(html), "See this (https://x.test/)\na & b");
    }

    #[test]
    fn markdown_goes_both_ways() {
        let html = from_markdown("# Title\n\nText\n\n- a\n- b");
        assert_eq!(html, "<h1>Title</h1><p>Text</p><ul><li>a</li><li>b</li></ul>");
        assert_eq!(to_markdown(&html), "# Title\nText\n- a\n- b");
    }
}
