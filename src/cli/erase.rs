//! `erase`: forgets one person's bytes.

use std::path::Path;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::{grouped, table};
use super::session::Session;
use crate::engine::erase::{self, Erasure};
use crate::engine::person::Person;
use crate::project::{DECISIONS_FILE, MAPPING_FILE, SETTINGS_FILE};

/// Forget one person: what the ledger keeps of their records, of the threads they began, and of
/// whatever else names them. Shows what would go; --yes does it.
///
/// Events, digests, proofs and checkpoints stay, and still verify. What is in Intercom stays too,
/// and is listed. Exit code 3: nothing is erased yet, or something is left that the words name.
#[derive(clap::Args)]
pub struct Args {
    /// Source key (system/object/id), e-mail address or Intercom id.
    person: String,
    /// Another word by which records name the person, for example the name in full. Whatever
    /// holds it goes too.
    #[arg(long, value_name = "WORD")]
    also: Vec<String>,
    /// Erase. There is no way back.
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
///
/// # Errors
/// If nobody is named, or the ledger cannot be read or refuses.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let project = session.project()?;
    let context = match args.yes {
        true => session.context(&project).await?,
        false => session.context_to_look(&project).await?,
    };
    let Some(person) = Person::find(&context, &args.person, &args.also).await? else {
        let hint = "Give a source key (`deskledger show`), an e-mail address or an Intercom id.";
        let what = format!("the ledger knows no person called {}", args.person);
        return Err(CliError::usage("unknown_person", what, hint));
    };
    let erasure = erase::preview(&context, &person).await?;
    let whole = match args.yes {
        false => None,
        true => {
            let run = context.begin("erase").await?;
            let whole = erase::erase(&context, run, &erasure).await?;
            let counts = [("payloads", erasure.payloads), ("records", erasure.record_count)];
            let counts = counts.map(|(name, count)| (name.to_owned(), count));
            context.finish(run, counts.into_iter().collect()).await?;
            Some(whole)
        }
    };
    let files = named_in_files(&project.folder, &person)?;
    let postgres = project.ledger_url().starts_with("postgres");
    let elsewhere = elsewhere(postgres);
    let value = json!({ "erased": whole.is_some(), "files_clean": whole, "found": erasure,
        "files_left": files,
        "elsewhere": elsewhere });
    session.output.result(&value, || words(&erasure, whole, &files, &elsewhere));
    let left = !erasure.name_left.is_empty() || !erasure.project_left.is_empty();
    let left = left || !files.is_empty();
    Ok(if whole == Some(true) && !left { Exit::Done } else { Exit::Waiting })
}

/// Files of the project, for people to edit, that name the person.
fn named_in_files(folder: &Path, person: &Person) -> Result<Vec<&'static str>, CliError> {
    let mut named = Vec::new();
    for file in [SETTINGS_FILE, DECISIONS_FILE, MAPPING_FILE] {
        match std::fs::read(folder.join(file)) {
            Ok(bytes) if person.is_named_in(&bytes) || person.is_called_in(&bytes) => {
                named.push(file);
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(named)
}

/// Where else this person's data may be, and what the command cannot reach.
fn elsewhere(postgres: bool) -> Vec<&'static str> {
    let mut places = vec![
        "Copies made before: `ledger backup`, `audit export --payloads`, bundles with payloads, \
         `handoff`, `plan --out`. Delete or make them anew.",
        "The export and the help desk itself. A later reading brings back a record that was \
         changed there since; erase at the source first.",
        "Source keys, Intercom ids and keyed hashes of e-mail addresses stay in the events: they \
         tell nobody who is meant without the help desk or Intercom at hand.",
    ];
    if postgres {
        places.push(
            "The database server's write-ahead log, its archives, replicas and backups: they hold \
             the old bytes until they are recycled or expire. Ask its administrator.",
        );
    }
    places
}

fn words(erasure: &Erasure, whole: Option<bool>, files: &[&str], elsewhere: &[&str]) -> String {
    let verb = if whole.is_some() { "were erased" } else { "would be erased" };
    let mut text = format!(
        "{} payloads of {} records {verb}: {} of the person's own, {} threads they began, and \
         whatever else names them.",
        grouped(erasure.payloads),
        grouped(erasure.record_count),
        grouped(erasure.own.len() as u64),
        grouped(erasure.threads.len() as u64)
    );
    let rows = erasure.events.iter().map(|(event, count)| vec![event.clone(), grouped(*count)]);
    text.push_str(&format!("\n\n{}", table(["event", "payloads"], rows)));
    let rows = erasure.records.iter().map(|(key, count)| vec![key.clone(), grouped(*count)]);
    text.push_str(&format!("\n\n{}", table(["record", "payloads"], rows)));
    if !erasure.in_intercom.is_empty() {
        let rows = erasure.in_intercom.iter().map(|one| {
            let path = if one.kind == "contact" { "contacts" } else { "conversations" };
            vec![one.kind.to_owned(), one.id.clone(), format!("DELETE /{path}/{}", one.id)]
        });
        text.push_str(&format!(
            "\n\nStill in Intercom. Delete the contact there for good (People, the contact, \
             Delete), which takes its conversations along; or by the API, threads first:\n{}",
            table(["what", "id", "request"], rows)
        ));
    }
    if !erasure.name_left.is_empty() {
        text.push_str(&format!(
            "\n\nThe name still stands in {}: others may be called so. --also with the name in \
             full takes these too.",
            erasure.name_left.join(", ")
        ));
    }
    if !files.is_empty() {
        text.push_str(&format!(
            "\n\nThese files of the project name them, for example as evidence beside a rule: {}. \
             Take the words out by hand.",
            files.join(", ")
        ));
    }
    if !erasure.project_left.is_empty() {
        text.push_str(&format!(
            "\n\nThe project itself names them and cannot do without: {}.",
            erasure.project_left.join(", ")
        ));
    }
    text.push_str(&format!("\n\nWhat this does not reach:\n- {}", elsewhere.join("\n- ")));
    match whole {
        None => text.push_str("\n\nNothing is erased yet: --yes does it, for good."),
        Some(false) => text.push_str(
            "\n\nAnother process reads the ledger and kept the old pages in its write-ahead log. \
             End it and run this again.",
        ),
        Some(true) => {}
    }
    text
}
