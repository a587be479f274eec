#![doc = include_str!("ARCHITECTURE.md")]

pub mod model;

pub mod env;
pub mod source;
pub mod store;

pub mod audit;
pub mod destination;
pub mod ledger;

pub mod mapping;
pub mod projection;

pub mod engine;
pub mod report;

pub mod project;
pub mod web;

pub mod cli;
