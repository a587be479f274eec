//! `audit verify-certificate`: a certificate of accuracy, checked without the ledger.

use std::path::PathBuf;

use serde_json::json;

use super::note::{follow, keys_of, note_in};
use crate::audit::{self, AuditError};
use crate::cli::error::{CliError, Exit};
use crate::cli::session::Session;
use crate::model::accuracy::AccuracyCertificate;

#[derive(clap::Args)]
pub struct Args {
    /// The certificate.
    file: PathBuf,
    /// Public key that must have signed it, or the file that holds it.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    /// A note by which one --key was replaced by another (`audit key rotate`).
    #[arg(long, value_name = "NOTE")]
    rotation: Vec<PathBuf>,
    /// A bundle or an export of the ledger: what the certificate says is counted again from it.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

/// Checks the signature, then that figures and words follow from the counts, then the counts.
///
/// # Errors
/// If a file cannot be read, or no given key has signed.
pub(super) fn verify(session: &Session, args: &Args) -> Result<Exit, CliError> {
    let mut keys = keys_of(&args.key)?;
    follow(&mut keys, &args.rotation)?;
    let note = note_in(&args.file)?;
    let certificate = AccuracyCertificate::open(&note, &keys).map_err(AuditError::from)?;
    let problems = match &args.bundle {
        None => certificate.contradictions(),
        Some(bundle) => {
            let certificates = std::slice::from_ref(&certificate);
            let report = audit::verify_bundle_with(bundle, &keys, &[], certificates)?;
            report.problems.into_iter().map(|one| format!("{}: {}", one.at, one.what)).collect()
        }
    };
    let recounted = args.bundle.is_some();
    let value = json!({ "holds": problems.is_empty(), "recounted": recounted,
        "certificate": certificate, "problems": problems });
    session.output.result(&value, || words(&certificate, &problems, recounted));
    Ok(if problems.is_empty() { Exit::Done } else { Exit::NotWhole })
}

fn words(certificate: &AccuracyCertificate, problems: &[String], recounted: bool) -> String {
    let mut lines = vec![format!(
        "Workspace {}, ledger {} of {} events, {}.",
        certificate.workspace, certificate.origin, certificate.size, certificate.at
    )];
    lines.extend(certificate.method.iter().cloned());
    let outside = certificate.outside.iter().map(|(word, count)| format!("{count} {word}"));
    let outside: Vec<String> = outside.collect();
    if !outside.is_empty() {
        lines.push(format!(
            "Not in Intercom, so that no verification looks at them: {}.",
            outside.join(", ")
        ));
    }
    let named =
        certificate.wrong.iter().map(|(key, all)| format!("wrong: {key}: {}", all.join(", ")));
    lines.extend(named);
    lines.extend(certificate.skipped.iter().map(|(key, why)| format!("skipped: {key}: {why}")));
    if problems.is_empty() {
        lines.push(match recounted {
            true => "It holds: signed, and the same when counted again from the log.".to_owned(),
            false => "It holds: signed, and figures and words follow from its counts. Name a \
                      bundle with --bundle to have the counts counted again."
                .to_owned(),
        });
    } else {
        lines.push("It does not hold:".to_owned());
        lines.extend(problems.iter().cloned());
    }
    lines.join("\n")
}
