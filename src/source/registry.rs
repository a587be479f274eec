//! The sources: one line each.

use super::clickdesk::ClickDeskSource;
use super::contract::{Source, SourceError};
use super::deskero::DeskeroSource;
use super::hesk::HeskSource;
use super::infraon::InfraonSource;
use super::itco::ItcoSource;

/// All sources, in the order in which they are listed.
pub static SOURCES: &[&dyn Source] =
    &[&DeskeroSource, &ClickDeskSource, &HeskSource, &InfraonSource, &ItcoSource];

/// The source of that name.
///
/// # Errors
/// If there is none.
pub fn find(name: &str) -> Result<&'static dyn Source, SourceError> {
    SOURCES
        .iter()
        .copied()
        .find(|source| source.name() == name)
        .ok_or_else(|| SourceError::UnknownSource(name.to_owned()))
}
