//! `decide`: the customer's decisions.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::Session;
use crate::ledger::NewEvent;
use crate::mapping::decision::{Decisions, all as decisions, decision};
use crate::model::event::DecisionRecorded;
use crate::project::Project;

/// List and take the customer's decisions; open blocking ones stop the plan.
#[derive(clap::Subcommand)]
pub enum Args {
    /// All decisions with what was taken.
    List,
    /// Take a decision: an option's word, with `:value` where it needs one.
    Set {
        /// Id, for example D4.
        id: String,
        /// Option, for example standalone or spread:7.
        option: String,
    },
    /// Take the decisions of a file in the form of decisions.toml.
    Import {
        /// The file.
        file: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// If a decision or option is unknown, or a file cannot be read or written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut project = session.project()?;
    match args {
        Args::List => list(session, &project),
        Args::Set { id, option } => {
            project.decisions.set(id, option)?;
            record(session, &project, &[(id.clone(), option.clone())]).await
        }
        Args::Import { file } => {
            let given = Decisions::parse(&std::fs::read_to_string(file)?)?;
            let mut taken = Vec::new();
            for known in decisions().filter(|known| given.is_given(known.id)) {
                if let Some(answer) = given.answer(known.id)? {
                    let option = match answer.value {
                        Some(value) => format!("{}:{value}", answer.option),
                        None => answer.option.to_owned(),
                    };
                    project.decisions.set(known.id, &option)?;
                    taken.push((known.id.to_owned(), option));
                }
            }
            record(session, &project, &taken).await
        }
    }
}

fn list(session: &Session, project: &Project) -> Result<Exit, CliError> {
    let mut rows = Vec::new();
    for known in decisions().filter(|known| known.concerns(&project.settings.source)) {
        let answer = project.decisions.answer(known.id)?;
        let taken = answer.map(|answer| match answer.value {
            Some(value) => format!("{}:{value}", answer.option),
            None => answer.option.to_owned(),
        });
        let options: Vec<&str> = known.options.iter().map(|option| option.word).collect();
        rows.push((known, taken, project.decisions.is_given(known.id), options.join(" / ")));
    }
    let values: Vec<_> = rows
        .iter()
        .map(|(known, taken, given, _)| {
            json!({ "id": known.id, "question": known.question, "taken": taken, "given": given })
        })
        .collect();
    session.output.result(&values, || {
        table(
            ["id", "question", "options", "taken", ""],
            rows.iter().map(|(known, taken, given, options)| {
                let note = match (taken, given) {
                    (None, _) => "open",
                    (Some(_), true) => "",
                    (Some(_), false) => "default",
                };
                vec![
                    known.id.to_owned(),
                    known.question.to_owned(),
                    options.clone(),
                    taken.clone().unwrap_or_default(),
                    note.to_owned(),
                ]
            }),
        )
    });
    Ok(Exit::Done)
}

async fn record(
    session: &Session,
    project: &Project,
    taken: &[(String, String)],
) -> Result<Exit, CliError> {
    project.save_decisions()?;
    let context = session.context(project).await?;
    let run = context.begin("decide").await?;
    let mut events = Vec::new();
    for (id, option) in taken {
        let known = decision(id)?;
        let key = crate::engine::context::own_key("decision", &format!("{}:{run}", known.id))?;
        events.push(NewEvent::new(
            key,
            DecisionRecorded {
                decision: known.id.to_owned(),
                option: option.clone(),
                by: context.operator.clone(),
            },
        ));
    }
    context.ledger.append(run, events).await.map_err(crate::engine::EngineError::from)?;
    context.finish(run, [("decisions".to_owned(), taken.len() as u64)].into()).await?;
    session.output.result(&json!({ "taken": taken }), || {
        taken.iter().map(|(id, option)| format!("{id} = {option}")).collect::<Vec<_>>().join("\n")
    });
    Ok(Exit::Done)
}
