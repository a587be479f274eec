//! Cells of Hesk's own export that hold more than one thing.

use super::time;

/// Between the replies of a ticket.
const RULE: &str = "---";

/// A name and an address.
pub type Follower = (Option<String>, String);

/// `Name <address>, Name <address>`; names may hold commas. What is no such pair comes second.
pub fn followers(cell: &str) -> (Vec<Follower>, Vec<String>) {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    let mut rest = cell;
    while let Some((name, after)) = rest.split_once('<') {
        let Some((address, after)) = after.split_once('>') else { break };
        let name = name.trim().trim_start_matches(',').trim();
        if address.contains('@') {
            let name = Some(name.to_owned()).filter(|name| !name.is_empty());
            found.push((name, address.trim().to_owned()));
        } else {
            unread.push(format!("{name} <{address}>"));
        }
        rest = after;
    }
    let rest = rest.trim_matches([',', ' ', '\n', '\r', '\t']);
    unread.extend((!rest.is_empty()).then(|| rest.to_owned()));
    (found, unread)
}

/// A reply in the text of all.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// Who wrote it, after some words.
    pub head: &'a str,
    /// When, after some words.
    pub date: &'a str,
    /// What.
    pub body: String,
}

/// The replies of a ticket, split at the line between them.
pub fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().chain([RULE]) {
        if line.trim_end() == RULE {
            chunks.extend(chunk(&lines));
            lines.clear();
        } else {
            lines.push(line);
        }
    }
    chunks
}

fn chunk<'a>(lines: &[&'a str]) -> Option<Chunk<'a>> {
    let mut said = lines.iter().copied().skip_while(|line| line.trim().is_empty());
    let head = said.next()?;
    let date = said.next().unwrap_or_default();
    let body = said.collect::<Vec<_>>().join("\n").trim().to_owned();
    Some(Chunk { head, date, body })
}

/// The time in a line such as `Date: 2023-01-01 10:00:00`, whatever the word before it.
pub fn dated(line: &str, format: Option<&str>) -> Option<chrono::NaiveDateTime> {
    let starts = line.char_indices().map(|(at, _)| at);
    let own = |text: &str| format.and_then(|format| time::by_format(text, format));
    starts.map(|at| line[at..].trim()).find_map(|text| own(text).or_else(|| time::iso(text)))
}

/// Text with the line ends of Unix, without white space around it.
pub fn line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn followers_may_have_commas_in_their_names() {
        let (found, unread) =
            followers("Prime, Ada <ada@e.org>,Bo <bo@e.org>, <cy@e.org>,Di <none>, Ed");
        assert_eq!(unread, ["Di <none>", "Ed"]);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_deref()).collect();
        assert_eq!(names, [Some("Prime, Ada"), Some("Bo"), None]);
        assert_eq!(found[2].1, "cy@e.org");
    }

    #[test]
    fn replies_are_split_at_rules() {
        let found = chunks(
            "Reply by Ada\nDate: 2023-01-01 10:00:00\n\nHello\nyou\n---\n\
             \nReply by Bo\nDate x\nBye\n---\n",
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].head, found[0].body.as_str()), ("Reply by Ada", "Hello\nyou"));
        assert_eq!(dated(found[0].date, None).unwrap().to_string(), "2023-01-01 10:00:00");
        assert_eq!(dated(found[1].date, None), None);
    }

    proptest::proptest! {
        #[test]
        fn no_cell_makes_it_panic(text in "(<|>|,|@|---|\n|é|[a-z0-9: -]){0,40}") {
            followers(&text);
            chunks(&text);
            dated(&text, Some("d.m.Y"));
        }
    }
}
