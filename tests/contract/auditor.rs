//! What `ledger-schema/AUDITOR.md` tells an outsider to do, done with the program: keys, seals, a
//! witness, proofs, a bundle, a change of keys. Whatever is forged on the way is refused with exit
//! code 4.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::program::run;

/// The customer's folder, with the operator's project in it.
struct Place(tempfile::TempDir);

impl Place {
    /// A project that has read the sample.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/deskero/fixtures/demo");
        let sample = sample.display().to_string();
        assert_eq!(place.exit(&["init", "--source", "deskero", "--bundle", &sample]), 0);
        place.read();
        place
    }

    fn read(&self) {
        let read = self.said(&["read"]);
        assert!(matches!(read.status.code(), Some(0 | 3)), "{read:?}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn said(&self, words: &[&str]) -> Output {
        let project = ["--project".to_owned(), self.path("move").display().to_string()];
        let words: Vec<String> =
            project.into_iter().chain(words.iter().map(|w| (*w).into())).collect();
        run(self.0.path(), &words)
    }

    fn exit(&self, words: &[&str]) -> i32 {
        self.said(words).status.code().unwrap()
    }

    /// Runs it, which must succeed; gives the first line printed.
    fn first_line(&self, words: &[&str]) -> String {
        let output = self.said(words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().lines().next().unwrap_or_default().to_owned()
    }

    fn change(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name}: {text}");
        std::fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    /// The operator's key, made outside the project; gives the public key.
    fn key(&self) -> String {
        self.first_line(&["audit", "key", "new", "operator.pem"])
    }

    fn seal(&self, out: &str) {
        assert_eq!(
            self.exit(&["audit", "checkpoint", "--key-file", "operator.pem", "--out", out]),
            0
        );
    }
}

#[test]
fn without_a_key_nothing_is_sealed_and_none_is_made() {
    let place = Place::new();
    let before: Vec<_> = names(&place.path("move"));
    let refused = place.said(&["audit", "checkpoint"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(words.contains("no_signing_key") && words.contains("audit key new"), "{words}");
    assert_eq!(names(&place.path("move")), before);
    // And nobody vouches for what nobody sealed.
    let key = place.key();
    assert_eq!(place.exit(&["audit", "check"]), 0);
    assert_eq!(place.exit(&["audit", "check", "--key", &key]), 4);
    assert_eq!(place.exit(&["audit", "export", "b.zip", "--bundle"]), 3);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn what_the_program_makes_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let key = place.key();
    place.seal("first.note");
    assert_eq!(place.exit(&["audit", "export", "log.jsonl", "--payloads"]), 0);
    assert_eq!(place.exit(&["audit", "export", "b.zip", "--bundle", "--key", &key]), 0);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.path("move")), 0o700);
    assert_eq!(mode(&place.path("move/runs")), 0o700);
    let within = |folder: &str| -> Vec<String> {
        let names = names(&place.path(folder)).into_iter();
        names.map(|name| format!("{folder}/{name}")).collect()
    };
    let inside = [within("move"), within("move/runs")].concat();
    let outside = ["operator.pem", "first.note", "log.jsonl", "b.zip"].map(str::to_owned);
    for name in inside.into_iter().chain(outside).filter(|name| name != "move/runs") {
        assert_eq!(mode(&place.path(&name)), 0o600, "{name}");
    }
    // Nothing of them is overwritten.
    assert_eq!(place.exit(&["audit", "export", "log.jsonl"]), 1);
    assert_eq!(place.exit(&["audit", "key", "new", "operator.pem"]), 1);
    assert_eq!(place.first_line(&["audit", "key", "show", "operator.pem"]), key);
}

#[test]
fn a_key_under_a_passphrase_needs_it() {
    let place = Place::new();
    let with = |passphrase: Option<&str>, words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_deskledger"));
        command.args(["--project", "move"]).args(words).current_dir(place.0.path());
        match passphrase {
            Some(text) => command.env("DESKLEDGER_KEY_PASSPHRASE", text),
            None => command.env_remove("DESKLEDGER_KEY_PASSPHRASE"),
        };
        command.output().unwrap().status.code().unwrap()
    };
    assert_eq!(with(Some("correct horse"), &["audit", "key", "new", "key.pem"]), 0);
    let text = std::fs::read_to_string(place.path("key.pem")).unwrap();
    assert!(text.contains("ENCRYPTED"), "{text}");
    let seal = ["audit", "checkpoint", "--key-file", "key.pem"];
    assert_eq!(with(None, &seal), 1);
    assert_eq!(with(Some("wrong horse"), &seal), 1);
    assert_eq!(with(Some("correct horse"), &seal), 0);
}

