//! Encodings: which one a file has, and its text as UTF-8, streamed.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a text file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first, with a byte order mark.
    Utf16Le,
    /// UTF-16, high byte first, with a byte order mark.
    Utf16Be,
    /// No byte order mark and not UTF-8: Windows-1252, the superset of Latin-1.
    Windows1252,
}

impl Encoding {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Looks at all bytes of a file to find its encoding.
#[derive(Debug)]
pub struct Probe {
    head: Vec<u8>,
    tail: Vec<u8>,
    valid_utf8: bool,
    backslashes: bool,
}

impl Default for Probe {
    fn default() -> Self {
        let (head, tail) = (Vec::new(), Vec::new());
        Self { head, tail, valid_utf8: true, backslashes: false }
    }
}

impl Probe {
    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.head.len() < 3 {
            let missing = 3 - self.head.len();
            self.head.extend(bytes.iter().take(missing));
        }
        self.backslashes = self.backslashes || bytes.contains(&b'\\');
        if !self.valid_utf8 {
            return;
        }
        if self.tail.is_empty() {
            self.check(bytes);
        } else {
            let mut joined = std::mem::take(&mut self.tail);
            joined.extend_from_slice(bytes);
            self.check(&joined);
        }
    }

    fn check(&mut self, bytes: &[u8]) {
        if let Err(error) = std::str::from_utf8(bytes) {
            match error.error_len() {
                Some(_) => self.valid_utf8 = false,
                None => self.tail.extend_from_slice(&bytes[error.valid_up_to()..]),
            }
        }
    }

    /// The encoding, after the last bytes.
    pub fn encoding(&self) -> Encoding {
        match self.head.as_slice() {
            [0xFF, 0xFE, ..] => Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => Encoding::Utf16Be,
            _ if self.valid_utf8 && self.tail.is_empty() => Encoding::Utf8,
            _ => Encoding::Windows1252,
        }
    }

    /// Whether there is any backslash, by which some exporters escape quotes.
    pub fn has_backslashes(&self) -> bool {
        self.backslashes
    }
}

/// Bytes decoded at once; large enough that the call costs nothing.
const CHUNK_BYTES: usize = 64 * 1024;

/// The text of `inner` as UTF-8 without a byte order mark.
pub fn decoding<'a>(encoding: Encoding, inner: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    let decoder = match encoding {
        Encoding::Utf8 => return Box::new(SkipMark { inner, started: false }),
        Encoding::Utf16Le => UTF_16LE.new_decoder_with_bom_removal(),
        Encoding::Utf16Be => UTF_16BE.new_decoder_with_bom_removal(),
        Encoding::Windows1252 => WINDOWS_1252.new_decoder_without_bom_handling(),
    };
    Box::new(Decoding {
        inner,
        decoder,
        input: vec![0; CHUNK_BYTES],
        filled: 0..0,
        output: Vec::with_capacity(CHUNK_BYTES * 3),
        given: 0,
        ended: false,
    })
}

/// Drops a UTF-8 byte order mark.
struct SkipMark<'a> {
    inner: Box<dyn Read + 'a>,
    started: bool,
}

impl Read for SkipMark<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.started || buffer.is_empty() {
            return self.inner.read(buffer);
        }
        self.started = true;
        let mut head = Vec::with_capacity(3);
        self.inner.by_ref().take(3).read_to_end(&mut head)?;
        let rest = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head).to_vec();
        let inner = std::mem::replace(&mut self.inner, Box::new(io::empty()));
        self.inner = Box::new(io::Cursor::new(rest).chain(inner));
        self.inner.read(buffer)
    }
}

struct Decoding<'a> {
    inner: Box<dyn Read + 'a>,
    decoder: Decoder,
    input: Vec<u8>,
    filled: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl Decoding<'_> {
    fn refill(&mut self) -> io::Result<()> {
        if self.filled.is_empty() {
            let count = self.inner.read(&mut self.input)?;
            self.filled = 0..count;
            self.ended = count == 0;
        }
        self.output.resize(CHUNK_BYTES * 3, 0);
        let (result, read, written, _) = self.decoder.decode_to_utf8(
            &self.input[self.filled.clone()],
            &mut self.output,
            self.ended,
        );
        debug_assert!(result == CoderResult::InputEmpty || written > 0);
        self.filled.start += read;
        self.output.truncate(written);
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

    fn decoded(bytes: &[u8], piece: usize) -> (Encoding, String) {
        let mut probe = Probe::default();
        bytes.chunks(piece).for_each(|part| probe.feed(part));
        let encoding = probe.encoding();
        let mut text = String::new();
        decoding(encoding, Box::new(bytes)).read_to_string(&mut text).unwrap();
        (encoding, text)
    }

    #[test]
    fn encodings_are_told_apart_and_read() {
        let utf16 = |little: bool| -> Vec<u8> {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            "\u{FEFF}prezzo: 5 €, 💶".encode_utf16().flat_map(bytes).collect()
        };
        let text = "prezzo: 5 €, 💶";
        for (bytes, encoding, expected) in [
            (text.as_bytes().to_vec(), Encoding::Utf8, text),
            (format!("\u{FEFF}{text}").into_bytes(), Encoding::Utf8, text),
            (utf16(true), Encoding::Utf16Le, text),
            (utf16(false), Encoding::Utf16Be, text),
            (b"prezzo: 5 \x80, perch\xE9".to_vec(), Encoding::Windows1252, "prezzo: 5 €, perché"),
            (b"cut \xE2\x82".to_vec(), Encoding::Windows1252, "cut â‚"),
            (Vec::new(), Encoding::Utf8, ""),
        ] {
            for piece in [1, 2, 3, 1000] {
                assert_eq!(decoded(&bytes, piece), (encoding, expected.to_owned()));
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
