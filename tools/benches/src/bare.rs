//! The yardstick of the engine: the same requests in a plain loop.
//!
//! They leave in the order in which they arrived. A request waits for those that it cannot go
//! before: what made an object that it names, the last one about the same object, and, when it is
//! the first of its operation, all that came earlier. It names objects as they are called here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Failure;

/// Stands around the number of a line in a body that is being prepared.
const MARK: char = '\u{1}';

/// What a path or a body is made of.
enum Piece {
    Text(String),
    /// The id of the object that a line makes.
    Made(usize),
}

/// One request as the witness saw it.
struct Line {
    operation: String,
    method: reqwest::Method,
    path: Vec<Piece>,
    body: Option<Vec<Piece>>,
    /// Status of the answer to a write; a look finds what is there at its moment.
    status: Option<u64>,
    /// The last line before it about the same object.
    after: Option<usize>,
    /// Whether a later line names what it makes.
    named: bool,
}

/// Requests in the order in which they were handled.
#[derive(Default)]
pub struct Requests {
    lines: Vec<Line>,
    /// Where nothing may overtake: the first line of each operation.
    fences: Vec<usize>,
}

/// What is known while requests are taken over one by one.
#[derive(Default)]
struct Known {
    made: HashMap<String, usize>,
    about: HashMap<String, usize>,
    operations: HashSet<String>,
}

impl Requests {
    /// The requests of a witness.
    ///
    /// # Errors
    /// If an entry is no request, or two kinds of objects share an id.
    pub fn of(witness: &Value) -> Result<Self, Failure> {
        let mut known = Known::default();
        let mut requests = Self::default();
        for entry in witness["requests"].as_array().ok_or("no witness")? {
            requests.add(entry, &mut known)?;
        }
        Ok(requests)
    }

    fn add(&mut self, entry: &Value, known: &mut Known) -> Result<(), Failure> {
        let text = |name: &str| entry[name].as_str().ok_or(format!("a request without {name}"));
        let (index, method, path) = (self.lines.len(), text("method")?, text("path")?);
        let operation = text("operation")?.to_owned();
        let body = entry["body"].as_str().filter(|body| !body.is_empty());
        let body = body.map(|body| marked(body, &known.made)).transpose()?;
        let path = path_pieces(path, &known.made);
        let status = (method != "GET" && !operation.starts_with("Search"))
            .then(|| entry["status"].as_u64())
            .flatten();
        for piece in path.iter().chain(body.iter().flatten()) {
            if let Piece::Made(line) = piece {
                self.lines[*line].named = true;
            }
        }
        let object = entry["object"].as_str();
        let after = object.and_then(|object| known.about.insert(object.to_owned(), index));
        let id = object.and_then(|object| object.rsplit_once('/')).map(|(_, id)| id);
        if let (Some(id), None, "POST") = (id, after, method)
            && known.made.insert(id.to_owned(), index).is_some()
        {
            return Err(format!("two kinds of objects have the id {id}: fewer tickets").into());
        }
        if known.operations.insert(operation.clone()) {
            self.fences.push(index);
        }
        let method = method.parse()?;
        self.lines.push(Line { operation, method, path, body, status, after, named: false });
        Ok(())
    }
}

/// A path with the ids in it apart.
fn path_pieces(path: &str, made: &HashMap<String, usize>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in path.split_inclusive(['/', '?', '=', '&']) {
        let word = part.trim_end_matches(['/', '?', '=', '&']);
        match made.get(word) {
            Some(line) => {
                pieces.push(Piece::Made(*line));
                pieces.push(Piece::Text(part[word.len()..].to_owned()));
            }
            None => pieces.push(Piece::Text(part.to_owned())),
        }
    }
    pieces
}

/// A body with the ids in it apart.
fn marked(body: &str, made: &HashMap<String, usize>) -> Result<Vec<Piece>, Failure> {
    let mut value: Value = serde_json::from_str(body)?;
    mark(&mut value, false, made);
    let text = value.to_string();
    let escaped = format!("\\u{:04x}", u32::from(MARK));
    let mut pieces = Vec::new();
    for (at, part) in text.split(&escaped).enumerate() {
        pieces.push(match at % 2 {
            0 => Piece::Text(part.to_owned()),
            _ => Piece::Made(part.parse()?),
        });
    }
    Ok(pieces)
}

