//! The text of a file as every reader gets it: UTF-8, streamed, without what no text may hold.
//! What was mended on the way is counted, with its lines.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder};

pub use super::encoding::{Encoding, Probe};

/// Bytes decoded at once; large enough that the call costs nothing.
const CHUNK_BYTES: usize = 64 * 1024;

/// Lines kept as examples.
const LINES_MAX: usize = 5;

/// What was mended in a text.
#[derive(Debug, Default)]
pub struct Mended {
    controls: RefCell<Places>,
    halves: RefCell<Places>,
}

/// How often, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// How often.
    pub count: u64,
    /// The first few lines.
    pub lines: Vec<u64>,
}

impl Places {
    fn at(&mut self, line: u64) {
        self.count += 1;
        if self.lines.len() < LINES_MAX && self.lines.last() != Some(&line) {
            self.lines.push(line);
        }
    }
}

impl Mended {
    /// Control characters that were taken out.
    pub fn controls(&self) -> Places {
        self.controls.borrow().clone()
    }

    /// Halves of characters, written as escapes of JSON, that were replaced.
    pub fn halves(&self) -> Places {
        self.halves.borrow().clone()
    }
}

/// The text of `inner` as UTF-8 without a byte order mark and control characters.
pub fn decoding<'a>(encoding: Encoding, inner: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    Box::new(Decoding::new(encoding, inner, Mender::default()))
}

/// The same; what was mended is counted.
pub fn mending<'a>(
    encoding: Encoding,
    inner: Box<dyn Read + 'a>,
    mended: &'a Mended,
) -> Box<dyn Read + 'a> {
    Box::new(Decoding::new(encoding, inner, Mender { mended: Some(mended), ..Mender::default() }))
}

/// The same, of JSON, whose escapes are mended as well.
pub fn mending_json<'a>(
    encoding: Encoding,
    inner: Box<dyn Read + 'a>,
    mended: &'a Mended,
) -> Box<dyn Read + 'a> {
    let mender = Mender { mended: Some(mended), json: true, ..Mender::default() };
    Box::new(Decoding::new(encoding, inner, mender))
}

/// A cell without control characters.
pub fn mend<'t>(text: &'t str, line: u64, mended: &Mended) -> Cow<'t, str> {
    if !holds_controls(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut before = ' ';
    let kept = |c| kept(c, &mut before, || mended.controls.borrow_mut().at(line));
    Cow::Owned(text.chars().filter_map(kept).collect())
}

/// True if there may be a control character other than tab and line ends.
fn holds_controls(bytes: &[u8]) -> bool {
    bytes.iter().any(|&byte| {
        (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || matches!(byte, 0x7F | 0xC2)
    })
}

/// What stands for a character: itself, a space, or nothing.
fn kept(c: char, before: &mut char, mut note: impl FnMut()) -> Option<char> {
    let last = std::mem::replace(before, c);
    if !c.is_control() || matches!(c, '\t' | '\n' | '\r') {
        return Some(c);
    }
    // Half of a letter that was encoded twice; that is told by a finding of its own.
    let twice = c > '\u{7F}' && matches!(last, '\u{80}'..='\u{9F}' | 'Â'..='ô');
    if twice {
        return Some(c);
    }
    note();
    // Line ends of other systems: words must not grow together.
    matches!(c, '\u{B}' | '\u{C}' | '\u{85}').then_some(' ')
}

/// Takes out of a stream of text what no text may hold.
struct Mender<'a> {
    mended: Option<&'a Mended>,
    json: bool,
    line: u64,
    before: char,
    escape_line: u64,
    /// The beginning of an escape at the end of the chunk before.
    carry: Vec<u8>,
}

impl Default for Mender<'_> {
    fn default() -> Self {
        let (line, escape_line) = (1, 1);
        Self { mended: None, json: false, line, before: ' ', escape_line, carry: Vec::new() }
    }
}

