//! The README's console blocks do what they show.

use crate::support::program::{run, said};

/// The `$ deskledger …` lines of the ```console blocks, in order.
fn lines(text: &str) -> Vec<Vec<&str>> {
    let blocks = text.split("```console\n").skip(1);
    blocks
        .filter_map(|rest| rest.split("```").next())
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("$ deskledger "))
        .map(|words| words.split_whitespace().collect())
        .collect()
}

#[test]
fn the_console_blocks_of_the_readme_run() {
    let folder = tempfile::tempdir().unwrap();
    let commands = lines(include_str!("../../README.md"));
    assert!(commands.iter().any(|words| words[0] == "demo"), "the demo is in the README");
    for words in commands {
        let output = run(folder.path(), &words);
        assert!(output.status.success(), "{words:?}: {}", said(folder.path(), &output));
    }
}