/// Marks what stands under a name of ids and is the id of something made.
fn mark(value: &mut Value, is_id: bool, made: &HashMap<String, usize>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let last = name.rsplit('_').next();
                mark(value, matches!(last, Some("id" | "ids")), made);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, is_id, made)),
        Value::String(id) if is_id => {
            if let Some(line) = made.get(id) {
                *id = format!("{MARK}{line}{MARK}");
            }
        }
        _ => {}
    }
}

/// The loop while it runs.
struct Loop {
    http: reqwest::Client,
    url: String,
    lines: Vec<Line>,
    /// Per line: nothing until it was answered, then the id of what it made, if anything.
    answered: Vec<watch::Sender<Option<String>>>,
    next: AtomicUsize,
}

/// Sends all of it, `side_by_side` requests at a time.
///
/// # Errors
/// If the answer to a write has another status than it had.
pub async fn send(
    http: &reqwest::Client,
    url: &str,
    requests: Requests,
    side_by_side: usize,
) -> Result<(), Failure> {
    let Requests { lines, fences } = requests;
    let answered = lines.iter().map(|_| watch::Sender::new(None)).collect();
    let ends: Vec<usize> = fences.iter().skip(1).copied().chain([lines.len()]).collect();
    let sent = Arc::new(Loop {
        http: http.clone(),
        url: url.to_owned(),
        lines,
        answered,
        next: AtomicUsize::new(0),
    });
    for end in ends {
        let mut workers: JoinSet<Result<(), Failure>> = JoinSet::new();
        for _ in 0..side_by_side {
            workers.spawn(Arc::clone(&sent).work(end));
        }
        while let Some(ended) = workers.join_next().await {
            ended??;
        }
    }
    Ok(())
}

impl Loop {
    async fn work(self: Arc<Self>, end: usize) -> Result<(), Failure> {
        let take = |next: usize| (next < end).then_some(next + 1);
        while let Ok(index) = self.next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            self.send(index).await?;
        }
        Ok(())
    }

    async fn send(&self, index: usize) -> Result<(), Failure> {
        let line = &self.lines[index];
        if let Some(before) = line.after {
            self.answer_to(before).await?;
        }
        let path = self.spell(&line.path).await?;
        let mut request = self
            .http
            .request(line.method.clone(), format!("{}{path}", self.url))
            .bearer_auth("bench")
            .header("Accept", "application/json")
            .header("Intercom-Version", "2.16");
        if let Some(body) = &line.body {
            let body = self.spell(body).await?;
            request = request.header("Content-Type", "application/json").body(body);
        }
        let answer = request.send().await?;
        let status = u64::from(answer.status().as_u16());
        let bytes = answer.bytes().await?;
        if line.status.is_some_and(|expected| expected != status) {
            let said = String::from_utf8_lossy(&bytes);
            return Err(format!("{} {path}: {status}: {said}", line.operation).into());
        }
        let mut id = String::new();
        if line.named {
            let body: Value = serde_json::from_slice(&bytes)?;
            let made = body["conversation_id"].as_str().or(body["id"].as_str());
            id = made.ok_or_else(|| format!("{path}: an answer without an id"))?.to_owned();
        }
        self.answered[index].send_replace(Some(id));
        Ok(())
    }

    async fn spell(&self, pieces: &[Piece]) -> Result<String, Failure> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Made(line) => text.push_str(&self.answer_to(*line).await?),
            }
        }
        Ok(text)
    }

    /// The id of what a line made, once it was answered.
    async fn answer_to(&self, line: usize) -> Result<String, Failure> {
        let mut answered = self.answered[line].subscribe();
        let id = answered.wait_for(Option::is_some).await?;
        Ok(id.clone().unwrap_or_default())
    }
}
