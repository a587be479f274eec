//! How many requests a second the simulator answers: `cargo run --release --example load`.
//! The clients speak bare HTTP over kept-open connections, so that they cost little.

use intercom_simulator::{Options, Simulator};
use std::io::Write;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 16;
const REQUESTS_PER_CONNECTION: usize = 4_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer t\r\n\
         accept: application/json\r\nintercom-version: 2.16\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends one request and reads the whole answer. Gives its body.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<Vec<u8>, Failure> {
    stream.write_all(request).await?;
    let mut answer = Vec::with_capacity(4096);
    loop {
        stream.read_buf(&mut answer).await?;
        let Some(head) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|l| l.lines().next());
        let length: usize = length.unwrap_or("0").trim().parse()?;
        if !text.starts_with("http/1.1 200") {
            return Err(String::from_utf8_lossy(&answer).into());
        }
        while answer.len() < head + 4 + length {
            stream.read_buf(&mut answer).await?;
        }
        return Ok(answer.split_off(head + 4));
    }
}

/// The text between `"key":"` and the next quote.
fn field(body: &[u8], key: &str) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(body);
    let start = format!("\"{key}\":\"");
    let found = text.split(&start).nth(1).and_then(|rest| rest.split('"').next());
    found.map(ToOwned::to_owned).ok_or_else(|| format!("no {key} in {text}").into())
}

/// Contacts only; or a contact, a conversation and replies to it.
async fn client(address: SocketAddr, number: usize, talk: bool) -> Result<(), Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut sent = 0;
    let mut round = 0;
    while sent < REQUESTS_PER_CONNECTION {
        round += 1;
        let body = format!(
            "{{\"role\":\"user\",\"external_id\":\"{number}-{round}\",\"name\":\"Ann\",\
             \"email\":\"{number}-{round}@shop.test\"}}"
        );
        let contact = ask(&mut stream, &request("POST", "/contacts", &body)).await?;
        sent += 1;
        if !talk {
            continue;
        }
        let id = field(&contact, "id")?;
        let body =
            format!("{{\"from\":{{\"type\":\"user\",\"id\":\"{id}\"}},\"body\":\"Hello there\"}}");
        let answer = ask(&mut stream, &request("POST", "/conversations", &body)).await?;
        let path = format!("/conversations/{}/reply", field(&answer, "conversation_id")?);
        for _ in 0..6 {
            let body = "{\"message_type\":\"comment\",\"type\":\"admin\",\"body\":\"<p>Thank you \
                        for <b>writing</b>.</p>\",\"admin_id\":\"991267001\",\
                        \"skip_notifications\":true}";
            ask(&mut stream, &request("POST", &path, body)).await?;
        }
        sent += 7;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout();
    for talk in [false, true] {
        let running = Simulator::start(Options::default()).await?;
        let start = Instant::now();
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|number| tokio::spawn(client(running.address(), number, talk)))
            .collect();
        for client in clients {
            client.await??;
        }
        let count = running.request_count();
        let rate = count as f64 / start.elapsed().as_secs_f64();
        let what = if talk { "contact, conversation, 6 replies" } else { "contacts" };
        writeln!(out, "{what}: {count} requests, {rate:.0} per second")?;
        running.stop().await;
    }
    Ok(())
}
