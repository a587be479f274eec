//! A help desk that is read from files: what distinguishes it, as values.

use super::reader::{BundleReader, MakeAdapter};
use super::survey::Config;
use crate::source::contract::{Source, SourceError, SourceObject, SourceReader, SourceSettings};
use crate::source::return_layout::ReturnLayout;
use crate::source::template::Guide;

/// A file-based help desk.
#[derive(Debug)]
pub struct BundleSource {
    /// Its name for people.
    pub title: &'static str,
    /// Its objects and how their files are recognised.
    pub config: &'static Config,
    /// Default field rules and value maps, TOML.
    pub rules: &'static str,
    /// The catalogue of its objects, Markdown.
    pub catalogue: &'static str,
    /// What its templates say, if it has some.
    pub guide: Option<&'static Guide>,
    /// The files that take what people made in Intercom since the cutover.
    pub returns: &'static ReturnLayout,
    /// Makes the adapter of one reading.
    pub make: MakeAdapter,
}

impl Source for BundleSource {
    fn name(&self) -> &'static str {
        self.config.system
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn objects(&self) -> Vec<SourceObject> {
        self.config.objects.iter().map(|layout| layout.describe()).collect()
    }

    fn rules(&self) -> &'static str {
        self.rules
    }

    fn catalogue(&self) -> &'static str {
        self.catalogue
    }

    fn return_layout(&self) -> Option<&'static ReturnLayout> {
        Some(self.returns)
    }

    fn guide(&self) -> Option<&'static Guide> {
        self.guide
    }

    fn open(&self, settings: &SourceSettings) -> Result<Box<dyn SourceReader>, SourceError> {
        Ok(Box::new(BundleReader::open(settings, self.config, self.make)?))
    }
}
