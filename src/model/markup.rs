//! Which `<` begins an element of HTML. Help desks hold addresses in angle brackets, pasted XML,
//! generics and comparisons; only what HTML knows is markup, everything else is what people wrote.

use std::borrow::Cow;

/// Elements of HTML, those of its past among them.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "audio",
    "b",
    "base",
    "basefont",
    "bdi",
    "bdo",
    "bgsound",
    "big",
    "blink",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "map",
    "mark",
    "marquee",
    "math",
    "menu",
    "meta",
    "meter",
    "nav",
    "nobr",
    "noscript",
    "object",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "param",
    "picture",
    "pre",
    "progress",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Elements without content.
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "link", "meta", "param", "source", "track", "wbr",
];

/// Elements whose end need not be written.
const END_OPTIONAL: &[&str] = &[
    "body", "colgroup", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "tfoot",
    "th", "thead", "tr",
];

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "br",
    "center",
    "div",
    "dl",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// Attributes that need no value.
const BARE_ATTRIBUTES: &[&str] = &[
    "allowfullscreen",
    "async",
    "autofocus",
    "autoplay",
    "border",
    "checked",
    "compact",
    "controls",
    "default",
    "defer",
    "disabled",
    "download",
    "hidden",
    "ismap",
    "loop",
    "multiple",
    "muted",
    "nohref",
    "noresize",
    "noshade",
    "novalidate",
    "nowrap",
    "open",
    "readonly",
    "required",
    "reversed",
    "selected",
];

/// Prefixes of the elements that office programs write into HTML.
const OFFICE: &[&str] = &["o", "v", "w", "m", "x", "st1"];

/// Elements with a language of their own inside.
const DRAWINGS: &[&str] = &["math", "svg"];

/// No page nests so deep for people; parsers need time that grows with the square of the depth.
const DEPTH_MAX: usize = 100;

/// No element has so many attributes for people; parsers compare each with all before it.
const ATTRIBUTES_MAX: usize = 64;

/// A tag of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag<'t> {
    /// Its name as written; empty for comments and declarations.
    name: &'t str,
    closing: bool,
    /// Bytes from `<` to `>`.
    length: usize,
    /// Bytes up to the end of the last attribute that is kept.
    kept: usize,
}

impl Tag<'_> {
    fn is(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }
}

/// The tag that `text` begins with; `None` if its `<` is text.
fn tag(text: &str) -> Option<Tag<'_>> {
    let inner = text.strip_prefix('<')?;
    if let Some(comment) = inner.strip_prefix("!--") {
        let end = comment.find("-->").map(|at| at + "<!---->".len())?;
        return Some(Tag { name: "", closing: false, length: end, kept: end });
    }
    let declared =
        |word: &str| inner.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word));
    if declared("!doctype") || inner.starts_with("![") || declared("?xml") {
        let end = inner.find(['>', '<']).filter(|&at| inner.as_bytes()[at] == b'>')? + 2;
        return Some(Tag { name: "", closing: false, length: end, kept: end });
    }
    let closing = inner.starts_with('/');
    let named = inner.strip_prefix('/').unwrap_or(inner);
    let end = named
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-')))
        .unwrap_or(named.len());
    let (name, rest) = named.split_at(end);
    if !is_element(name) {
        return None;
    }
    let start = 1 + usize::from(closing) + end;
    let (length, kept) = attributes(rest)?;
    if closing && !rest.get(..length - 1)?.trim().is_empty() {
        return None;
    }
    Some(Tag { name, closing, length: start + length, kept: start + kept })
}

fn is_element(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, _)) => OFFICE.iter().any(|office| prefix.eq_ignore_ascii_case(office)),
        None => ELEMENTS.iter().any(|element| name.eq_ignore_ascii_case(element)),
    }
}

