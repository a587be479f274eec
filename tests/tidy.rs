//! The house rules, kept by a test: floors and circles from the table in `src/ARCHITECTURE.md`,
//! doorplates, lengths, banned words, forgotten files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const LINE_CHARS_MAX: usize = 100;
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

pub struct SourceFile {
    /// Path relative to the folder searched, with `/`.
    pub path: String,
    pub text: String,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn rust_files(folder: &Path) -> Vec<SourceFile> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "target" && name != "fixtures") {
                    walk(&path, base, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative =
                    path.strip_prefix(base).unwrap().to_string_lossy().replace('\\', "/");
                found.push(SourceFile { path: relative, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The text before the first test module: tests may reach further than the code they test.
pub fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// First folder below `src`, or the file's own stem for files beside it.
fn room(path: &str) -> String {
    let first = path.split('/').next().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// Room to the rooms it may use, from the table in ARCHITECTURE.md.
fn floors() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("src/ARCHITECTURE.md")).unwrap();
    let mut floors = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells.len() != 4 || cells[0].parse::<u32>().is_err() {
            continue;
        }
        let names = |cell: &str| -> Vec<String> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned())
                .collect()
        };
        for name in names(cells[1]) {
            let mut may: BTreeSet<String> = names(cells[3]).into_iter().collect();
            may.insert("model".into());
            floors.insert(name, may);
        }
    }
    assert!(floors.len() >= 10, "the floor table was not found");
    floors
}

fn uses(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c == '$' || c == ':' || c.is_alphanumeric()) {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list[..list.find('}').unwrap_or(list.len())].split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let word: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            if !word.is_empty() {
                rooms.insert(word);
            }
        }
    }
    rooms
}

#[test]
fn every_import_goes_down_as_the_table_says() {
    let floors = floors();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let room = room(&file.path);
        if room == "lib" {
            continue;
        }
        let Some(may) = floors.get(&room) else {
            wrong.push(format!("{}: room {room} is not in the table", file.path));
            continue;
        };
        for used in uses(&code(&file.text)) {
            if used != room && !may.contains(&used) {
                wrong.push(format!("{}: {room} may not use {used}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_of_a_room_form_no_circle() {
    let files = rust_files(&root().join("src"));
    let known: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in &files {
        if file.path.ends_with("mod.rs") || !file.path.contains('/') {
            continue;
        }
        let folder = &file.path[..file.path.rfind('/').unwrap()];
        let text = code(&file.text);
        for (at, _) in text.match_indices("super::") {
            let mut base = folder.to_owned();
            let mut rest = &text[at + "super::".len()..];
            if text[..at].ends_with("super::") {
                continue;
            }
            while let Some(further) = rest.strip_prefix("super::") {
                base = base.rsplit_once('/').map(|(up, _)| up.to_owned()).unwrap_or_default();
                rest = further;
            }
            let word: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let target = format!("{base}/{word}.rs");
            if let Some(target) = known.get(target.as_str())
                && *target != file.path
            {
                edges.entry(&file.path).or_default().insert(target);
            }
        }
    }
    for start in edges.keys() {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&str> = edges[start].iter().copied().collect();
        while let Some(at) = next.pop() {
            assert_ne!(at, *start, "{start} is part of a circle of imports");
            if seen.insert(at) {
                next.extend(edges.get(at).into_iter().flatten());
            }
        }
    }
}

#[test]
fn doorplates_only_declare() {
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        if !file.path.ends_with("mod.rs") {
            continue;
        }
        for word in ["fn ", "struct ", "enum ", "impl ", "trait ", "static ", "macro_rules!"] {
            if code(&file.text)
                .lines()
                .any(|line| line.trim_start_matches("pub ").starts_with(word))
            {
                wrong.push(format!("{} defines a {}", file.path, word.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn all_code() -> Vec<SourceFile> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "tools"] {
        for mut file in rust_files(&root().join(folder)) {
            file.path = format!("{folder}/{}", file.path);
            files.push(file);
        }
    }
    files
}

#[test]
fn lines_files_and_functions_stay_short() {
    let mut wrong = Vec::new();
    for file in all_code() {
        let count = file.text.lines().count();
        if count > FILE_LINES_MAX {
            wrong.push(format!("{} has {count} lines", file.path));
        }
        for (number, line) in file.text.lines().enumerate() {
            if line.chars().count() > LINE_CHARS_MAX && !line.contains("http") {
                wrong.push(format!("{}:{} is longer than {LINE_CHARS_MAX}", file.path, number + 1));
            }
        }
        wrong.extend(long_functions(&file));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Functions that are too long, by the indentation that rustfmt gives their closing brace.
fn long_functions(file: &SourceFile) -> Vec<String> {
    let mut long = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for (number, line) in file.text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let words = line.trim_start();
        let starts = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(crate) fn "]
            .iter()
            .any(|start| words.starts_with(start));
        if starts && open.is_none() {
            open = Some((number, indent));
        }
        if let Some((from, at)) = open
            && indent == at
            && (words == "}" || (number == from && words.ends_with('}')))
        {
            let lines = number - from + 1;
            if lines > FUNCTION_LINES_MAX {
                long.push(format!("{}:{} is a function of {lines} lines", file.path, from + 1));
            }
            open = None;
        } else if let Some((from, at)) = open
            && indent == at
            && words.ends_with(';')
            && number >= from
        {
            open = None;
        }
    }
    long
}

#[test]
fn libraries_stay_in_their_rooms() {
    let allowed: &[(&str, &[&str])] = &[
        ("sqlx", &["store/", "source/hesk/"]),
        ("reqwest", &["destination/intercom/client"]),
        ("intercom_simulator", &["cli/", "engine/rehearse", "project"]),
        ("Utc::now", &["env.rs"]),
    ];
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = code(&file.text);
        for (word, homes) in allowed {
            let used = text.contains(&format!("{word}::")) || text.contains(&format!("{word}("));
            if used && !homes.iter().any(|home| file.path.starts_with(home)) {
                wrong.push(format!("{} uses {word}", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_forgotten() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests"] {
        let files = rust_files(&root().join(folder));
        let declared: String = files.iter().map(|file| file.text.as_str()).collect();
        for file in &files {
            let stem = file.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
            let named =
                if stem == "mod" { file.path.rsplit('/').nth(1).unwrap_or_default() } else { stem };
            let roots = ["lib", "main"];
            if !roots.contains(&named) && !declared.contains(&format!("mod {named};")) {
                wrong.push(format!("{folder}/{} is part of no module", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_top_level_stays_small() {
    let expected: BTreeSet<&str> = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "ledger-schema",
        "src",
        "tests",
        "tools",
        "target",
    ]
    .into();
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || expected.contains(name.as_str()), "{name} at the top");
    }
}

#[test]
fn the_checks_can_fail() {
    let text = "fn f() {\n".to_owned() + &"    x();\n".repeat(80) + "}\n";
    let file = SourceFile { path: "x.rs".into(), text };
    assert_eq!(long_functions(&file).len(), 1);
    assert!(uses("use crate::{ledger, model::id};\nuse crate::engine::run;").contains("ledger"));
    assert!(uses("use crate::engine::run;").contains("engine"));
    assert_eq!(room("model/id.rs"), "model");
    assert_eq!(room("env.rs"), "env");
}
