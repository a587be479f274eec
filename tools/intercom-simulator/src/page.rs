//! Pages: by cursor or by number, with Intercom's defaults and limits.

use crate::call::Call;
use crate::error::ApiError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Default and largest page of one operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) default: usize,
    pub(crate) max: usize,
}

impl Size {
    pub(crate) const fn new(default: usize, max: usize) -> Self {
        Self { default, max }
    }

    /// The size asked for. Over the maximum is an error: data would go missing unseen.
    fn pick(self, asked: Option<usize>) -> Result<usize, ApiError> {
        match asked {
            None => Ok(self.default),
            Some(n) if (1..=self.max).contains(&n) => Ok(n),
            Some(n) => {
                let limit = self.max;
                Err(ApiError::invalid(format!("per_page {n} is not between 1 and {limit}")))
            }
        }
    }
}

/// A cursor: the key after which the page starts.
pub(crate) fn cursor(key: &str) -> String {
    STANDARD.encode(format!("[\"{key}\"]"))
}

fn open_cursor(text: &str) -> Result<String, ApiError> {
    let bad = || ApiError::new(400, "client_error", "Invalid starting_after param");
    let bytes = STANDARD.decode(text).map_err(|_| bad())?;
    let keys: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    keys.into_iter().next().ok_or_else(bad)
}

/// What a cursor request asks for.
#[derive(Debug)]
pub(crate) struct CursorRequest {
    pub(crate) per_page: usize,
    pub(crate) after: Option<String>,
}

impl CursorRequest {
    /// From the query of a list.
    pub(crate) fn from_query(call: &Call, size: Size) -> Result<Self, ApiError> {
        let asked = call.query("per_page").map(|n| n.parse().unwrap_or(0));
        let after = call.query("starting_after").filter(|c| !c.is_empty());
        Ok(Self { per_page: size.pick(asked)?, after: after.map(open_cursor).transpose()? })
    }

    /// From the `pagination` of a search.
    pub(crate) fn from_body(call: &Call, size: Size) -> Result<Self, ApiError> {
        let page = &call.body["pagination"];
        let asked = page.get("per_page").and_then(Value::as_u64);
        let asked = asked.map(|n| usize::try_from(n).unwrap_or(0));
        let after = page["starting_after"].as_str();
        Ok(Self { per_page: size.pick(asked)?, after: after.map(open_cursor).transpose()? })
    }

    /// Cuts the page out of the sorted keys. Gives the page and its `pages` object.
    pub(crate) fn cut<K: Copy + ToString>(&self, keys: &[K]) -> (Vec<K>, Value) {
        let start = match &self.after {
            None => 0,
            Some(after) => {
                let at = keys.iter().position(|key| key.to_string() == *after);
                at.map_or(keys.len(), |at| at + 1)
            }
        };
        let page: Vec<K> = keys.iter().skip(start).take(self.per_page).copied().collect();
        let more = start + page.len() < keys.len();
        let next = page.last().filter(|_| more).map(ToString::to_string);
        let pages = self.pages(start / self.per_page + 1, keys.len(), next.as_deref());
        (page, pages)
    }

    pub(crate) fn pages(&self, page: usize, total: usize, next: Option<&str>) -> Value {
        let next = next.map(|key| json!({"page": page + 1, "starting_after": cursor(key)}));
        json!({"type": "pages", "page": page, "per_page": self.per_page, "next": next,
               "total_pages": total.div_ceil(self.per_page)})
    }
}

/// Cuts a numbered page out of the keys; `next` is an address or null.
pub(crate) fn numbered<K: Clone>(
    call: &Call,
    base_url: &str,
    size: Size,
    keys: &[K],
) -> Result<(Vec<K>, Value), ApiError> {
    let number = |key: &str| {
        let text = call.query(key).map(ToOwned::to_owned).or_else(|| call.id(key));
        text.map(|text| text.parse::<usize>().unwrap_or(0))
    };
    let per_page = size.pick(number("per_page"))?;
    let page = number("page").unwrap_or(1);
    if page == 0 {
        return Err(ApiError::invalid("page is not a page number"));
    }
    let slice: Vec<K> = keys.iter().skip((page - 1) * per_page).take(per_page).cloned().collect();
    let total_pages = keys.len().div_ceil(per_page);
    let next = (page < total_pages)
        .then(|| format!("{base_url}{}?per_page={per_page}&page={}", call.path, page + 1));
    let pages = json!({"type": "pages", "page": page, "per_page": per_page, "next": next,
                       "total_pages": total_pages});
    Ok((slice, pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_walk_over_everything_once() {
        let keys: Vec<u64> = (1..=7).collect();
        let mut request = CursorRequest { per_page: 3, after: None };
        let mut seen = Vec::new();
        loop {
            let (page, pages) = request.cut(&keys);
            seen.extend(page);
            match pages["next"]["starting_after"].as_str() {
                Some(next) => request.after = Some(open_cursor(next).unwrap()),
                None => break,
            }
        }
        assert_eq!(seen, keys);
    }

    #[test]
    fn sizes_over_the_maximum_are_refused() {
        let size = Size::new(50, 150);
        assert_eq!(size.pick(None).unwrap(), 50);
        assert_eq!(size.pick(Some(150)).unwrap(), 150);
        assert!(size.pick(Some(151)).is_err());
        assert!(size.pick(Some(0)).is_err());
        assert!(open_cursor("nonsense").is_err());
    }
}
