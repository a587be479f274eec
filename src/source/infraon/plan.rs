//! How the columns of each kind of object are used.

use super::object_columns::{asset, change, ci, problem, release};
use super::resolve::Kind;
use crate::model::record::FieldType;
use crate::source::bundle::layout::{Cell, ObjectLayout};

/// Intercom keeps this external id for itself: an instance of that id would be lost.
const RESERVED_ID: &str = "reference_not_found";

/// True if no instance may have this id.
pub(super) fn is_reserved(id: &str) -> bool {
    id.eq_ignore_ascii_case(RESERVED_ID)
}

/// How the columns of a kind are used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The kind.
    pub(super) kind: Kind,
    /// Columns that name it, best first.
    pub(super) names: &'static [usize],
    /// Number shown to people.
    pub(super) shown: Option<usize>,
    pub(super) created: usize,
    pub(super) updated: usize,
    /// Columns of ids, and what they lead to.
    pub(super) links: &'static [(usize, Kind)],
    /// Columns with a place of their own besides these.
    apart: &'static [usize],
    /// Columns of more than a line.
    long: &'static [usize],
}

const CI: Plan = Plan {
    kind: Kind::Ci,
    names: &[ci::NAME],
    shown: None,
    created: ci::CREATED_AT,
    updated: ci::UPDATED_AT,
    links: &[],
    apart: &[ci::TYPE],
    long: &[ci::DESCRIPTION],
};

const ASSET: Plan = Plan {
    kind: Kind::Asset,
    names: &[asset::NAME, asset::ASSET_TAG],
    shown: Some(asset::ASSET_TAG),
    created: asset::CREATED_AT,
    updated: asset::UPDATED_AT,
    links: &[(asset::CI_ID, Kind::Ci)],
    apart: &[asset::CATEGORY],
    long: &[asset::DESCRIPTION],
};

const CHANGE: Plan = Plan {
    kind: Kind::Change,
    names: &[change::TITLE],
    shown: Some(change::DISPLAY_ID),
    created: change::CREATED_AT,
    updated: change::UPDATED_AT,
    links: &[
        (change::INCIDENT_IDS, Kind::Incident),
        (change::PROBLEM_IDS, Kind::Problem),
        (change::CI_IDS, Kind::Ci),
    ],
    apart: &[],
    long: &[change::DESCRIPTION, change::CAB_NOTES, change::ROLLOUT_PLAN, change::ROLLBACK_PLAN],
};

const RELEASE: Plan = Plan {
    kind: Kind::Release,
    names: &[release::NAME],
    shown: Some(release::DISPLAY_ID),
    created: release::CREATED_AT,
    updated: release::UPDATED_AT,
    links: &[(release::CHANGE_IDS, Kind::Change)],
    apart: &[],
    long: &[release::DESCRIPTION],
};

const PROBLEM: Plan = Plan {
    kind: Kind::Problem,
    names: &[problem::TITLE],
    shown: Some(problem::DISPLAY_ID),
    created: problem::CREATED_AT,
    updated: problem::UPDATED_AT,
    links: &[(problem::INCIDENT_IDS, Kind::Incident), (problem::CHANGE_IDS, Kind::Change)],
    apart: &[],
    long: &[problem::DESCRIPTION, problem::ROOT_CAUSE, problem::WORKAROUND, problem::RESOLUTION],
};

/// How the columns of an object are used.
pub(super) fn plan_of(object: &str) -> Option<&'static Plan> {
    [&CI, &ASSET, &CHANGE, &RELEASE, &PROBLEM].into_iter().find(|plan| plan.kind.object() == object)
}

impl Plan {
    /// True if the column becomes a field of the instance.
    pub(super) fn is_field(&self, layout: &ObjectLayout, slot: usize) -> bool {
        let places = [0, self.names[0], self.created, self.updated];
        !places.contains(&slot)
            && !self.apart.contains(&slot)
            && self.links.iter().all(|(other, _)| *other != slot)
            && !matches!(layout.columns[slot].cell, Cell::FieldPairs | Cell::Children)
    }

    /// Type of the field that a column becomes.
    pub(super) fn field_type(&self, layout: &ObjectLayout, slot: usize) -> FieldType {
        match layout.columns[slot].cell {
            Cell::Integer => FieldType::Integer,
            Cell::Decimal => FieldType::Decimal,
            Cell::Boolean => FieldType::Boolean,
            Cell::Date => FieldType::Date,
            Cell::DateTime => FieldType::DateTime,
            Cell::Email => FieldType::Email,
            Cell::List => FieldType::MultiList,
            _ if self.long.contains(&slot) => FieldType::Text,
            _ => FieldType::String,
        }
    }
}

/// Name of a custom field beside the known columns, some of which may have the same name.
pub(super) fn custom_name(layout: &ObjectLayout, name: &str) -> String {
    let taken = layout.columns.iter().any(|column| column.name == name);
    if taken { format!("cf_{name}") } else { name.to_owned() }
}