/// Bytes up to the `>` that ends the attributes, and up to the last attribute that is kept.
fn attributes(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    if !matches!(bytes.first()?, b'>' | b'/') && !bytes.first()?.is_ascii_whitespace() {
        return None;
    }
    let (mut at, mut count, mut kept) = (0, 0, None);
    let (mut bare, mut known) = (false, false);
    loop {
        while bytes.get(at).is_some_and(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'"')) {
            at += 1;
        }
        match bytes.get(at)? {
            b'>' => break,
            b'<' => return None,
            _ => {}
        }
        if count == ATTRIBUTES_MAX {
            kept = Some(at);
        }
        count += 1;
        let name = at;
        at += bytes[at + 1..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'>' | b'<' | b'/'))?
            + 1;
        let word = text.get(name..at)?;
        let after = at + bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if bytes.get(after) != Some(&b'=') {
            let familiar = word.starts_with("data-")
                || BARE_ATTRIBUTES.iter().any(|bare| word.eq_ignore_ascii_case(bare));
            known |= familiar;
            bare |= !familiar;
            continue;
        }
        known = true;
        at = after + 1;
        at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        match bytes.get(at)? {
            quote @ (b'"' | b'\'') => {
                at += bytes[at + 1..].iter().position(|byte| byte == quote)? + 2;
            }
            _ => at += bytes[at..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>')?,
        }
    }
    // `a <b and c>` compares; an element has at least one attribute that is one.
    if bare && !known {
        return None;
    }
    Some((at + 1, kept.unwrap_or(at + 1)))
}

/// HTML in which every `<` that begins no element is written as text, no element lies deeper than
/// people nest them, and none has more attributes than people write: so that parsers lose no word
/// and need time in proportion to the length.
pub fn guarded(html: &str) -> Cow<'_, str> {
    if !html.contains('<') {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len() + 16);
    let (mut depth, mut over) = (0_usize, 0_usize);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let Some(tag) = tag(from) else {
            out.push_str("&lt;");
            rest = &from[1..];
            continue;
        };
        let (whole, after) = from.split_at(tag.length);
        rest = after;
        if tag.is(DRAWINGS) && !tag.closing && !whole.ends_with("/>") {
            // A drawing has elements of its own and no words.
            let end = after.to_ascii_lowercase().find(&format!("</{}", tag.name.to_lowercase()));
            rest = end.map_or(rest, |end| &after[end..]);
        }
        let counted = !tag.name.is_empty() && !tag.is(VOID) && !tag.is(END_OPTIONAL);
        if counted && tag.closing {
            if over > 0 {
                over -= 1;
                out.push(' ');
                continue;
            }
            depth = depth.saturating_sub(1);
        } else if counted && !whole.ends_with("/>") {
            if depth >= DEPTH_MAX {
                over += 1;
                out.push(' ');
                continue;
            }
            depth += 1;
        }
        if tag.kept < tag.length {
            out.push_str(whole.get(..tag.kept).unwrap_or(whole).trim_end());
            out.push('>');
        } else {
            out.push_str(whole);
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// HTML with a space in place of every element.
pub fn without_elements(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = tag(from).map(|tag| tag.length);
        out.push(if length.is_some() { ' ' } else { '<' });
        rest = &from[length.unwrap_or(1)..];
    }
    out.push_str(rest);
    out
}

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing tells: a line of words.
    Either,
    /// It has lines of its own, or brackets that are no elements; `elements` if some are.
    Text {
        /// It names elements of HTML all the same.
        elements: bool,
    },
    /// It has a single element, or some among others that are none: it may only speak of them.
    Mention,
    /// It has elements, or characters written as HTML writes them.
    Html,
    /// It is HTML from its first character, as only HTML is.
    Document,
}

