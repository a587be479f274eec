//! Requests: steps whose holes are filled.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{DestinationId, SourceKey};

use super::operation::Operation;
use super::step::{FileHole, LINK_MARK, Step};

/// One request, ready to be sent. Its stored form has no file bytes: each file stands in the body
/// as its hole, by name, size and digest.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Row of the operation table.
    pub operation: Operation,
    /// Values of the path's parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<(String, String)>,
    /// Query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Body; files are still holes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Bytes of the files by their SHA-256.
    #[serde(skip)]
    pub files: BTreeMap<String, Bytes>,
}

/// What fills holes.
pub trait Resolver {
    /// Id of the object that a record became.
    fn id(&self, key: &SourceKey) -> Option<DestinationId>;
    /// Address of the article that a record became.
    fn link(&self, key: &SourceKey) -> Option<String>;
    /// Bytes of a file.
    fn file(&self, file: &FileHole) -> Option<Bytes>;
}

/// A hole that cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MissingHole {
    /// The record has no object yet.
    #[error("no object yet for {0}")]
    Id(SourceKey),
    /// The object's id is not a whole number, where one is wanted.
    #[error("the id of {0} is not a whole number")]
    NotANumber(SourceKey),
    /// The article has no address yet.
    #[error("no address yet for {0}")]
    Link(SourceKey),
    /// The file's bytes are not at hand.
    #[error("no bytes for {0}")]
    File(SourceKey),
    /// A hole that is not one of ours, at this place.
    #[error("not a hole: {0}")]
    Malformed(String),
}

impl Request {
    /// A request without path, query and body.
    pub fn new(operation: Operation) -> Self {
        let (path, query, files) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { operation, path, query, body: None, files }
    }

    /// Whether an id stands in its path or anywhere in its body.
    pub fn names(&self, id: &DestinationId) -> bool {
        fn holds(value: &Value, id: &str) -> bool {
            match value {
                Value::Object(map) => map.values().any(|value| holds(value, id)),
                Value::Array(list) => list.iter().any(|value| holds(value, id)),
                value => id_text(value).is_some_and(|text| text == id),
            }
        }
        self.path.iter().any(|(_, value)| value == id.as_str())
            || self.body.as_ref().is_some_and(|body| holds(body, id.as_str()))
    }

    /// Sets a parameter of the path.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.path.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// A parameter of the path.
    pub fn path_value(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A field of the body.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.body.as_ref()?.get(name)
    }

    /// A field of the body that is text or a number, as text.
    pub fn text(&self, name: &str) -> Option<String> {
        id_text(self.field(name)?)
    }

    /// The object the request is addressed to: the last parameter of its path, or the thing it
    /// names for those that are addressed by body.
    pub fn target(&self) -> Option<DestinationId> {
        let (_, first) = self.path.first()?;
        Some(DestinationId::from(first.clone()))
    }
}

impl fmt::Debug for Request {
    /// The body may be personal: it does not print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// An id that comes as text or as a number (FACTS §1).
pub fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The files a step sends.
pub fn files_of(step: &Step) -> Vec<FileHole> {
    files_in(&step.body)
}

/// The files that a body sends.
pub fn files_in(body: &Value) -> Vec<FileHole> {
    let mut found = Vec::new();
    collect_files(body, &mut found);
    found
}

fn collect_files(value: &Value, found: &mut Vec<FileHole>) {
    match value {
        Value::Object(fields) => match file_hole(value) {
            Some(hole) => found.push(hole),
            None => fields.values().for_each(|value| collect_files(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|value| collect_files(value, found)),
        _ => {}
    }
}

/// The file a hole stands for.
pub(super) fn file_hole(value: &Value) -> Option<FileHole> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    FileHole::deserialize(fields.get("$file")?).ok()
}

/// The names that make an object with a single field a hole. Other fields may begin with a dollar
/// sign too: attribute names may have currency symbols (FACTS §5.7).
const HOLES: [&str; 3] = ["$id", "$int", "$file"];

/// Fills the holes of a step.
///
/// # Errors
/// The first hole that cannot be filled.
pub fn resolve(step: &Step, resolver: &dyn Resolver) -> Result<Request, MissingHole> {
    let mut request = Request::new(step.operation);
    for name in step.operation.spec().path_names() {
        let value = step.path.get(name).ok_or_else(|| MissingHole::Malformed(name.to_owned()))?;
        let value = fill(value, resolver, &mut request.files)?;
        let text = id_text(&value).ok_or_else(|| MissingHole::Malformed(name.to_owned()))?;
        request.path.push((name.to_owned(), text));
    }
    if !step.body.is_null() {
        request.body = Some(fill(&step.body, resolver, &mut request.files)?);
    }
    Ok(request)
}

fn fill(
    value: &Value,
    resolver: &dyn Resolver,
    files: &mut BTreeMap<String, Bytes>,
) -> Result<Value, MissingHole> {
    match value {
        Value::String(text) if text.contains(LINK_MARK) => fill_links(text, resolver),
        Value::Array(items) => items.iter().map(|item| fill(item, resolver, files)).collect(),
        Value::Object(fields) => match fields.iter().next() {
            Some((name, inner)) if fields.len() == 1 && HOLES.contains(&name.as_str()) => {
                fill_hole(value, (name, inner), resolver, files)
            }
            _ => fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill(value, resolver, files)?)))
                .collect(),
        },
        other => Ok(other.clone()),
    }
}

