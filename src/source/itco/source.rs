//! ITCO as a source.

use super::adapter::Itco;
use super::guide::GUIDE;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleReader;
use crate::source::contract::{Source, SourceError, SourceObject, SourceReader, SourceSettings};
use crate::source::template::Guide;

/// ITCO's data, copied by hand into the templates.
#[derive(Debug)]
pub struct ItcoSource;

impl Source for ItcoSource {
    fn name(&self) -> &'static str {
        CONFIG.system
    }

    fn title(&self) -> &'static str {
        "ITCO"
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

    fn guide(&self) -> Option<&'static Guide> {
        Some(&GUIDE)
    }

    fn open(&self, settings: &SourceSettings) -> Result<Box<dyn SourceReader>, SourceError> {
        Ok(Box::new(BundleReader::open(settings, &CONFIG, Itco::make)?))
    }
}
