//! `completions` and `man`: what a shell and a manual know of the command line.

use std::path::PathBuf;

use clap_complete::Shell;

use super::error::{CliError, Exit};
use super::session::Session;

/// Print what a shell needs to complete commands and options, to be kept where that shell looks:
/// `deskledger completions bash > ~/.local/share/bash-completion/completions/deskledger`.
#[derive(clap::Args)]
pub struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Write the manual pages.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Folder for them; it is made.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Prints the completions of a command tree.
pub fn run(mut tree: clap::Command, args: &Args) -> Exit {
    let name = tree.get_name().to_owned();
    clap_complete::generate(args.shell, &mut tree, name, &mut std::io::stdout());
    Exit::Done
}

/// Writes a page for the program and for each command of a tree.
///
/// # Errors
/// If the folder cannot be written.
pub fn man(session: &Session, tree: clap::Command, args: &ManArgs) -> Result<Exit, CliError> {
    std::fs::create_dir_all(&args.out)?;
    clap_mangen::generate_to(tree, &args.out)?;
    let pages = std::fs::read_dir(&args.out)?.count();
    let value = serde_json::json!({ "out": args.out, "files": pages });
    session.output.result(&value, || format!("{pages} pages in {}.", args.out.display()));
    Ok(Exit::Done)
}