impl Mender<'_> {
    fn control(&self, line: u64) {
        if let Some(mended) = self.mended {
            mended.controls.borrow_mut().at(line);
        }
    }

    fn half(&self, line: u64) {
        if let Some(mended) = self.mended {
            mended.halves.borrow_mut().at(line);
        }
    }

    /// `chunk` is UTF-8 that ends between two characters.
    fn chunk(&mut self, chunk: &mut Vec<u8>, last: bool) {
        if holds_controls(chunk) {
            self.controls(chunk);
        } else {
            self.line += line_ends(chunk);
            self.before = last_char(chunk).unwrap_or(self.before);
        }
        if self.json {
            self.escapes(chunk, last);
        }
    }

    fn controls(&mut self, chunk: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(chunk);
        let mut clean = String::with_capacity(text.len());
        let (mut before, mut line) = (self.before, self.line);
        for c in text.chars() {
            line += u64::from(c == '\n');
            clean.extend(kept(c, &mut before, || self.control(line)));
        }
        (self.before, self.line) = (before, line);
        *chunk = clean.into_bytes();
    }

    /// Escapes of control characters and of half characters.
    fn escapes(&mut self, chunk: &mut Vec<u8>, last: bool) {
        if self.carry.is_empty() && !chunk.contains(&b'\\') {
            self.escape_line += line_ends(chunk);
            return;
        }
        let mut data = std::mem::take(&mut self.carry);
        data.append(chunk);
        let mut rest = data.as_slice();
        while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
            let (plain, escape) = rest.split_at(at);
            self.escape_line += line_ends(plain);
            chunk.extend_from_slice(plain);
            let Some((length, stands)) = escaped(escape, last) else {
                self.carry.extend_from_slice(escape);
                return;
            };
            let (written, after) = escape.split_at(length.min(escape.len()));
            match stands {
                Stands::AsWritten => chunk.extend_from_slice(written),
                Stands::Nothing => self.control(self.escape_line),
                Stands::Space => {
                    self.control(self.escape_line);
                    chunk.push(b' ');
                }
                Stands::Replaced => {
                    self.half(self.escape_line);
                    chunk.extend_from_slice("\u{FFFD}".as_bytes());
                }
            }
            rest = after;
        }
        self.escape_line += line_ends(rest);
        chunk.extend_from_slice(rest);
    }
}

/// The last character of UTF-8.
fn last_char(text: &[u8]) -> Option<char> {
    let start = text.iter().rposition(|&byte| byte & 0xC0 != 0x80)?;
    std::str::from_utf8(text.get(start..)?).ok()?.chars().next()
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// What becomes of an escape.
enum Stands {
    AsWritten,
    Nothing,
    Space,
    Replaced,
}

/// The escape that `text` begins with: its length, and what stands for it. `None` if its end is
/// still to come.
fn escaped(text: &[u8], last: bool) -> Option<(usize, Stands)> {
    let whole = |stands| Some((2, stands));
    match text.get(1) {
        None if last => return Some((1, Stands::AsWritten)),
        None => return None,
        Some(b'b') => return whole(Stands::Nothing),
        Some(b'f') => return whole(Stands::Space),
        Some(b'u') => {}
        Some(_) => return whole(Stands::AsWritten),
    }
    if text.len() < 6 && !last {
        return None;
    }
    let Some(unit) = unit(text) else { return whole(Stands::AsWritten) };
    match unit {
        0xD800..=0xDBFF => {
            let after = text.get(6..).unwrap_or_default();
            if after.len() < 6 && !last && (after.is_empty() || after[0] == b'\\') {
                return None;
            }
            let low = self::unit(after).is_some_and(|unit| (0xDC00..=0xDFFF).contains(&unit));
            Some(if low { (12, Stands::AsWritten) } else { (6, Stands::Replaced) })
        }
        0xDC00..=0xDFFF => Some((6, Stands::Replaced)),
        0x09 | 0x0A | 0x0D => Some((6, Stands::AsWritten)),
        0x0B | 0x0C | 0x85 => Some((6, Stands::Space)),
        0x00..=0x1F | 0x7F => Some((6, Stands::Nothing)),
        _ => Some((6, Stands::AsWritten)),
    }
}

/// The unit of `\uXXXX`.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u32::from_str_radix(digits, 16).ok()
}

