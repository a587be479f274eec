//! `map`: proposes, shows and confirms the map.

use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::destination::contract::{Destination, DestinationError, Read, StopScope};
use crate::destination::intercom::pages::list_all;
use crate::destination::intercom::request::id_text;
use crate::engine::{Context, EngineError, confirm, profile};
use crate::mapping::defaults::Defaults;
use crate::mapping::proposal::{HelpCenter, Listed, Proposal, TicketState, Workspace};
use crate::mapping::propose::propose;
use crate::model::{ClaimName, Digest};
use crate::project::{MAPPING_FILE, Project};

/// Propose, show and confirm what becomes of fields, status words, teammates, teams and tags.
/// Nothing moves with a map that is not confirmed.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Propose mapping.toml from what was read and what the workspace offers.
    Propose {
        /// Replace a mapping.toml that is there.
        #[arg(long)]
        overwrite: bool,
        /// Do not ask the workspace for its teammates and teams.
        #[arg(long)]
        offline: bool,
    },
    /// Show mapping.toml with its digest.
    Show,
    /// Confirm mapping.toml as it is: its digest is pinned in the ledger.
    Confirm,
}

/// Runs the command.
///
/// # Errors
/// If the ledger or the workspace cannot be read, or the file cannot be written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut project = session.project()?;
    match args {
        Args::Propose { overwrite, offline } => {
            if project.mapping.is_some() && !overwrite {
                return Err(CliError::usage(
                    "mapping_exists",
                    "mapping.toml is there already",
                    "Edit it, or propose anew with --overwrite.",
                ));
            }
            let context = session.context(&project).await?;
            let workspace = if *offline {
                Workspace::default()
            } else {
                let intercom = session.intercom(&project)?;
                crate::engine::workspace::check(&context, &intercom).await?;
                workspace(&intercom).await?
            };
            let proposal = make(&context, &mut project, &workspace).await?;
            session.output.result(
                &json!({ "file": MAPPING_FILE, "remarks": proposal.remarks,
                "collisions": proposal.collisions }),
                || text(&proposal),
            );
            Ok(Exit::Done)
        }
        Args::Show => {
            let mapping = project.mapping.clone().ok_or(EngineError::NotConfirmed)?;
            let context = session.looking(&project).await?;
            let digest = mapping.digest()?;
            let confirmed = confirm::confirmed(&context).await? == Some(digest);
            let file = std::fs::read_to_string(project.folder.join(MAPPING_FILE))?;
            let value = json!({ "digest": digest, "confirmed": confirmed, "mapping": mapping });
            session.output.result(&value, || {
                let word = if confirmed { "confirmed" } else { "not confirmed" };
                format!("{file}\n# digest {digest}, {word}")
            });
            Ok(if confirmed { Exit::Done } else { Exit::Waiting })
        }
        Args::Confirm => {
            let context = session.context(&project).await?;
            let digest = pin(&context, &project).await?;
            session
                .output
                .result(&json!({ "confirmed": digest }), || format!("Confirmed map {digest}."));
            Ok(Exit::Done)
        }
    }
}

/// Proposes a map from the ledger and writes it to the project.
///
/// # Errors
/// If the ledger cannot be read, or the file cannot be written.
pub async fn make(
    context: &Context,
    project: &mut Project,
    workspace: &Workspace,
) -> Result<Proposal, CliError> {
    let run = context.begin("map").await?;
    let profile = profile::of_everything(context).await?;
    let source = project.source()?;
    let mut defaults = Defaults::parse(source.rules())?;
    let leaf = project.decisions.answer("T8")?;
    defaults.leaf_teams = leaf.is_some_and(|answer| answer.option == "leaf");
    let proposal = propose(&profile, workspace, &defaults);
    let text = proposal.to_toml();
    project.save_mapping(&text)?;
    confirm::proposed(context, run, proposal.mapping.digest()?, &text).await?;
    context.finish(run, [("remarks".to_owned(), proposal.remarks.len() as u64)].into()).await?;
    Ok(proposal)
}

/// Pins the project's map in the ledger.
///
/// # Errors
/// If there is no map, or the ledger refuses.
pub async fn pin(context: &Context, project: &Project) -> Result<Digest, CliError> {
    let mapping = project.mapping.clone().ok_or(EngineError::NotConfirmed)?;
    let run = context.begin("map").await?;
    let digest = mapping.digest()?;
    let file = std::fs::read_to_string(project.folder.join(MAPPING_FILE))?;
    confirm::confirm(context, run, digest, &file).await?;
    context.finish(run, [("confirmed".to_owned(), 1)].into()).await?;
    Ok(digest)
}

/// What the workspace offers to map to.
///
/// # Errors
/// If it cannot be read.
pub async fn workspace(intercom: &dyn Destination) -> Result<Workspace, DestinationError> {
    let people = |list: Vec<Value>| {
        list.iter()
            .filter_map(|one| {
                let text = |name: &str| one[name].as_str().map(str::to_owned);
                Some(Listed { id: id_text(&one["id"])?, name: text("name"), email: text("email") })
            })
            .collect::<Vec<_>>()
    };
    let tags = list_all(intercom, Read::get("/tags")).await?;
    Ok(Workspace {
        admins: people(list_all(intercom, Read::get("/admins")).await?),
        teams: people(list_all(intercom, Read::get("/teams")).await?),
        tags: tags
            .iter()
            .filter_map(|tag| tag["name"].as_str())
            // The mark of a project is no tag of the desk.
            .filter(|name| ClaimName::parse(name).is_none())
            .map(str::to_owned)
            .collect(),
        attributes: Vec::new(),
        ticket_states: ticket_states(intercom).await?,
        help_centers: help_centers(intercom).await?,
    })
}

/// A list that the workspace may not offer: the plan or a scope lacks it.
async fn offered(
    intercom: &dyn Destination,
    path: &'static str,
) -> Result<Vec<Value>, DestinationError> {
    match list_all(intercom, Read::get(path)).await {
        Err(
            DestinationError::Absent { .. }
            | DestinationError::Refused { .. }
            | DestinationError::Stop { scope: StopScope::Phase, .. },
        ) => Ok(Vec::new()),
        other => other,
    }
}

async fn ticket_states(intercom: &dyn Destination) -> Result<Vec<TicketState>, DestinationError> {
    let states = offered(intercom, "/ticket_states").await?;
    let state = |one: &Value| {
        let category = one["category"].as_str()?.to_owned();
        Some(TicketState { id: id_text(&one["id"])?, category })
    };
    Ok(states.iter().filter(|one| one["archived"] != true).filter_map(state).collect())
}

async fn help_centers(intercom: &dyn Destination) -> Result<Vec<HelpCenter>, DestinationError> {
    let centers = offered(intercom, "/help_center/help_centers").await?;
    let center = |one: &Value| {
        let text =
            |name: &str| one[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let domain = text("custom_domain").map(|host| match host.contains("://") {
            true => host,
            false => format!("https://{host}"),
        });
        let bases = domain.into_iter().chain(text("url")).collect();
        Some(HelpCenter { id: id_text(&one["id"])?, bases })
    };
    Ok(centers.iter().filter_map(center).collect())
}

fn text(proposal: &Proposal) -> String {
    let rows = proposal.remarks.iter().map(|remark| {
        vec![
            remark.about.clone(),
            remark.confidence.word().to_owned(),
            remark.evidence.clone(),
            remark.against.join("; "),
        ]
    });
    let remarks = table(["about", "confidence", "evidence", "against"], rows);
    format!("{remarks}\nWrote mapping.toml. Read it, edit it, then `deskledger map confirm`.",)
}
