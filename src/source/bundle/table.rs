//! Delimited text: which dialect a file is written in, and its rows, streamed.

use std::cell::Cell as Shared;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::{ControlFlow, Range};
use std::rc::Rc;

use csv::{Reader, ReaderBuilder, StringRecord, Terminator};

/// Bytes looked at to find the delimiter: the header and far more than 50 records.
pub const SAMPLE_BYTES: usize = 256 * 1024;

/// Records looked at to find the delimiter.
const SAMPLE_RECORDS: usize = 51;

/// A row larger than this is an unclosed quote: the largest message bodies are a few megabytes.
pub const ROW_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// How a delimited file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Delimiter.
    pub delimiter: u8,
    /// Quotes are escaped by backslashes.
    pub backslash: bool,
    /// The first line is Excel's `sep=`.
    pub sep_line: bool,
    /// Lines end in carriage returns alone.
    pub carriage_returns: bool,
}

impl Dialect {
    /// It in words.
    pub fn words(&self) -> String {
        let delimiter = match self.delimiter {
            b'\t' => "tab".to_owned(),
            other => format!("{:?}", char::from(other)),
        };
        let quoting = if self.backslash { ", backslash quotes" } else { "" };
        format!("delimiter {delimiter}{quoting}")
    }
}

/// Finds the dialect from the first bytes of a file. Tab is tried first for `.tsv`.
pub fn detect(sample: &str, is_tsv: bool) -> Dialect {
    if let Some(rest) = sample.strip_prefix("sep=") {
        let mut chars = rest.chars();
        if let (Some(delimiter), Some('\r' | '\n')) = (chars.next(), chars.next())
            && delimiter.is_ascii()
        {
            let carriage_returns = ends_in_carriage_returns(sample);
            let delimiter = delimiter as u8;
            return Dialect { delimiter, backslash: false, sep_line: true, carriage_returns };
        }
    }
    let candidates = if is_tsv { *b"\t,;|" } else { *b",;\t|" };
    let carriage_returns = ends_in_carriage_returns(sample);
    let plain = |delimiter| Dialect { delimiter, carriage_returns, ..Dialect::default() };
    let mut best = (0, 0, candidates[0]);
    for delimiter in candidates {
        let (columns, fitting) = score(sample, plain(delimiter));
        // Most columns among those that nearly all records share.
        let rank = (fitting * columns, columns);
        if columns > 1 && rank > (best.0, best.1) {
            best = (rank.0, rank.1, delimiter);
        }
    }
    plain(best.2)
}

/// The text from a line on, numbered from 1.
pub fn from_line(text: &str, number: u64) -> &str {
    let mut rest = text;
    for _ in 1..number {
        rest = rest.find(['\n', '\r']).map_or("", |end| {
            let both = rest[end..].starts_with("\r\n");
            &rest[end + 1 + usize::from(both)..]
        });
    }
    rest
}

/// The first line end outside quotes tells for the whole file.
fn ends_in_carriage_returns(sample: &str) -> bool {
    let mut quoted = false;
    let mut bytes = sample.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return false,
            b'\r' if !quoted => return bytes.peek() != Some(&b'\n'),
            _ => {}
        }
    }
    false
}

/// Columns of the header, and how many of a hundred records have as many.
fn score(sample: &str, dialect: Dialect) -> (usize, usize) {
    let mut reader = builder(dialect).from_reader(sample.as_bytes());
    let mut record = StringRecord::new();
    let (mut columns, mut records, mut fitting) = (0, 0, 0);
    while records < SAMPLE_RECORDS && reader.read_record(&mut record).unwrap_or(false) {
        if records == 0 {
            columns = record.len();
        }
        records += 1;
        fitting += usize::from(record.len() == columns);
    }
    (columns, fitting * 100 / records.max(1))
}

fn builder(dialect: Dialect) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(dialect.delimiter)
        .buffer_capacity(BUFFER_BYTES)
        .escape(dialect.backslash.then_some(b'\\'))
        .terminator(match dialect.carriage_returns {
            true => Terminator::Any(b'\r'),
            // Line numbers are right only if the line feed ends the row; see `Record::new`.
            false => Terminator::Any(b'\n'),
        });
    builder
}

