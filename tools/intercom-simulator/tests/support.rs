//! A started simulator and a client for it.

use crate::description::Description;
use intercom_simulator::{Clock, Options, Running, Simulator};
use serde_json::{Value, json};

/// 2026-01-10 12:00:00 UTC: where the clock stands in the tests.
pub const NOW: i64 = 1_768_046_400;

pub struct Desk {
    pub running: Running,
    client: reqwest::Client,
    description: Option<Description>,
}

/// A client for plain HTTP.
pub fn client() -> reqwest::Client {
    // An error only says that another test of the process has done it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Status and body.
pub type Answered = (u16, Value);

impl Desk {
    pub async fn start() -> Self {
        Self::with(Value::Null).await
    }

    pub async fn with(workspace: Value) -> Self {
        Self::options(Options { workspace, ..Options::default() }).await
    }

    pub async fn features(features: Value) -> Self {
        Self::with(json!({"features": features})).await
    }

    pub async fn options(options: Options) -> Self {
        let options = Options { clock: Clock::fixed(NOW * 1000), ..options };
        let running = Simulator::start(options).await.unwrap();
        let client = client();
        Self { running, client, description: Description::find() }
    }

    pub fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.running.url());
        let method = method.parse().unwrap();
        let request = self
            .client
            .request(method, url)
            .header("authorization", "Bearer test")
            .header("accept", "application/json")
            .header("intercom-version", "2.16");
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answered {
        let response = self.request(method, path, body).send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        let value =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        if let Some(description) = &self.description {
            description.check(method, path, status, &value);
        }
        (status, value)
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, value) = self.send("GET", path, None).await;
        assert_eq!(status, 200, "GET {path}: {value}");
        value
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, value) = self.send("POST", path, Some(&body)).await;
        assert!((200..300).contains(&status), "POST {path}: {status} {value}");
        value
    }

    pub async fn put(&self, path: &str, body: Value) -> Value {
        let (status, value) = self.send("PUT", path, Some(&body)).await;
        assert_eq!(status, 200, "PUT {path}: {value}");
        value
    }

    pub async fn delete(&self, path: &str) -> Value {
        let (status, value) = self.send("DELETE", path, None).await;
        assert_eq!(status, 200, "DELETE {path}: {value}");
        value
    }

    /// Sends what must be refused. Gives the status, the code and the message.
    pub async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String, String) {
        let body = (!body.is_null()).then_some(body);
        let (status, value) = self.send(method, path, body.as_ref()).await;
        assert!(status >= 400, "{method} {path} was not refused: {value}");
        assert_eq!(value["type"], "error.list", "{value}");
        let error = &value["errors"][0];
        (status, text(&error["code"]), text(&error["message"]))
    }

    pub async fn user(&self, external_id: &str) -> String {
        let body = json!({"role": "user", "external_id": external_id,
                          "email": format!("{external_id}@shop.test"), "name": "Ann"});
        text(&self.post("/contacts", body).await["id"])
    }

    pub async fn conversation(&self, contact: &str) -> String {
        let body = json!({"from": {"type": "user", "id": contact}, "body": "Hello",
                          "created_at": NOW - 1000});
        text(&self.post("/conversations", body).await["conversation_id"])
    }

    pub fn admin(&self) -> String {
        "991267001".to_owned()
    }

    pub fn comment(&self, kind: &str, body: &str) -> Value {
        json!({"message_type": kind, "type": "admin", "admin_id": self.admin(), "body": body,
               "skip_notifications": true})
    }

    pub async fn part(&self, conversation: &str, body: Value) -> Value {
        self.post(&format!("/conversations/{conversation}/parts"), body).await
    }

    pub async fn reply(&self, conversation: &str, body: Value) -> Value {
        self.post(&format!("/conversations/{conversation}/reply"), body).await
    }
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The parts of a conversation as an answer shows them.
pub fn parts(conversation: &Value) -> &[Value] {
    conversation["conversation_parts"]["conversation_parts"].as_array().unwrap()
}

pub fn last_part(conversation: &Value) -> &Value {
    parts(conversation).last().unwrap()
}

impl Desk {
    /// Operations whose success was checked against the description, if that is at hand.
    pub fn checked(&self) -> Option<Vec<String>> {
        self.description.as_ref().map(Description::succeeded)
    }

    /// Keys of the description's examples that no answer had.
    pub fn absent(&self) -> Vec<String> {
        self.description.as_ref().map(Description::absent).unwrap_or_default()
    }
}
