mod error;
mod help;
mod readme;
mod templates;
