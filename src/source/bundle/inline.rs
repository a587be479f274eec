//! Files that stand inside records: documents embedded in JSON, data URIs in bodies.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// How an embedded document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Two hexadecimal digits a byte.
    Hex,
    /// Base64, with or without padding.
    Base64,
}

/// Names under which embedded documents stand, with their coding.
pub type ContentKeys = &'static [(&'static str, Coding)];

/// Exporters differ in padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Takes the bytes of one inline file with their SHA-256.
pub type Keep<'a> = dyn FnMut([u8; 32], &[u8]) + 'a;

/// Replaces the content of every embedded document by its SHA-256, size and type, so that the
/// record stays small. Content that cannot be decoded stays as it is.
pub fn replace_contents(value: &mut Value, keys: ContentKeys, keep: &mut Option<&mut Keep<'_>>) {
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(|value| replace_contents(value, keys, keep));
        }
        Value::Object(map) => {
            for &(key, coding) in keys {
                replace_content(map, key, coding, keep);
            }
            map.values_mut().for_each(|value| replace_contents(value, keys, keep));
        }
        _ => {}
    }
}

fn replace_content(
    map: &mut Map<String, Value>,
    key: &str,
    coding: Coding,
    keep: &mut Option<&mut Keep<'_>>,
) {
    let Some(text) = map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
        return;
    };
    let Some(bytes) = decode(text, coding) else { return };
    map.remove(key);
    let file = InlineFile::of(&bytes);
    map.insert("content_sha256".to_owned(), json!(file.sha256_hex()));
    map.insert("content_size_bytes".to_owned(), json!(file.size_bytes));
    map.insert("content_type_found".to_owned(), json!(file.content_type));
    if let Some(keep) = keep {
        keep(file.sha256, &bytes);
    }
}

fn decode(text: &str, coding: Coding) -> Option<Vec<u8>> {
    let text = text.trim();
    if coding == Coding::Base64 {
        if text.contains(char::is_whitespace) {
            let joined: String = text.split_whitespace().collect();
            return BASE64.decode(joined).ok();
        }
        return BASE64.decode(text).ok();
    }
    let text = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// What is known of the bytes of an inline file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineFile {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// Bytes.
    pub size_bytes: u64,
    /// Content type by magic bytes.
    pub content_type: Option<&'static str>,
}

impl InlineFile {
    /// From the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: Sha256::digest(bytes).into(),
            size_bytes: bytes.len() as u64,
            content_type: infer::get(bytes).map(|kind| kind.mime_type()),
        }
    }

    /// SHA-256 in hexadecimal.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

/// A data URI in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataUri<'a> {
    /// The whole URI as written.
    pub text: &'a str,
    /// Declared content type.
    pub content_type: &'a str,
    /// Base64 text.
    data: &'a str,
}

impl DataUri<'_> {
    /// Its bytes; `None` if they are damaged.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        decode(self.data, Coding::Base64)
    }
}

/// The base64 data URIs of a body, in order. They are counted from 1 in keys of attachments.
pub fn data_uris(body: &str) -> Vec<DataUri<'_>> {
    const MARK: &str = ";base64,";
    /// No content type with its parameters is longer.
    const TYPE_BYTES_MAX: usize = 200;
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = body[from..].find("data:").map(|at| from + at) {
        let head = start + "data:".len();
        from = head;
        let end = body[head..].find(['"', '\'', ')', '<', '>', ',']);
        let Some(comma) = end.map(|at| head + at).filter(|&at| body.as_bytes()[at] == b',') else {
            continue;
        };
        let Some(kind) = body[head..=comma].strip_suffix(MARK) else { continue };
        if kind.len() > TYPE_BYTES_MAX {
            continue;
        }
        let data = &body[comma + 1..];
        let length = data
            .find(|c: char| {
                !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\r' | '\n'))
            })
            .unwrap_or(data.len());
        let data = data[..length].trim_end();
        if !data.is_empty() {
            let content_type = kind.split(';').next().unwrap_or(kind);
            let text = &body[start..comma + 1 + data.len()];
            found.push(DataUri { text, content_type, data });
        }
        from = comma + 1 + length;
    }
    found
}

/// The bytes of inline files, laid out once in an unnamed temporary file.
#[derive(Debug)]
pub struct InlineStore {
    file: File,
    end: u64,
    places: HashMap<[u8; 32], (u64, u64)>,
}

impl InlineStore {
    /// An empty store.
    ///
    /// # Errors
    /// If no temporary file can be made.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, end: 0, places: HashMap::new() })
    }

    /// Adds bytes unless they are there.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn add(&mut self, sha256: [u8; 32], bytes: &[u8]) -> std::io::Result<()> {
        if let std::collections::hash_map::Entry::Vacant(place) = self.places.entry(sha256) {
            self.file.write_all(bytes)?;
            place.insert((self.end, bytes.len() as u64));
            self.end += bytes.len() as u64;
        }
        Ok(())
    }

    /// The bytes by their SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn get(&mut self, sha256_hex: &str) -> std::io::Result<Option<Vec<u8>>> {
        let key =
            decode(sha256_hex, Coding::Hex).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let Some(&(start, length)) = key.and_then(|key| self.places.get(&key)) else {
            return Ok(None);
        };
        self.file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut self.file).take(length).read_to_end(&mut bytes)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_replaced_by_their_digest() {
        let mut value = json!({"attachedDocuments": [
            {"documentName": "a.txt", "documentBlob": "6869"},
            {"documentName": "b.txt", "documentBase64": "aGk"},
            {"documentName": "c.txt", "documentBlob": "xyz"},
        ]});
        let keys: ContentKeys =
            &[("documentBlob", Coding::Hex), ("documentBase64", Coding::Base64)];
        let mut kept = Vec::new();
        let mut keep = |_: [u8; 32], bytes: &[u8]| kept.push(bytes.to_vec());
        replace_contents(&mut value, keys, &mut Some(&mut keep));
        assert_eq!(kept, [b"hi", b"hi"]);
        let documents = &value["attachedDocuments"];
        assert_eq!(documents[0]["content_sha256"], documents[1]["content_sha256"]);
        assert_eq!(documents[0]["content_size_bytes"], 2);
        assert_eq!(documents[2]["documentBlob"], "xyz");
    }

    #[test]
    fn data_uris_are_found() {
        let body = r#"<p>data: none</p><img src="data:image/png;base64,aGk=">
            url(data:image/svg+xml,x)
            <img src='data:image/gif;charset=x;base64,aG8'>"#;
        let found: Vec<_> = data_uris(body).iter().map(|u| (u.content_type, u.bytes())).collect();
        assert_eq!(
            found,
            [("image/png", Some(b"hi".to_vec())), ("image/gif", Some(b"ho".to_vec()))]
        );
    }

    #[test]
    fn a_store_gives_back_what_it_took() {
        let mut store = InlineStore::new().unwrap();
        let files = [b"one".as_slice(), b"two", b"one"];
        for bytes in files {
            store.add(InlineFile::of(bytes).sha256, bytes).unwrap();
        }
        for bytes in files {
            let key = InlineFile::of(bytes).sha256_hex();
            assert_eq!(store.get(&key).unwrap().as_deref(), Some(bytes));
        }
        assert_eq!(store.get("00").unwrap(), None);
        assert_eq!(store.end, 6);
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_it_panic(body in "(data:|;base64,|[a-z\"',<>é]){0,30}") {
            for uri in data_uris(&body) {
                let _ = uri.bytes();
            }
        }
    }
}
