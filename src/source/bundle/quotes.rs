//! Quotes of a delimited file that do not close where a cell ends. Readers of CSV take what
//! follows for text, so that whole rows can vanish inside a cell without any other sign.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Read};

use super::table::Dialect;
use crate::source::finding::Code;

/// Faults that are told; the first ones show where to look.
const FAULTS_MAX: usize = 20;

/// A quote that opens a cell and does not close at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteFault {
    /// Line of the opening quote.
    pub opened: u64,
    /// Line of the quote that ended it in the middle of a cell; `None` if the file ended first.
    pub closed: Option<u64>,
    /// Last line inside.
    pub last: u64,
}

impl QuoteFault {
    /// Rows may be lost if lines are inside.
    pub fn code(&self) -> Code {
        if self.closed == Some(self.opened) { Code::QuoteOdd } else { Code::QuoteUnbalanced }
    }
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { opened, last, .. } = *self;
        let inside = last - opened;
        match self.closed {
            None => write!(
                f,
                "The quote opened at line {opened} is open at the end of the file; {inside} lines \
                 after it are inside."
            ),
            Some(closed) if closed > opened => write!(
                f,
                "The quote opened at line {opened} ends in the middle of a cell at line {closed}; \
                 {inside} lines are inside."
            ),
            Some(_) => write!(f, "A quote inside the quoted cell is not doubled."),
        }
    }
}

/// Watches the quotes of a file that somebody else reads.
#[derive(Debug, Default)]
pub struct Quotes {
    faults: RefCell<Vec<QuoteFault>>,
}

impl Quotes {
    /// The same text, watched.
    pub fn watching<'a>(
        &'a self,
        inner: Box<dyn Read + 'a>,
        dialect: Dialect,
    ) -> Box<dyn Read + 'a> {
        let state = State::CellStart;
        Box::new(Watch { inner, dialect, state, line: 1, opened: 1, ended: false, faults: self })
    }

    /// What was found.
    pub fn faults(&self) -> Vec<QuoteFault> {
        self.faults.borrow().clone()
    }

    fn add(&self, fault: QuoteFault) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < FAULTS_MAX {
            faults.push(fault);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A quote would open the cell.
    CellStart,
    /// In a cell without quotes.
    Bare,
    /// Inside quotes.
    Inside,
    /// Inside quotes, after a backslash that escapes.
    Escaped,
    /// After a quote inside quotes: it ends them, or is the first of two.
    Quote,
}

struct Watch<'a> {
    inner: Box<dyn Read + 'a>,
    dialect: Dialect,
    state: State,
    line: u64,
    opened: u64,
    ended: bool,
    faults: &'a Quotes,
}

impl Watch<'_> {
    fn look(&mut self, mut bytes: &[u8]) {
        while let Some((&byte, rest)) = bytes.split_first() {
            // Most bytes are plain text, which changes nothing.
            let plain = match self.state {
                State::Bare => bytes.iter().position(|&byte| self.ends_cell(byte)),
                State::Inside => bytes.iter().position(|&byte| {
                    byte == b'"'
                        || byte == self.line_end()
                        || (byte == b'\\' && self.dialect.backslash)
                }),
                _ => Some(0),
            };
            match plain {
                None => return,
                Some(0) => {
                    self.state = self.after(byte);
                    self.line += u64::from(byte == self.line_end());
                    bytes = rest;
                }
                Some(count) => bytes = &bytes[count..],
            }
        }
    }

    fn line_end(&self) -> u8 {
        if self.dialect.carriage_returns { b'\r' } else { b'\n' }
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.dialect.delimiter || matches!(byte, b'\n' | b'\r')
    }

    fn after(&mut self, byte: u8) -> State {
        match (self.state, byte) {
            (State::CellStart, b'"') => {
                self.opened = self.line;
                State::Inside
            }
            (State::CellStart | State::Bare, _) if self.ends_cell(byte) => State::CellStart,
            (State::CellStart | State::Bare, _) => State::Bare,
            (State::Escaped, _) => State::Inside,
            (State::Inside, b'\\') if self.dialect.backslash => State::Escaped,
            (State::Inside, b'"') => State::Quote,
            (State::Inside, _) => State::Inside,
            (State::Quote, b'"') => State::Inside,
            (State::Quote, _) if self.ends_cell(byte) => State::CellStart,
            (State::Quote, _) => {
                let (opened, line) = (self.opened, self.line);
                self.faults.add(QuoteFault { opened, closed: Some(line), last: line });
                State::Bare
            }
        }
    }

    fn end(&mut self) {
        if !self.ended && matches!(self.state, State::Inside | State::Escaped) {
            let (opened, line) = (self.opened, self.line);
            self.faults.add(QuoteFault { opened, closed: None, last: line.max(opened) });
        }
        self.ended = true;
    }
}

impl Read for Watch<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            self.end();
        }
        self.look(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, backslash: bool) -> Vec<QuoteFault> {
        let dialect = Dialect { delimiter: b';', backslash, ..Dialect::default() };
        let quotes = Quotes::default();
        let mut read = String::new();
        quotes.watching(Box::new(text.as_bytes()), dialect).read_to_string(&mut read).unwrap();
        assert_eq!(read, text);
        quotes.faults()
    }

    #[test]
    fn quotes_that_close_are_no_fault() {
        for text in
            ["id;text\n1;\"a; \"\"b\"\"\nc\"\n2;\"\"\r\n3;5\" pipe; \"x\"\n", "id;\"text\"", ""]
        {
            assert_eq!(faults(text, false), [], "{text}");
        }
        assert_eq!(faults("1;\"a \\\" b\nc\"\n", true), []);
    }

    #[test]
    fn quotes_that_do_not_close_are_told_with_their_lines() {
        let open = faults("id;text\n1;\"open\n2;b\n3;c\n", false);
        assert_eq!(open, [QuoteFault { opened: 2, closed: None, last: 5 }]);
        assert_eq!(open[0].code(), Code::QuoteUnbalanced);
        // The next quoted cell ends the quote: the row looks whole.
        let swallowed = faults("id;text\n1;\"open\n2;b\n3;\"c\"\n4;d\n", false);
        assert_eq!(swallowed, [QuoteFault { opened: 2, closed: Some(4), last: 4 }]);
        assert!(swallowed[0].to_string().contains("2 lines are inside"), "{}", swallowed[0]);
        let odd = faults("1;\"say \"hi\" to\"\n", false);
        assert_eq!(odd, [QuoteFault { opened: 1, closed: Some(1), last: 1 }]);
        assert_eq!(odd[0].code(), Code::QuoteOdd);
    }
}
