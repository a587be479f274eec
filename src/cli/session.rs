//! What the commands share: the folder, the way to speak, and opened parts.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error::CliError;
use super::interrupt::{Doing, Interrupt};
use super::output::Output;
use super::shared_budget;
use super::teller::{LINE_SECONDS, Teller};
use crate::destination::budget::contract::SharedBudget;
use crate::destination::budget::{Budget, BudgetSettings};
use crate::destination::intercom::client::{ClientSettings, IntercomClient};
use crate::engine::canary::{CLOSED, Learned};
use crate::engine::claim::Claimed;
use crate::engine::diff::EditPolicy;
use crate::engine::files::Files;
use crate::engine::finding::{Finding, Weight};
use crate::engine::policy::{ExistingPolicy, WithdrawnPolicy, WritePolicy};
use crate::engine::whole::Readings;
use crate::engine::withdrawal::{self, Withdrawal};
use crate::engine::{Context, EngineError};
use crate::env::Env;
use crate::ledger::Ledger;
use crate::mapping::Context as Rules;
use crate::mapping::policy::Policy;
use crate::model::{Event, Secret};
use crate::project::{Opening, Project};

/// One invocation of the program.
pub struct Session {
    /// Folder of the migration.
    pub folder: PathBuf,
    /// How it speaks.
    pub output: Output,
    /// Clock and ids.
    pub env: Env,
    /// What the signals act on that ask the process to end.
    pub interrupt: Interrupt,
    /// Seconds between lines of progress where no terminal shows it.
    pub line_seconds: u64,
    teller: OnceLock<Arc<Teller>>,
    /// Ledgers, with the folder where the anchor of one that may have grown belongs.
    opened: Mutex<Vec<(Ledger, Option<PathBuf>)>>,
    budgets: Mutex<Vec<Budget>>,
}

impl Session {
    /// A session on the machine's clock.
    pub fn new(folder: PathBuf, output: Output) -> Self {
        Self {
            folder,
            output,
            env: Env::system(),
            interrupt: Interrupt::default(),
            line_seconds: LINE_SECONDS,
            teller: OnceLock::new(),
            opened: Mutex::default(),
            budgets: Mutex::default(),
        }
    }

    /// A session within this one, in another folder: what asks this one to stop asks it too.
    pub fn within(&self, folder: PathBuf, output: Output) -> Self {
        Self { interrupt: self.interrupt.clone(), ..Self::new(folder, output) }
    }

    /// A question; the answer without its line end. `None` if nobody can answer.
    pub fn ask(&self, question: &str) -> Option<String> {
        self.interrupt.while_asking(|| self.output.ask(question))
    }

    /// Who tells of the runs in this folder.
    fn teller(&self, folder: &Path) -> Arc<Teller> {
        let new = || Teller::start(self.output, &self.env, folder, self.line_seconds);
        self.teller.get_or_init(new).clone()
    }

    /// Notes the error that ended a run in the run's file.
    pub fn failed(&self, error: &CliError) {
        if let Some(teller) = self.teller.get() {
            teller.failed(error);
        }
    }

    /// The project.
    ///
    /// # Errors
    /// If there is none, or one of its files is not of its format.
    pub fn project(&self) -> Result<Project, CliError> {
        Ok(Project::open(&self.folder)?)
    }

    /// Opens the ledger for the stages. An interruption lets them finish the step in hand.
    ///
    /// # Errors
    /// If the ledger cannot be opened.
    pub async fn context(&self, project: &Project) -> Result<Context, CliError> {
        self.opened(project, Opening::Write).await
    }

    /// The same for a command that may make the ledger.
    ///
    /// # Errors
    /// If the ledger cannot be opened, or there was one and it is gone.
    pub async fn context_to_make(&self, project: &Project) -> Result<Context, CliError> {
        self.opened(project, Opening::Make).await
    }

    /// Opens the ledger for a stage that only looks: it may run beside a process that writes.
    ///
    /// # Errors
    /// If there is no ledger yet, or it cannot be opened.
    pub async fn context_to_look(&self, project: &Project) -> Result<Context, CliError> {
        self.opened(project, Opening::Look).await
    }

    /// The same, also where the ledger must be made or brought up to date first: that is done then,
    /// unless another process writes.
    ///
    /// # Errors
    /// If the ledger cannot be opened.
    pub async fn looking(&self, project: &Project) -> Result<Context, CliError> {
        match self.context_to_look(project).await {
            Err(error) if is_not_ready(&error) => self.context(project).await,
            looked => looked,
        }
    }

