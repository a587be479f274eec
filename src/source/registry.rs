//! The sources: one line each.

use super::clickdesk::CLICKDESK;
use super::contract::{Source, SourceError};
use super::deskero::DESKERO;
use super::hesk::HeskSource;
use super::infraon::INFRAON;
use super::itco::ITCO;

/// All sources, in the order in which they are listed.
pub static SOURCES: &[&dyn Source] = &[&DESKERO, &CLICKDESK, &HeskSource, &INFRAON, &ITCO];

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::source::bundle::header;

    #[test]
    fn no_header_or_stem_means_two_things() {
        for source in SOURCES {
            let mut stems = BTreeMap::new();
            for layout in source.objects() {
                let names = std::iter::once(&layout.object).chain(&layout.stems);
                for stem in names.map(|name| header::stem(name)) {
                    let before = stems.insert(stem.clone(), layout.object.clone());
                    let same = before.is_none_or(|other| other == layout.object);
                    assert!(same, "{}: {stem}", source.name());
                }
                let mut headers = BTreeMap::new();
                for column in &layout.columns {
                    let names = std::iter::once(&column.name).chain(&column.aliases);
                    for form in names.map(|name| header::normalise(name)) {
                        let before = headers.insert(form.clone(), &column.name);
                        assert!(
                            before.is_none_or(|other| *other == column.name),
                            "{}, {}: {form} means {before:?} and {}",
                            source.name(),
                            layout.object,
                            column.name
                        );
                    }
                }
            }
        }
    }
}
