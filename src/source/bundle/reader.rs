//! Reads an export: studies it once, then streams its records in the configured order.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::adapter::Adapter;
use super::cells::Common;
use super::files::INLINE;
use super::inline::{InlineFile, InlineStore, data_uris};
use super::inventory::InventoryTally;
use super::layout::Cell;
use super::profile::Decided;
use super::scan::Scanned;
use super::study::Study;
use super::survey::{Bundle, Config};
use super::yielding::Yielding;
use crate::source::contract::{
    ExportKind, Inventory, Place, ReadSummary, Reading, Seal, Sink, SourceError, SourceReader,
    SourceSettings,
};
use crate::source::finding::{Code, Finding};

/// Makes the adapter for one reading.
pub type MakeAdapter = fn(&Reading, &Bundle) -> Result<Box<dyn Adapter>, SourceError>;

/// Reads the exports of one file-based source.
pub struct BundleReader {
    path: PathBuf,
    config: &'static Config,
    bundle: Bundle,
    reading: Reading,
    make: MakeAdapter,
    inline: Mutex<Option<InlineStore>>,
}

impl BundleReader {
    /// Opens an export.
    ///
    /// # Errors
    /// If it cannot be opened, or the place is no export.
    pub fn open(
        settings: &SourceSettings,
        config: &'static Config,
        make: MakeAdapter,
    ) -> Result<Self, SourceError> {
        let Place::Bundle(path) = &settings.place else {
            let source_name = config.system;
            return Err(SourceError::WrongPlace { source_name, place: "a database" });
        };
        let bundle = Bundle::open(path, config, &settings.reading.overrides)?;
        let mut reading = settings.reading.clone();
        reading.time_zone = reading.time_zone.or(bundle.manifest.time_zone()?);
        let country = bundle.manifest.default_country.clone();
        reading.default_country = reading.default_country.or(country);
        let inline = Mutex::new(None);
        Ok(Self { path: path.clone(), config, bundle, reading, make, inline })
    }

    fn common(&self) -> Result<Common, SourceError> {
        let country =
            match &self.reading.default_country {
                None => None,
                Some(code) => Some(code.to_uppercase().parse().map_err(|_| {
                    SourceError::Manifest(format!("unknown default_country {code:?}"))
                })?),
            };
        let partial = self.bundle.manifest.export_kind()? != ExportKind::Full;
        Ok(Common { now: self.reading.now, country, partial })
    }

    fn prepare(&mut self) -> Result<(Study, Box<dyn Adapter>, Common), SourceError> {
        self.bundle.survey()?;
        let common = self.common()?;
        let mut adapter = (self.make)(&self.reading, &self.bundle)?;
        let decided = Decided { zone: self.reading.time_zone, order: self.reading.date_order };
        let remembered = if common.partial { self.reading.fields.as_slice() } else { &[] };
        let study = Study::of(&self.bundle, adapter.as_mut(), decided, (&common, remembered))?;
        Ok((study, adapter, common))
    }

    fn run(
        &mut self,
        sink: &mut Sink<'_>,
        learned: &mut dyn FnMut(&Study, &Bundle),
    ) -> Result<ReadSummary, SourceError> {
        let (study, adapter, common) = self.prepare()?;
        learned(&study, &self.bundle);
        let mut yielding = Yielding::new(&self.bundle, &study, adapter, &common, sink);
        let ended_early = yielding.all()?.is_break();
        let derived = std::mem::take(&mut yielding.derived);
        let mut summary = yielding.finish(ended_early);
        summary.findings.splice(0..0, study.findings.iter().cloned());
        summary.findings.splice(0..0, self.bundle.findings.iter().cloned());
        if !ended_early {
            self.compare_counts(&study, &derived, &mut summary);
        }
        Ok(summary)
    }

