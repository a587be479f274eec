//! The subcommands and who runs them.

use super::{accuracy, check, hand_out, key, proof, seal};
use crate::cli::error::{CliError, Exit};
use crate::cli::session::Session;

/// Check, seal and export the ledger, so that others can prove it without trusting us.
#[derive(clap::Subcommand)]
pub enum Args {
    /// Check every event, the tree, payloads, lifecycles, checkpoints and what is computed from the
    /// events, from the stored bytes alone. Needs neither secrets nor write access.
    ///
    /// Without anything in hand it finds what was changed by somebody who did not mend all digests.
    /// With --key it finds what was sealed by somebody else. With --checkpoint, a note that you
    /// kept, it finds a ledger that was cut, put back to an older copy, or written anew by the
    /// holder of the key. Exit code 4: not whole; 3: whole, and a part could not be compared.
    Check(check::Args),
    /// Seal the ledger as it is with a signed note, and print the note and the public key.
    ///
    /// Give the note to the customer: who keeps it can tell later whether the ledger continues it.
    Checkpoint(seal::CheckpointArgs),
    /// Make, show and change signing keys.
    #[command(subcommand)]
    Key(key::Args),
    /// Sign a checkpoint as the customer's witness, if it continues the one signed before. Needs no
    /// project.
    Cosign(seal::CosignArgs),
    /// Take the signatures of a witness into the ledger.
    AddSignatures(seal::AddArgs),
    /// Prove to somebody without the ledger that a record's events are in it, or that it continues
    /// a note.
    Prove(proof::ProveArgs),
    /// Check a proof. Needs no project and no ledger.
    VerifyProof(proof::VerifyArgs),
    /// Write the log as JSON lines, or with --bundle all that an outsider needs to check it.
    Export(hand_out::ExportArgs),
    /// Check a bundle or an export. Needs no project and no ledger.
    VerifyBundle(hand_out::VerifyArgs),
    /// Check a certificate of accuracy (`verify --certificate`). Needs no project and no ledger.
    VerifyCertificate(accuracy::Args),
}

/// Runs the command.
///
/// # Errors
/// If the database does not answer, a file cannot be read or written, or a proof does not hold.
pub async fn run(session: &Session, args: &Args) -> Result<Exit, CliError> {
    match args {
        Args::Check(args) => check::run(session, args).await,
        Args::Checkpoint(args) => seal::checkpoint(session, args).await,
        Args::Key(args) => key::run(session, args),
        Args::Cosign(args) => seal::cosign(session, args),
        Args::AddSignatures(args) => seal::add(session, args).await,
        Args::Prove(args) => proof::prove(session, args).await,
        Args::VerifyProof(args) => proof::verify(session, args),
        Args::Export(args) => hand_out::export(session, args).await,
        Args::VerifyBundle(args) => hand_out::verify(session, args),
        Args::VerifyCertificate(args) => accuracy::verify(session, args),
    }
}
