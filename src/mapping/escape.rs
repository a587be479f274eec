//! Plain text as HTML.

pub use crate::model::escape::escape;

/// HTML of a plain text: empty lines divide paragraphs.
pub fn of_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let paragraphs = text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    paragraphs
        .map(|paragraph| format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_paragraphs() {
        assert_eq!(of_text("a < b\r\nc\n\n\n d & e"), "<p>a &lt; b<br>c</p><p>d &amp; e</p>");
    }
}
