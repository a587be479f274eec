//! What people read when something is wrong: a name, what happened, what to do, an exit code.

use std::path::Path;

use serde_json::Value;

use crate::support::program::{run, said};

fn project(folder: &Path) {
    let made = run(folder, &["init", "--source", "deskero"]);
    assert!(made.status.success(), "{}", said(folder, &made));
}

#[test]
fn without_a_project_it_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(said(folder.path(), &run(folder.path(), &["log"])));
}

#[test]
fn an_unknown_source_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["init", "--source", "pigeon"]);
    insta::assert_snapshot!(said(folder.path(), &output));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn an_unknown_option_of_a_decision_is_named() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let output = run(folder.path(), &["decide", "set", "D4", "perhaps"]);
    insta::assert_snapshot!(said(folder.path(), &output));
}

#[test]
fn an_unknown_decision_is_named() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let output = run(folder.path(), &["decide", "set", "D99", "yes"]);
    insta::assert_snapshot!(said(folder.path(), &output));
}

#[test]
fn an_unknown_key_is_named() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let output = run(folder.path(), &["show", "deskero/ticket/none"]);
    insta::assert_snapshot!(said(folder.path(), &output));
}

#[test]
fn scripts_get_the_error_as_a_document_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["--json", "log"]);
    let value: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(value["error"]["code"], "not_a_project");
    assert_eq!(value["error"]["exit_code"], output.status.code().unwrap());
}

#[test]
fn a_folder_that_is_a_project_already_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let again = run(folder.path(), &["init", "--source", "deskero"]);
    let text = said(folder.path(), &again);
    assert_eq!(again.status.code(), Some(1), "{text}");
    assert!(text.contains("`deskledger status`") && text.contains("--project"), "{text}");
    // The hint leads on.
    let status = run(folder.path(), &["status"]);
    let text = said(folder.path(), &status);
    assert!([0, 3].contains(&status.status.code().unwrap()), "{text}");
    assert!(text.contains("deskledger read"), "{text}");
}

#[test]
fn a_demo_does_not_write_into_a_folder_that_holds_something() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/note"), "mine").unwrap();
    let refused = run(folder.path(), &["demo", "--out", "mine"]);
    let text = said(folder.path(), &refused);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("folder_not_empty") && text.contains("new or empty"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path().join("mine")).unwrap().count(), 1);
}
