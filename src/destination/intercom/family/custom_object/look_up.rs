//! Finding out whether an instance was written (FACTS §9).

use super::super::super::super::contract::LookUp;
use super::super::super::compare::differing;
use super::super::super::kind::ObjectKind;
use super::super::super::look_up::as_read::as_read;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::rules::by_key as read_by_key;

/// By the customer's key.
pub async fn by_key(look: &Look<'_>) -> Looked {
    let Some(read) = read_by_key(look.request) else { return Ok(LookUp::Absent) };
    let found = look.object(read).await?;
    let Some(found) = found else { return Ok(LookUp::Absent) };
    let back = as_read(ObjectKind::Object, found);
    let same = differing(look.request, &back).is_empty();
    Ok(if same { landed(back.object) } else { LookUp::Absent })
}