    /// Rows found against rows claimed, by the manifest or by JSON envelopes.
    fn compare_counts(
        &self,
        study: &Study,
        derived: &BTreeMap<&'static str, u64>,
        summary: &mut ReadSummary,
    ) {
        for (layout, known) in self.config.objects.iter().zip(&study.objects) {
            let count = summary.objects.get(layout.object).copied().unwrap_or_default();
            let rows = count.rows - derived.get(layout.object).copied().unwrap_or(0);
            let distinct = rows.saturating_sub(count.duplicates);
            let manifest = self.bundle.manifest.expected_counts.get(layout.object).copied();
            let by = self.bundle.manifest.expected_counts_source.as_deref().unwrap_or("manifest");
            for (claimed, by, screen) in [(manifest, by, true), (known.claimed, "envelope", false)]
            {
                // Screens may or may not count what stands in the export twice; a list that a
                // program counts holds each record once, on whatever pages it stands.
                let differs = |claimed: &u64| *claimed != distinct && !(screen && *claimed == rows);
                if let Some(claimed) = claimed.filter(differs) {
                    let reason = format!("{distinct} records; expected {claimed} ({by}).");
                    let finding = Finding::new(Code::CountMismatch, reason);
                    summary.findings.push(finding.object(layout.object));
                }
            }
        }
    }

    /// Lays out the bytes of all inline files.
    fn inline_store(&self) -> Result<InlineStore, SourceError> {
        let failed = |cause| SourceError::Read { path: INLINE.to_owned(), cause };
        let mut store = InlineStore::new().map_err(failed)?;
        let mut bundle = Bundle::open(&self.path, self.config, &self.reading.overrides)?;
        bundle.survey()?;
        for (index, part) in bundle.parts.iter().enumerate() {
            let columns = self.config.objects[part.object].columns.iter().enumerate();
            let bodies: Vec<usize> = columns
                .filter(|(_, column)| column.cell == Cell::Body)
                .map(|(slot, _)| slot)
                .collect();
            let mut fault = None;
            let shared = std::cell::RefCell::new(&mut store);
            let mut add = |sha256: [u8; 32], bytes: &[u8]| {
                if let Err(error) = shared.borrow_mut().add(sha256, bytes) {
                    fault = Some(error);
                }
            };
            let mut found = Vec::new();
            let _ = bundle.scan_keeping(index, Some(&mut add), &mut |scanned| {
                if let Scanned::Row(row) = scanned {
                    for text in bodies.iter().filter_map(|&slot| row.text(slot)) {
                        for bytes in data_uris(text).iter().filter_map(|uri| uri.bytes()) {
                            found.push(bytes);
                        }
                    }
                }
                for bytes in found.drain(..) {
                    let sha256 = InlineFile::of(&bytes).sha256;
                    if shared.borrow_mut().add(sha256, &bytes).is_err() {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            })?;
            if let Some(error) = fault {
                return Err(failed(error));
            }
        }
        Ok(store)
    }
}

impl SourceReader for BundleReader {
    fn seal(&mut self) -> Result<Seal, SourceError> {
        self.bundle.survey()?;
        self.bundle.seal()
    }

    fn inventory(&mut self) -> Result<Inventory, SourceError> {
        let mut objects = Vec::new();
        let mut tally = InventoryTally::default();
        let config = self.config;
        let mut summary = self.run(
            &mut |item| {
                tally.take(&item);
                ControlFlow::Continue(())
            },
            &mut |study, bundle| objects = super::inventory::objects(study, bundle),
        )?;
        let findings = std::mem::take(&mut summary.findings);
        let objects = tally.complete(objects, &summary, config);
        Ok(Inventory { objects, files: self.bundle.files(), findings: tally.findings(findings) })
    }

    fn read(&mut self, sink: &mut Sink<'_>) -> Result<ReadSummary, SourceError> {
        self.run(sink, &mut |_, _| {})
    }

    fn open_attachment(&self, path: &str) -> Result<Box<dyn Read + Send>, SourceError> {
        let Some(sha256) = path.strip_prefix(INLINE) else {
            let entry = self.bundle.container.find(path)?;
            return Ok(Box::new(self.bundle.container.open_seekable(entry)?));
        };
        let mut inline = self.inline.lock().unwrap_or_else(PoisonError::into_inner);
        let store = match inline.as_mut() {
            Some(store) => store,
            None => inline.insert(self.inline_store()?),
        };
        let failed = |cause| SourceError::Read { path: path.to_owned(), cause };
        let bytes = store.get(sha256).map_err(failed)?;
        let bytes = bytes.ok_or_else(|| SourceError::NoSuchFile(path.to_owned()))?;
        Ok(Box::new(Cursor::new(bytes)))
    }
}
