//! Changes to bytes, as random as they are small: what is left is close to something real.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::seed::Seed;

/// Most changes to one input.
const CHANGES_MAX: usize = 8;

/// Longest stretch that is removed or copied.
const STRETCH_BYTES_MAX: usize = 96;

/// Most copies of a stretch that one change makes: 96 KiB of the same.
const COPIES_MAX: usize = 1000;

/// What means something to one of the parsers.
const WORDS: &[&[u8]] = &[
    b",",
    b";",
    b"\t",
    b"|",
    b"\"",
    b"\\\"",
    b"'",
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\x1b",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"\xFE\xFF",
    b"\xE9",
    b"\xC3\xA9",
    b"\xF0\x9F\x92\xA7",
    b"sep=;\n",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"true",
    b"-",
    b"0",
    b"-1",
    b"1e999",
    b"1.23E+15",
    b"99999999999999999999",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"65536",
    b"29/02/2023",
    b"2023-02-30T25:61:61+99:99",
    b"0000-00-00 00:00:00",
    b"9999-12-31T23:59:59Z",
    b"-262144-01-01",
    b"../",
    b"/",
    b"..",
    b"<",
    b">",
    b"</",
    b"&",
    b"&amp;",
    b"&#x110000;",
    b"&#0;",
    b"<li>",
    b"<![CDATA[",
    b"]]>",
    b"<Row ss:Index=\"4294967296\">",
    b"<Cell ss:Index=\"512\">",
    b"<Data ss:Type=\"DateTime\">",
    b"\xC2\xA0",
    b"\xE2\x80\x93",
    b"[09:14]",
    b" (9:14 AM):",
    b"09:14 - ",
    b"Content-Type: multipart/mixed; boundary=\"b\"\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"\r\n--b\r\n",
    b"=?utf-8?q?=C3?=",
    b"data:image/png;base64,",
    b"---",
    b"Reply by ",
];

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    Put { at: Index, bytes: Vec<u8> },
    Set { at: Index, byte: u8 },
    Remove { at: Index, count: usize },
    Copy { from: Index, count: usize, to: Index, times: usize },
    Cut { at: Index },
}

/// One change to one file of an input.
#[derive(Clone, Debug)]
pub struct Change {
    file: Index,
    edit: Edit,
}

/// Some changes to one of so many inputs.
pub fn changes(seeds: usize) -> impl Strategy<Value = (usize, Vec<Change>)> {
    let at = any::<Index>;
    let stretch = 1..=STRETCH_BYTES_MAX;
    let times = prop_oneof![20 => Just(1), 1 => 2..=COPIES_MAX];
    let bytes = prop_oneof![
        6 => select(WORDS).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 1..6),
    ];
    let edit = prop_oneof![
        6 => (at(), bytes).prop_map(|(at, bytes)| Edit::Put { at, bytes }),
        3 => (at(), any::<u8>()).prop_map(|(at, byte)| Edit::Set { at, byte }),
        3 => (at(), stretch.clone()).prop_map(|(at, count)| Edit::Remove { at, count }),
        2 => (at(), stretch, at(), times)
            .prop_map(|(from, count, to, times)| Edit::Copy { from, count, to, times }),
        1 => at().prop_map(|at| Edit::Cut { at }),
    ];
    let change = (at(), edit).prop_map(|(file, edit)| Change { file, edit });
    (0..seeds, proptest::collection::vec(change, 0..=CHANGES_MAX))
}

/// The input after its changes.
pub fn changed(seed: &Seed, changes: &[Change]) -> Seed {
    let mut seed = seed.clone();
    for change in changes {
        let file = change.file.index(seed.files.len());
        change.edit.apply(&mut seed.files[file].bytes);
    }
    seed
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Put { at, bytes: put } => {
                let at = place(at, bytes);
                bytes.splice(at..at, put.iter().copied());
            }
            Self::Set { at, byte } => {
                let at = place(at, bytes);
                if let Some(found) = bytes.get_mut(at) {
                    *found = *byte;
                }
            }
            Self::Remove { at, count } => {
                let at = place(at, bytes);
                let end = bytes.len().min(at + count);
                bytes.drain(at..end);
            }
            Self::Copy { from, count, to, times } => {
                let (from, to) = (place(from, bytes), place(to, bytes));
                let end = bytes.len().min(from + count);
                let copies = bytes[from..end].repeat(*times);
                bytes.splice(to..to, copies);
            }
            Self::Cut { at } => bytes.truncate(place(at, bytes)),
        }
    }
}
