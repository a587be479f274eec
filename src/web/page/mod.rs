//! The pages, each from facts to HTML.

pub mod demo;
pub mod event;
pub mod finding;
pub mod loss;
pub mod overview;
pub mod proof;
pub mod reconciliation;
pub mod record;
pub mod record_list;
pub mod rollback;
pub mod run;
