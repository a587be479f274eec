//! `verify --certificate`: what a verification found, signed.

use std::path::Path;

use super::audit::{signers, write_new};
use super::error::CliError;
use super::session::{self, Session};
use crate::engine::verify::VerifyReport;
use crate::engine::{Context, EngineError, workspace};
use crate::ledger::LedgerError;
use crate::model::accuracy::{AccuracyCertificate, AccuracyCounts, AccuracyFacts, Choice};
use crate::model::note::{NoteError, NoteSigner};
use crate::model::{Checkpoint, RunId};
use crate::project::Project;
use crate::projection::Disposition;
use crate::report::reconciliation;

/// A certificate that is yet to be written: where to, and who signs.
pub struct Asked<'a> {
    file: &'a Path,
    signers: Vec<NoteSigner>,
}

impl<'a> Asked<'a> {
    /// Makes sure before anything is read that it can be signed and written.
    ///
    /// # Errors
    /// If there is no key, or the file is there already.
    pub fn new(
        project: &Project,
        file: &'a Path,
        key_file: Option<&std::path::PathBuf>,
    ) -> Result<Self, CliError> {
        let files: Vec<_> = key_file.into_iter().cloned().collect();
        let signers = signers(&files, &Checkpoint::origin_of(&project.settings.source))?;
        if file.exists() {
            let what = format!("{} is there already", file.display());
            return Err(CliError::usage("file_there", what, "Name a file that is not there yet."));
        }
        Ok(Self { file, signers })
    }

    /// Seals the ledger, the verification included, and writes the certificate.
    ///
    /// # Errors
    /// If the ledger cannot be read or sealed, or the file cannot be written.
    pub async fn write(
        &self,
        session: &Session,
        context: &Context,
        project: &Project,
        (run, report): (RunId, &VerifyReport),
    ) -> Result<AccuracyCertificate, CliError> {
        let origin = Checkpoint::origin_of(&project.settings.source);
        let sealed = context.ledger.seal(run, &origin, &self.signers).await?;
        let workspace = workspace::recorded(context).await?.ok_or(EngineError::WorkspaceUnnamed)?;
        let withdrawn = session::withdrawn(context, project).await?;
        let withdrawn = withdrawn.iter().map(|one| one.stream).collect();
        let reconciled = reconciliation::reconcile(&context.ledger, &withdrawn).await?;
        let outside = [
            ("excluded", Disposition::Excluded),
            ("rejected", Disposition::Rejected),
            ("waiting", Disposition::Waiting),
            ("by_hand", Disposition::ByHand),
        ];
        let outside = outside.map(|(word, one)| (word.to_owned(), reconciled.count(one)));
        let certificate = AccuracyCertificate::of(AccuracyFacts {
            origin,
            size: sealed.size,
            root: sealed.root.to_string(),
            run: run.to_string(),
            at: session.env.now().to_rfc3339(),
            workspace: format!("{} ({})", workspace.app, workspace.region),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            mapping: context.mapping.map(|digest| digest.to_string()),
            choice: match report.rng_start {
                Some(rng_start) => Choice::Sample { rng_start },
                None => Choice::Exhaustive,
            },
            counts: counts(report),
            wrong: report.undeclared.clone(),
            skipped: report
                .skipped
                .iter()
                .map(|(key, reason)| (key.clone(), (*reason).to_owned()))
                .collect(),
            outside: outside.into_iter().filter(|(_, count)| *count > 0).collect(),
        });
        let (first, others) =
            self.signers.split_first().ok_or(NoteError::Unsigned).map_err(LedgerError::from)?;
        let mut note = certificate.sign(first).map_err(LedgerError::from)?;
        others.iter().for_each(|signer| note.cosign(signer));
        write_new(self.file, &note.to_string())?;
        Ok(certificate)
    }
}

fn counts(report: &VerifyReport) -> AccuracyCounts {
    let wrong = report.undeclared.len() as u64;
    AccuracyCounts {
        written: report.population,
        chosen: report.chosen,
        compared: report.objects,
        equal: report.objects - wrong - report.declared_objects,
        declared: report.declared_objects,
        wrong,
        skipped: report.skipped.len() as u64,
        fields: report.fields,
        fields_declared: report.declared.values().sum(),
        fields_wrong: report.undeclared.values().map(|fields| fields.len() as u64).sum(),
    }
}
