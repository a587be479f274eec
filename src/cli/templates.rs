//! `templates`: the forms into which people copy a help desk that has no export.

use std::path::PathBuf;

use serde_json::json;

use super::error::{CliError, Exit};
use super::session::Session;
use crate::report::templates::templates;
use crate::source;

/// Write the extraction templates of a help desk: CSV files, a workbook with a data dictionary, and
/// the checklist. For help desks with an export: blank layouts. Needs no project.
#[derive(clap::Args)]
pub struct Args {
    /// Help desk.
    #[arg(value_name = "NAME")]
    source: String,
    /// Folder for the templates; files that are there are never overwritten.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If no help desk has this name, a file is there already, or the folder cannot be written.
pub fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let source = source::find(&args.source)?;
    let files = templates(source)?;
    // First look at all, then write: half a set of templates helps nobody.
    if let Some(there) = files.iter().map(|file| args.out.join(&file.path)).find(|p| p.exists()) {
        let message = format!("{} is there already", there.display());
        return Err(CliError::usage("file_exists", message, "Name another folder with --out."));
    }
    for file in &files {
        let path = args.out.join(&file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, &file.bytes)?;
    }
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let result = json!({ "folder": args.out, "source": source.name(), "files": paths });
    session
        .output
        .result(&result, || format!("{}\nWritten to {}.", paths.join("\n"), args.out.display()));
    Ok(Exit::Done)
}
