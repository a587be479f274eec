mod error;
mod help;
mod readme;
