//! ITCO as a source.

use super::adapter::Itco;
use super::guide::GUIDE;
use super::layout::CONFIG;
use super::words::RULES;
use crate::source::bundle::BundleSource;

/// ITCO's data, copied by hand into the templates.
pub static ITCO: BundleSource = BundleSource {
    title: "ITCO",
    config: &CONFIG,
    rules: RULES,
    catalogue: include_str!("README.md"),
    guide: Some(&GUIDE),
    make: Itco::make,
};
