//! The program: its first line, its flags.

use crate::support::client;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Ends the program with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_first_line_is_the_address() {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let file = format!("{folder}/workspace-{}.json", std::process::id());
    std::fs::write(&file, r#"{"app": {"name": "From a file"}, "tags": ["one"]}"#).unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_intercom-simulator"))
        .args(["--listen", "127.0.0.1:0", "--workspace", &file, "--token", "t"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut program = Program(child);
    let mut line = String::new();
    BufReader::new(program.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");
    let request = client().get(format!("{url}/me")).bearer_auth("t");
    let request = request.header("accept", "application/json");
    let me: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(me["app"]["name"], "From a file");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_bad_file_ends_it_with_a_message() {
    let output = Command::new(env!("CARGO_BIN_EXE_intercom-simulator"))
        .args(["--workspace", "/nonexistent.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nonexistent.json"));
}
