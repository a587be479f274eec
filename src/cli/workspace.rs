//! `workspace`: what Intercom offers to map to, by name and id.

use serde::Serialize;
use serde_json::Value;

use super::error::CliError;
use super::error::Exit;
use super::output::table;
use super::session::Session;
use crate::destination::contract::{Destination, DestinationError, Read};
use crate::destination::intercom::family::Entry;
use crate::destination::intercom::family::attribute::answer::AttributeAnswer;
use crate::destination::intercom::pages::list_all;
use crate::engine::workspace;

/// Look at what the workspace offers: the names and ids that the map and the decisions ask for.
#[derive(clap::Subcommand)]
pub enum Args {
    /// List teammates, teams, tags or attributes with their ids. Changes nothing.
    List {
        /// What.
        #[arg(value_enum)]
        kind: Kind,
    },
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Teammates: decision G3 and the map's teammates name them by id.
    Admins,
    /// Teams: the map names them by id.
    Teams,
    /// Tags.
    Tags,
    /// Attributes of contacts, companies and conversations.
    Attributes,
}

/// Something that the workspace has.
#[derive(Debug, Serialize)]
struct Offered {
    id: Option<String>,
    name: String,
    /// Address of a teammate.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// What has an attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// Type of an attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_type: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// If there is no token, it opens another workspace than the ledger's, or Intercom cannot be read.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let Args::List { kind } = args;
    let project = session.project()?;
    let intercom = session.intercom(&project)?;
    match session.context_to_look(&project).await {
        Ok(context) => workspace::check(&context, &intercom).await?,
        // Nothing was read yet, so the ledger belongs to no workspace.
        Err(error) if error.code == "ledger_missing" => {}
        Err(error) => return Err(error),
    }
    let mut found = offered(&intercom, *kind).await?;
    found.sort_by(|a, b| (&a.of, a.name.to_lowercase()).cmp(&(&b.of, b.name.to_lowercase())));
    session.output.result(&found, || text(&found, *kind));
    Ok(Exit::Done)
}

async fn offered(intercom: &dyn Destination, kind: Kind) -> Result<Vec<Offered>, DestinationError> {
    let plain = |one: &Value| {
        let entry = Entry::of(one);
        Offered {
            id: entry.id.map(|id| id.to_string()),
            name: entry.name.unwrap_or_default().to_owned(),
            email: one["email"].as_str().map(str::to_owned),
            of: None,
            data_type: None,
        }
    };
    let list = |path| list_all(intercom, Read::get(path));
    Ok(match kind {
        Kind::Admins => list("/admins").await?.iter().map(plain).collect(),
        Kind::Teams => list("/teams").await?.iter().map(plain).collect(),
        Kind::Tags => list("/tags").await?.iter().map(plain).collect(),
        Kind::Attributes => {
            let mut all: Vec<Offered> =
                list("/data_attributes").await?.iter().map(|one| attribute(one, None)).collect();
            let talks = list("/conversations/attributes").await?;
            all.extend(talks.iter().map(|one| attribute(one, Some("conversation"))));
            all
        }
    })
}

fn attribute(one: &Value, of: Option<&str>) -> Offered {
    let attribute = AttributeAnswer::of(one);
    Offered {
        id: attribute.id.map(|id| id.to_string()),
        name: attribute.name.unwrap_or_default().to_owned(),
        email: None,
        of: of.or(attribute.model).map(str::to_owned),
        data_type: attribute.data_type.as_str().map(str::to_owned),
    }
}

fn text(found: &[Offered], kind: Kind) -> String {
    if found.is_empty() {
        return "The workspace has none.".to_owned();
    }
    let shown = |text: &Option<String>| text.clone().unwrap_or_default();
    match kind {
        Kind::Attributes => table(
            ["of", "name", "type", "id"],
            found.iter().map(|one| {
                vec![shown(&one.of), one.name.clone(), shown(&one.data_type), shown(&one.id)]
            }),
        ),
        Kind::Admins => table(
            ["id", "name", "address"],
            found.iter().map(|one| vec![shown(&one.id), one.name.clone(), shown(&one.email)]),
        ),
        Kind::Teams | Kind::Tags => {
            table(["id", "name"], found.iter().map(|one| vec![shown(&one.id), one.name.clone()]))
        }
    }
}
