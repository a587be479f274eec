mod error;
mod help;
mod install;
mod readme;
mod templates;
