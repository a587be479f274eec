//! Answers with types: what is read of an object, by the names of the fields of a struct. A field
//! that Intercom renames is renamed here, and whoever reads it no longer compiles. Fields that
//! nobody reads are ignored; one that is missing or of another type is nothing, as it comes from
//! outside and every version of the API has its own.

use serde_json::Value;

use crate::model::DestinationId;

use super::super::pages::items;
use super::super::request::id_text;

/// What can be read of a field.
pub trait FromField<'a> {
    /// Reads it; null if the field is missing.
    fn from_field(value: &'a Value) -> Self;
}

impl<'a> FromField<'a> for &'a Value {
    fn from_field(value: &'a Value) -> Self {
        value
    }
}

impl<'a> FromField<'a> for Option<&'a str> {
    fn from_field(value: &'a Value) -> Self {
        value.as_str()
    }
}

impl FromField<'_> for Option<DestinationId> {
    /// Ids come as text or as numbers (FACTS §1).
    fn from_field(value: &Value) -> Self {
        id_text(value).map(DestinationId::from)
    }
}

impl FromField<'_> for bool {
    fn from_field(value: &Value) -> Self {
        *value == true
    }
}

impl FromField<'_> for Option<u64> {
    fn from_field(value: &Value) -> Self {
        value.as_u64()
    }
}

impl<'a> FromField<'a> for &'a [Value] {
    /// Lists come bare, or under the name of what they hold (FACTS §3).
    fn from_field(value: &'a Value) -> Self {
        value.as_array().map_or_else(|| items(value), Vec::as_slice)
    }
}

/// Makes structs of answers: their fields are named as Intercom names them.
macro_rules! answers {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)+ }
    )+) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name<'a> {
            $($(#[$doc])* pub $field: $kind,)+
        }

        impl<'a> $name<'a> {
            /// Its fields, by Intercom's names.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field),)+];

            /// Reads it.
            pub fn of(object: &'a serde_json::Value) -> Self {
                use $crate::destination::intercom::family::answered::FromField;
                Self { $($field: FromField::from_field(&object[stringify!($field)]),)+ }
            }
        }
    )+};
}
pub(in super::super) use answers;

answers! {
    /// What can be read of anything.
    Entry {
        /// Its id.
        id: Option<DestinationId>,
        /// Its name, where its family has one.
        name: Option<&'a str>,
        /// It is archived.
        archived: bool,
        /// When it was made.
        created_at: &'a Value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_nothing() {
        let object = json!({ "id": 7, "name": "vip", "archived": true, "more": 1 });
        let entry = Entry::of(&object);
        assert_eq!((entry.id, entry.name, entry.archived), (Some("7".into()), Some("vip"), true));
        let entry = Entry::of(&Value::Null);
        assert_eq!((entry.id, entry.name, entry.archived), (None, None, false));
    }
}
