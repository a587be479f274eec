//! The help centre: articles with their redirects, internal articles, and collections.

pub use super::super::family::article::payload::*;
pub use super::super::family::collection::payload::*;