    async fn opened(&self, project: &Project, opening: Opening) -> Result<Context, CliError> {
        if opening != Opening::Look {
            self.interrupt.set(Doing::Writing);
        }
        let ledger = project.ledger(&self.env, opening).await?;
        let folder = (opening != Opening::Look).then(|| project.folder.clone());
        let opened = (ledger.clone(), folder);
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(opened);
        Ok(Context {
            ledger,
            env: self.env.clone(),
            progress: self.teller(&project.folder),
            // A stage that fails stops those beside it, and not the commands after it.
            stop: self.interrupt.stop.child_token(),
            locks: Arc::default(),
            refusals: Arc::default(),
            operator: operator(),
            settings: project.settings_digest()?,
            mapping: project.mapping_digest()?,
        })
    }

    /// Closes what was opened, so that the next command finds the ledger free.
    pub async fn close(&self) {
        let opened = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *opened)
        };
        for (ledger, folder) in opened {
            if let Some(folder) = folder
                && let Err(error) = Project::set_anchor(&folder, &ledger).await
            {
                // The ledger is whole; only a later loss of it would go unnoticed.
                self.output.say(&format!("The anchor could not be set: {error}."));
            }
            ledger.close().await;
        }
        let budgets = {
            let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *budgets)
        };
        for budget in budgets {
            // What cannot be given back is free again when the window ends.
            let _ = budget.close().await;
        }
    }

    /// Intercom, with the token of the environment.
    ///
    /// # Errors
    /// If the environment has no token, or the address is not one.
    pub fn intercom(&self, project: &Project) -> Result<IntercomClient, CliError> {
        let token = Project::token()?;
        let url = &project.settings.intercom_url;
        let shared = shared_budget::of_ledger(&project.ledger_url(), url, &token, &self.env)?;
        self.client(project, token, shared)
    }

    /// Intercom with this token.
    ///
    /// # Errors
    /// If the address is not one.
    pub fn intercom_with(
        &self,
        project: &Project,
        token: Secret,
    ) -> Result<IntercomClient, CliError> {
        self.client(project, token, None)
    }

    fn client(
        &self,
        project: &Project,
        token: Secret,
        shared: Option<Arc<dyn SharedBudget>>,
    ) -> Result<IntercomClient, CliError> {
        let write = &project.settings.write;
        let settings = BudgetSettings {
            ceiling: (write.rate_ceiling_per_window > 0).then_some(write.rate_ceiling_per_window),
            reserve_percent: write.rate_reserve_percent,
            window_ms: i64::try_from(write.rate_window_ms).unwrap_or(i64::MAX),
            ..BudgetSettings::default()
        };
        let budget = match shared {
            Some(shared) => {
                let budget = Budget::shared(settings, self.env.clone(), shared);
                self.budgets.lock().unwrap_or_else(PoisonError::into_inner).push(budget.clone());
                budget
            }
            None => Budget::new(settings, self.env.clone()),
        };
        let settings = ClientSettings { base_url: project.settings.intercom_url.clone(), token };
        Ok(IntercomClient::new(&settings, budget)?)
    }
}

/// Who runs the program, as the operating system says.
fn operator() -> String {
    let name = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"];
    name.iter().find_map(|name| std::env::var(name).ok()).unwrap_or_else(|| "unknown".to_owned())
}

/// The map and decisions in force, confirmed.
///
/// # Errors
/// If no map is confirmed, or a blocking decision is open.
pub async fn rules(context: &Context, project: &Project) -> Result<Rules, CliError> {
    let mapping = project.mapping.clone().ok_or(EngineError::NotConfirmed)?;
    crate::engine::confirm::check(context, &mapping).await?;
    Ok(Rules::new(mapping, &project.decisions)?.keyed(context.ledger.project_key()))
}

/// Refuses to go on with a reading that did not end.
///
/// # Errors
/// If so, or if the ledger cannot be read.
pub async fn check_reading(context: &Context, project: &Project) -> Result<(), CliError> {
    let source = &project.settings.source;
    Ok(Readings::of(context, source, &project.place()).await?.check()?)
}

/// What came of a run that writes. That the claim could not be set goes before what followed.
///
/// # Errors
/// The run's, or the claim's.
pub async fn left<T>(claimed: &Claimed<'_>, ended: Result<T, CliError>) -> Result<T, CliError> {
    if let Some(error) = claimed.failure().await {
        return Err(error.into());
    }
    let done = ended?;
    claimed.leave().await?;
    Ok(done)
}

/// Whether a ledger cannot be looked at because it must be made or brought up to date first.
pub fn is_not_ready(error: &CliError) -> bool {
    ["ledger_missing", "projection_behind"].contains(&error.code.as_str())
}