struct Decoding<'a> {
    inner: Box<dyn Read + 'a>,
    decoder: Decoder,
    mender: Mender<'a>,
    input: Vec<u8>,
    filled: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<'a> Decoding<'a> {
    fn new(encoding: Encoding, inner: Box<dyn Read + 'a>, mender: Mender<'a>) -> Self {
        let decoder = match encoding {
            Encoding::Windows1252 | Encoding::Legacy(_) => {
                encoding.known().new_decoder_without_bom_handling()
            }
            _ => encoding.known().new_decoder_with_bom_removal(),
        };
        Self {
            inner,
            decoder,
            mender,
            input: vec![0; CHUNK_BYTES],
            filled: 0..0,
            output: Vec::with_capacity(CHUNK_BYTES * 3),
            given: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.filled.is_empty() {
            let count = self.inner.read(&mut self.input)?;
            self.filled = 0..count;
            self.ended = count == 0;
        }
        self.output.resize(CHUNK_BYTES * 3 + 16, 0);
        let (result, read, written, _) = self.decoder.decode_to_utf8(
            &self.input[self.filled.clone()],
            &mut self.output,
            self.ended,
        );
        debug_assert!(result == CoderResult::InputEmpty || written > 0);
        self.filled.start += read;
        self.output.truncate(written);
        self.mender.chunk(&mut self.output, self.ended);
        self.given = 0;
        Ok(())
    }
}

impl Read for Decoding<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = buffer.len().min(self.output.len() - self.given);
        buffer[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// True if the text was probably converted to UTF-8 twice (`Ã©`, `â€™`).
pub fn is_double_encoded(text: &str) -> bool {
    // A search for one character is far faster than the loop, and nearly always enough.
    if text.is_ascii() || !(text.contains('Ã') || text.contains('Â') || text.contains("â€")) {
        return false;
    }
    let mut before = ' ';
    for c in text.chars() {
        let continued = ('\u{80}'..='\u{BF}').contains(&c);
        if (matches!(before, 'Ã' | 'Â') && continued) || (before == 'â' && c == '€') {
            return true;
        }
        before = c;
    }
    false
}

/// True if transfer encoding of mails was left in the text.
pub fn has_quoted_printable(text: &str) -> bool {
    text.contains("=3D") || text.contains("=C3=") || text.contains("=E2=80=")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn text(encoding: Encoding, bytes: &[u8]) -> String {
        let mut texts: Vec<String> = Vec::new();
        for piece in [1, 2, 3, 5, 1000] {
            let mut text = String::new();
            decoding(encoding, Box::new(Slow(bytes, piece))).read_to_string(&mut text).unwrap();
            texts.push(text);
        }
        assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        texts.swap_remove(0)
    }

    #[test]
    fn texts_are_decoded() {
        let utf16: Vec<u8> = "\u{FEFF}5 €, 💶".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (encoding, bytes, expected) in [
            (Encoding::Utf8, "\u{FEFF}5 €".as_bytes().to_vec(), "5 €"),
            (Encoding::Utf16Le, utf16, "5 €, 💶"),
            (Encoding::Windows1252, b"5 \x80, perch\xE9".to_vec(), "5 €, perché"),
            (Encoding::Utf8, b"gr\xC3\xBC\xC3 5 \xE2\x82".to_vec(), "grü\u{FFFD} 5 \u{FFFD}"),
            (Encoding::named("gb2312").unwrap(), b"\xC4\xE3\xBA\xC3".to_vec(), "你好"),
            (Encoding::named("iso-2022-jp").unwrap(), b"\x1B$B$3\x1B(B.".to_vec(), "こ."),
        ] {
            assert_eq!(text(encoding, &bytes), expected);
        }
    }

    #[test]
    fn control_characters_go_with_their_lines() {
        let mended = Mended::default();
        let bytes = "id\tx\r\na\0b\u{1}\nc\u{B}d\u{7F}\u{9D}e §\u{A0}".as_bytes();
        let mut text = String::new();
        mending(Encoding::Utf8, Box::new(Slow(bytes, 2)), &mended)
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "id\tx\r\nab\nc de §\u{A0}");
        assert_eq!(mended.controls(), Places { count: 5, lines: vec![2, 3] });
        assert_eq!(mend("a\u{2}b", 7, &mended), "ab");
        assert_eq!(mended.controls().lines, [2, 3, 7]);
        // What was encoded twice is not made worse.
        assert_eq!(super::tests::text(Encoding::Utf8, "Ã\u{9F}".as_bytes()), "Ã\u{9F}");
    }

    #[test]
    fn escapes_of_json_are_mended() {
        for (json, expected, [controls, halves]) in [
            (r#"["a\ud83d"]"#, "[\"a\u{FFFD}\"]", [0, 1]),
            (r#"["\ud83d\ude00 \uDE00x"]"#, "[\"\\ud83d\\ude00 \u{FFFD}x\"]", [0, 1]),
            (r#"["\ud83d\n\ud83d"]"#, "[\"\u{FFFD}\\n\u{FFFD}\"]", [0, 2]),
            (r#"["a\u0000b\u0007\b\f"]"#, r#"["ab "]"#, [4, 0]),
            (r#"["\\u0000 \\\u0001 \u00e9\n"]"#, r#"["\\u0000 \\ \u00e9\n"]"#, [1, 0]),
            (r#"["\u12"#, r#"["\u12"#, [0, 0]),
            (r#"["\"#, r#"["\"#, [0, 0]),
        ] {
            for piece in [1, 2, 3, 4, 5, 6, 7, 1000] {
                let mended = Mended::default();
                let mut text = String::new();
                mending_json(Encoding::Utf8, Box::new(Slow(json.as_bytes(), piece)), &mended)
                    .read_to_string(&mut text)
                    .unwrap();
                assert_eq!(text, expected, "{json} by {piece}");
                let counts = [mended.controls().count, mended.halves().count];
                assert_eq!(counts, [controls, halves], "{json} by {piece}");
            }
        }
    }

    #[test]
    fn double_encoding_is_seen() {
        for (text, seen) in [
            ("perchÃ©", true),
            ("itâ€™s", true),
            ("Â§ 5", true),
            ("perché", false),
            ("São Ângela", false),
            ("plain", false),
            ("Ã la carte", false),
        ] {
            assert_eq!(is_double_encoded(text), seen, "{text}");
        }
    }
}
