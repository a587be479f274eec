//! What somebody wrote: words that can be found again wherever they went.

/// The words of a message or an article, in all the versions it ever had. Every version begins
/// with a mark, `[m12.v1]`, that stands nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The mark without its version: `m12`.
    pub mark: String,
    /// Every version, oldest first.
    pub versions: Vec<String>,
}

/// Words that tempt: delimiters of tables, quotes, other scripts, characters beyond 16 bits.
const TEMPTING: &[&str] = &[
    "the parcel came, but empty; why?",
    "she said \"tomorrow\" twice",
    "grüße aus Köln, ça va",
    "返品したいです",
    "works again 🎉 thank you",
    "line one\nline two",
    "50% off = 3 'items'",
    "plain words",
];

impl Words {
    /// The first version.
    #[must_use]
    pub fn new(mark: String, salt: u64) -> Self {
        let mut words = Self { mark, versions: Vec::new() };
        words.reword(salt);
        words
    }

    /// One more version.
    pub fn reword(&mut self, salt: u64) {
        let count = u64::try_from(TEMPTING.len()).unwrap_or(1);
        let index = usize::try_from(salt % count).unwrap_or(0);
        let text = TEMPTING.get(index).copied().unwrap_or_default();
        let version = self.versions.len() + 1;
        self.versions.push(format!("[{}.v{version}] {text}", self.mark));
    }

    /// The newest version.
    #[must_use]
    pub fn latest(&self) -> &str {
        self.versions.last().map_or("", String::as_str)
    }

    /// The mark of a version, from 1.
    #[must_use]
    pub fn mark_of(&self, version: usize) -> String {
        format!("[{}.v{version}]", self.mark)
    }
}

/// Every mark in a text, as `(mark, version)`.
#[must_use]
pub fn marks(text: &str) -> Vec<(String, usize)> {
    let pieces = text.split('[').skip(1).filter_map(|piece| piece.split_once(']'));
    let mark = |(inside, _): (&str, &str)| {
        let (mark, version) = inside.split_once(".v")?;
        Some((mark.to_owned(), version.parse().ok()?))
    };
    pieces.filter_map(mark).collect()
}

/// What a reader sees of HTML: its text, with every run of white space as one blank.
#[must_use]
pub fn visible(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if inside => {}
            _ => text.push(c),
        }
    }
    for (entity, meant) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " ")]
    {
        text = text.replace(entity, meant);
    }
    let text = text.replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_told_apart() {
        let mut words = Words::new("m1".to_owned(), 3);
        words.reword(4);
        assert_eq!(marks(words.latest()), [("m1".to_owned(), 2)]);
        assert_eq!(marks("[m12.v1] and [m1.v3] [not a mark]").len(), 2);
    }

    #[test]
    fn a_reader_sees_the_text_alone() {
        let html = "<p class=\"x\">one<br>two &amp; &quot;three&quot;</p>\n<p>four</p>";
        assert_eq!(visible(html), "one two & \"three\" four");
    }
}
