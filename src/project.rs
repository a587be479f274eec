//! One migration: a folder with its settings, decisions and map. The only place that picks a
//! database, a source and a destination.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::destination::Operation;
use crate::engine::WriteSettings;
use crate::env::Env;
use crate::ledger::{Anchor, Ledger, LedgerError, LedgerSettings, is_there};
use crate::mapping::decision::Decisions;
use crate::mapping::known_field::known_fields;
use crate::mapping::rule::Mapping;
use crate::mapping::{MappingError, answer_check};
use crate::model::digest::Purpose;
use crate::model::event::Counts;
use crate::model::nearest::did_you_mean;
use crate::model::{CanonicalJsonError, Digest, NotificationClass, Secret, canonical_json};
use crate::source::{
    DatabasePlace, DateOrder, Overrides, Place, Reading, Source, SourceError, SourceReader,
    SourceSettings,
};

/// Settings of a project.
pub const SETTINGS_FILE: &str = "deskledger.toml";
/// The customer's decisions.
pub const DECISIONS_FILE: &str = "decisions.toml";
/// The map.
pub const MAPPING_FILE: &str = "mapping.toml";
/// The ledger, unless the settings name another.
pub const LEDGER_FILE: &str = "ledger.db";
/// How long the ledger was after the last run.
pub const ANCHOR_FILE: &str = "ledger.anchor";
/// Where the token for Intercom comes from.
pub const TOKEN_VARIABLE: &str = "INTERCOM_ACCESS_TOKEN";
/// Where the password of the help desk's database comes from.
pub const PASSWORD_VARIABLE: &str = "DESKLEDGER_SOURCE_PASSWORD";
/// Intercom in the United States; `api.eu.` and `api.au.` are the others (FACTS §1).
pub const INTERCOM_URL_DEFAULT: &str = "https://api.intercom.io";

/// `deskledger.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Word of the help desk.
    pub source: String,
    /// Folder or ZIP file of the export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<PathBuf>,
    /// Address of Intercom, by region.
    #[serde(default = "intercom_url_default")]
    pub intercom_url: String,
    /// `sqlite:FILE` or `postgres://…`; a file is relative to the project.
    #[serde(default = "ledger_default")]
    pub ledger: String,
    /// The help desk's database, where it is read itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseSettings>,
    /// How the export is to be read, said beside it.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub export: Overrides,
    /// Settings of the stages that write.
    #[serde(default)]
    pub write: WriteSettings,
}

impl Settings {
    /// Refuses a waiver for what is no operation: it would allow nothing.
    ///
    /// # Errors
    /// If there is one.
    fn check_waivers(&self) -> Result<(), ProjectError> {
        let names = || Operation::ALL.iter().map(|operation| operation.spec());
        let unknown = |name: &&String| !names().any(|spec| spec.name == name.as_str());
        let Some(name) = self.write.waivers.iter().find(unknown) else { return Ok(()) };
        let notify = names().filter(|spec| spec.notification == NotificationClass::MayNotify);
        let notify: Vec<&str> = notify.map(|spec| spec.name).collect();
        let near = did_you_mean(name, notify.iter().copied());
        let all = notify.join(", ");
        Err(ProjectError::Settings(format!(
            "[write] waivers: {name:?} is no operation{near} These may notify: {all}"
        )))
    }

    /// Refuses to keep the password of a ledger.
    ///
    /// # Errors
    /// If the address of the ledger holds one.
    fn check_ledger(&self) -> Result<(), ProjectError> {
        let rest = self.ledger.split_once("://").map_or("", |(_, rest)| rest);
        let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains(':') {
            let reason = "ledger: the address must not hold the password; it comes from PGPASSWORD";
            return Err(ProjectError::Settings(reason.to_owned()));
        }
        Ok(())
    }
}

/// A help desk's database. The password is never stored; it comes from the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `mysql://user@host:port/database`, without a password.
    pub url: String,
    /// Folder of the attached files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<PathBuf>,
    /// The help desk's own settings file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<PathBuf>,
    /// Table prefix, where the database holds several installations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Lock the tables while reading.
    #[serde(default)]
    pub lock_tables: bool,
    /// Counts that the help desk's statistics page shows, by object.
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    pub expected_counts: Counts,
}

