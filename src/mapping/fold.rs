//! The forms in which words are compared.

use unicode_normalization::UnicodeNormalization;

use crate::destination::intercom::email;

/// A word as it is compared: NFKC, case-folded, trimmed, inner white space as one space.
pub fn fold(text: &str) -> String {
    let normal: String = text.nfkc().collect();
    normal.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A name as it is shown: every character as it was written, but for white space around it and for
/// line ends, tabs and repeated spaces inside.
pub fn tidy(text: &str) -> String {
    let words = text.trim().split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A word as part of a name: letters, digits and single underscores.
pub fn slug(text: &str) -> String {
    let letters: String =
        fold(text).chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<_> = letters.split('_').filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// A company's name as it is compared: folded, without punctuation at the end.
pub fn fold_company(name: &str) -> String {
    fold(name).trim_end_matches(|c: char| c.is_ascii_punctuation() || c.is_whitespace()).to_owned()
}

/// An e-mail address as it is compared: in the form in which it is sent, without case.
pub fn fold_email(address: &str) -> String {
    if let Some(clean) = email::clean(address) {
        return clean.to_lowercase();
    }
    address.trim().trim_start_matches('<').trim_end_matches('>').trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_compare_without_case_width_and_space() {
        assert_eq!(fold("  On\u{a0} HOLD "), "on hold");
        assert_eq!(fold("À TRAITER"), "à traiter");
        assert_eq!(tidy(" Acme\t Inc. "), "Acme Inc.");
        assert_eq!(fold("㈱　ｱｸﾒ Ⅳ"), "(株) アクメ iv");
        assert_eq!(tidy("㈱　ｱｸﾒ Ⅳ, 10 cm³ ﬁne…\u{a0}½"), "㈱　ｱｸﾒ Ⅳ, 10 cm³ ﬁne…\u{a0}½");
    }

    #[test]
    fn companies_compare_without_final_punctuation() {
        for name in ["Acme Inc", "ACME  inc.", "acme inc.,", "Ａｃｍｅ Inc"] {
            assert_eq!(fold_company(name), "acme inc", "{name}");
        }
        assert_eq!(fold_company("Yahoo! Japan"), "yahoo! japan");
    }

    #[test]
    fn addresses_compare_without_brackets_and_case() {
        assert_eq!(fold_email(" <Ada@Example.ORG> "), "ada@example.org");
        assert_eq!(fold_email("mailto:Ada@Example.ORG."), "ada@example.org");
        assert_eq!(fold_email("Ada@Example..ORG"), "ada@example..org");
    }
}
