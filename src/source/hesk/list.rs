//! Lists that Hesk keeps in one cell.

/// Ids and names of an `attachments` cell: `12#a.pdf,13#b.txt,`.
pub fn attachments(cell: &str) -> Vec<(u32, &str)> {
    let entry = |entry: &'_ str| -> Option<(u32, usize)> {
        let (id, _) = entry.split_once('#').unwrap_or((entry, ""));
        Some((id.trim().parse().ok().filter(|id| *id > 0)?, id.len()))
    };
    cell.split(',')
        .filter_map(|text| {
            let (id, length) = entry(text)?;
            Some((id, text.get(length + 1..).unwrap_or_default()))
        })
        .collect()
}

/// Tracking ids of a `merged` cell: `#AAA-BBB-CCCC##DDD-EEE-FFFF#`.
pub fn merged(cell: &str) -> Vec<&str> {
    cell.split('#').map(str::trim).filter(|id| !id.is_empty()).collect()
}

/// Ids of a comma list: `4,3`.
pub fn ids(cell: &str) -> Vec<u32> {
    cell.split(',').filter_map(|id| id.trim().parse().ok()).filter(|id| *id > 0).collect()
}

/// Addresses of a comma list, in order; 3.7 writes a backslash before an apostrophe.
pub fn addresses(cell: &str) -> Vec<String> {
    cell.split(',')
        .map(|address| super::text::decode(address.trim()).replace("\\'", "'"))
        .filter(|address| !address.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split() {
        assert_eq!(attachments("12#a.pdf,13#b.txt,"), [(12, "a.pdf"), (13, "b.txt")]);
        assert_eq!(attachments("7"), [(7, "")]);
        assert!(attachments("").is_empty() && attachments("x#y,0#z").is_empty());
        assert_eq!(merged("#AAA-BBB-1111##CCC-DDD-2222#"), ["AAA-BBB-1111", "CCC-DDD-2222"]);
        assert_eq!(ids("4,3,,x"), [4, 3]);
        assert_eq!(addresses("A@e.org, o\\'n@e.org"), ["A@e.org", "o'n@e.org"]);
    }

    proptest::proptest! {
        #[test]
        fn no_cell_makes_them_panic(cell in "[0-9#,é.a ]{0,40}") {
            attachments(&cell);
            merged(&cell);
            ids(&cell);
            addresses(&cell);
        }
    }
}