#[test]
fn a_witness_signs_what_continues_and_nothing_else() {
    let place = Place::new();
    let key = place.key();
    let witness = place.first_line(&["audit", "key", "new", "witness.pem", "--name", "customer"]);
    place.seal("first.note");
    let cosign = |note: &str, more: &[&str]| {
        let words = ["audit", "cosign", note, "--key", &key, "--key-file", "witness.pem"];
        place.exit(&[&words, more].concat())
    };
    assert_eq!(cosign("first.note", &["--first", "--out", "seen.note"]), 0);
    let add = ["audit", "add-signatures", "seen.note", "--key", &witness];
    assert_eq!(place.exit(&["audit", "check", "--witness", &witness]), 4);
    assert_eq!(place.exit(&add), 0);
    assert_eq!(place.exit(&["audit", "check", "--key", &key, "--witness", &witness]), 0);
    // The next one, with its proof and without.
    place.read();
    place.seal("next.note");
    let seen = ["--seen", "seen.note"];
    assert_eq!(cosign("next.note", &seen), 3);
    assert_eq!(place.exit(&["audit", "prove", "--from", "seen.note", "--out", "proof"]), 0);
    let proven = [&seen[..], &["--proof", "proof"]].concat();
    assert_eq!(cosign("next.note", &proven), 0);
    let verify = ["audit", "verify-proof", "proof", "--key", &key, "--from", "seen.note"];
    assert_eq!(place.exit(&verify), 0);
    // Backwards, with a note that somebody changed, and with a proof that somebody changed.
    assert_eq!(cosign("first.note", &["--seen", "next.note"]), 4);
    std::fs::copy(place.path("next.note"), place.path("forged.note")).unwrap();
    let size = std::fs::read_to_string(place.path("next.note")).unwrap();
    let size = size.lines().nth(1).unwrap().to_owned();
    place.change("forged.note", &format!("\n{size}\n"), "\n99999\n");
    assert_eq!(cosign("forged.note", &proven), 4);
    let hashes = std::fs::read_to_string(place.path("proof")).unwrap();
    let hash = hashes.lines().nth(1).unwrap();
    let other = if hash.starts_with('A') { "B" } else { "A" };
    place.change("proof", hash, &format!("{other}{}", &hash[1..]));
    assert_eq!(cosign("next.note", &proven), 4);
    assert_eq!(place.exit(&verify), 4);
}

