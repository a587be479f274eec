//! Measures the product. Unlike the other tools this one imports it.
#![forbid(unsafe_code)]

mod source;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["source", name, path] => {
            let now = deskledger::env::Env::system().now();
            source::run(name, Path::new(path), now).map_err(|error| error.to_string())
        }
        _ => Err("usage: deskledger-benches source NAME BUNDLE".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even that cannot be said.
            let _ = writeln!(std::io::stderr(), "deskledger-benches: {error}");
            ExitCode::FAILURE
        }
    }
}
