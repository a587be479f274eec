//! How fast an export is read: rows a second on one core, and peak memory.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use deskledger::env::Env;
use deskledger::source::{Item, Place, Reading, SourceSettings, find};

use super::Outcome;
use super::project::peak_memory_mb;

#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the source.
    #[arg(long, default_value = "deskero")]
    source: String,
    /// Folder or ZIP file of the export.
    bundle: PathBuf,
}

/// Reads the export once, both passes and the digests, and drops what it yields.
pub fn run(arguments: &Arguments) -> Outcome {
    let reading = Reading::undecided(Env::system().now());
    let place = Place::Bundle(arguments.bundle.clone());
    let mut reader = find(&arguments.source)?.open(&SourceSettings { place, reading })?;
    let start = Instant::now();
    let seal = reader.seal()?;
    let sealed_s = start.elapsed().as_secs_f64();
    let (mut records, mut rejected, mut raw_bytes) = (0_u64, 0_u64, 0_usize);
    let summary = reader.read(&mut |item| {
        match item {
            Item::Record(record) => {
                records += 1;
                raw_bytes += record.raw.len();
            }
            Item::Rejected(_) => rejected += 1,
        }
        ControlFlow::Continue(())
    })?;
    let total_s = start.elapsed().as_secs_f64();
    let rows: u64 = summary.objects.values().map(|count| count.rows).sum();
    println!("rows {rows}, records {records}, rejected {rejected}");
    println!("bytes {}, of raw records {raw_bytes}", seal.size_bytes);
    println!("seal {sealed_s:.2} s, read {:.2} s", total_s - sealed_s);
    println!("rows per second, digests and both passes: {:.0}", rows as f64 / total_s);
    if let Some(peak_mb) = peak_memory_mb("self") {
        println!("peak memory {peak_mb} MB");
    }
    Ok(())
}
