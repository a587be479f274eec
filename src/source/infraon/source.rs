//! Infraon Desk as a source.

use super::adapter::Infraon;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;

/// Infraon Desk's exports.
pub static INFRAON: BundleSource = BundleSource {
    title: "Infraon Desk",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: None,
    make: Infraon::make,
};
