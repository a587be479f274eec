//! Articles with their redirects, and internal articles.

pub mod answer;
pub mod internal;
pub mod payload;
pub mod probe;
pub mod redirect;
pub mod rules;