/// Scheme of a database's address.
const DATABASE_SCHEME: &str = "mysql://";

impl DatabaseSettings {
    /// Refuses an address that is none, or that holds a password.
    ///
    /// # Errors
    /// If so.
    fn check(&self) -> Result<(), ProjectError> {
        let refuse = |reason: &str| Err(ProjectError::Settings(format!("database: {reason}")));
        let Some(rest) = self.url.strip_prefix(DATABASE_SCHEME) else {
            return refuse("the address must be mysql://user@host:port/database");
        };
        let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains(':') {
            return refuse("the address must not hold the password; it comes from the environment");
        }
        Ok(())
    }

    /// The place to read from. `export`: the help desk's own export, to be merged.
    fn place(&self, folder: &Path, export: Option<&PathBuf>) -> Place {
        let password = std::env::var(PASSWORD_VARIABLE).ok().filter(|text| !text.is_empty());
        Place::Database(Box::new(DatabasePlace {
            url: self.url.clone(),
            password: password.map(Secret::new),
            attachments: self.attachments.as_ref().map(|path| folder.join(path)),
            settings: self.settings.as_ref().map(|path| folder.join(path)),
            prefix: self.prefix.clone(),
            lock_tables: self.lock_tables,
            export: export.map(|path| folder.join(path)),
            expected: self.expected_counts.clone(),
        }))
    }
}

fn intercom_url_default() -> String {
    INTERCOM_URL_DEFAULT.to_owned()
}

fn ledger_default() -> String {
    format!("sqlite:{LEDGER_FILE}")
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no project in the folder.
    #[error("{0} holds no deskledger.toml")]
    NotAProject(PathBuf),
    /// There is one already.
    #[error("{0} is a project already")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The settings are not of the format.
    #[error("deskledger.toml: {0}")]
    Settings(String),
    /// No export is named.
    #[error("the project names no export")]
    NoBundle,
    /// Nothing was read yet, and only reading makes a ledger.
    #[error("there is no ledger: {0}")]
    NoLedger(String),
    /// The environment holds no token.
    #[error("{TOKEN_VARIABLE} is not set")]
    NoToken,
    /// A setting has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalJsonError),
    /// The map or a decision.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl ProjectError {
    /// Short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAProject(_) => "not_a_project",
            Self::Exists(_) => "project_exists",
            Self::File { .. } => "project_file",
            Self::Settings(_) => "settings_invalid",
            Self::NoBundle => "no_bundle",
            Self::NoLedger(_) => "ledger_missing",
            Self::NoToken => "no_token",
            Self::Canonical(_) => "canonical_json",
            Self::Mapping(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::Ledger(error) => error.code(),
        }
    }
}

/// What a ledger is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// To be looked at: another process may write it meanwhile.
    Look,
    /// To be written.
    Write,
    /// To be written, and made if there is none.
    Make,
}

/// An opened project.
#[derive(Clone)]
pub struct Project {
    /// Its folder.
    pub folder: PathBuf,
    /// Its settings.
    pub settings: Settings,
    /// The decisions taken.
    pub decisions: Decisions,
    /// The map, if one was proposed.
    pub mapping: Option<Mapping>,
}

impl Project {
    /// Makes a project in `folder`.
    ///
    /// # Errors
    /// If there is one already, the source is unknown, or the folder cannot be written.
    pub fn init(folder: &Path, settings: Settings) -> Result<Self, ProjectError> {
        let source = crate::source::registry::find(&settings.source)?;
        settings.database.as_ref().map_or(Ok(()), DatabaseSettings::check)?;
        settings.check_ledger()?;
        let path = folder.join(SETTINGS_FILE);
        if path.exists() {
            return Err(ProjectError::Exists(folder.to_owned()));
        }
        make_folder(folder)
            .map_err(|cause| ProjectError::File { path: folder.to_owned(), cause })?;
        let text = toml::to_string_pretty(&settings)
            .map_err(|cause| ProjectError::Settings(cause.to_string()))?;
        write(&path, &text)?;
        let decisions = Decisions::default();
        write(&folder.join(DECISIONS_FILE), &decisions.to_toml(source.name()))?;
        Ok(Self { folder: folder.to_owned(), settings, decisions, mapping: None })
    }

