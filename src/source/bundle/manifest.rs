//! `manifest.json`: what the export says of itself. Every key is optional.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::encoding::Encoding;
use super::header;
use crate::model::event::Counts;
use crate::model::record::BodyFormat;
use crate::source::contract::{ExportKind, SourceError};
use crate::source::overrides::Overrides;

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
    /// By file: what stands between two cells (`;`, or `tab`), where it is told wrong.
    pub delimiters: BTreeMap<String, String>,
    /// By file or sheet: the row that holds the headers, from 1.
    pub header_rows: BTreeMap<String, u64>,
    /// By `object.column`: `html` or `text`, of messages that do not say it themselves.
    pub body_formats: BTreeMap<String, String>,
    /// Ids that end in `.0` are whole numbers which a program wrote as fractions.
    pub whole_ids: Option<bool>,
    /// Findings that were seen before and are accepted, by their id.
    pub accepted: Vec<String>,
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
        manifest.check()?;
        for columns in manifest.columns.values_mut() {
            *columns = normalised(columns);
        }
        Ok((manifest, value))
    }

    /// Takes over what a person says of the export beside it, which goes before.
    ///
    /// # Errors
    /// If it names an unknown encoding, delimiter, format or time zone.
    pub fn take(&mut self, said: &Overrides) -> Result<(), SourceError> {
        self.timezone = said.timezone.clone().or(self.timezone.take());
        self.whole_ids = said.whole_ids.or(self.whole_ids);
        self.ignore.extend(said.ignore.iter().cloned());
        self.accepted.extend(said.accepted.iter().cloned());
        self.encodings.extend(said.encodings.clone());
        self.delimiters.extend(said.delimiters.clone());
        self.header_rows.extend(said.header_rows.clone());
        self.body_formats.extend(said.body_formats.clone());
        for (object, columns) in &said.columns {
            self.columns.entry(object.clone()).or_default().extend(normalised(columns));
        }
        for (column, values) in &said.values {
            self.values.entry(column.clone()).or_default().extend(values.clone());
        }
        self.check()
    }

    fn check(&self) -> Result<(), SourceError> {
        self.time_zone()?;
        let unknown = |what: &str, name: &str, of: &str| {
            Err(SourceError::Manifest(format!("unknown {what} {name:?} of {of:?}")))
        };
        if let Some((of, name)) = self.encodings.iter().find(|(_, e)| Encoding::named(e).is_none())
        {
            return unknown("encoding", name, of);
        }
        if let Some((of, mark)) = self.delimiters.iter().find(|(_, mark)| byte(mark).is_none()) {
            return unknown("delimiter", mark, of);
        }
        if let Some((of, name)) = self.body_formats.iter().find(|(_, f)| format_of(f).is_none()) {
            return unknown("body format", name, of);
        }
        match self.header_rows.iter().find(|(_, row)| **row == 0) {
            Some((of, _)) => unknown("header row", "0", of),
            None => Ok(()),
        }
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

    /// What a file is said to have between its cells.
    pub fn delimiter(&self, path: &str) -> Option<u8> {
        self.delimiters.get(path).and_then(|mark| byte(mark))
    }

    /// The row that is said to hold the headers of a file or sheet, from 1.
    pub fn header_row(&self, name: &str) -> u64 {
        self.header_rows.get(name).copied().unwrap_or(1)
    }

    /// The format that the messages of a column are said to have.
    pub fn body_format(&self, object: &str, column: &str) -> Option<BodyFormat> {
        self.body_formats.get(&format!("{object}.{column}")).and_then(|name| format_of(name))
    }

    /// Whether a file, or a sheet of it, is not to be read.
    pub fn ignores(&self, path: &str) -> bool {
        self.ignore.iter().any(|name| name == path)
    }
}

fn normalised(columns: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let columns = columns.iter();
    columns.map(|(theirs, ours)| (header::normalise(theirs), ours.clone())).collect()
}

/// A delimiter by its sign or name.
fn byte(mark: &str) -> Option<u8> {
    match (mark, mark.as_bytes()) {
        ("tab", _) => Some(b'\t'),
        (_, [byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(*byte),
        _ => None,
    }
}

fn format_of(name: &str) -> Option<BodyFormat> {
    match name {
        "html" => Some(BodyFormat::Html),
        "text" => Some(BodyFormat::Text),
        _ => None,
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
    fn what_the_project_says_goes_before() {
        let text = br#"{"delimiters":{"a.csv":";","b.csv":"tab"},"ignore":["x.txt"],
            "columns":{"tickets":{"Ref":"number"}},"timezone":"Europe/Rome"}"#;
        let (mut manifest, _) = Manifest::parse(text).unwrap();
        let said = Overrides {
            timezone: Some("Asia/Kolkata".into()),
            ignore: vec!["y.txt".into()],
            delimiters: [("a.csv".into(), "|".into())].into(),
            header_rows: [("a.csv".into(), 3)].into(),
            body_formats: [("tickets.description".into(), "text".into())].into(),
            columns: [("tickets".into(), [("Our Ref".into(), "id".into())].into())].into(),
            ..Overrides::default()
        };
        manifest.take(&said).unwrap();
        assert_eq!(manifest.time_zone().unwrap(), Some(chrono_tz::Asia::Kolkata));
        assert!(manifest.ignores("x.txt") && manifest.ignores("y.txt"));
        assert_eq!(
            (manifest.delimiter("a.csv"), manifest.delimiter("b.csv")),
            (Some(b'|'), Some(b'\t'))
        );
        assert_eq!((manifest.header_row("a.csv"), manifest.header_row("b.csv")), (3, 1));
        assert_eq!(manifest.body_format("tickets", "description"), Some(BodyFormat::Text));
        assert_eq!(manifest.columns["tickets"].len(), 2);
        let wrong = Overrides { encodings: [("a".into(), "b".into())].into(), ..said };
        assert!(manifest.take(&wrong).is_err());
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
            r#"{"delimiters":{"tickets.csv":"::"}}"#,
            r#"{"header_rows":{"tickets.csv":0}}"#,
            r#"{"body_formats":{"tickets.description":"rtf"}}"#,
        ] {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