#[test]
fn a_record_is_proven_to_somebody_without_the_ledger() {
    let place = Place::new();
    let key = place.key();
    assert_eq!(place.exit(&["audit", "prove", "3"]), 3, "nothing is sealed yet");
    place.seal("first.note");
    assert_eq!(place.exit(&["audit", "prove", "3", "--out", "proof"]), 0);
    let verify = ["audit", "verify-proof", "proof", "--key", &key];
    assert_eq!(place.exit(&verify), 0);
    place.change("proof", "index 3", "index 4");
    assert_ne!(place.exit(&verify), 0);
    assert_eq!(place.exit(&["audit", "prove", "deskero/ticket/none"]), 1);
    // All events of one record, by its key.
    let shown = place.said(&["--json", "audit", "verify-bundle", "log", "--key", &key]);
    assert_eq!(shown.status.code(), Some(1), "there is no such file");
    assert_eq!(place.exit(&["audit", "export", "log"]), 0);
    let log = std::fs::read_to_string(place.path("log")).unwrap();
    let event: serde_json::Value = serde_json::from_str(log.lines().nth(6).unwrap()).unwrap();
    let header = &event["header"];
    let part = |name: &str| header[name].as_str().unwrap().to_owned();
    let record = format!("{}/{}/{}", part("system"), part("object"), part("id"));
    assert_eq!(place.exit(&["audit", "prove", &record, "--out", "proofs"]), 0);
    let proofs = place.path("proofs");
    let files = match proofs.is_dir() {
        true => names(&proofs).into_iter().map(|name| proofs.join(name)).collect(),
        false => vec![proofs],
    };
    for file in files {
        let file = file.display().to_string();
        assert_eq!(place.exit(&["audit", "verify-proof", &file, "--key", &key]), 0);
    }
}

#[test]
fn a_bundle_is_checked_offline() {
    let place = Place::new();
    let key = place.key();
    place.seal("first.note");
    place.read();
    place.seal("next.note");
    assert_eq!(place.exit(&["audit", "export", "b.zip", "--bundle", "--payloads"]), 0);
    let verify = |file: &str, more: &[&str]| {
        let words = ["audit", "verify-bundle", file, "--key", &key];
        place.exit(&[&words, more].concat())
    };
    std::fs::remove_dir_all(place.path("move")).unwrap();
    assert_eq!(verify("b.zip", &[]), 0);
    assert_eq!(verify("b.zip", &["--checkpoint", "first.note"]), 0);
    // With a key that has not signed, a note of another ledger, and a byte exchanged.
    let other = place.first_line(&["audit", "key", "new", "other.pem", "--name", "other"]);
    assert_eq!(place.exit(&["audit", "verify-bundle", "b.zip", "--key", &other]), 4);
    let elsewhere = Place::new();
    std::fs::copy(place.path("operator.pem"), elsewhere.path("operator.pem")).unwrap();
    elsewhere.seal("first.note");
    std::fs::copy(elsewhere.path("first.note"), place.path("elsewhere.note")).unwrap();
    assert_eq!(verify("b.zip", &["--checkpoint", "elsewhere.note"]), 4);
    let mut bytes = std::fs::read(place.path("b.zip")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(place.path("b.zip"), bytes).unwrap();
    assert_eq!(verify("b.zip", &[]), 4);
}

#[test]
fn whoever_knows_the_old_key_learns_the_new_one() {
    let place = Place::new();
    let old = place.key();
    place.seal("first.note");
    let rotate = ["audit", "key", "rotate", "operator.pem", "next.pem", "--out", "change.note"];
    let new = place.first_line(&rotate);
    assert_ne!(old, new);
    let seal = ["audit", "checkpoint", "--key-file", "next.pem"];
    place.read();
    assert_eq!(place.exit(&seal), 0);
    let check = ["audit", "check", "--key", &old];
    assert_eq!(place.exit(&check), 4, "the new key is not known yet");
    assert_eq!(place.exit(&[&check[..], &["--rotation", "change.note"]].concat()), 0);
    let stranger = ["audit", "check", "--key", &new, "--rotation", "change.note"];
    assert_eq!(place.exit(&stranger), 4, "the old key is none of those given");
}

#[test]
fn the_password_of_a_ledger_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let init = |ledger: &str| {
        let words = ["init", "--source", "deskero", "--bundle", "export", "--ledger", ledger];
        run(folder.path(), &words).status.code().unwrap()
    };
    assert_eq!(init("postgres://user:hunter2@127.0.0.1/ledger"), 1);
    assert!(!folder.path().join("deskledger.toml").exists());
    assert_eq!(init("postgres://user@127.0.0.1/ledger"), 0);
}
