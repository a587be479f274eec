//! Which encoding a file has. All its bytes are looked at: one damaged character must not change
//! how the others are read.

use std::io::{self, Read};

use encoding_rs::{ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How a text file is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, the superset of Latin-1.
    Windows1252,
    /// Another encoding from before Unicode, told by how often its letters are met.
    Legacy(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// Its name for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
            Self::Legacy(encoding) => encoding.name(),
        }
    }

    /// True if nothing in the file proves it.
    pub fn is_guess(self) -> bool {
        matches!(self, Self::Windows1252 | Self::Legacy(_))
    }

    /// By a name of the WHATWG's list (`shift_jis`, `gb2312`, `latin1`).
    pub fn named(name: &str) -> Option<Self> {
        let known = encoding_rs::Encoding::for_label(name.as_bytes())?;
        Some(match known {
            known if known == UTF_8 => Self::Utf8,
            known if known == UTF_16LE => Self::Utf16Le,
            known if known == UTF_16BE => Self::Utf16Be,
            known if known == WINDOWS_1252 => Self::Windows1252,
            known => Self::Legacy(known),
        })
    }

    /// The encoding of bytes that are all there.
    pub fn of(bytes: &[u8]) -> Self {
        let mut probe = Probe::default();
        probe.feed(bytes);
        match probe.encoding() {
            Some(encoding) => encoding,
            // Bytes in memory can always be read.
            None => guess(&mut { bytes }).unwrap_or(Self::Windows1252),
        }
    }

    pub(super) fn known(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
            Self::Legacy(encoding) => encoding,
        }
    }
}

/// Bytes in which the halves of UTF-16 are looked for.
const PAIRS_BYTES: u64 = 64 * 1024;

/// Fewer zero bytes than this say nothing: they may be stray ones.
const ZEROS_MIN: u64 = 4;

/// A file with so many faults is no text of the encoding; the rest of it need not be looked at.
const FAULTS_MAX: u64 = 10_000;

/// Looks at all bytes of a file to find its encoding.
#[derive(Debug, Default)]
pub struct Probe {
    head: Vec<u8>,
    tail: Vec<u8>,
    seen: u64,
    /// Zero bytes at even and at odd places of the beginning.
    zeros: [u64; 2],
    /// Characters of several bytes that are whole.
    whole: u64,
    /// Places that are no UTF-8.
    faults: u64,
    /// Those of them that are the beginning of a character.
    cut: u64,
    escapes: bool,
    backslashes: bool,
}

