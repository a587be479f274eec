//! From an address to a page: the one renderer, for the server and for folders.

use super::address::Address;
use super::error::WebError;
use super::frame::{Page, document};
use super::links::Links;
use super::opened::Opened;
use super::page::{event, finding, loss, overview, proof, reconciliation};
use super::page::{record, record_list, rollback, run};
use crate::audit;

/// What is at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// A page, as a whole document.
    Page(String),
    /// The page that checks proofs: it has a script of its own, and a policy of its own.
    Checker(String),
    /// A file, with its name.
    File(String, String),
}

/// What is at an address, and, of a page, what it leads to.
///
/// # Errors
/// If nothing is there, or the ledger cannot be read.
pub async fn draw(
    opened: &Opened,
    links: &Links,
    address: &Address,
) -> Result<(Drawn, Page), WebError> {
    let page = match address {
        Address::Proof(at) => {
            let text = proof::proof(opened, *at).await?;
            return Ok((Drawn::File(format!("{at}.tlog-proof"), text), Page::default()));
        }
        Address::Verify => {
            return Ok((Drawn::Checker(audit::checker_page()), Page::default()));
        }
        Address::Overview => overview::page(opened, links).await?,
        Address::Runs(before) => run::runs(opened, links, *before).await?,
        Address::Run(id) => run::run(opened, links, *id).await?,
        Address::Events(from) | Address::Event(from) => event::events(opened, links, *from).await?,
        Address::Reconciliation => reconciliation::page(opened, links).await?,
        Address::Findings(kind, from) => finding::page(opened, links, *kind, *from).await?,
        Address::Losses(from) => loss::page(opened, links, *from).await?,
        Address::Records(from) => record_list::records(opened, links, *from).await?,
        Address::Waiting(from) => record_list::waiting(opened, links, *from).await?,
        Address::Record(stream) => record::page(opened, links, *stream).await?,
        Address::RecordEvents(stream, from) => {
            record::more_events(opened, links, *stream, *from).await?
        }
        Address::RecordParts(stream, from) => {
            record::more_parts(opened, links, *stream, *from).await?
        }
        Address::Rollback(from) => rollback::standing(opened, links, *from).await?,
        Address::Rollbacks(from) => rollback::rollbacks(opened, links, *from).await?,
        Address::Residue(from) => rollback::residue(opened, links, *from).await?,
        Address::Search(word, from) => record_list::found(opened, links, word, *from).await?,
    };
    Ok((Drawn::Page(document(&page, address, &opened.project, links)), page))
}
