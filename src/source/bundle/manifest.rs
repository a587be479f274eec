//! `manifest.json`: what the export says of itself. Every key is optional.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::encoding::Encoding;
use super::header;
use crate::model::event::Counts;
use crate::source::contract::{ExportKind, SourceError};

/// A manifest larger than this is not one.
const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the export says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Manifest {
    /// Name of the source.
    pub source: Option<String>,
    /// Subdomain or tenant.
    pub source_account: Option<String>,
    /// When it was exported, as written.
    pub exported_at: Option<String>,
    /// Who exported it.
    pub exported_by: Option<String>,
    /// `api`, `csv`, `vendor`, `manual`, `sample`, `full`, `delta`.
    pub export_kind: Option<String>,
    /// IANA name of the zone of times without an offset.
    pub timezone: Option<String>,
    /// ISO 3166 country of telephone numbers without a prefix.
    pub default_country: Option<String>,
    /// Locale of texts that name none.
    pub default_locale: Option<String>,
    /// For a delta: since when.
    pub delta_since: Option<String>,
    /// Counts by object.
    pub expected_counts: Counts,
    /// Where the counts come from: `screen`, `report`, `estimate`.
    pub expected_counts_source: Option<String>,
    /// By object: their header to our column.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// By `object.column`: their value to our value.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Files or sheets (`file.xlsx#Sheet`) that are not to be read.
    pub ignore: Vec<String>,
    /// By file: the name of its encoding (`shift_jis`), where it cannot be told or is told wrong.
    pub encodings: BTreeMap<String, String>,
    /// Ids that end in `.0` are whole numbers which a program wrote as fractions.
    pub whole_ids: Option<bool>,
}

impl Manifest {
    /// Reads a manifest; also returns it as found.
    ///
    /// # Errors
    /// If it is no JSON object of known keys, or names an unknown export kind or time zone.
    pub fn parse(bytes: &[u8]) -> Result<(Self, serde_json::Value), SourceError> {
        let invalid = |error: serde_json::Error| SourceError::Manifest(error.to_string());
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(SourceError::Manifest("larger than 4 MB".to_owned()));
        }
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(invalid)?;
        if !value.is_object() {
            return Err(SourceError::Manifest("not a JSON object".to_owned()));
        }
        let mut manifest: Self = serde_json::from_value(value.clone()).map_err(invalid)?;
        manifest.export_kind()?;
        manifest.time_zone()?;
        for (file, name) in &manifest.encodings {
            if Encoding::named(name).is_none() {
                let reason = format!("unknown encoding {name:?} of {file:?}");
                return Err(SourceError::Manifest(reason));
            }
        }
        for columns in manifest.columns.values_mut() {
            *columns = std::mem::take(columns)
                .into_iter()
                .map(|(theirs, ours)| (header::normalise(&theirs), ours))
                .collect();
        }
        Ok((manifest, value))
    }

    /// Full or partial. An export that says nothing counts as full.
    ///
    /// # Errors
    /// If the word is unknown.
    pub fn export_kind(&self) -> Result<ExportKind, SourceError> {
        match self.export_kind.as_deref() {
            None | Some("full" | "api" | "csv" | "vendor" | "manual") => Ok(ExportKind::Full),
            Some("delta") => Ok(ExportKind::Delta),
            Some("sample") => Ok(ExportKind::Sample),
            Some(other) => Err(SourceError::Manifest(format!("unknown export_kind {other:?}"))),
        }
    }

    /// The zone of times without an offset.
    ///
    /// # Errors
    /// If the name is unknown.
    pub fn time_zone(&self) -> Result<Option<chrono_tz::Tz>, SourceError> {
        let unknown = |name: &String| SourceError::Manifest(format!("unknown timezone {name:?}"));
        self.timezone
            .as_ref()
            .map(|name| name.parse::<chrono_tz::Tz>().map_err(|_| unknown(name)))
            .transpose()
    }

    /// The encoding that a file is said to have.
    pub fn encoding(&self, path: &str) -> Option<Encoding> {
        self.encodings.get(path).and_then(|name| Encoding::named(name))
    }

    /// Whether a file, or a sheet of it, is not to be read.
    pub fn ignores(&self, path: &str) -> bool {
        self.ignore.iter().any(|name| name == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_and_checked() {
        let text = br#"{"export_kind":"delta","timezone":"Europe/Rome",
            "expected_counts":{"tickets":3},"columns":{"tickets":{"Codice Ticket":"ticket_id"}},
            "ignore":["notes.txt"]}"#;
        let (manifest, _) = Manifest::parse(text).unwrap();
        assert_eq!(manifest.export_kind().unwrap(), ExportKind::Delta);
        assert_eq!(manifest.time_zone().unwrap(), Some(chrono_tz::Europe::Rome));
        assert_eq!(manifest.columns["tickets"]["codiceticket"], "ticket_id");
        assert!(manifest.ignores("notes.txt") && !manifest.ignores("tickets.csv"));
    }

    #[test]
    fn a_wrong_manifest_is_refused() {
        for text in [
            "[]",
            "{",
            r#"{"export_kind":"some"}"#,
            r#"{"timezone":"Mars/Olympus"}"#,
            r#"{"expected_count":{"tickets":1}}"#,
            r#"{"encodings":{"tickets.csv":"klingon"}}"#,
        ] {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
