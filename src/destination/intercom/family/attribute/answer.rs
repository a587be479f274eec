//! Attributes as they are read.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::answered::answers;

answers! {
    /// An attribute.
    AttributeAnswer {
        /// Its id.
        id: Option<DestinationId>,
        /// Its name.
        name: Option<&'a str>,
        /// What has it, if it is of contacts or companies.
        model: Option<&'a str>,
        /// Its type.
        data_type: &'a Value,
        /// It is archived.
        archived: bool,
        /// The options of a list.
        options: &'a [Value],
    }

    /// An option of a list.
    OptionAnswer {
        /// Its id.
        id: &'a Value,
        /// Its label.
        label: &'a Value,
        /// It is archived.
        archived: bool,
    }

    /// Anything that has values.
    ValuedAnswer {
        /// They, by the name of the attribute.
        custom_attributes: &'a Value,
    }
}
