//! A small export of invented people, and a later part of it.

use std::path::{Path, PathBuf};

/// Tickets of the export.
pub const TICKETS: usize = 2;

/// Tickets that the later part brings.
pub const LATER: usize = 1;

fn put(folder: &Path, file: &str, lines: &[&str]) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join(file), lines.join("\n") + "\n").unwrap();
}

/// Writes the export into `home`.
pub fn small(home: &Path) -> PathBuf {
    with_tag(home, "hull")
}

/// The same; a ticket has this tag.
pub fn with_tag(home: &Path, tag: &str) -> PathBuf {
    let folder = home.join("export");
    put(&folder, "manifest.json", &[r#"{"source": "deskero", "timezone": "UTC"}"#]);
    put(&folder, "agents.csv", &["id,email,name", "a1,ines@desk.example,Ines"]);
    let customers = [
        "id,email,name,company,tags",
        "c1,ada@example.org,Ada Lund,Lund Boats,loyal",
        "c2,ben@example.org,Ben Ito,,",
    ];
    put(&folder, "customers.csv", &customers);
    let first = format!("t1,1/2024,Leaking hull,Water comes in,opened,c1,,{tag},1706695200000");
    let tickets = [
        "id,number,subject,description,status,openedBy.id,openedBy.email,tags,insertDate",
        first.as_str(),
        "t2,2/2024,New sails,How long do they take,opened,c2,,,1706781600000",
    ];
    put(&folder, "tickets.csv", &tickets);
    folder
}

/// Writes a later part into `home`: a customer of a known address with a company and a tag of its
/// own, and a ticket of somebody who is known by address only.
pub fn later(home: &Path) -> PathBuf {
    let folder = home.join("later");
    let manifest = r#"{"source": "deskero", "timezone": "UTC", "export_kind": "delta"}"#;
    put(&folder, "manifest.json", &[manifest]);
    let customers = ["id,email,name,company,tags", "c3,ada@example.org,Ada L.,Polar Works,second"];
    put(&folder, "customers.csv", &customers);
    let tickets = [
        "id,number,subject,description,status,openedBy.id,openedBy.email,tags,insertDate",
        "t3,3/2024,Lost oar,It swam away,opened,,eve@example.org,fresh,1706868000000",
    ];
    put(&folder, "tickets.csv", &tickets);
    folder
}
