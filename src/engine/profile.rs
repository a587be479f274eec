//! What the source holds that a map has to answer, from the ledger.

use super::context::Context;
use super::error::EngineError;
use super::load;
use super::setting::PAGE_RECORDS;
use crate::mapping::profile::SourceProfile;
use crate::model::StreamId;
use crate::projection::{RecordState, WorkQueue};

/// The profile of every record.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_everything(context: &Context) -> Result<SourceProfile, EngineError> {
    let mut profile = SourceProfile::default();
    let mut from = Vec::new();
    while let Some((page, next)) = load::state_page(context, &from).await? {
        from = next;
        let read = |(_, state): &&(StreamId, RecordState)| state.read_at.is_some();
        let streams: Vec<StreamId> = page.iter().filter(read).map(|(stream, _)| *stream).collect();
        observe(context, &streams, &mut profile).await?;
    }
    Ok(profile)
}

/// The profile of the records that wait to be mapped.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn of_waiting(context: &Context) -> Result<SourceProfile, EngineError> {
    let mut profile = SourceProfile::default();
    let mut after = None;
    loop {
        let (from, to) = WorkQueue::transform_range(after);
        let rows = context.ledger.scan(WorkQueue::NAME, &from, Some(&to), PAGE_RECORDS).await?;
        let streams: Vec<StreamId> =
            rows.iter().filter_map(|(key, _)| WorkQueue::transform_stream(key)).collect();
        let Some(last) = streams.last().copied() else {
            return Ok(profile);
        };
        after = Some(last);
        observe(context, &streams, &mut profile).await?;
    }
}

async fn observe(
    context: &Context,
    streams: &[StreamId],
    profile: &mut SourceProfile,
) -> Result<(), EngineError> {
    for page in streams.chunks(PAGE_RECORDS) {
        for loaded in load::records(context, page).await? {
            if let Some(record) = &loaded.record {
                profile.observe(&loaded.key, record);
            }
        }
    }
    Ok(())
}