/// Why the rest of a table cannot be read.
#[derive(Debug)]
pub enum TableFault {
    /// A row is larger than [`ROW_BYTES_MAX`]; the line where it starts.
    RowTooLarge(u64),
    /// The file cannot be read.
    Io(io::Error),
}

/// Rows of a table, the header among them.
pub struct Table<'a> {
    reader: Reader<Limited<'a>>,
    left: Rc<Shared<u64>>,
    record: StringRecord,
    lines_before: u64,
    /// Rows are counted instead of lines where there are no line feeds.
    count_rows: bool,
    rows: u64,
}

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    record: &'a StringRecord,
    /// End of the last cell in the text, without the carriage return before the line feed.
    end: usize,
}

impl<'a> Record<'a> {
    fn new(record: &'a StringRecord) -> Self {
        let text = record.as_slice();
        Self { record, end: text.strip_suffix('\r').unwrap_or(text).len() }
    }

    /// Number of cells.
    pub fn count(&self) -> usize {
        self.record.len()
    }

    /// The texts of all cells in one.
    pub fn text(&self) -> &'a str {
        self.record.as_slice().get(..self.end).unwrap_or_default()
    }

    /// Where each cell stands in the text.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + Clone + use<'a> {
        let Self { record, end } = *self;
        let clipped = move |range: Range<usize>| range.start.min(end)..range.end.min(end);
        (0..record.len()).filter_map(move |index| record.range(index).map(clipped))
    }

    /// The cells.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text();
        self.ranges().filter_map(move |range| text.get(range))
    }
}

impl<'a> Table<'a> {
    /// Starts at the first row. `text` is UTF-8.
    ///
    /// # Errors
    /// If the `sep=` line cannot be read.
    pub fn new(text: Box<dyn Read + 'a>, dialect: Dialect) -> io::Result<Self> {
        let mut text = BufReader::with_capacity(BUFFER_BYTES, text);
        let mut lines_before = 0;
        if dialect.sep_line {
            let end = if dialect.carriage_returns { b'\r' } else { b'\n' };
            text.read_until(end, &mut Vec::new())?;
            lines_before = 1;
        }
        let left = Rc::new(Shared::new(ROW_BYTES_MAX));
        let limited = Limited { inner: Box::new(text), left: Rc::clone(&left) };
        Ok(Self {
            reader: builder(dialect).from_reader(limited),
            left,
            record: StringRecord::new(),
            lines_before,
            count_rows: dialect.carriage_returns,
            rows: 0,
        })
    }

    /// Line of the row just read, given where the reader stood before it: blank lines may lie
    /// between.
    fn first_line(&self, before: u64) -> u64 {
        let after = self.reader.position().line();
        if after <= before + 1 {
            return before;
        }
        let inside = self.record.as_slice().bytes().filter(|&byte| byte == b'\n').count() as u64;
        after.saturating_sub(inside + 1).max(before)
    }

