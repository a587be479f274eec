//! The time at which the old help desk touched a thread last: alone no reason to write. Pure.

use serde_json::Value;

/// Ends the name of the attribute that holds when the old help desk touched a thread last; what
/// stands before it is the help desk's word alone.
pub const STAMP: &str = "_updated_at";

/// Title and attributes of a thread, which stand at `place`, without that time.
pub fn without_stamp(body: &Value, place: &str) -> Value {
    let mut body = body.clone();
    if let Some(attributes) = body.get_mut(place).and_then(Value::as_object_mut) {
        let is_stamp = |name: &String| {
            let word = name.strip_suffix(STAMP);
            word.is_some_and(|word| word.chars().all(char::is_alphanumeric))
        };
        attributes.retain(|name, _| !is_stamp(name));
    }
    body
}
