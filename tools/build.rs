//! Notes which commit a program is built from, for `--version`. A tree without git has no commit
//! unless `DESKLEDGER_COMMIT` and `DESKLEDGER_COMMIT_DATE` name it, as `tools/release.sh` does.
//! Builds for development are not asked: each commit would compile everything anew.

use std::path::Path;
use std::process::Command;

const COMMIT: &str = "DESKLEDGER_COMMIT";
const DATE: &str = "DESKLEDGER_COMMIT_DATE";

fn main() {
    println!("cargo:rerun-if-changed=tools/build.rs");
    println!("cargo:rerun-if-env-changed={COMMIT}");
    println!("cargo:rerun-if-env-changed={DATE}");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let released = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let from = named().or_else(|| if released { committed() } else { None });
    let from = match from {
        Some((commit, date)) => format!("{commit} {date}"),
        None if released => "built without git".to_owned(),
        None => "built for development".to_owned(),
    };
    println!("cargo:rustc-env=DESKLEDGER_VERSION={version} ({from})");
}

/// The commit that whoever builds names.
fn named() -> Option<(String, String)> {
    let given = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    Some((given(COMMIT)?, given(DATE)?))
}

/// The commit that is checked out, and its date; it is asked again when another is.
fn committed() -> Option<(String, String)> {
    // Only a repository of our own counts: a tarball may lie within somebody else's.
    if !Path::new(".git").exists() {
        return None;
    }
    for file in ["HEAD", "logs/HEAD", "packed-refs"] {
        let path = git(&["rev-parse", "--git-path", file])?;
        if Path::new(&path).exists() {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let date = git(&["show", "-s", "--format=%cs", "HEAD"])?;
    Some((commit, date))
}

fn git(words: &[&str]) -> Option<String> {
    let output = Command::new("git").args(words).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