/// What decides how records are written; what the canary found out counts too.
///
/// # Errors
/// If a decision is not one, or the ledger cannot be read.
pub async fn write_policy(
    context: &Context,
    project: &Project,
    rules: &Rules,
) -> Result<WritePolicy, CliError> {
    let learned = Learned::latest(context).await?.unwrap_or_default();
    let existing = match project.decisions.answer("G7")?.map(|answer| answer.option) {
        Some("fill") => ExistingPolicy::FillBlanks,
        Some("skip") => ExistingPolicy::Skip,
        _ => ExistingPolicy::Update,
    };
    let write = &project.settings.write;
    Ok(WritePolicy {
        admin: rules.policy.fallback_admin.clone(),
        edits: if write.ignore_edits { EditPolicy::Ignore } else { EditPolicy::Note },
        existing,
        withdrawn: withdrawn_policy(project)?,
        source_wins: write.source_wins,
        waivers: write.waivers.iter().cloned().collect::<HashSet<_>>(),
        concurrency: write.concurrency,
        looks: learned.looks(write.looks()),
    })
}

/// What becomes of what the source has withdrawn, as decided.
///
/// # Errors
/// If a decision is not taken as it can be.
pub fn withdrawn_policy(project: &Project) -> Result<WithdrawnPolicy, CliError> {
    let (gone, forgotten) = Policy::withdrawn(&project.decisions)?;
    Ok(WithdrawnPolicy { gone, forgotten })
}

/// What stands in Intercom although the source has withdrawn it.
///
/// # Errors
/// If a decision is not taken as it can be, or the ledger cannot be read.
pub async fn withdrawn(context: &Context, project: &Project) -> Result<Vec<Withdrawal>, CliError> {
    Ok(withdrawal::all(context, withdrawn_policy(project)?).await?)
}

/// How a rollback works without a map: in the name of `admin`.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn undo_policy(
    context: &Context,
    project: &Project,
    admin: String,
) -> Result<WritePolicy, CliError> {
    let learned = Learned::latest(context).await?.unwrap_or_default();
    let write = &project.settings.write;
    Ok(WritePolicy {
        admin,
        edits: EditPolicy::Note,
        existing: ExistingPolicy::Update,
        withdrawn: withdrawn_policy(project)?,
        source_wins: false,
        waivers: write.waivers.iter().cloned().collect::<HashSet<_>>(),
        concurrency: write.concurrency,
        looks: learned.looks(write.looks()),
    })
}

/// Refuses to write what the canary found out would not arrive as decided.
///
/// # Errors
/// [`EngineError::Unfit`], or if the ledger cannot be read.
pub async fn check_fit(context: &Context, rules: &Rules) -> Result<(), CliError> {
    let learned = Learned::latest(context).await?.unwrap_or_default();
    let findings = learned.findings(rules.policy.file_bytes_max);
    // What the token may not do stops the phase that needs it, and no other.
    let stands = |one: &Finding| one.weight == Weight::Problem && one.check != CLOSED;
    match findings.into_iter().find(stands) {
        Some(problem) => Err(EngineError::Unfit(problem.found).into()),
        None => Ok(()),
    }
}

/// The exports that were read, latest first: attachments are fetched from them.
///
/// # Errors
/// If the ledger cannot be read. An export that is no longer there is skipped: a file that only it
/// held makes its record wait.
pub async fn files(
    session: &Session,
    context: &Context,
    project: &Project,
) -> Result<Files, CliError> {
    let mut readers: Vec<Arc<dyn crate::source::SourceReader>> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    for run in context.runs().await?.iter().rev() {
        let id = format!("{}:{}", project.settings.source, run.run);
        let key = crate::engine::context::own_key("source", &id)?;
        let Some(stream) = context.ledger.streams(&[key]).await?.pop().flatten() else {
            continue;
        };
        for recorded in context.ledger.read_stream(stream).await? {
            if !matches!(recorded.event, Event::SourceSealed(_)) {
                continue;
            }
            let payload = context.ledger.payloads(&[recorded.position]).await?.pop().flatten();
            let place = payload
                .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
                .and_then(|seal| seal["place"].as_str().map(str::to_owned));
            places.extend(place.filter(|place| !places.contains(place)));
        }
    }
    for place in places {
        match project.reader(&session.env, Some(std::path::Path::new(&place))) {
            Ok((reader, _)) => readers.push(Arc::from(reader)),
            Err(_) => session.output.say(&format!("The export {place} is no longer there.")),
        }
    }
    Ok(Files::new(readers))
}
