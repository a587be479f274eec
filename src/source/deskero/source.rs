//! Deskero as a source.

use super::adapter::Deskero;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleReader;
use crate::source::contract::{Source, SourceError, SourceObject, SourceReader, SourceSettings};

/// Deskero's exports.
#[derive(Debug)]
pub struct DeskeroSource;

impl Source for DeskeroSource {
    fn name(&self) -> &'static str {
        CONFIG.system
    }

    fn title(&self) -> &'static str {
        "Deskero"
    }

    fn objects(&self) -> Vec<SourceObject> {
        CONFIG.objects.iter().map(|layout| layout.describe()).collect()
    }

    fn rules(&self) -> &'static str {
        RULES
    }

    fn catalogue(&self) -> &'static str {
        include_str!("README.md")
    }

    fn open(&self, settings: &SourceSettings) -> Result<Box<dyn SourceReader>, SourceError> {
        Ok(Box::new(BundleReader::open(settings, &CONFIG, Deskero::make)?))
    }
}
