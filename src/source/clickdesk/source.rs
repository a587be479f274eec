//! ClickDesk as a source.

use super::adapter::ClickDesk;
use super::layout::CONFIG;
use super::memory::RULES;
use crate::source::bundle::BundleReader;
use crate::source::contract::{Source, SourceError, SourceObject, SourceReader, SourceSettings};

/// ClickDesk's exports.
#[derive(Debug)]
pub struct ClickDeskSource;

impl Source for ClickDeskSource {
    fn name(&self) -> &'static str {
        CONFIG.system
    }

    fn title(&self) -> &'static str {
        "ClickDesk"
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
        Ok(Box::new(BundleReader::open(settings, &CONFIG, ClickDesk::make)?))
    }
}
