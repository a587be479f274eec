//! The shape that articles have in Intercom: two levels of headings, no empty lists, and all text
//! inside blocks (FACTS §8.3). A text of another shape is refused as a whole.

use scraper::{ElementRef, Html, Node};

use super::escape::escape;

/// Elements that stand on their own.
const BLOCKS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "table",
    "pre",
    "hr",
    "div",
    "blockquote",
    "section",
    "article",
    "figure",
    "dl",
];

/// The body of `html` in that shape, and whether a heading changed its level.
pub(super) fn of_article(html: &Html) -> (String, bool) {
    let mut body = String::new();
    let mut loose = String::new();
    for child in html.root_element().children() {
        match child.value() {
            Node::Text(text) => loose.push_str(&escape(text)),
            Node::Element(element) => {
                let Some(element_ref) = ElementRef::wrap(child) else { continue };
                if !BLOCKS.contains(&element.name()) {
                    loose.push_str(&element_ref.html());
                    continue;
                }
                close(&mut loose, &mut body);
                if element.name() == "dl" {
                    definitions(element_ref, &mut body);
                    continue;
                }
                let list = matches!(element.name(), "ul" | "ol");
                if !list || element_ref.child_elements().any(|item| item.value().name() == "li") {
                    body.push_str(&element_ref.html());
                }
            }
            _ => {}
        }
    }
    close(&mut loose, &mut body);
    two_levels(body)
}

/// Lists of definitions are not taken: a term becomes a bold line, its definition a paragraph.
fn definitions(list: ElementRef<'_>, body: &mut String) {
    for item in list.child_elements() {
        let inner = item.inner_html();
        match item.value().name() {
            "dt" => body.push_str(&format!("<p><b>{inner}</b></p>")),
            _ => body.push_str(&format!("<p>{inner}</p>")),
        }
    }
}

/// Wraps what stands outside of blocks.
fn close(loose: &mut String, body: &mut String) {
    if !loose.trim().is_empty() {
        body.push_str(&format!("<p>{}</p>", loose.trim()));
    }
    loose.clear();
}

fn two_levels(html: String) -> (String, bool) {
    let mut result = html;
    let mut folded = false;
    for level in ["3", "4", "5", "6"] {
        let close = format!("</h{level}>");
        if result.contains(&close) {
            folded = true;
            result = result
                .replace(&close, "</h2>")
                .replace(&format!("<h{level}>"), "<h2>")
                .replace(&format!("<h{level} "), "<h2 ");
        }
    }
    (result, folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_have_the_shape_that_is_taken() {
        for (html, body, folded) in [
            ("a <b>b</b><p>c</p> d", "<p>a <b>b</b></p><p>c</p><p>d</p>", false),
            ("<ul></ul><ol>\n</ol><ul><li>x</li></ul>", "<ul><li>x</li></ul>", false),
            ("<h1>A</h1><h3>B</h3>", "<h1>A</h1><h2>B</h2>", true),
            ("1 &lt; 2", "<p>1 &lt; 2</p>", false),
            ("<dl><dt>a</dt><dd>b</dd></dl>", "<p><b>a</b></p><p>b</p>", false),
            ("  ", "", false),
        ] {
            assert_eq!(
                of_article(&Html::parse_fragment(html)),
                (body.to_owned(), folded),
                "{html}"
            );
        }
    }
}