    /// Opens the project in `folder`.
    ///
    /// # Errors
    /// If there is none, or one of its files is not of its format.
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join(SETTINGS_FILE);
        let text = read(&path)?.ok_or_else(|| ProjectError::NotAProject(folder.to_owned()))?;
        let settings: Settings =
            toml::from_str(&text).map_err(|cause| ProjectError::Settings(cause.to_string()))?;
        let decisions = match read(&folder.join(DECISIONS_FILE))? {
            Some(text) => Decisions::parse(&text)?,
            None => Decisions::default(),
        };
        answer_check::check_all(&decisions)?;
        settings.check_waivers()?;
        let mapping = match read(&folder.join(MAPPING_FILE))? {
            Some(text) => Some(Mapping::parse(&text)?),
            None => None,
        };
        Ok(Self { folder: folder.to_owned(), settings, decisions, mapping })
    }

    /// Writes the decisions back.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save_decisions(&self) -> Result<(), ProjectError> {
        write(&self.folder.join(DECISIONS_FILE), &self.decisions.to_toml(&self.settings.source))
    }

    /// Writes a proposed map and opens it.
    ///
    /// # Errors
    /// If the text is no map, or the file cannot be written.
    pub fn save_mapping(&mut self, text: &str) -> Result<(), ProjectError> {
        self.mapping = Some(Mapping::parse(text)?);
        write(&self.folder.join(MAPPING_FILE), text)
    }

    /// Digest of the settings.
    ///
    /// # Errors
    /// If a setting has no canonical form.
    pub fn settings_digest(&self) -> Result<Digest, ProjectError> {
        Ok(Digest::of(Purpose::Settings, &canonical_json(&self.settings)?))
    }

    /// Digest of map and decisions together: what drafts depend on besides the records.
    ///
    /// # Errors
    /// If a value has no canonical form.
    pub fn mapping_digest(&self) -> Result<Option<Digest>, ProjectError> {
        let Some(mapping) = &self.mapping else {
            return Ok(None);
        };
        let both = (mapping.digest()?, &self.decisions);
        Ok(Some(Digest::of(Purpose::Mapping, &canonical_json(&both)?)))
    }

    /// Address of the ledger's database; a file is made absolute.
    pub fn ledger_url(&self) -> String {
        match self.settings.ledger.strip_prefix("sqlite:") {
            Some(file) => format!("sqlite:{}", self.folder.join(file).display()),
            None => self.settings.ledger.clone(),
        }
    }

    /// Opens the ledger, if it is the one that the anchor tells of.
    ///
    /// # Errors
    /// If there is none and it may not be made, it is older than the anchor or another, another
    /// process has it, or the database refuses.
    pub async fn ledger(&self, env: &Env, opening: Opening) -> Result<Ledger, ProjectError> {
        let anchor = match self.present() {
            Err(ProjectError::NoLedger(_)) if opening == Opening::Make => None,
            present => present?,
        };
        let ledger = Ledger::open(LedgerSettings {
            url: self.ledger_url(),
            projections: crate::projection::all(),
            env: env.clone(),
            read_only: opening == Opening::Look,
        })
        .await?;
        if let Some(anchor) = anchor {
            let fits = match Anchor::of(&ledger).await {
                Ok(now) => anchor.check(&now),
                Err(error) => Err(error),
            };
            if let Err(error) = fits {
                ledger.close().await;
                return Err(error.into());
            }
        }
        Ok(ledger)
    }

    /// Whether there is a ledger; what it was after the last run, if there was one.
    ///
    /// # Errors
    /// [`ProjectError::NoLedger`], or [`LedgerError::Gone`] if there was one.
    pub fn present(&self) -> Result<Option<Anchor>, ProjectError> {
        let (at, anchor) = (self.ledger_url(), self.anchor()?);
        match (is_there(&at)?, anchor) {
            (Some(false), Some(anchor)) => {
                Err(LedgerError::Gone { at, anchor: anchor.size }.into())
            }
            (Some(false), None) => Err(ProjectError::NoLedger(at)),
            (_, anchor) => Ok(anchor),
        }
    }

    /// What the ledger was after the last run; `None` before the first.
    ///
    /// # Errors
    /// If the file is no anchor.
    pub fn anchor(&self) -> Result<Option<Anchor>, ProjectError> {
        Ok(Anchor::read(&self.folder.join(ANCHOR_FILE))?)
    }

    /// Notes what the ledger is now.
    ///
    /// # Errors
    /// If the ledger cannot be read, or the file cannot be written.
    pub async fn set_anchor(folder: &Path, ledger: &Ledger) -> Result<(), ProjectError> {
        Ok(Anchor::of(ledger).await?.write(&folder.join(ANCHOR_FILE))?)
    }

    /// What is read if no export is named, as a reading notes it.
    pub fn place(&self) -> String {
        match (&self.settings.database, &self.settings.bundle) {
            (Some(database), _) => database.url.clone(),
            (None, Some(path)) => self.folder.join(path).display().to_string(),
            (None, None) => String::new(),
        }
    }

    /// The help desk's adapter.
    ///
    /// # Errors
    /// If the settings name an unknown one.
    pub fn source(&self) -> Result<&'static dyn Source, ProjectError> {
        Ok(crate::source::registry::find(&self.settings.source)?)
    }

    /// Opens an export or the database: what the settings name, or another export. A place that an
    /// earlier reading noted may be given too.
    ///
    /// # Errors
    /// If there is none, or it cannot be opened.
    pub fn reader(
        &self,
        env: &Env,
        bundle: Option<&Path>,
    ) -> Result<(Box<dyn SourceReader>, PathBuf), ProjectError> {
        let is_database = |path: &Path| path.to_string_lossy().starts_with(DATABASE_SCHEME);
        let (place, path) = match (&self.settings.database, bundle) {
            (Some(database), bundle) if bundle.is_none_or(is_database) => {
                database.check()?;
                let export = self.settings.bundle.as_ref();
                (database.place(&self.folder, export), PathBuf::from(&database.url))
            }
            (_, Some(path)) => (Place::Bundle(path.to_owned()), path.to_owned()),
            (_, None) => {
                let path = self.settings.bundle.as_ref().ok_or(ProjectError::NoBundle)?;
                let path = self.folder.join(path);
                (Place::Bundle(path.clone()), path)
            }
        };
        let settings = SourceSettings { place, reading: self.reading(env)? };
        Ok((self.source()?.open(&settings)?, path))
    }

    /// Decisions about reading.
    fn reading(&self, env: &Env) -> Result<Reading, ProjectError> {
        let mut reading = Reading::undecided(env.now());
        if let Some(zone) = self.decisions.answer("G8")? {
            reading.time_zone = zone.value.and_then(|name| name.parse().ok());
        }
        reading.date_order = self.decisions.answer("G9")?.and_then(|order| match order.option {
            "day" => Some(DateOrder::DayFirst),
            "month" => Some(DateOrder::MonthFirst),
            _ => None,
        });
        reading.value_maps = self.settings.export.values.clone();
        reading.overrides = self.settings.export.clone();
        reading.fields = self.mapping.as_ref().map(known_fields).unwrap_or_default();
        Ok(reading)
    }

    /// The token for Intercom, from the environment.
    ///
    /// # Errors
    /// If the environment has none.
    pub fn token() -> Result<Secret, ProjectError> {
        match std::env::var(TOKEN_VARIABLE) {
            Ok(token) if !token.trim().is_empty() => Ok(Secret::new(token.trim())),
            _ => Err(ProjectError::NoToken),
        }
    }
}

fn read(path: &Path) -> Result<Option<String>, ProjectError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(ProjectError::File { path: path.to_owned(), cause }),
    }
}

/// Makes the folder for its owner alone; one that is there keeps the rights it has.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Written beside and renamed, so that a crash leaves the old file or the new one; for its owner
/// alone.
fn write(path: &Path, text: &str) -> Result<(), ProjectError> {
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| file.write_all(text.as_bytes()));
    written
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|cause| ProjectError::File { path: path.to_owned(), cause })
}
