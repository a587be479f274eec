//! `serve` as a browser's enemy sees it: bytes over a socket.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::desk::Desk;

/// The program, serving a project.
pub struct Served {
    child: Child,
    log: JoinHandle<String>,
    pub port: u16,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Addresses of this server that a page links to.
    pub fn links(&self) -> BTreeSet<String> {
        let starts = self.body.split("href=\"/").skip(1);
        let paths = starts.filter_map(|rest| rest.split('"').next());
        let without = |path: &str| path.split('#').next().unwrap_or_default().to_owned();
        paths.map(|path| format!("/{}", without(path).replace("&amp;", "&"))).collect()
    }
}

impl Served {
    /// Starts it on a free port, with more words if wanted.
    pub async fn start(desk: &Desk, words: &[&str]) -> Self {
        let words = [&["serve", "--port", "0"], words].concat();
        let mut child = desk.program(&words).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.unwrap();
            text
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("it said where it is");
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                break rest.split('/').next().unwrap().parse().unwrap();
            }
        };
        Self { child, log, port }
    }

    /// The answer to these bytes.
    pub fn ask(&self, request: &str) -> Reply {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The answer to one method at a path, in a server's own name.
    pub fn method(&self, method: &str, path: &str) -> Reply {
        let host = format!("127.0.0.1:{}", self.port);
        self.ask(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: 0\r\n\r\n"
        ))
    }

    /// A page.
    pub fn get(&self, path: &str) -> Reply {
        self.method("GET", path)
    }

    /// Ends it; everything it said on stderr.
    pub async fn end(mut self) -> String {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
        self.log.await.unwrap()
    }
}
