//! The command line is a contract: what `--help` says of the program and of every command.

use crate::support::program::run;

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    list.lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| *word != "help")
        .map(str::to_owned)
        .collect()
}

fn help(path: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut words = path.to_vec();
    words.push("--help".to_owned());
    let output = run(folder.path(), &words);
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_of_every_command_is_as_it_was() {
    let mut next = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = next.pop() {
        let text = help(&path);
        for command in commands(&text) {
            let mut deeper = path.clone();
            deeper.push(command);
            next.push(deeper);
        }
        let name = if path.is_empty() { "help".to_owned() } else { path.join("_") };
        insta::assert_snapshot!(name, text);
        seen += 1;
    }
    assert!(seen > 20, "only {seen} commands were found");
}
