//! Posts on social networks.

use super::columns::mention;
use super::memory::{Memory, key};
use crate::model::Record;
use crate::model::record::{Body, BodyFormat, Mention};
use crate::source::bundle::cells::Cells;
use crate::source::bundle::index::hash;
use crate::source::finding::Code;

/// A handle in one form: of an address the last part, without `@`, in lower case.
pub(super) fn handle(text: &str) -> String {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default();
    let last = text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.trim_start_matches('@').to_lowercase()
}

/// A post. It belongs to the ticket it names, else to the one with the same post id; its author
/// is the customer it names, else the one with that address.
pub(super) fn mention(memory: &Memory, cells: &mut Cells<'_>) -> Option<Record> {
    let row = cells.row;
    let by_post = || memory.posts.get(&hash(row.id(mention::ID)?))?.clone();
    let ticket = row.id(mention::TICKET_ID).map(str::to_owned).or_else(by_post);
    if ticket.is_none() {
        cells.note(Code::MentionUnlinked, "No ticket has this post.");
    }
    let known = |slot| memory.handles.get(&hash(&handle(row.trimmed(slot)?)))?.clone();
    let customer = row.id(mention::CUSTOMER_ID).map(str::to_owned);
    let customer =
        customer.or_else(|| known(mention::AUTHOR_URL)).or_else(|| known(mention::AUTHOR_HANDLE));
    let body = cells.body(mention::TEXT, None);
    Some(Record::from(Mention {
        network: cells.string(mention::NETWORK).unwrap_or_else(|| "social".to_owned()),
        kind: cells.string(mention::KIND).unwrap_or_else(|| "mention".to_owned()),
        author_handle: cells.string(mention::AUTHOR_HANDLE),
        author_name: cells.string(mention::AUTHOR_NAME),
        author_url: cells.string(mention::AUTHOR_URL),
        body: body.unwrap_or(Body { format: BodyFormat::Text, content: String::new() }),
        created_at: cells.time(mention::CREATED_AT),
        permalink: cells.string(mention::PERMALINK),
        conversation: ticket.and_then(|id| key("ticket", &id)),
        customer: customer.and_then(|id| key("customer", &id)),
        standard: cells.standard(&[mention::KEYWORD, mention::SENTIMENT]),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_meet_addresses() {
        for text in ["@Ada", "ada", "https://twitter.com/Ada/", "twitter.com/ada?x=1"] {
            assert_eq!(handle(text), "ada", "{text}");
        }
    }
}
