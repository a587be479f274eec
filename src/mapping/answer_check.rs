//! Whether the value of an answer is one that the decision can use: told when it is given, not when
//! it is needed.

use super::decision::{Decisions, decision};
use super::error::MappingError;
use crate::model::nearest::did_you_mean;

/// Refuses an answer whose value the decision cannot use.
///
/// # Errors
/// [`MappingError::Answer`] with what may be given.
pub fn check(id: &str, option: &str, value: Option<&str>) -> Result<(), MappingError> {
    let Some(value) = value else { return Ok(()) };
    let what = match (id, option) {
        ("G3", "admin") => admin(value),
        ("G8", "zone") => zone(value),
        _ => None,
    };
    match what {
        Some(what) => {
            Err(MappingError::Answer { id: decision(id)?.id, given: value.to_owned(), what })
        }
        None => Ok(()),
    }
}

/// Refuses answers that were written into the file by hand and cannot be used.
///
/// # Errors
/// [`MappingError::Answer`] for the first.
pub fn check_all(decisions: &Decisions) -> Result<(), MappingError> {
    for known in super::decision::all().filter(|known| decisions.is_given(known.id)) {
        if let Some(answer) = decisions.answer(known.id)? {
            check(known.id, answer.option, answer.value.as_deref())?;
        }
    }
    Ok(())
}

/// What is wrong with the id of an admin; nothing if it can be one.
fn admin(value: &str) -> Option<String> {
    if value.parse::<i64>().is_ok_and(|id| id > 0) {
        return None;
    }
    let what = "an admin is named by its number in Intercom, as in `admin:814860`; `deskledger \
                workspace list admins` shows names and numbers";
    Some(what.to_owned())
}

/// What is wrong with the name of a time zone; nothing if there is one.
fn zone(value: &str) -> Option<String> {
    if value.parse::<chrono_tz::Tz>().is_ok() {
        return None;
    }
    let near = did_you_mean(value, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
    Some(format!("there is no time zone of this IANA name, such as Europe/Rome{near}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_refused_with_what_can() {
        assert!(check("G8", "zone", Some("Europe/Rome")).is_ok());
        assert!(check("G3", "admin", Some("814860")).is_ok());
        assert!(check("D3", "spread", Some("7")).is_ok());
        let zone = check("G8", "zone", Some("Europe/Rom")).unwrap_err().to_string();
        assert!(zone.contains("did you mean Europe/Rome"), "{zone}");
        for admin in ["Bo Kestrel", "bo@example.com", "0", "-3"] {
            let said = check("G3", "admin", Some(admin)).unwrap_err().to_string();
            assert!(said.contains("workspace list admins"), "{said}");
        }
    }

    #[test]
    fn what_was_written_by_hand_is_checked_too() {
        let given = |text: &str| check_all(&Decisions::parse(text).unwrap());
        assert!(given("G8 = \"zone:Asia/Tokyo\"").is_ok());
        assert!(matches!(given("G8 = \"zone:Tokio\""), Err(MappingError::Answer { .. })));
    }
}
