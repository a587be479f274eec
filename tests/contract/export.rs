//! Opens exports and databases and takes apart what they yield, for the suites over sources.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use deskledger::model::{Record, Timestamp};
use deskledger::source::{
    Finding, Item, Place, ReadSummary, Reading, SOURCES, SourceReader, SourceSettings, find,
};

use crate::source::hesk::family::Family;
use crate::source::hesk::site::Site;

/// 2026-01-01: after every date of the fixtures but those that are meant to lie ahead.
pub(super) const NOW: Timestamp = Timestamp(1_767_225_600_000);

pub(super) fn fixtures(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source).join("fixtures")
}

/// What is decided about reading a source: next to nothing. An export of Hesk's says its zone
/// nowhere, and without one it has no times.
fn reading(source: &str) -> Reading {
    let time_zone = (source == "hesk").then_some(chrono_tz::Europe::Berlin);
    Reading { time_zone, ..Reading::undecided(NOW) }
}

pub(super) fn open_place(source: &str, place: Place, reading: Reading) -> Box<dyn SourceReader> {
    find(source).unwrap().open(&SourceSettings { place, reading }).unwrap()
}

pub(super) fn open_at(source: &str, path: &Path, reading: Reading) -> Box<dyn SourceReader> {
    open_place(source, Place::Bundle(path.to_owned()), reading)
}

pub(super) fn open(source: &str, path: &Path) -> Box<dyn SourceReader> {
    open_at(source, path, reading(source))
}

/// A way into a source: one of its fixtures, or a database of its own.
pub(super) struct Way {
    pub(super) source: &'static str,
    pub(super) name: String,
    place: Place,
}

impl Way {
    pub(super) fn open(&self) -> Box<dyn SourceReader> {
        open_place(self.source, self.place.clone(), reading(self.source))
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Every fixture of every source. Each has some.
pub(super) fn each_fixture(check: impl Fn(&'static str, &Path)) {
    for source in SOURCES {
        let folders = std::fs::read_dir(fixtures(source.name())).unwrap();
        let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let mut seen = 0;
        for path in folders {
            check(source.name(), &path);
            seen += 1;
        }
        assert!(seen >= 3, "{} has {seen} fixtures", source.name());
    }
}

/// Every fixture of every source, and a database of each of Hesk's families, if there is a server.
pub(super) fn each_way(check: impl Fn(&Way)) {
    each_fixture(|source, path| {
        let (name, place) = (path.display().to_string(), Place::Bundle(path.to_owned()));
        check(&Way { source, name, place });
    });
    for family in Family::ALL {
        let Some(site) = wait(Site::new(family)) else { return };
        let name = format!("the database of Hesk {}", family.word());
        let place = Place::Database(Box::new(site.place()));
        check(&Way { source: "hesk", name, place });
        wait(site.maria.remove());
    }
}

pub(super) fn read(reader: &mut dyn SourceReader) -> (Vec<Item>, ReadSummary) {
    let mut items = Vec::new();
    let summary = reader.read(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    (items, summary.unwrap())
}

pub(super) fn bundle(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    dir
}

pub(super) fn records(items: &[Item]) -> BTreeMap<String, Record> {
    let record = |item: &Item| match item {
        Item::Record(found) => Some((found.key.to_string(), found.record.clone())),
        Item::Rejected(_) => None,
    };
    items.iter().filter_map(record).collect()
}

pub(super) fn findings(items: &[Item], summary: &ReadSummary) -> Vec<Finding> {
    let of = |item: &Item| match item {
        Item::Record(found) => found.findings.clone(),
        Item::Rejected(row) => row.findings.clone(),
    };
    items.iter().flat_map(of).chain(summary.findings.iter().cloned()).collect()
}

pub(super) fn codes(path: &Path) -> BTreeSet<&'static str> {
    let (items, summary) = read(open("deskero", path).as_mut());
    findings(&items, &summary).iter().map(|finding| finding.code.word()).collect()
}
