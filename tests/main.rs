//! Tests that need more than one file of the product. The list says where a test goes.

/// Promises to others: the durable format, the databases, the sources, Intercom.
mod contract;
