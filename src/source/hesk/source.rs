//! Hesk as a source.

use super::emit::SYSTEM;
use super::export::ExportReader;
use super::layout;
use super::reader::HeskReader;
use super::words::RULES;
use crate::source::contract::{
    Place, Source, SourceError, SourceObject, SourceReader, SourceSettings,
};

/// Hesk installations.
#[derive(Debug)]
pub struct HeskSource;

impl Source for HeskSource {
    fn name(&self) -> &'static str {
        SYSTEM
    }

    fn title(&self) -> &'static str {
        "Hesk"
    }

    fn objects(&self) -> Vec<SourceObject> {
        layout::objects()
    }

    fn rules(&self) -> &'static str {
        RULES
    }

    fn catalogue(&self) -> &'static str {
        include_str!("README.md")
    }

    fn open(&self, settings: &SourceSettings) -> Result<Box<dyn SourceReader>, SourceError> {
        match &settings.place {
            Place::Database(place) => Ok(Box::new(HeskReader::open(place, &settings.reading)?)),
            Place::Bundle(path) => Ok(Box::new(ExportReader::open(path, &settings.reading)?)),
        }
    }
}
