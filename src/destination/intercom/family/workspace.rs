//! What is read of the workspace itself: nothing of it is written.

use serde_json::Value;

use super::answered::answers;

answers! {
    /// Who the token is: the answer of `/me`.
    MeAnswer {
        /// The workspace.
        app: &'a Value,
    }

    /// The workspace.
    AppAnswer {
        /// Its id.
        id_code: Option<&'a str>,
        /// Its time zone.
        timezone: Option<&'a str>,
        /// Where it is kept.
        region: Option<&'a str>,
    }

    /// A help centre.
    HelpCentreAnswer {
        /// Its name.
        identifier: Option<&'a str>,
        /// Its languages.
        locales: &'a [Value],
        /// Customers see it.
        website_turned_on: bool,
    }
}
