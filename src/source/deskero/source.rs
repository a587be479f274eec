//! Deskero as a source.

use super::adapter::Deskero;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;

/// Deskero's exports.
pub static DESKERO: BundleSource = BundleSource {
    title: "Deskero",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: None,
    make: Deskero::make,
};
