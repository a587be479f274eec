//! Plain text of cleaned HTML.

use html2text::config;
use html2text::render::TextDecorator;

use crate::model::markup;

/// A width that no line reaches: lines are not broken.
const WIDTH: usize = 1_000_000;

/// Writes text without decoration, except that links read `label (address)`.
#[derive(Clone, Debug, Default)]
struct Plain {
    addresses: Vec<String>,
}

impl TextDecorator for Plain {
    type Annotation = ();

    fn decorate_link_start(&mut self, url: &str) -> (String, ()) {
        self.addresses.push(url.to_owned());
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        self.addresses.pop().map(|address| format!(" ({address})")).unwrap_or_default()
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, src: &str, title: &str) -> (String, ()) {
        let text = if title.is_empty() {
            format!("[image: {src}]")
        } else {
            format!("[image: {title} ({src})]")
        };
        (text, ())
    }

    fn header_prefix(&self, _: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Self::default()
    }
}

/// The text of `html`, links as `label (address)` or the address alone where it is the label.
pub fn of_html(html: &str) -> String {
    let rendered = config::with_decorator(Plain::default())
        .raw_mode(true)
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(markup::guarded(html).as_bytes(), WIDTH);
    match rendered {
        Ok(text) => once(&text).trim().to_owned(),
        // Only a width that is too narrow is refused; the tags are better than nothing.
        Err(_) => html.to_owned(),
    }
}

/// Says an address once where it is its own label: `https://a (https://a)`.
fn once(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            result.push('\n');
        }
        let mut rest = line.trim_end();
        while let Some(open) = rest.find(" (") {
            let (label, after) = (&rest[..open], &rest[open + 2..]);
            let address = after.split(')').next().unwrap_or_default();
            let repeated = address.contains(':')
                && (label.ends_with(address)
                    || address.strip_prefix("mailto:").is_some_and(|bare| label.ends_with(bare)));
            let end = open + 2 + if repeated { address.len() + 1 } else { 0 };
            let end = end.min(rest.len());
            result.push_str(if repeated { label } else { &rest[..end] });
            rest = &rest[end..];
        }
        result.push_str(rest);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_text() {
        for (html, text) in [
            ("<p>Hello <b>you</b></p><p>Bye</p>", "Hello you\n\nBye"),
            ("a<br>b", "a\nb"),
            ("<a href=\"https://a.example/x\">here</a>.", "here (https://a.example/x)."),
            ("<a href=\"https://a.example/x\">https://a.example/x</a>!", "https://a.example/x!"),
            ("<a href=\"mailto:a@b.example\">a@b.example</a>", "a@b.example"),
            ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
            ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two"),
            ("<blockquote>said</blockquote>", "> said"),
            ("f(x) (see y)", "f(x) (see y)"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("&lt;b&gt; &amp; \u{e9}\u{1f600}", "<b> & \u{e9}\u{1f600}"),
            ("", ""),
        ] {
            assert_eq!(of_html(html), text, "{html}");
        }
        for html in
            ["<p>a</p><hr><p>b</p>", "<h1>a</h1><p>b</p>", "<table><tr><td>a</td></tr></table>b"]
        {
            let text = of_html(html);
            assert!(text.starts_with('a') && text.ends_with('b'), "{html}");
            assert!(text.len() < 100, "{html} has {} bytes", text.len());
        }
        let table = of_html("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>");
        assert_eq!(table.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
        let long = format!("<p>{}</p>", "word ".repeat(500));
        assert_eq!(of_html(&long).lines().count(), 1);
    }
}
