//! Two databases and one in memory, without opinions: tables in, tables out.

mod budget_row;
mod codec;
mod column;
mod contract;
mod error;
mod holder;
mod kinds;
mod memory;
mod open;
mod postgres;
mod raw;
mod readers;
mod sqlite;
mod type_filter;

pub use budget_row::BudgetRow;
pub use codec::{CodecError, pack, unpack};
pub use contract::{
    CheckpointRow, Direction, EventQuery, EventRow, EventStore, Group, HeadRow, Mode, NewEventRow,
    Pair, PayloadRow, PayloadStore, ProjectionId, ProjectionRow, RepeatRow, RowChange, RowKey,
    RowQuery, RowStore, STORE_FORMAT, SealStore, Store, StreamKind, StreamRow,
};
pub use error::{ErrorClass, StoreError};
pub use holder::Holder;
pub use memory::MemoryStore;
pub use open::{Place, open, scratch};
pub use postgres::{BudgetRows, PostgresStore};
pub use raw::{RawEvent, RawPayload, RawRange, RawStore, RawStream, RawSubtree};
pub use sqlite::{BudgetFile, SqliteStore, backup_file};
