//! The README's console blocks do what they show.

use crate::support::program::{run, said};

/// The `$ deskledger …` lines of the ```console blocks, in order, with the exit code they announce
/// as `# exit N`; 0 if none.
fn lines(text: &str) -> Vec<(Vec<&str>, i32)> {
    let blocks = text.split("```console\n").skip(1);
    blocks
        .filter_map(|rest| rest.split("```").next())
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("$ deskledger "))
        .map(|line| {
            let (words, note) = line.split_once(" # exit ").unwrap_or((line, "0"));
            (words.split_whitespace().collect(), note.parse().unwrap())
        })
        .collect()
}

#[test]
fn the_console_blocks_of_the_readme_run() {
    let folder = tempfile::tempdir().unwrap();
    let commands = lines(include_str!("../../README.md"));
    assert!(commands.iter().any(|(words, _)| words[0] == "demo"), "the demo is in the README");
    for (words, exit) in commands {
        let output = run(folder.path(), &words);
        let said = said(folder.path(), &output);
        assert_eq!(output.status.code(), Some(exit), "{words:?}: {said}");
    }
}
