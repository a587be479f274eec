//! The program as people run it.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the built program in `folder`, with nothing of the caller's environment that it reads.
pub fn run<S: AsRef<std::ffi::OsStr>>(folder: &Path, words: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskledger"))
        .args(words)
        .current_dir(folder)
        .env_remove("INTERCOM_ACCESS_TOKEN")
        .env("COLUMNS", "100")
        .output()
        .unwrap()
}

/// What it said, with the exit code and without what differs from machine to machine.
pub fn said(folder: &Path, output: &Output) -> String {
    let clean = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let real = folder.canonicalize().unwrap();
        text.replace(&real.display().to_string(), "[folder]")
            .replace(&folder.display().to_string(), "[folder]")
    };
    format!(
        "exit {}\n--- stdout\n{}--- stderr\n{}",
        output.status.code().unwrap(),
        clean(&output.stdout),
        clean(&output.stderr)
    )
}
