//! `decide`: the customer's decisions.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::error::{CliError, Exit};
use super::output::table;
use super::session::{self, Session};
use crate::engine::confirm::{self, Decided};
use crate::ledger::NewEvent;
use crate::mapping::decision::{Answer, Decision, Decisions, all as decisions, decision};
use crate::mapping::{MappingError, answer_check};
use crate::model::event::DecisionRecorded;
use crate::model::nearest::did_you_mean;
use crate::project::Project;

/// Show and take the customer's decisions; open blocking ones stop the plan. Without a word of its
/// own it shows them, what is open and blocks first.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

/// What is done.
#[derive(clap::Subcommand)]
enum Action {
    /// All decisions with what was taken, those first that are open and block. Ends with 3 if any
    /// is.
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
/// If a decision, an option or a value is unknown, or a file cannot be read or written.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut project = session.project()?;
    match args.action.as_ref().unwrap_or(&Action::List) {
        Action::List => list(session, &project).await,
        Action::Set { id, option } => {
            let taken = take(&mut project.decisions, id, option)?;
            record(session, &project, &[taken]).await
        }
        Action::Import { file } => {
            let given = Decisions::parse(&std::fs::read_to_string(file)?)?;
            let mut taken = Vec::new();
            for known in decisions().filter(|known| given.is_given(known.id)) {
                if let Some(answer) = given.answer(known.id)? {
                    taken.push(take(&mut project.decisions, known.id, &written(&answer))?);
                }
            }
            record(session, &project, &taken).await
        }
    }
}

/// Takes a decision whose value can be used; the id and the answer.
fn take(decisions: &mut Decisions, id: &str, option: &str) -> Result<(String, String), CliError> {
    let known = decision(id).map_err(|error| named(error, id))?;
    decisions.set(known.id, option)?;
    if let Some(answer) = decisions.answer(known.id)? {
        answer_check::check(known.id, answer.option, answer.value.as_deref())?;
    }
    Ok((known.id.to_owned(), option.to_owned()))
}

/// The error, with the ids that may have been meant.
fn named(error: MappingError, id: &str) -> CliError {
    let near = did_you_mean(id, decisions().map(|known| known.id));
    let error = CliError::from(error);
    CliError { message: format!("{}{near}", error.message), ..error }
}

fn written(answer: &Answer) -> String {
    match &answer.value {
        Some(value) => format!("{}:{value}", answer.option),
        None => answer.option.to_owned(),
    }
}

/// A decision as it stands.
#[derive(Serialize)]
struct Standing {
    id: &'static str,
    question: &'static str,
    options: String,
    taken: Option<String>,
    given: bool,
    /// It is open, and no plan is made until it is taken.
    blocks: bool,
}

impl Standing {
    fn note(&self) -> &'static str {
        match (&self.taken, self.given, self.blocks) {
            (_, _, true) => "BLOCKS",
            (None, _, false) => "open",
            (Some(_), true, false) => "",
            (Some(_), false, false) => "default",
        }
    }
}

async fn list(session: &Session, project: &Project) -> Result<Exit, CliError> {
    let open = open(session, project).await?;
    let mut all = Vec::new();
    for known in decisions().filter(|known| known.concerns(&project.settings.source)) {
        let answer = project.decisions.answer(known.id)?;
        all.push(Standing {
            id: known.id,
            question: known.question,
            options: known.options_text(),
            taken: answer.as_ref().map(written),
            given: project.decisions.is_given(known.id),
            blocks: open.iter().any(|one| one.id == known.id),
        });
    }
    // What asks for an answer stands first, then what may be answered.
    all.sort_by_key(|one| (!one.blocks, one.taken.is_some()));
    let blocking = all.iter().filter(|one| one.blocks).count();
    session.output.result(&all, || {
        let rows = all.iter().map(|one| {
            vec![
                one.id.to_owned(),
                one.note().to_owned(),
                one.question.to_owned(),
                one.options.clone(),
                one.taken.clone().unwrap_or_default(),
            ]
        });
        let shown = table(["id", "", "question", "options", "taken"], rows);
        match blocking {
            0 => shown,
            number => format!(
                "{shown}\n{number} decisions block the plan: `deskledger decide set ID OPTION`."
            ),
        }
    });
    Ok(if blocking == 0 { Exit::Done } else { Exit::Waiting })
}

/// Decisions that block: as far as the reading shows them, if there was one.
async fn open(session: &Session, project: &Project) -> Result<Vec<&'static Decision>, CliError> {
    let settings = &project.settings;
    let decided = Decided {
        source: &settings.source,
        decisions: &project.decisions,
        accepted: &settings.export.accepted,
    };
    match session.context_to_look(project).await {
        Ok(context) => Ok(confirm::open_decisions(&context, &decided).await?),
        Err(error) if session::is_not_ready(&error) => {
            Ok(project.decisions.open(&settings.source, &BTreeSet::new()))
        }
        Err(error) => Err(error),
    }
}

async fn record(
    session: &Session,
    project: &Project,
    taken: &[(String, String)],
) -> Result<Exit, CliError> {
    // The ledger first: a decision that it does not know must not stand in the file.
    let context = session.context(project).await?;
    project.save_decisions()?;
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
