//! Which known words a mistyped one may have been meant for.

/// How alike two words must be, from 0 to 1, to be taken for each other.
const ALIKE: f64 = 0.78;

/// Words that are offered.
const OFFERED_MAX: usize = 3;

/// The known words that are most like `word`, the likest first; case does not count.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = word.to_lowercase();
    let likeness = |one: &'a str| {
        let other = one.to_lowercase();
        // The last part of a name such as `Europe/Rome` is what people know.
        let tail = other.rsplit('/').next().unwrap_or_default();
        let like = strsim::jaro_winkler(&folded, &other);
        (like.max(strsim::jaro_winkler(&folded, tail)), one)
    };
    let mut alike: Vec<(f64, &str)> =
        known.into_iter().map(likeness).filter(|(like, _)| *like >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    alike.into_iter().take(OFFERED_MAX).map(|(_, one)| one).collect()
}

/// The words of an error for them: nothing if none is alike.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, known).as_slice() {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_stands_first_and_what_is_not_alike_is_not_offered() {
        let zones = ["Europe/Rome", "Europe/Rotterdam", "America/Lima", "UTC"];
        assert_eq!(nearest("europe/rom", zones)[0], "Europe/Rome");
        assert_eq!(nearest("Rome", zones)[0], "Europe/Rome");
        assert!(nearest("zzzz", zones).is_empty());
        assert_eq!(did_you_mean("zzzz", zones), "");
        assert!(did_you_mean("Limaa", zones).contains("America/Lima"));
    }
}
