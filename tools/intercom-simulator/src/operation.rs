//! The operations the simulator knows, for those who test against it.

use crate::routes::table::all;

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{}` for each parameter.
    pub pattern: &'static str,
    /// `operationId` of Intercom's API description 2.16.
    pub name: &'static str,
    /// Whether it can change the workspace.
    pub writes: bool,
}

/// Every operation the simulator knows.
pub fn operations() -> impl Iterator<Item = Operation> {
    all().map(|route| Operation {
        method: route.method,
        pattern: route.pattern,
        name: route.name,
        writes: route.writes(),
    })
}
