//! Finding out what came of a request about an option (FACTS §9).

use serde_json::{Value, json};

use super::super::super::super::contract::LookUp;
use super::super::super::look_up::look::{Look, Looked, landed};
use super::super::super::normalise::same_id;
use super::super::super::operation::Operation;
use super::super::named::active;
use super::threads::options;

/// An option of a list, by its label or its id.
pub async fn option(look: &Look<'_>) -> Looked {
    let path = "/conversations/attributes/{attribute_id}";
    let Some(attribute) = look.object(look.read(path)).await? else { return Ok(LookUp::Absent) };
    let options = options(&attribute).to_vec();
    let label = look.request.field("label").cloned().unwrap_or(Value::Null);
    let id = json!(look.request.path_value("option_id"));
    let is_it = |option: &Value| same_id(&option["id"], &id);
    Ok(match look.request.operation {
        Operation::ConversationOptionArchive => {
            match options.iter().any(|option| is_it(option) && active(option)) {
                true => LookUp::Absent,
                false => look.landed_on("option_id", attribute),
            }
        }
        Operation::ConversationOptionUpdate => {
            let found = options.into_iter().find(|one| is_it(one) && one["label"] == label);
            found.map_or(LookUp::Absent, landed)
        }
        _ => {
            let found = options.into_iter().filter(|one| one["label"] == label && active(one));
            look.one_of(found.collect())
        }
    })
}
