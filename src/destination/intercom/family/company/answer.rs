//! Companies as they are read.

use serde_json::Value;

use super::super::answered::answers;

answers! {
    /// A company, or a list of companies.
    CompanyAnswer {
        /// The customer's key; a list has none.
        company_id: Option<&'a str>,
        /// The companies of a list.
        data: &'a [Value],
    }
}