/// What a text looks like, by the elements in it.
pub fn look(text: &str) -> Look {
    let text = text.trim();
    let mut open: Vec<&str> = Vec::new();
    let (mut tags, mut sound, mut strange, mut lines) = (0_u64, false, false, false);
    let (mut starts, mut page, mut ends) = (false, false, 0);
    let (mut rest, mut at) = (text, 0);
    while let Some(found) = rest.find('<') {
        let (before, from) = rest.split_at(found);
        // A line end beside a tag is how HTML is laid out; one between words is a line's end.
        lines |= before.trim().contains('\n');
        at += found;
        let Some(tag) = tag(from) else {
            let inner = from[1..].strip_prefix('/').unwrap_or(&from[1..]);
            strange |= inner.starts_with(|c: char| c.is_ascii_alphabetic());
            (rest, at) = (&from[1..], at + 1);
            continue;
        };
        starts |= at == 0;
        page |= at == 0 && tag.is(BLOCKS) && !tag.is(VOID) && !tag.closing;
        tags += u64::from(!tag.name.is_empty());
        if tag.closing {
            let opened = open.iter().rposition(|name| name.eq_ignore_ascii_case(tag.name));
            if let Some(index) = opened {
                open.truncate(index);
            }
            sound = true;
        } else if tag.is(VOID) || (tag.is(BLOCKS) && starts) {
            sound = true;
        } else if open.len() < DEPTH_MAX {
            open.push(tag.name);
        }
        at += tag.length;
        ends = at;
        rest = &from[tag.length..];
    }
    lines |= rest.trim().contains('\n');
    let entities = ["&nbsp;", "&amp;", "&lt;", "&gt;", "&quot;", "&#"];
    match (sound, lines) {
        (true, _) if page || (starts && ends == text.len()) => Look::Document,
        (true, true) => Look::Text { elements: true },
        (true, false) if tags < 2 || strange => Look::Mention,
        (true, false) => Look::Html,
        (false, _) if strange || lines => Look::Text { elements: false },
        _ if entities.iter().any(|entity| text.contains(entity)) => Look::Html,
        _ => Look::Either,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elements_of_html_are_markup() {
        for (html, guarded_as) in [
            ("<p>Hi <b>you</b></p>", None),
            ("<A HREF='x'>y</A><br/><hr noshade><td nowrap>", None),
            ("<a href=\"x\"\">y</a>", None),
            ("<!-- c --><!DOCTYPE html><o:p></o:p>", None),
            ("From: <ada@x.example>", Some("From: &lt;ada@x.example>")),
            ("if a<b and c>d", Some("if a&lt;b and c>d")),
            ("a<3 and <order number>", Some("a&lt;3 and &lt;order number>")),
            ("List<String> <b", Some("List&lt;String> &lt;b")),
            (
                "<server><port>80</port></server>",
                Some("&lt;server>&lt;port>80&lt;/port>&lt;/server>"),
            ),
            ("</b no end>", Some("&lt;/b no end>")),
            ("<a@b.example> <a href='open>", Some("&lt;a@b.example> &lt;a href='open>")),
        ] {
            assert_eq!(guarded(html), guarded_as.unwrap_or(html), "{html}");
        }
        assert_eq!(without_elements("<p>a<b</p>").trim(), "a<b");
    }

    #[test]
    fn texts_tell_what_they_are() {
        for (text, expected) in [
            ("<p>hello</p>", Look::Document),
            ("<div>a\nb</div>\n", Look::Document),
            ("one<br>two<br>three", Look::Html),
            ("<p>Dear all,\nsee <b>this</b> now", Look::Document),
            ("Dear all,\nsee <b>this</b> now", Look::Text { elements: true }),
            ("<br> is shown\nas it is", Look::Text { elements: true }),
            ("Hello <b>you</b>, all", Look::Html),
            ("Tom &amp; Ada", Look::Html),
            ("press the <br> key", Look::Mention),
            ("a <feed><title>x</title><link>y</link></feed>", Look::Mention),
            ("one\nuse <br> here\ntwo", Look::Text { elements: true }),
            ("<cfg>\n <n>1</n>\n</cfg>", Look::Text { elements: false }),
            ("Map<K, V> fails", Look::Text { elements: false }),
            ("mail <ada@example.org>", Look::Text { elements: false }),
            ("a < b and c > d", Look::Either),
            ("plain", Look::Either),
            ("1 </ 2 <", Look::Either),
        ] {
            assert_eq!(look(text), expected, "{text}");
        }
    }

    #[test]
    fn hostile_html_is_bounded() {
        let deep = format!("{}x{}", "<blockquote>".repeat(5_000), "</blockquote>".repeat(5_000));
        let flat = guarded(&deep);
        assert_eq!(flat.matches("<blockquote>").count(), DEPTH_MAX);
        assert_eq!(flat.matches("</blockquote>").count(), DEPTH_MAX);
        assert!(flat.contains('x'));
        let many: String = (0..5_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
        let few = guarded(&format!("<p{many}>x</p>")).into_owned();
        assert_eq!(few.matches('=').count(), ATTRIBUTES_MAX);
        assert!(few.ends_with("\"63\">x</p>"), "{few}");
        // Elements whose end is left out do not count as nested.
        let list = "<li>a".repeat(500);
        assert_eq!(guarded(&list), list);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(
            text in "(<|>|/|b|br|p |div|=|\"|'|!--|-->|x|é|\n| ){0,40}"
        ) {
            let once = guarded(&text).into_owned();
            proptest::prop_assert_eq!(guarded(&once).into_owned(), once);
            let _ = (look(&text), without_elements(&text));
        }
    }
}
