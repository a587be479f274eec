//! A ticket's history: one HTML string of lines in the language and clock of whoever acted.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use chrono::NaiveDateTime;

use super::text;
use super::time;
use crate::source::finding::{Code, Finding};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, by the site's own clock; `None` if the date cannot be read.
    pub local: Option<NaiveDateTime>,
    /// The sentence without its date; the whole line if it has none.
    pub sentence: String,
    /// Login of whoever acted: the last word in brackets at the end.
    pub login: Option<String>,
    /// What happened: `closed`, `assigned` …, or `history` if the words are not known.
    pub kind: &'static str,
}

/// Kind of the line that says that a ticket's people were taken out.
pub const ANONYMISED: &str = "anonymized";

/// Kind of the lines that say whose a ticket became.
const ASSIGNED: &str = "assigned";

/// What a line is about, by words that stand in it. The first match counts. Words are lower case
/// and of Hesk's own language files; they only classify, a line without a match is kept all the
/// same.
const KINDS: &[(&str, &[&str])] = &[
    (ANONYMISED, &["anonymized by", "anonymisiert", "anonimizado", "anonymisé"]),
    ("merged", &["merged with", "zusammengeführt", "fusionné", "fusionado", "unito con"]),
    ("moved", &["moved to category", "kategorie", "catégorie", "categoría", "categoria"]),
    ("priority_changed", &["priority changed", "priorität", "priorité", "prioridad", "priorità"]),
    ("status_changed", &["status changed", "status geändert", "statut", "estado", "stato"]),
    ("due_date_changed", &["due date", "fälligkeit", "échéance", "vencimiento", "scadenza"]),
    ("time_worked", &["time worked", "arbeitszeit", "temps", "tiempo", "tempo"]),
    ("attachment_deleted", &["attachment ", "anhang", "pièce jointe", "adjunto", "allegato"]),
    ("collaborator", &["as a collaborator", "collaborator"]),
    ("linked", &["linked to", "ticket linked", "unlinked"]),
    ("reminder", &["reminder sent"]),
    ("mail_sent", &["notification sent", "email sent"]),
    ("unlocked", &["unlocked by", "entsperrt", "déverrouillé", "desbloqueado", "sbloccato"]),
    ("locked", &["locked by", "gesperrt", "verrouillé", "bloqueado", "bloccato"]),
    (
        ASSIGNED,
        &[
            "assigned to",
            "automatically assigned",
            "zugewiesen",
            "assigné",
            "asignado",
            "assegnato",
        ],
    ),
    ("closed", &["closed by", "geschlossen", "fermé", "cerrado", "chiuso"]),
    ("opened", &["opened by", "geöffnet", "ouvert", "abierto", "aperto"]),
    (
        "submitted",
        &[
            "submitted by",
            "ticket created by",
            "piping",
            "pop3",
            "imap",
            "eingereicht",
            "erstellt",
            "soumis",
            "enviado",
            "inviato",
        ],
    ),
];

/// A name has no more words.
const NAME_WORDS_MAX: usize = 5;

impl Line {
    /// What stands before the login of whoever acted: from five words down to one.
    pub fn named(&self) -> Vec<&str> {
        let Some(login) = &self.login else { return Vec::new() };
        let Some((before, _)) = self.sentence.rsplit_once(&format!("({login})")) else {
            return Vec::new();
        };
        let before = before.trim_end();
        let words = before
            .char_indices()
            .filter(|(at, _)| *at == 0 || before[..*at].ends_with(char::is_whitespace));
        let mut ends: Vec<&str> = words.map(|(at, _)| before[at..].trim()).collect();
        ends.retain(|end| !end.is_empty());
        ends.split_off(ends.len().saturating_sub(NAME_WORDS_MAX))
    }

    /// Says so if the line has no date that can be read.
    pub fn unread(&self) -> Option<Finding> {
        let reason = "The line's date cannot be read; the line is kept as it stands.";
        let finding = || Finding::new(Code::HistoryUnparsed, reason).column("history");
        self.local.is_none().then(finding)
    }
}

/// Between date and sentence.
const BAR: &str = " | ";

/// The lines, in order. Text before the first item is a line too, so that nothing is dropped.
pub fn lines(history: &str, format: Option<&str>) -> Vec<Line> {
    let mut found = Vec::new();
    let mut parts = history.split("<li");
    let head = parts.next().unwrap_or_default();
    let items = parts.map(|part| part.split_once('>').map_or(part, |(_, inside)| inside));
    for item in std::iter::once(head).chain(items) {
        let text = text::decode(&without_tags(item));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            let mut line = line(&text, format);
            // Of one name in brackets nobody tells that it was assigned by itself but the place:
            // who acts stands last, and `nobody` in italics.
            let is_alone = line.kind == ASSIGNED && logins(&line.sentence) == 1;
            if is_alone && !item.contains("<i") {
                line.login = None;
            }
            found.push(line);
        }
    }
    found
}

fn line(text: &str, format: Option<&str>) -> Line {
    let (date, sentence) = match text.split_once(BAR) {
        Some((date, sentence)) => (date, sentence.trim()),
        None => ("", text),
    };
    let local = format.and_then(|format| time::by_format(date, format)).or_else(|| time::iso(date));
    let sentence = if local.is_some() { sentence } else { text };
    let kind = kind(sentence);
    Line { local, sentence: sentence.to_owned(), login: login(sentence), kind }
}

