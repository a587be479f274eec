//! The only place that writes to the terminal: results to stdout, words and progress to stderr.

use std::io::{IsTerminal, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, Table};
use futures::{Stream, TryStreamExt};
use serde::Serialize;

use crate::model::visible::{visible, visible_json};

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors only.
    Quiet,
    /// What is going on.
    Normal,
}

/// How a command speaks.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON document on stdout instead of text.
    pub json: bool,
    /// How much is said on stderr.
    pub volume: Volume,
}

impl Output {
    /// The command's result: `value` as JSON, or `text` for people.
    pub fn result<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) {
        let rendered = if self.json {
            let json = serde_json::to_string_pretty(value).unwrap_or_else(|error| {
                serde_json::json!({ "error": { "message": error.to_string() } }).to_string()
            });
            visible_json(&json).into_owned()
        } else {
            text()
        };
        write_line(&mut std::io::stdout().lock(), &rendered);
    }

    /// The command's result with a list that is read while it is written: `head` with the list
    /// `name` as JSON, or `text` for people.
    ///
    /// # Errors
    /// If the list cannot be read to its end; what was written before is then no whole document.
    pub async fn listed<T: Serialize, E>(
        &self,
        head: &serde_json::Value,
        name: &str,
        items: impl Stream<Item = Result<T, E>>,
        text: impl FnOnce() -> String,
    ) -> Result<(), E> {
        if !self.json {
            write_line(&mut std::io::stdout().lock(), &text());
            return Ok(());
        }
        let rendered = format!("{head:#}");
        let open = rendered.trim_end().trim_end_matches('}').trim_end();
        let comma = if open.ends_with('{') { "" } else { "," };
        write_line(&mut std::io::stdout().lock(), &format!("{open}{comma}\n  {name:?}: ["));
        let mut items = std::pin::pin!(items);
        let mut before: Option<String> = None;
        while let Some(item) = items.try_next().await? {
            let line = serde_json::json!(item).to_string();
            if let Some(before) = before.replace(line) {
                let line = format!("    {},", visible_json(&before));
                write_line(&mut std::io::stdout().lock(), &line);
            }
        }
        if let Some(last) = before {
            write_line(&mut std::io::stdout().lock(), &format!("    {}", visible_json(&last)));
        }
        write_line(&mut std::io::stdout().lock(), "  ]\n}");
        Ok(())
    }

    /// A line of words.
    pub fn say(&self, text: &str) {
        if self.volume >= Volume::Normal {
            write_line(&mut std::io::stderr().lock(), text);
        }
    }

    /// An error and what to do about it.
    pub fn error(&self, error: &super::error::CliError) {
        let text = match self.json {
            true => visible_json(&error.to_json().to_string()).into_owned(),
            false => error.to_text(),
        };
        write_line(&mut std::io::stderr().lock(), &text);
    }

    /// A question; the answer without its line end. `None` if nobody can answer.
    pub fn ask(&self, question: &str) -> Option<String> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let mut stderr = std::io::stderr().lock();
        // A terminal that cannot be written to cannot answer either.
        write!(stderr, "{} ", visible(question)).and_then(|()| stderr.flush()).ok()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).ok()?;
        Some(answer.trim().to_owned())
    }

    /// Whether a person sees progress drawn on a terminal.
    pub fn draws(&self) -> bool {
        self.volume > Volume::Quiet && std::io::stderr().is_terminal()
    }
}

/// A closed pipe is the reader's decision, not an error.
fn write_line(to: &mut impl Write, text: &str) {
    let _ = writeln!(to, "{}", visible(text));
}

/// A table with a heading row; numbers stand to the right.
pub fn table<H, R>(heading: H, rows: R) -> String
where
    H: IntoIterator<Item = &'static str>,
    R: IntoIterator<Item = Vec<String>>,
{
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(heading);
    for row in rows {
        table.add_row(row.into_iter().map(|text| {
            let number = !text.is_empty()
                && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '%' | '-' | ' '));
            let alignment = if number { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(visible(&text)).set_alignment(alignment)
        }));
    }
    table.to_string()
}

/// A number with thin groups of three, for people.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// Seconds for people.
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
