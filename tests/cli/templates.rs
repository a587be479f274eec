//! `templates`: forms for people are written once, and never over what people wrote.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::program::{run, said};

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn what_people_filled_in_is_never_overwritten() {
    for (source, filled) in
        [("itco", "07_tickets.csv"), ("clickdesk", "chats.csv"), ("deskero", "tickets.csv")]
    {
        let folder = tempfile::tempdir().unwrap();
        let words = ["templates", source, "--out", "forms"];
        let made = run(folder.path(), &words);
        assert!(made.status.success(), "{source}: {}", said(folder.path(), &made));
        let forms = folder.path().join("forms");
        let written = files(&forms);
        assert!(written.contains_key(filled), "{source}: {:?}", written.keys());
        std::fs::write(forms.join(filled), "filled in by people").unwrap();
        let before = files(&forms);

        let refused = run(folder.path(), &words);
        let text = said(folder.path(), &refused);
        assert_eq!(refused.status.code(), Some(1), "{source}: {text}");
        assert!(text.contains("is there already") && text.contains("--out"), "{text}");
        assert_eq!(files(&forms), before, "{source}");

        // One file that is there keeps all others from being written.
        let other = folder.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join(filled), "mine").unwrap();
        let refused = run(folder.path(), &["templates", source, "--out", "other"]);
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(files(&other).keys().collect::<Vec<_>>(), [filled]);
    }
}