/// All words of [`KINDS`] at once, each with the place of its kind.
static WORDS: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let kinds = KINDS.iter().enumerate();
    let words: Vec<(&str, usize)> = kinds
        .flat_map(|(place, (_, words))| words.iter().map(move |word| (*word, place)))
        .collect();
    let all = AhoCorasick::new(words.iter().map(|(word, _)| word));
    // It fails only if there are more words than it has numbers for.
    Some((all.ok()?, words.into_iter().map(|(_, place)| place).collect()))
});

fn kind(sentence: &str) -> &'static str {
    let lower = sentence.to_lowercase();
    let first = WORDS.as_ref().and_then(|(words, places)| {
        let found = words.find_overlapping_iter(&lower);
        found.filter_map(|found| places.get(found.pattern().as_usize())).min()
    });
    first.and_then(|place| KINDS.get(*place)).map_or("history", |(kind, _)| *kind)
}

/// The word in the last brackets of a sentence that ends with them.
fn login(sentence: &str) -> Option<String> {
    let inside = sentence.trim_end_matches(['.', ' ', '。']).strip_suffix(')')?;
    let (_, login) = inside.rsplit_once('(')?;
    let login = login.trim();
    (!login.is_empty() && !login.contains(' ')).then(|| login.to_owned())
}

/// How many words in brackets can be a login.
fn logins(sentence: &str) -> usize {
    let inside = sentence.split('(').skip(1).filter_map(|part| part.split_once(')'));
    inside.filter(|(login, _)| !login.is_empty() && !login.contains(' ')).count()
}

fn without_tags(item: &str) -> String {
    let mut text = String::with_capacity(item.len());
    let mut rest = item;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        match rest[start..].find('>') {
            Some(end) => rest = &rest[start + end + 1..],
            None => rest = "",
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_several_languages() {
        let history = "<li class=\"smaller\">2023-09-26 11:14:25 | submitted by Ann &amp; Co</li>\
            <li class=\"smaller\">2023-09-26 12:00:00 | assigned to Bo Lee (bo) by Ada (ada)</li>\
            <li class=\"smaller\">2023-09-27 08:00:00 | geschlossen von Ada (ada)</li>\
            <li class=\"smaller\">kein Datum: etwas</li>\
            <li class=\"smaller\">2023-09-27 09:00:00 | <i>odd</i> words (not a login)</li>";
        let found = lines(history, None);
        let kinds: Vec<_> = found.iter().map(|line| line.kind).collect();
        assert_eq!(kinds, ["submitted", "assigned", "closed", "history", "history"]);
        let logins: Vec<_> = found.iter().map(|line| line.login.as_deref()).collect();
        assert_eq!(logins, [None, Some("ada"), Some("ada"), None, None]);
        assert_eq!(found[0].sentence, "submitted by Ann & Co");
        assert_eq!((found[3].local, found[3].sentence.as_str()), (None, "kein Datum: etwas"));
    }

    #[test]
    fn nobody_is_said_to_have_done_what_was_done_by_itself() {
        let history = "<li class=\"smaller\">2024-01-02 08:00:00 | automatically assigned to Eva \
            Maria Roth (eva)</li><li class=\"smaller\">2024-01-02 09:00:00 | assigned to \
            <i>Unassigned</i> by Eva Maria Roth (eva)</li><li class=\"smaller\">2024-01-02 \
            10:00:00 | zugewiesen an Ugo Li (ugo) von Eva Maria Roth (eva)</li>";
        let found = lines(history, None);
        let logins: Vec<_> = found.iter().map(|line| line.login.as_deref()).collect();
        assert_eq!(logins, [None, Some("eva"), Some("eva")]);
        assert_eq!(found[0].named(), [""; 0]);
        assert_eq!(found[1].named()[2], "Eva Maria Roth");
        assert_eq!(found[2].named().last().copied(), Some("Roth"));
    }

    #[test]
    fn every_known_event_has_a_kind() {
        for (sentence, kind) in [
            ("moved to category Sales by Ada (ada)", "moved"),
            ("opened by Ada (ada)", "opened"),
            ("locked by Ada (ada)", "locked"),
            ("unlocked by Ada (ada)", "unlocked"),
            ("ticket created by Ada (ada)", "submitted"),
            ("priority changed to High by Ada (ada)", "priority_changed"),
            ("status changed to On Hold by Ada (ada)", "status_changed"),
            ("automatically assigned to Ada (ada)", "assigned"),
            ("submitted by email piping", "submitted"),
            ("attachment a.pdf deleted by Ada (ada)", "attachment_deleted"),
            ("merged with ticket AAA-BBB-1111 by Ada (ada)", "merged"),
            ("time worked updated to 01:00:00 by Ada (ada)", "time_worked"),
            ("due date updated to 2023-09-30 by Ada (ada)", "due_date_changed"),
            ("overdue email notification sent", "mail_sent"),
            ("reminder sent to a@example.org by Ada (ada)", "reminder"),
            ("Bo (bo) added as a collaborator by Ada (ada)", "collaborator"),
            ("anonymized by Ada (ada)", "anonymized"),
        ] {
            assert_eq!(line(sentence, None).kind, kind, "{sentence}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_item_is_dropped(items in proptest::collection::vec("[a-z0-9|é():. -]{1,20}", 0..6)) {
            let history: String =
                items.iter().map(|item| format!("<li class=\"smaller\">{item}</li>")).collect();
            let filled = items.iter().filter(|item| !item.trim().is_empty()).count();
            proptest::prop_assert_eq!(lines(&history, None).len(), filled);
        }

        #[test]
        fn no_history_makes_it_panic(text in "(<li|<|>| \\| |\\(|\\)|[a-z0-9:é-]){0,30}") {
            lines(&text, Some("d.m.Y H:i"));
        }
    }
}
