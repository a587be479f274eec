//! Addresses and bodies as they go over the wire.

use std::collections::BTreeMap;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;
use url::Url;

use super::request::file_hole;

/// The address of a request; `None` if a parameter of the path is missing.
pub(super) fn url(
    base: &Url,
    template: &str,
    path: &[(String, String)],
    query: &[(String, String)],
) -> Option<Url> {
    let mut url = base.clone();
    {
        let mut segments = url.path_segments_mut().ok()?;
        segments.pop_if_empty();
        for segment in template.split('/').filter(|segment| !segment.is_empty()) {
            match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                None => segments.push(segment),
                Some(name) => {
                    let (_, value) = path.iter().find(|(known, _)| known == name)?;
                    // A dot segment would lead elsewhere.
                    if value.is_empty() || value.chars().all(|c| c == '.') {
                        return None;
                    }
                    segments.push(value)
                }
            };
        }
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url)
}

/// The bytes of a body, with each file hole replaced by the file.
pub(super) fn body(
    body: &Value,
    files: &BTreeMap<String, Bytes>,
) -> Result<Vec<u8>, serde_json::Error> {
    let size = files.values().map(|bytes| bytes.len() / 3 * 4 + 256).sum::<usize>();
    let mut out = Vec::with_capacity(size + 512);
    serde_json::to_writer(&mut out, &Filled { body, files })?;
    Ok(out)
}

struct Filled<'a> {
    body: &'a Value,
    files: &'a BTreeMap<String, Bytes>,
}

impl Serialize for Filled<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let inner = |body| Filled { body, files: self.files };
        match self.body {
            Value::Array(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&inner(item))?;
                }
                list.end()
            }
            Value::Object(fields) => {
                let mut map = to.serialize_map(None)?;
                if let Some(hole) = file_hole(self.body) {
                    let bytes = self.files.get(&hole.sha256);
                    let bytes = bytes.ok_or_else(|| S::Error::custom("a file is missing"))?;
                    map.serialize_entry("content_type", &hole.content_type)?;
                    map.serialize_entry("name", &hole.name)?;
                    map.serialize_entry("data", &Encoded(bytes))?;
                } else {
                    for (name, value) in fields {
                        map.serialize_entry(name, &inner(value))?;
                    }
                }
                map.end()
            }
            plain => plain.serialize(to),
        }
    }
}

struct Encoded<'a>(&'a Bytes);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Base64Display::new(self.0, &STANDARD))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn values_cannot_leave_their_place_in_the_path() {
        let base = Url::parse("http://127.0.0.1:9/base/").unwrap();
        let at = |value: &str| {
            url(&base, "/contacts/{contact_id}/tags", &[pair("contact_id", value)], &[])
                .map(|url| url.to_string())
        };
        assert_eq!(at("5f").unwrap(), "http://127.0.0.1:9/base/contacts/5f/tags");
        assert_eq!(at("a/b?c#d").unwrap(), "http://127.0.0.1:9/base/contacts/a%2Fb%3Fc%23d/tags");
        assert_eq!(at(".."), None);
        assert_eq!(at(""), None);
        assert_eq!(url(&base, "/contacts/{contact_id}", &[], &[]), None);
    }

    #[test]
    fn files_are_sent_as_base64() {
        let hole = json!({ "$file": {
            "key": "desk/attachment/1", "name": "a.txt", "content_type": "text/plain",
            "path": "a.txt", "sha256": "00", "size_bytes": 5,
        }});
        let sent = json!({ "body": "x", "attachment_files": [hole] });
        let files = BTreeMap::from([("00".to_owned(), Bytes::from_static(b"hello"))]);
        let wire: Value = serde_json::from_slice(&body(&sent, &files).unwrap()).unwrap();
        let file = json!({ "content_type": "text/plain", "name": "a.txt", "data": "aGVsbG8=" });
        assert_eq!(wire, json!({ "body": "x", "attachment_files": [file] }));
        assert!(body(&sent, &BTreeMap::new()).is_err());
    }
}
