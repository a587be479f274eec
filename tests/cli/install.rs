//! What an installed program brings along: its version, completions, manual pages, and the tarball
//! that holds them.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::program::run;

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_version_says_what_it_was_built_from() {
    let folder = tempfile::tempdir().unwrap();
    let version = text(&run(folder.path(), &["--version"]));
    let (name, from) = version.trim().split_once(" (").unwrap();
    assert_eq!(name, format!("deskledger {}", env!("CARGO_PKG_VERSION")));
    assert!(from.len() > 2 && from.ends_with(')'), "{version}");
}

#[test]
fn shells_complete_what_the_help_lists() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&run(folder.path(), &["completions", shell]));
        for word in ["rollback", "reconcile", "workspace", "--project", "--sample"] {
            // Fish writes long options without their dashes.
            assert!(script.contains(word.trim_start_matches('-')), "{shell} lacks {word}");
        }
        if shell == "bash" {
            let file = folder.path().join("deskledger.bash");
            std::fs::write(&file, &script).unwrap();
            let completed = Command::new("bash")
                .arg("-c")
                .arg(format!(
                    ". {}; COMP_WORDS=(deskledger rec); COMP_CWORD=1; \
                     _deskledger deskledger rec deskledger; echo \"${{COMPREPLY[@]}}\"",
                    file.display()
                ))
                .output()
                .unwrap();
            assert_eq!(text(&completed).trim(), "reconcile");
        }
    }
    let refused = run(folder.path(), &["completions", "no-shell"]);
    assert_eq!(refused.status.code(), Some(1));
}

/// Names within a tarball.
fn listed(tarball: &Path) -> BTreeSet<String> {
    let list = Command::new("tar").arg("-tzf").arg(tarball).output().unwrap();
    text(&list).lines().map(|line| line.split_once('/').unwrap().1.to_owned()).collect()
}

/// The release with a program that is built already, and small enough to be packed quickly.
fn released(folder: &Path, out: &str) -> BTreeSet<(String, String)> {
    let program = folder.join("program");
    let script = format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_deskledger"));
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let made = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/release.sh"))
        .arg(folder.join(out))
        .env("DESKLEDGER_BINARY", &program)
        .env("DESKLEDGER_COMMIT", "0123456789ab")
        .env("DESKLEDGER_COMMIT_DATE", "2026-01-31")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let checked = Command::new("sha256sum")
        .args(["-c", "SHA256SUMS"])
        .current_dir(folder.join(out))
        .output()
        .unwrap();
    assert_eq!(text(&checked).lines().filter(|line| line.ends_with(": OK")).count(), 2);
    let sums = std::fs::read_to_string(folder.join(out).join("SHA256SUMS")).unwrap();
    let sums = sums.lines().filter_map(|line| line.split_once("  "));
    sums.map(|(sum, file)| (sum.to_owned(), file.to_owned())).collect()
}

#[test]
fn a_release_holds_what_an_operator_needs_and_is_made_twice_alike() {
    let folder = tempfile::tempdir().unwrap();
    let sums = released(folder.path(), "first");
    assert_eq!(released(folder.path(), "second"), sums);
    let named = |end: &str| {
        let found = sums.iter().find(|(_, file)| file.ends_with(end));
        folder.path().join("first").join(&found.unwrap().1)
    };
    let files = listed(&named(".tar.gz"));
    for file in [
        "deskledger",
        "LICENSE",
        "README.md",
        "sbom.cdx.json",
        "man/deskledger.1",
        "man/deskledger-apply.1",
        "man/deskledger-rollback-plan.1",
        "completions/deskledger.bash",
        "completions/deskledger.zsh",
        "completions/deskledger.fish",
    ] {
        assert!(files.contains(file), "{file} is not in {files:?}");
    }
    let parts: Value = serde_json::from_slice(&std::fs::read(named(".cdx.json")).unwrap()).unwrap();
    assert_eq!(parts["bomFormat"], "CycloneDX");
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let lock = lock.unwrap();
    let mut names = BTreeSet::new();
    for part in parts["components"].as_array().unwrap() {
        let (name, version) = (part["name"].as_str().unwrap(), part["version"].as_str().unwrap());
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(lock.contains(&entry), "{name} {version} is not in Cargo.lock");
        names.insert(name);
    }
    assert!(names.contains("sqlx") && names.contains("rustls"), "{names:?}");
    assert!(!names.contains("proptest") && !names.contains("insta"), "parts of the tests");
    let said = parts.to_string();
    assert!(!said.contains(env!("CARGO_MANIFEST_DIR")), "a place of this machine is named");
}
