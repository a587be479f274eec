//! How fast a source's export is read: rows a second and peak memory, without the ledger.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use deskledger::model::Timestamp;
use deskledger::source::{Item, Place, Reading, SourceError, SourceSettings, find};

/// Reads the export at `path` once and says how long each part took.
///
/// # Errors
/// If the export cannot be read.
pub fn run(name: &str, path: &Path, now: Timestamp) -> Result<(), SourceError> {
    let reading = Reading::undecided(now);
    let settings = SourceSettings { place: Place::Bundle(path.to_owned()), reading };
    let mut reader = find(name)?.open(&settings)?;
    let start = Instant::now();
    let seal = reader.seal()?;
    let sealed_s = start.elapsed().as_secs_f64();
    let (mut records, mut rejected, mut findings, mut raw_bytes) = (0_u64, 0_u64, 0_usize, 0);
    let summary = reader.read(&mut |item| {
        match item {
            Item::Record(record) => {
                records += 1;
                findings += record.findings.len();
                raw_bytes += record.raw.len();
            }
            Item::Rejected(row) => {
                rejected += 1;
                findings += row.findings.len();
            }
        }
        ControlFlow::Continue(())
    })?;
    let total_s = start.elapsed().as_secs_f64();
    let rows: u64 = summary.objects.values().map(|count| count.rows).sum();
    let mut out = std::io::stdout().lock();
    let said = writeln!(
        out,
        "rows {rows}\nrecords {records}\nrejected {rejected}\nfindings {findings}\n\
         bytes {}\nraw_bytes {raw_bytes}\nseal_s {sealed_s:.2}\nread_s {:.2}\n\
         rows_per_s {:.0}\npeak_memory_mb {}",
        seal.size_bytes,
        total_s - sealed_s,
        rows as f64 / total_s,
        peak_memory_mb().map_or_else(|| "unknown".to_owned(), |mb| mb.to_string()),
    );
    said.map_err(|cause| SourceError::Read { path: "stdout".to_owned(), cause })
}

/// Highest resident size so far, where the system tells.
fn peak_memory_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}
