//! Inputs to begin with: the shipped samples, as tables, sheets and archives.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// Larger samples are left out: changes would hardly ever meet what matters in them.
const SAMPLE_BYTES_MAX: usize = 48 * 1024;

/// An input of some files.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Whose sample it is.
    pub source: String,
    /// Its files, by path.
    pub files: Vec<SeedFile>,
}

/// A file of an input.
#[derive(Clone, Debug)]
pub struct SeedFile {
    /// Path with `/`.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Seed {
    /// An input of one file.
    pub fn one(source: &str, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let file = SeedFile { path: path.to_owned(), bytes: bytes.into() };
        Self { source: source.to_owned(), files: vec![file] }
    }

    /// Writes it below a folder.
    pub fn write(&self, folder: &Path) {
        for file in &self.files {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &file.bytes).unwrap();
        }
    }

    /// One archive of its files.
    pub fn zipped(&self, method: CompressionMethod) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(method);
        for file in &self.files {
            zip.start_file(file.path.as_str(), options).unwrap();
            zip.write_all(&file.bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

/// Folder of a source's samples.
fn fixtures(source: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source").join(source).join("fixtures")
}

/// The samples of every source that is read from files.
pub fn samples() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for source in ["deskero", "clickdesk", "infraon", "itco"] {
        let mut folders: Vec<PathBuf> = std::fs::read_dir(fixtures(source))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        for folder in folders {
            let seed = Seed { source: source.to_owned(), files: files(&folder) };
            let bytes: usize = seed.files.iter().map(|file| file.bytes.len()).sum();
            if (1..=SAMPLE_BYTES_MAX).contains(&bytes) {
                seeds.push(seed);
            }
        }
    }
    assert!(seeds.len() > 12, "the samples of four sources");
    seeds
}

fn files(folder: &Path) -> Vec<SeedFile> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let path = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(SeedFile { path, bytes });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The tables of a sample as one workbook: a sheet for each, its cells as texts.
pub fn workbook(sample: &Seed) -> Option<Vec<u8>> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let mut sheets = 0;
    for file in &sample.files {
        let Some(stem) = file.path.strip_suffix(".csv").filter(|stem| stem.len() <= 31) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(&file.bytes) else { continue };
        let mut rows = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let sheet = workbook.add_worksheet();
        if sheet.set_name(stem).is_err() {
            continue;
        }
        sheets += 1;
        for (row, record) in (0..).zip(rows.records().flatten()) {
            for (column, cell) in (0..).zip(&record) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    (sheets > 0).then(|| workbook.save_to_buffer().unwrap())
}

/// The parts of an archive.
pub fn parts(archive: &[u8]) -> Vec<SeedFile> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let part = |at: usize, archive: &mut zip::ZipArchive<Cursor<&[u8]>>| {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        SeedFile { path: entry.name().unwrap().into_owned(), bytes }
    };
    (0..archive.len()).map(|at| part(at, &mut archive)).collect()
}
