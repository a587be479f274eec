//! Asks the decisions taken, with their defaults filled in.

use super::decision::Decisions;
use super::error::MappingError;

/// The answers, or what holds without one.
pub(super) struct Asked<'a>(&'a Decisions);

impl<'a> Asked<'a> {
    pub(super) fn new(decisions: &'a Decisions) -> Self {
        Self(decisions)
    }

    pub(super) fn option(&self, id: &str) -> Result<Option<&'static str>, MappingError> {
        Ok(self.0.answer(id)?.map(|answer| answer.option))
    }

    pub(super) fn value(&self, id: &str) -> Result<Option<String>, MappingError> {
        Ok(self.0.answer(id)?.and_then(|answer| answer.value))
    }

    pub(super) fn is(&self, id: &str, option: &str) -> Result<bool, MappingError> {
        Ok(self.option(id)? == Some(option))
    }

    pub(super) fn number(&self, id: &str) -> Result<u64, MappingError> {
        Ok(self.value(id)?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}
