//! The first sheet of a SpreadsheetML 2003 workbook, row by row, read leniently: Hesk writes
//! control characters and unknown entities that no XML may hold.

use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// Longest cell that is kept: Hesk's own columns end at 16 MB.
const CELL_BYTES_MAX: usize = 16 << 20;

/// More columns than any export has.
const COLUMNS_MAX: usize = 512;

/// What a cell is declared to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Text, also nothing.
    #[default]
    Text,
    /// A number.
    Number,
    /// A date and time without a zone.
    DateTime,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it is declared to hold.
    pub kind: CellKind,
    /// Its text.
    pub text: String,
}

/// Takes the number of a row, from 1, and its cells.
pub type EachRow<'a> = dyn FnMut(u64, Vec<Cell>) -> ControlFlow<()> + 'a;

/// Hides bytes that XML forbids: control characters other than tab and line ends.
struct Lenient<R>(R);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let count = self.0.read(buffer)?;
            let mut kept = 0;
            for at in 0..count {
                if buffer[at] >= 0x20 || matches!(buffer[at], b'\t' | b'\n' | b'\r') {
                    buffer[kept] = buffer[at];
                    kept += 1;
                }
            }
            // Nothing but forbidden bytes is not the end.
            if kept > 0 || count == 0 {
                return Ok(kept);
            }
        }
    }
}

/// Walks the rows of the first sheet.
///
/// # Errors
/// What is wrong, in words, if it cannot be read on; the rows before were handed on.
pub fn rows(read: impl Read, each: &mut EachRow<'_>) -> Result<(), String> {
    let decoded = crate::source::bundle::text::decoding(
        crate::source::bundle::text::Encoding::Utf8,
        Box::new(Lenient(read)),
    );
    let mut reader = Reader::from_reader(BufReader::new(decoded));
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let mut walk = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = next(&mut reader, &mut buffer)?;
        match walk.take(event, each)? {
            ControlFlow::Continue(()) => {}
            ControlFlow::Break(()) => return Ok(()),
        }
    }
}

fn next<'b, R: BufRead>(
    reader: &mut Reader<R>,
    buffer: &'b mut Vec<u8>,
) -> Result<Event<'b>, String> {
    reader.read_event_into(buffer).map_err(|error| error.to_string())
}

#[derive(Default)]
struct Walk {
    line: u64,
    row: Vec<Cell>,
    cell: Option<Cell>,
    in_data: bool,
    finished: bool,
}

impl Walk {
    fn take(
        &mut self,
        event: Event<'_>,
        each: &mut EachRow<'_>,
    ) -> Result<ControlFlow<()>, String> {
        match event {
            Event::Start(start) => self.start(&start)?,
            Event::Empty(start) => {
                let word = local(start.name().as_ref());
                self.start(&start)?;
                return Ok(self.end(&word, each));
            }
            Event::Text(text) if self.in_data => self.push(&text.xml10_content())?,
            Event::CData(text) if self.in_data => self.push(&text.xml10_content())?,
            Event::GeneralRef(reference) if self.in_data => {
                let name: &str = &reference;
                let known = resolve_predefined_entity(name).map(str::to_owned);
                let text = known.unwrap_or_else(|| super::text::decode(&format!("&{name};")));
                self.push(&text)?;
            }
            Event::End(end) => {
                let word = local(end.name().as_ref());
                return Ok(self.end(&word, each));
            }
            Event::Eof => return Ok(ControlFlow::Break(())),
            _ => {}
        }
        Ok(if self.finished { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        match local(start.name().as_ref()).as_str() {
            "Row" => {
                self.line += 1;
                if let Some(index) = number(start, "Index") {
                    self.line = self.line.max(index);
                }
                self.row.clear();
            }
            "Cell" => {
                let index = number(start, "Index").and_then(|index| usize::try_from(index).ok());
                let index = index.unwrap_or(0).saturating_sub(1);
                if index > COLUMNS_MAX || self.row.len() > COLUMNS_MAX {
                    return Err(format!("row {} has too many columns", self.line));
                }
                while self.row.len() < index {
                    self.row.push(Cell::default());
                }
                self.cell = Some(Cell::default());
            }
            "Data" => {
                self.in_data = true;
                if let Some(cell) = &mut self.cell {
                    cell.kind = match attribute(start, "Type").as_deref() {
                        Some("Number") => CellKind::Number,
                        Some("DateTime") => CellKind::DateTime,
                        _ => CellKind::Text,
                    };
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, word: &str, each: &mut EachRow<'_>) -> ControlFlow<()> {
        match word {
            "Data" => self.in_data = false,
            "Cell" => self.row.extend(self.cell.take()),
            "Row" => return each(self.line, std::mem::take(&mut self.row)),
            "Worksheet" => self.finished = true,
            _ => {}
        }
        if self.finished { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn push(&mut self, text: &str) -> Result<(), String> {
        let Some(cell) = &mut self.cell else { return Ok(()) };
        if cell.text.len() + text.len() > CELL_BYTES_MAX {
            return Err(format!("a cell of row {} is larger than any of Hesk's", self.line));
        }
        cell.text.push_str(text);
        Ok(())
    }
}

/// A name without its namespace's prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.html_attributes();
    for attribute in attributes.with_checks(false).flatten() {
        if local(attribute.key.as_ref()) == name {
            return Some(attribute.value.to_string());
        }
    }
    None
}

fn number(start: &BytesStart<'_>, name: &str) -> Option<u64> {
    attribute(start, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Vec<String>>, Option<String>) {
        let mut found = Vec::new();
        let error = rows(text.as_bytes(), &mut |_, row| {
            found.push(row.into_iter().map(|cell| cell.text).collect());
            ControlFlow::Continue(())
        });
        (found, error.err())
    }

    #[test]
    fn broken_xml_is_read_all_the_same() {
        let (found, error) = read(
            "<?xml version=\"1.0\"?><Workbook xmlns:ss=\"urn:s\">\
             <Worksheet ss:Name=\"Sheet1\"><Table>\
             <Row><Cell><Data ss:Type=\"String\">N&eacute;e &amp; co &</Data></Cell></Row>\
             <Row><Cell><Data ss:Type=\"Number\">7</Data></Cell><Cell ss:Index=\"3\">\
             <Data ss:Type=\"String\"><![CDATA[a\u{1b}b ]]]]><![CDATA[> c]]></Data></Cell></Row>\
             </Table></Worksheet><Worksheet><Table><Row><Cell><Data>x</Data></Cell></Row></Table>\
             </Worksheet></Workbook>",
        );
        assert_eq!(error, None);
        assert_eq!(found, [vec!["N&eacute;e & co &"], vec!["7", "", "ab ]]> c"]]);
    }

    #[test]
    fn a_cut_file_keeps_the_rows_before_the_cut() {
        let (found, _) = read("<Worksheet><Row><Cell><Data>1</Data></Cell></Row><Row><Cell><Da");
        assert_eq!(found, [["1"]]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            text in "(<|>|/|Row|Cell|Data|&|;|<!\\[CDATA\\[|\\]\\]>|\u{1b}|é| |=|\"|9){0,60}",
        ) {
            read(&text);
        }
    }
}
