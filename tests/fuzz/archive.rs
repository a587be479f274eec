//! ZIP files and workbooks, damaged outside and inside.

use zip::CompressionMethod;

use super::reading::read;
use super::run::explore;
use super::seed::{Seed, SeedFile, parts, samples, workbook};

/// Name of an input that is one archive.
const ARCHIVE: &str = "export.zip";

/// Name of an input's workbook.
const WORKBOOK: &str = "export.xlsx";

/// Samples as archives, as workbooks, and as the parts that a workbook is made of.
fn inputs() -> Vec<Seed> {
    let mut inputs = Vec::new();
    for sample in samples() {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            inputs.push(Seed::one(&sample.source, ARCHIVE, sample.zipped(method)));
        }
        if let Some(workbook) = workbook(&sample) {
            let taken_apart = Seed { source: sample.source.clone(), files: parts(&workbook) };
            let stored = taken_apart.zipped(CompressionMethod::Stored);
            inputs.push(Seed::one(&sample.source, WORKBOOK, stored));
            inputs.push(taken_apart);
        }
    }
    inputs
}

#[test]
fn no_damage_to_archives_or_sheets_makes_a_reading_panic() {
    explore("archives", &inputs(), |input| {
        let folder = tempfile::tempdir().unwrap();
        let one = |file: &SeedFile| [ARCHIVE, WORKBOOK].contains(&file.path.as_str());
        if input.files.iter().any(one) {
            input.write(folder.path());
        } else {
            let bytes = input.zipped(CompressionMethod::Stored);
            Seed::one(&input.source, WORKBOOK, bytes).write(folder.path());
        }
        let archive = folder.path().join(ARCHIVE);
        let place = if archive.is_file() { archive } else { folder.path().to_owned() };
        read(&input.source, &place, false)
    });
}
