//! The program: `chain-checker FILE [KEY]...`.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

use chain_checker::note::Key;
use chain_checker::{bundle, export};

const USAGE: &str = "usage: chain-checker FILE [KEY]...
FILE is an export (JSON Lines) or a proof bundle; KEY is name+id+base64";

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that speaks")]
fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("{USAGE}");
        return ExitCode::from(1);
    };
    match run(&path, arguments) {
        Ok(good) => {
            println!("{good}");
            ExitCode::SUCCESS
        }
        Err(problems) => {
            eprintln!("{problems}");
            ExitCode::from(4)
        }
    }
}

/// What to say about the file: the sum if it is whole, all problems if not.
fn run(path: &str, keys: impl Iterator<Item = String>) -> Result<String, String> {
    let keys = keys.map(|key| Key::read(&key)).collect::<Result<Vec<_>, _>>()?;
    let io = |error: std::io::Error| format!("{path}: {error}");
    let mut start = Vec::new();
    std::io::Read::read_to_end(
        &mut std::io::Read::take(File::open(path).map_err(io)?, bundle::FIRST_LINE.len() as u64),
        &mut start,
    )
    .map_err(io)?;
    if start == bundle::FIRST_LINE.as_bytes() {
        let text = std::fs::read_to_string(path).map_err(io)?;
        let (index, size, signed) = bundle::check(&text, &keys)?;
        return Ok(format!("event {index} of {size} is proven; signatures checked: {signed}"));
    }
    let report = export::check(|| File::open(path).map(BufReader::new), &keys).map_err(io)?;
    if report.problems.is_empty() {
        return Ok(format!(
            "{} events are whole; checkpoints: {}, with a signature checked: {}",
            report.events, report.checkpoints, report.signed
        ));
    }
    let lines: Vec<_> =
        report.problems.iter().map(|(line, problem)| format!("{path}:{line}: {problem}")).collect();
    Err(lines.join("\n"))
}
