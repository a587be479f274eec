//! The yardstick of the engine: the same requests in a plain loop.
//!
//! Requests about one object follow one another as they did, everything else goes side by side; a
//! request that names an object made in the loop names it as it is called there.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::task::JoinSet;

use super::Failure;

/// One request as the witness saw it.
pub struct Line {
    operation: String,
    method: reqwest::Method,
    path: String,
    body: Option<String>,
    /// Id of the object it made.
    made: Option<String>,
    /// Status of the answer; what is looked for before a create is mostly not there.
    status: u64,
}

/// Requests about one object, in order.
type Chain = Vec<Line>;

impl Line {
    /// A request of a witness.
    ///
    /// # Errors
    /// If it is none.
    pub fn of(entry: &Value) -> Result<Self, Failure> {
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        let method = text("method").ok_or("a request without a method")?;
        let path = text("path").ok_or("a request without a path")?;
        let object = text("object").unwrap_or_default();
        let made = object.rsplit_once('/').map(|(_, id)| id.to_owned());
        Ok(Self {
            operation: text("operation").unwrap_or_default(),
            // Only what is made by a list's address gets a new id.
            made: made.filter(|_| method == "POST" && path.matches('/').count() == 1),
            method: method.parse()?,
            body: text("body").filter(|body| !body.is_empty()),
            path,
            status: entry["status"].as_u64().ok_or("a request without a status")?,
        })
    }

    fn about(&self) -> Option<String> {
        self.path.split(['/', '?']).nth(2).map(str::to_owned)
    }
}

/// Stages of chains: a stage begins with the first of a kind of request that was
/// not there before.
fn stages(lines: Vec<Line>) -> Vec<VecDeque<Chain>> {
    let mut stages: Vec<Vec<Chain>> = Vec::new();
    let mut operations = HashSet::new();
    let mut of_object: HashMap<String, (usize, usize)> = HashMap::new();
    for line in lines {
        if let Some((stage, chain)) = line.about().and_then(|id| of_object.get(&id)) {
            stages[*stage][*chain].push(line);
            continue;
        }
        if operations.insert(line.operation.clone()) {
            stages.push(Vec::new());
        }
        let stage = stages.len() - 1;
        if let Some(id) = &line.made {
            of_object.insert(id.clone(), (stage, stages[stage].len()));
        }
        stages[stage].push(vec![line]);
    }
    stages.into_iter().map(VecDeque::from).collect()
}

/// Sends all of it, `side_by_side` chains at a time.
///
/// # Errors
/// If an answer has another status than it had.
pub async fn send(
    http: &reqwest::Client,
    url: &str,
    lines: Vec<Line>,
    side_by_side: usize,
) -> Result<(), Failure> {
    for stage in stages(lines) {
        let queue = Arc::new(Mutex::new(stage));
        let mut workers: JoinSet<Result<(), Failure>> = JoinSet::new();
        for _ in 0..side_by_side {
            let (queue, http, url) = (queue.clone(), http.clone(), url.to_owned());
            workers.spawn(async move {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(chain) = next else { return Ok(()) };
                    follow(&http, &url, chain).await?;
                }
            });
        }
        while let Some(ended) = workers.join_next().await {
            ended??;
        }
    }
    Ok(())
}

async fn follow(http: &reqwest::Client, url: &str, chain: Chain) -> Result<(), Failure> {
    let several = chain.len() > 1;
    let mut renamed: Option<(String, String)> = None;
    for line in chain {
        let path = match &renamed {
            Some((old, new)) => line.path.replacen(old.as_str(), new, 1),
            None => line.path,
        };
        let mut request = http
            .request(line.method, format!("{url}{path}"))
            .bearer_auth("bench")
            .header("Accept", "application/json")
            .header("Intercom-Version", "2.16");
        if let Some(body) = line.body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        if u64::from(status.as_u16()) != line.status {
            return Err(format!("{path}: {status}, not {}", line.status).into());
        }
        if let Some(old) = line.made.filter(|_| several) {
            let body: Value = serde_json::from_slice(&bytes)?;
            let id = body["conversation_id"].as_str().or(body["id"].as_str());
            renamed = id.map(|new| (old, new.to_owned()));
        }
    }
    Ok(())
}