    /// Hands each row to `take`, with its line.
    ///
    /// # Errors
    /// If the rest cannot be read.
    pub fn for_each(
        &mut self,
        take: &mut dyn FnMut(Record<'_>, u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, TableFault> {
        loop {
            self.left.set(ROW_BYTES_MAX);
            let start = self.reader.position().line();
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return Ok(ControlFlow::Continue(())),
                Ok(true) => {}
                Err(error) => {
                    let line = self.lines_before + start;
                    return Err(match error.into_kind() {
                        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(is_row_limit) => {
                            TableFault::RowTooLarge(line)
                        }
                        csv::ErrorKind::Io(error) => TableFault::Io(error),
                        other => TableFault::Io(io::Error::other(format!("{other:?}"))),
                    });
                }
            }
            self.rows += 1;
            let line = match self.count_rows {
                true => self.rows,
                false => self.first_line(start),
            };
            let line = self.lines_before + line;
            let record = Record::new(&self.record);
            if record.count() == 1 && record.text().trim().is_empty() {
                continue;
            }
            if take(record, line).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a row is larger than any export writes")]
struct RowLimit;

fn is_row_limit(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.is::<RowLimit>()
}

struct Limited<'a> {
    inner: Box<dyn Read + 'a>,
    left: Rc<Shared<u64>>,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        self.left.set(left.ok_or_else(|| io::Error::other(RowLimit))?);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, dialect: Dialect) -> Vec<(u64, Vec<String>)> {
        let mut found = Vec::new();
        let mut table = Table::new(Box::new(text.as_bytes()), dialect).unwrap();
        let flow = table.for_each(&mut |record, line| {
            found.push((line, record.cells().map(str::to_owned).collect()));
            ControlFlow::Continue(())
        });
        assert!(flow.unwrap().is_continue());
        found
    }

    #[test]
    fn delimiters_are_detected() {
        for (sample, delimiter) in [
            ("id,name\n1,a\n2,b\n", b','),
            ("id;name;note\n1;a;x, y, z\n2;b;u, v\n", b';'),
            ("id\tname\n1\ta\n", b'\t'),
            ("id|name|x\n1|a|b\n", b'|'),
            ("sep=;\r\nid;a,b\r\n1;2\r\n", b';'),
            ("sep=\t\nid\tname\n", b'\t'),
            ("id\n1\n2\n", b','),
            ("", b','),
            ("id;text\n1;\"a,b\n,,,,c\"\n", b';'),
        ] {
            assert_eq!(detect(sample, false).delimiter, delimiter, "{sample:?}");
        }
    }

    #[test]
    fn a_text_is_cut_before_a_line() {
        for (text, number, expected) in [
            ("a\nb\nc", 1, "a\nb\nc"),
            ("a\r\nb\r\nc", 3, "c"),
            ("é\rb\rc", 2, "b\rc"),
            ("a\n", 4, ""),
        ] {
            assert_eq!(from_line(text, number), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_and_line_ends() {
        let plain = Dialect { delimiter: b';', ..Dialect::default() };
        let text = |parts: &[&str]| parts.iter().map(|&p| p.to_owned()).collect::<Vec<_>>();
        for (input, expected) in [
            ("a;b\r\n1;2\r\n", vec![(1, text(&["a", "b"])), (2, text(&["1", "2"]))]),
            ("a;b\r1;2\r", vec![(1, text(&["a", "b"])), (2, text(&["1", "2"]))]),
            (
                "a;b\n\"x\ny\";\"say \"\"hi\"\"\"\n3;4",
                vec![
                    (1, text(&["a", "b"])),
                    (2, text(&["x\ny", "say \"hi\""])),
                    (4, text(&["3", "4"])),
                ],
            ),
            ("a;b\n\n1;2\n", vec![(1, text(&["a", "b"])), (3, text(&["1", "2"]))]),
            ("a;b\r\n\r\n1;\"2\"\r\n", vec![(1, text(&["a", "b"])), (3, text(&["1", "2"]))]),
            ("a;b\r\"x\ny\";2\r", vec![(1, text(&["a", "b"])), (2, text(&["x\ny", "2"]))]),
        ] {
            let carriage_returns = ends_in_carriage_returns(input);
            let dialect = Dialect { carriage_returns, ..plain };
            assert_eq!(rows(input, dialect), expected, "{input:?}");
        }
        let backslash = Dialect { backslash: true, ..plain };
        assert_eq!(
            rows("\"say \\\"hi\\\"\";b\n", backslash),
            vec![(1, text(&["say \"hi\"", "b"]))]
        );
        let sep = Dialect { sep_line: true, ..plain };
        assert_eq!(rows("sep=;\na;b\n", sep), vec![(2, text(&["a", "b"]))]);
    }

    #[test]
    fn an_unclosed_quote_does_not_fill_the_memory() {
        let dialect = detect("a,b\n", false);
        let endless = Read::chain("a,b\n\"x".as_bytes(), io::repeat(b'y'));
        let mut table = Table::new(Box::new(endless), dialect).unwrap();
        let fault = table.for_each(&mut |_, _| ControlFlow::Continue(()));
        assert!(matches!(fault, Err(TableFault::RowTooLarge(2))), "{fault:?}");
    }
}
