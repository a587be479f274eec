//! `demo`: the whole main job on the shipped sample, narrated.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use intercom_simulator::{Options, Simulator};
use serde_json::{Value, json};

use super::error::{CliError, Exit};
use super::output::{Output, Volume};
use super::report::PATIENCE;
use super::serve;
use super::session::Session;
use super::tour::{Script, Tour, summary, waivers};
use crate::engine::WriteSettings;
use crate::project::{Project, Settings};
use crate::report::demo::DemoFacts;
use crate::web::address::Address;
use crate::web::folder::{self, Bounds};
use crate::web::frame::document;
use crate::web::links::Links;
use crate::web::page::demo::page;

static BUNDLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo");
static DELTA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/source/deskero/fixtures/demo-delta");
const WORKSPACE: &str = include_str!("../source/deskero/fixtures/demo-workspace.json");

/// See a help desk move and come back: migrates the shipped sample into a simulated Intercom,
/// verifies every field, runs a delta, lets teammates touch two conversations, rolls back, and
/// shows what is left. Needs nothing.
#[derive(clap::Args)]
pub struct Args {
    /// Folder for the project, the ledger and the report; a new temporary one by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const NOT_EMPTY: &str = "Name a folder that is new or empty. If an earlier demo made this \
                         one, look at its report.html, or ask \
                         `deskledger --project DIR/project status`.";

/// Runs the command.
///
/// # Errors
/// If a stage stops: the demo then shows why.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let folder = match &args.out {
        Some(path) => std::path::absolute(path)?,
        None => std::env::temp_dir().join(format!("deskledger-demo-{}", session.env.run_id())),
    };
    if std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()) {
        let what = format!("{} is there already and not empty", folder.display());
        return Err(CliError::usage("folder_not_empty", what, NOT_EMPTY));
    }
    std::fs::create_dir_all(&folder)?;
    let bundle = folder.join("export");
    let later = folder.join("export-later");
    unpack(&BUNDLE, &bundle)?;
    unpack(&DELTA, &later)?;
    let workspace: Value = serde_json::from_str(WORKSPACE)
        .map_err(|error| CliError::usage("workspace", error.to_string(), "See the README."))?;
    let options = Options { workspace, ..Options::default() };
    let simulator = Simulator::start(options).await.map_err(|error| {
        CliError::usage("simulator", error.to_string(), "Is the loopback address usable?")
    })?;
    let settings = Settings {
        export: Default::default(),
        source: "deskero".to_owned(),
        bundle: Some(bundle),
        intercom_url: simulator.url(),
        ledger: "sqlite:ledger.db".to_owned(),
        database: None,
        write: WriteSettings { waivers: waivers(), ..WriteSettings::default() },
    };
    let project_folder = folder.join("project");
    Project::init(&project_folder, settings)?;
    let quiet = Output { json: false, volume: Volume::Quiet };
    let inner = session.within(project_folder, quiet);
    let tour = Tour { outer: session, inner, simulator: &simulator };
    let script =
        Script { decisions: DECISIONS, later: Some(later), teammates: true, faults: Vec::new() };
    let facts = tour.walk(&script).await?;
    let report = folder.join("report.html");
    write_report(&tour.inner, &folder, &report, &facts).await?;
    simulator.stop().await;
    let value = json!({ "holds": facts.holds(), "facts": facts, "report": report });
    session
        .output
        .result(&value, || format!("{}\n\nReport: {}", summary(&facts), report.display()));
    Ok(if facts.holds() { Exit::Done } else { Exit::NotWhole })
}

/// The demo's own page, and the pages of its project in a folder beside it.
async fn write_report(
    inner: &Session,
    folder: &Path,
    report: &Path,
    facts: &DemoFacts,
) -> Result<(), CliError> {
    let project = inner.project()?;
    let context = inner.context_to_look(&project).await?;
    let opened = serve::open(&project, context, true, PATIENCE).await?;
    let bounds = Bounds { records: u64::MAX, pages: u64::MAX, proofs: false };
    folder::write(&opened, &folder.join("report"), bounds).await?;
    opened.context.ledger.close().await;
    opened.store.close().await;
    let text = document(&page(facts), &Address::Overview, "demo", &Links::Alone);
    Ok(folder::put(report, &text)?)
}

fn unpack(from: &Dir<'_>, to: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(to)?;
    from.extract(to)?;
    Ok(())
}

/// The decisions of the sample's customer.
const DECISIONS: &[(&str, &str)] =
    &[("D4", "standalone"), ("G4", "confirmed"), ("G8", "zone:Europe/Rome"), ("G9", "day")];