fn fill_hole(
    whole: &Value,
    (name, inner): (&str, &Value),
    resolver: &dyn Resolver,
    files: &mut BTreeMap<String, Bytes>,
) -> Result<Value, MissingHole> {
    if name == "$file" {
        let malformed = || MissingHole::Malformed(name.to_owned());
        let hole = file_hole(whole).ok_or_else(malformed)?;
        let bytes = resolver.file(&hole).ok_or_else(|| MissingHole::File(hole.key.clone()))?;
        files.insert(hole.sha256, bytes);
        return Ok(whole.clone());
    }
    let malformed = |_| MissingHole::Malformed(name.to_owned());
    let key = SourceKey::deserialize(inner).map_err(malformed)?;
    let id = resolver.id(&key).ok_or_else(|| MissingHole::Id(key.clone()))?;
    if name == "$id" {
        return Ok(Value::from(id.0));
    }
    let number: i64 = id.0.parse().map_err(|_| MissingHole::NotANumber(key))?;
    Ok(Value::from(number))
}

fn fill_links(text: &str, resolver: &dyn Resolver) -> Result<Value, MissingHole> {
    let mut pieces = text.split(LINK_MARK);
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let malformed = || MissingHole::Malformed(LINK_MARK.to_owned());
        let (key, rest) = piece.split_once(';').ok_or_else(malformed)?;
        let key: SourceKey = key.parse().map_err(|_| malformed())?;
        filled += &resolver.link(&key).ok_or(MissingHole::Link(key))?;
        filled += rest;
    }
    Ok(Value::from(filled))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::destination::intercom::payload;
    use crate::destination::intercom::step::link_to;
    use crate::model::Timestamp;

    struct Ids;

    impl Resolver for Ids {
        fn id(&self, key: &SourceKey) -> Option<DestinationId> {
            (key.object() != "missing").then(|| DestinationId::from(format!("9{}", key.id())))
        }
        fn link(&self, key: &SourceKey) -> Option<String> {
            (key.object() == "article").then(|| format!("https://help.example/{}", key.id()))
        }
        fn file(&self, file: &FileHole) -> Option<Bytes> {
            (file.size_bytes > 0).then(|| Bytes::from_static(b"hello"))
        }
    }

    fn key(text: &str) -> SourceKey {
        text.parse().unwrap()
    }

    fn file(size_bytes: u64) -> FileHole {
        FileHole {
            key: key("desk/attachment/1"),
            name: "a.txt".into(),
            content_type: "text/plain".into(),
            path: "files/a.txt".into(),
            sha256: "ab".repeat(32),
            size_bytes,
        }
    }

    #[test]
    fn ids_stand_in_path_and_body() {
        let step = payload::conversation::contact_reply(
            "part:x".into(),
            &key("desk/ticket/1"),
            &key("desk/customer/2"),
            &payload::conversation::Message {
                body: &format!("<a href=\"{}\">x</a>", link_to(&key("desk/article/7"))),
                created_at: Timestamp::from_seconds(5),
                files: &[file(5)],
            },
        );
        assert_eq!(files_of(&step), [file(5)]);
        let request = resolve(&step, &Ids).unwrap();
        assert_eq!(request.path_value("conversation_id"), Some("91"));
        assert_eq!(request.text("intercom_user_id").unwrap(), "92");
        assert_eq!(request.text("body").unwrap(), "<a href=\"https://help.example/7\">x</a>");
        assert_eq!(request.files.len(), 1);
        let stored = serde_json::to_string(&request).unwrap();
        let back: Request = serde_json::from_str(&stored).unwrap();
        assert_eq!(back.body, request.body);
        assert!(!format!("{request:?}").contains("help.example"), "bodies do not print");
    }

    #[test]
    fn a_hole_that_cannot_be_filled_is_named() {
        let missing = key("desk/missing/1");
        let tag = payload::contact::tag("t".into(), &missing, &key("desk/tag/1"));
        assert_eq!(resolve(&tag, &Ids), Err(MissingHole::Id(missing)));

        let mut step = payload::contact::archive("a".into(), &key("desk/customer/1"));
        step.path.clear();
        assert_eq!(resolve(&step, &Ids), Err(MissingHole::Malformed("contact_id".into())));

        let text = key("desk/admin/x");
        let mut article = payload::contact::archive("a".into(), &key("desk/customer/1"));
        article.body = json!({ "author_id": { "$int": text } });
        assert_eq!(resolve(&article, &Ids), Err(MissingHole::NotANumber(text)));

        article.body = json!({ "x": { "$id": "?" } });
        assert_eq!(resolve(&article, &Ids), Err(MissingHole::Malformed("$id".into())));
        article.body = json!([{ "$file": file(0) }]);
        assert_eq!(resolve(&article, &Ids), Err(MissingHole::File(key("desk/attachment/1"))));
        article.body = json!(format!("see {}", link_to(&key("desk/ticket/7"))));
        assert_eq!(resolve(&article, &Ids), Err(MissingHole::Link(key("desk/ticket/7"))));
    }
}
