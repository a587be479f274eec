//! The pages as a folder: for its owner alone, whole or with words for what is not there, every
//! link of it to a file of it.

use std::collections::BTreeSet;
use std::path::Path;

use super::desk::{Hostile, SAID};

fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Files that the pages of a folder link to.
fn linked(folder: &Path) -> BTreeSet<String> {
    let mut linked = BTreeSet::new();
    for name in files(folder).iter().filter(|name| name.ends_with(".html")) {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for rest in text.split("<a href=\"").skip(1) {
            let target = rest.split(['"', '#']).next().unwrap();
            if !target.is_empty() {
                linked.insert(target.to_owned());
            }
        }
    }
    linked
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_holds_what_the_server_shows_and_links_only_to_itself() {
    let hostile = Hostile::new().await;
    let out = hostile.desk.folder().join("pages");
    let said = hostile.desk.say(&["report", "--proofs", "--out", &out.display().to_string()]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let result = said.json();
    assert_eq!(result["whole"], true);
    assert!(result["written"]["records"].as_u64().unwrap() > 8, "{result}");
    let files = files(&out);
    for target in linked(&out) {
        assert!(files.contains(&target), "a link to {target}, which is not there");
    }
    assert!(files.contains("index.html") && files.contains("verify.html"));
    let proofs: Vec<&String> = files.iter().filter(|name| name.ends_with(".tlog-proof")).collect();
    assert_eq!(proofs.len() as u64, result["written"]["proofs"].as_u64().unwrap());
    let proof = out.join(proofs[0]).display().to_string();
    let checked = hostile.desk.say(&["audit", "verify-proof", &proof, "--key", &hostile.key]).await;
    assert_eq!(checked.exit, 0, "{checked:?}");
    let all: String = files
        .iter()
        .filter(|name| name.ends_with(".html") && *name != "verify.html")
        .map(|name| std::fs::read_to_string(out.join(name)).unwrap())
        .collect();
    assert!(all.contains(SAID) && all.contains("The counts close"));
    assert!(!all.contains("<script") && !all.contains("<img") && !all.contains('\u{202E}'));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&out), 0o700);
        for name in &files {
            assert_eq!(mode(&out.join(name)), 0o600, "{name}");
        }
    }
    // A second report does not mix with the first.
    let again = hostile.desk.say(&["report", "--out", &out.display().to_string()]).await;
    assert_eq!((again.exit, again.error()), (1, "folder_not_empty".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_folder_has_no_room_for_is_named_and_no_link_is_dead() {
    let hostile = Hostile::new().await;
    let out = hostile.desk.folder().join("few").display().to_string();
    let words = ["report", "--out", &out, "--records", "3", "--pages", "1", "--no-payloads"];
    let said = hostile.desk.say(&words).await;
    assert_eq!(said.exit, 3, "{said:?}");
    let written = &said.json()["written"];
    assert_eq!((&written["records"], &written["more_records"]), (&3.into(), &true.into()));
    let cut: Vec<&str> =
        written["cut_lists"].as_array().unwrap().iter().filter_map(|one| one.as_str()).collect();
    assert!(cut.contains(&"events"), "{cut:?}");
    let files = files(Path::new(&out));
    for target in linked(Path::new(&out)) {
        assert!(files.contains(&target), "a link to {target}, which is not there");
    }
    let events = std::fs::read_to_string(Path::new(&out).join("events-0.html")).unwrap();
    assert!(events.contains("not in this folder"), "the list says that it goes on");
    for name in &files {
        let text = std::fs::read_to_string(Path::new(&out).join(name)).unwrap();
        assert!(!text.contains(SAID), "{name} holds bytes that were to be left out");
    }
}
