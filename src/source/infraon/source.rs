//! Infraon Desk as a source.

use super::adapter::Infraon;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleReader;
use crate::source::contract::{Source, SourceError, SourceObject, SourceReader, SourceSettings};

/// Infraon Desk's exports.
#[derive(Debug)]
pub struct InfraonSource;

impl Source for InfraonSource {
    fn name(&self) -> &'static str {
        CONFIG.system
    }

    fn title(&self) -> &'static str {
        "Infraon Desk"
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
        Ok(Box::new(BundleReader::open(settings, &CONFIG, Infraon::make)?))
    }
}
