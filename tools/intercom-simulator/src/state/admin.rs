//! The workspace itself, its teammates and teams: read only, from the workspace file.

use serde::{Deserialize, Serialize};

/// The workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct App {
    pub(crate) id_code: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) timezone: String,
    pub(crate) created_at: i64,
}

impl Default for App {
    fn default() -> Self {
        Self {
            id_code: "simulator".to_owned(),
            name: "Simulator".to_owned(),
            region: "US".to_owned(),
            timezone: "America/Los_Angeles".to_owned(),
            created_at: 1_600_000_000,
        }
    }
}

/// A teammate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Admin {
    #[serde(deserialize_with = "number")]
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) job_title: String,
    #[serde(default)]
    pub(crate) away_mode_enabled: bool,
    #[serde(default)]
    pub(crate) away_mode_reassign: bool,
    #[serde(default = "yes")]
    pub(crate) has_inbox_seat: bool,
}

/// A team.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Team {
    #[serde(deserialize_with = "number")]
    pub(crate) id: u64,
    pub(crate) name: String,
    #[serde(default, deserialize_with = "numbers")]
    pub(crate) admin_ids: Vec<u64>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl NumberOrText {
    fn value<E: serde::de::Error>(self) -> Result<u64, E> {
        match self {
            Self::Number(n) => Ok(n),
            Self::Text(t) => t.parse().map_err(|_| E::custom(format!("{t:?} is not a number"))),
        }
    }
}

/// An id written as a number or as a string of digits.
pub(super) fn number<'de, D: serde::Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    NumberOrText::deserialize(d)?.value()
}

fn numbers<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<u64>, D::Error> {
    Vec::<NumberOrText>::deserialize(d)?.into_iter().map(NumberOrText::value).collect()
}
