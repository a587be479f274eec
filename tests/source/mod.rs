/// Hesk's own MariaDB.
pub(crate) mod hesk;