impl Probe {
    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.head.len() < 3 {
            let missing = 3 - self.head.len();
            self.head.extend(bytes.iter().take(missing));
        }
        self.backslashes = self.backslashes || bytes.contains(&b'\\');
        self.escapes = self.escapes || bytes.contains(&0x1B);
        let left = PAIRS_BYTES.saturating_sub(self.seen);
        for (place, byte) in (self.seen..).zip(bytes).take(left as usize) {
            self.zeros[(place % 2) as usize] += u64::from(*byte == 0);
        }
        self.seen += bytes.len() as u64;
        if self.faults > FAULTS_MAX && self.faults > self.whole {
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

    fn check(&mut self, mut bytes: &[u8]) {
        loop {
            let (valid, fault) = match std::str::from_utf8(bytes) {
                Ok(_) => (bytes.len(), None),
                Err(error) => (error.valid_up_to(), Some(error.error_len())),
            };
            let (good, rest) = bytes.split_at(valid);
            self.whole += good.iter().filter(|&&byte| byte >= 0xC0).count() as u64;
            match fault {
                None => return,
                Some(None) => {
                    self.tail.extend_from_slice(rest);
                    return;
                }
                Some(Some(length)) => {
                    self.faults += 1;
                    self.cut += u64::from(length > 1);
                    bytes = rest.get(length..).unwrap_or_default();
                }
            }
        }
    }

    /// The encoding, after the last bytes; `None` if only [`guess`] can tell.
    pub fn encoding(&self) -> Option<Encoding> {
        match self.head.as_slice() {
            [0xEF, 0xBB, 0xBF] => return Some(Encoding::Utf8),
            [0xFF, 0xFE, ..] => return Some(Encoding::Utf16Le),
            [0xFE, 0xFF, ..] => return Some(Encoding::Utf16Be),
            _ => {}
        }
        // Delimiters, digits and line ends have one zero byte in UTF-16, always on the same side.
        let pairs = self.seen.min(PAIRS_BYTES) / 2;
        let [even, odd] = self.zeros;
        let many = |zeros: u64| zeros >= ZEROS_MIN && zeros * 10 >= pairs;
        if many(odd) && even * 20 <= odd {
            return Some(Encoding::Utf16Le);
        }
        if many(even) && odd * 20 <= even {
            return Some(Encoding::Utf16Be);
        }
        let at_end = u64::from(!self.tail.is_empty());
        let faults = self.faults + at_end;
        let cut = self.cut + u64::from(self.tail.len() > 1);
        if faults == 0 {
            // Japanese mail has seven bits only and switches its letters by escapes.
            return (!(self.escapes && self.whole == 0)).then_some(Encoding::Utf8);
        }
        // Text of another encoding hardly ever happens to be UTF-8: some characters that are
        // whole, or faults that are all characters cut in two, tell.
        (self.whole >= faults || cut == faults).then_some(Encoding::Utf8)
    }

    /// Whether there is any backslash, by which some exporters escape quotes.
    pub fn has_backslashes(&self) -> bool {
        self.backslashes
    }
}

/// Enough text to tell letters by how often they are met.
const GUESS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Marks by which ISO-2022-JP switches to its letters.
const JAPANESE: [&[u8]; 3] = [b"\x1B$B", b"\x1B$@", b"\x1B(J"];

/// The most probable encoding of a file that is neither UTF-8 nor UTF-16.
///
/// # Errors
/// If it cannot be read.
pub fn guess(file: &mut dyn Read) -> io::Result<Encoding> {
    let mut file = file.take(GUESS_BYTES_MAX);
    let mut detector = chardetng::EncodingDetector::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut before: Vec<u8> = Vec::new();
    let (mut japanese, mut ascii) = (false, true);
    loop {
        let count = file.read(&mut buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        detector.feed(bytes, count == 0);
        if count == 0 {
            break;
        }
        ascii = ascii && bytes.is_ascii();
        before.extend_from_slice(bytes);
        japanese = japanese || before.windows(3).any(|three| JAPANESE.contains(&three));
        before.drain(..before.len().saturating_sub(2));
    }
    if ascii {
        return Ok(if japanese { Encoding::Legacy(ISO_2022_JP) } else { Encoding::Utf8 });
    }
    let known = detector.guess(None, false);
    Ok(if known == WINDOWS_1252 { Encoding::Windows1252 } else { Encoding::Legacy(known) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], piece: usize) -> Option<Encoding> {
        let mut probe = Probe::default();
        bytes.chunks(piece).for_each(|part| probe.feed(part));
        probe.encoding()
    }

    #[test]
    fn encodings_are_told_apart() {
        let utf16 = |text: &str, little: bool| -> Vec<u8> {
            let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let text = "id;prezzo\n1;5 €, 💶\n";
        let cut = ["Müller;größer\n".as_bytes(), b"K\xC3;x\n5 \xE2\x82"].concat();
        for (bytes, expected) in [
            (text.as_bytes().to_vec(), Some(Encoding::Utf8)),
            (format!("\u{FEFF}{text}").into_bytes(), Some(Encoding::Utf8)),
            (utf16(&format!("\u{FEFF}{text}"), true), Some(Encoding::Utf16Le)),
            (utf16(&format!("\u{FEFF}{text}"), false), Some(Encoding::Utf16Be)),
            (utf16(text, true), Some(Encoding::Utf16Le)),
            (utf16(text, false), Some(Encoding::Utf16Be)),
            (cut, Some(Encoding::Utf8)),
            (b"cut \xE2\x82".to_vec(), Some(Encoding::Utf8)),
            (b"id;text\n1;a\0b\n2;c\0\n".to_vec(), Some(Encoding::Utf8)),
            (b"prezzo: 5 \x80, perch\xE9".to_vec(), None),
            (Vec::new(), Some(Encoding::Utf8)),
        ] {
            for piece in [1, 2, 3, 1000] {
                assert_eq!(of(&bytes, piece), expected, "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn legacy_encodings_are_told_by_their_letters() {
        for (name, text) in [
            ("windows-1252", "Prezzo già pagato: perché non è arrivato? Così è più caro."),
            ("windows-1251", "Здравствуйте, принтер не работает со вторника, помогите."),
            ("shift_jis", "プリンターが動きません。昨日から印刷できないので、確認をお願いします。"),
            ("iso-2022-jp", "プリンターが動きません。確認をお願いします。"),
            (
                "euc-kr",
                "프린터가 작동하지 않습니다. 어제부터 인쇄가 되지 않으니 확인 부탁드립니다.",
            ),
            ("gbk", "打印机从昨天开始无法工作，请您帮助我们检查一下，谢谢。"),
            ("big5", "印表機從昨天開始無法列印，請您協助我們檢查一下，謝謝。"),
        ] {
            let known = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            let (bytes, _, lost) = known.encode(text);
            assert!(!lost, "{name}");
            let found = Encoding::of(&bytes);
            assert_eq!(Some(found), Encoding::named(name), "{name}");
            assert!(found.is_guess(), "{name}");
        }
    }
}
