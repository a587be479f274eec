//! One file of records, CSV or JSON lines, counted while it is written.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use serde::Serialize;

use crate::{Error, Format};

/// A record in both forms.
pub(crate) trait Row {
    /// Column names of the CSV form.
    const COLUMNS: &'static [&'static str];

    /// Appends one cell per column.
    fn cells(&self, row: &mut StringRecord);

    /// The record as the API nests it.
    fn json(&self) -> impl Serialize;
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Json(BufWriter<File>),
}

/// A file that grows by rows.
pub(crate) struct Table {
    path: PathBuf,
    sink: Sink,
    row: StringRecord,
    rows: u64,
}

/// Large enough that a system call carries many rows.
const BUFFER_BYTES: usize = 1 << 18;

impl Table {
    /// Begins the file `stem` in `folder` with the columns of `R`.
    pub(crate) fn begin<R: Row>(folder: &Path, stem: &str, format: Format) -> Result<Self, Error> {
        let ending = match format {
            Format::Csv => "csv",
            Format::Json => "jsonl",
        };
        let path = folder.join(format!("{stem}.{ending}"));
        let file =
            File::create(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let sink = match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                writer
                    .write_record(R::COLUMNS)
                    .map_err(|source| Error::Csv { path: path.clone(), source })?;
                Sink::Csv(Box::new(writer))
            }
            Format::Json => Sink::Json(file),
        };
        Ok(Self { path, sink, row: StringRecord::new(), rows: 0 })
    }

    /// Writes one record.
    pub(crate) fn push<R: Row>(&mut self, record: &R) -> Result<(), Error> {
        self.rows += 1;
        match &mut self.sink {
            Sink::Csv(writer) => {
                self.row.clear();
                record.cells(&mut self.row);
                writer
                    .write_record(&self.row)
                    .map_err(|source| Error::Csv { path: self.path.clone(), source })
            }
            Sink::Json(writer) => {
                serde_json::to_writer(&mut *writer, &record.json())
                    .map_err(|source| Error::Json { path: self.path.clone(), source })?;
                writer
                    .write_all(b"\n")
                    .map_err(|source| Error::File { path: self.path.clone(), source })
            }
        }
    }

    /// Ends the file and says how many records it holds.
    pub(crate) fn end(self) -> Result<u64, Error> {
        let done = match self.sink {
            Sink::Csv(mut writer) => writer.flush(),
            Sink::Json(mut writer) => writer.flush(),
        };
        done.map_err(|source| Error::File { path: self.path, source })?;
        Ok(self.rows)
    }
}
