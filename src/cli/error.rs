//! From a library's error to a kind, a hint and an exit code: one list.

use serde_json::{Value, json};

use crate::engine::EngineError;
use crate::project::ProjectError;
use crate::report::ReportError;

/// Why the program ends (documented in the README).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Usage or settings.
    Usage = 1,
    /// The other side failed; it is safe to run again.
    OtherSide = 2,
    /// Something waits for a person.
    Waiting = 3,
    /// The ledger, a gate or the accuracy is not whole.
    NotWhole = 4,
    /// A person or the machine asked it to stop; what is done is recorded.
    Interrupted = 130,
}

/// An error as people see it.
#[derive(Debug)]
pub struct CliError {
    /// Short stable name.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: &'static str,
    /// The exit code.
    pub exit: Exit,
}

impl CliError {
    /// An error of usage.
    pub fn usage(code: &str, message: impl Into<String>, hint: &'static str) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint, exit: Exit::Usage }
    }

    /// Something waits for a person.
    pub fn waiting(code: &str, message: impl Into<String>, hint: &'static str) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint, exit: Exit::Waiting }
    }

    /// Something is not whole.
    pub fn not_whole(code: &str, message: impl Into<String>, hint: &'static str) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint, exit: Exit::NotWhole }
    }

    /// For people.
    pub fn to_text(&self) -> String {
        format!("error[{}]: {}\n  {}", self.code, self.message, self.hint)
    }

    /// For scripts.
    pub fn to_json(&self) -> Value {
        json!({ "error": {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "exit_code": self.exit as i32,
        } })
    }

    fn coded(code: &str, message: String) -> Self {
        let (exit, hint) = advice(code);
        Self { code: code.to_owned(), message, hint, exit }
    }
}

impl From<EngineError> for CliError {
    fn from(error: EngineError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<ProjectError> for CliError {
    fn from(error: ProjectError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<ReportError> for CliError {
    fn from(error: ReportError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::web::WebError> for CliError {
    fn from(error: crate::web::WebError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::ledger::LedgerError> for CliError {
    fn from(error: crate::ledger::LedgerError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::store::StoreError> for CliError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::audit::AuditError> for CliError {
    fn from(error: crate::audit::AuditError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::mapping::MappingError> for CliError {
    fn from(error: crate::mapping::MappingError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::source::SourceError> for CliError {
    fn from(error: crate::source::SourceError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<crate::destination::DestinationError> for CliError {
    fn from(error: crate::destination::DestinationError) -> Self {
        Self::coded(error.code(), error.to_string())
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::coded("file", error.to_string())
    }
}

/// Exit code and next step of the errors whose name is, or starts with, a row's first word.
struct Advice(&'static str, Exit, &'static str);

const AGAIN: &str = "Run the command again; it goes on where it stopped.";
const NO_ROOM: &str = "Make room on the disk and run the command again; nothing is lost.";
const MAKE_PLAN: &str = "Make a plan with `deskledger plan`, read it, then apply it.";
const ACCESS: &str = "Check the token, its scopes and the workspace's plan, then run again.";
const DECISIONS: &str = "See `deskledger decide` for the ids and options.";
const RESOLVE: &str = "See `deskledger resolve` for what waits for a verdict.";
const PATH: &str = "Check the path and its permissions.";
const RESTORE: &str = "Restore the newest copy of the ledger, with the files `-wal` and `-shm` if \
                       it has them. To go on with this one although it knows less, remove \
                       ledger.anchor: what it does not know would be written again.";
const OTHER_COPY: &str = "Restore the newest copy of the ledger and go on with that. If it \
                          is lost, `deskledger claim take`: what it wrote beyond this copy is not \
                          known here and would be written again.";
const DAMAGED: &str = "Write nothing more to it. `deskledger audit check` names what is damaged, \
                       if that can be read. Put the newest whole copy in its place (`deskledger \
                       ledger backup` makes them), without the files `-wal` and `-shm` of the \
                       damaged one, and run the command again; what Intercom holds is not touched \
                       by this.";
const UNREADABLE: &str = "Run `deskledger audit check` and `deskledger replay`.";

/// Name of the error that findings of the last reading keep a plan from being made.
pub const BLOCKED: &str = "findings_block";

/// Advice by the whole name.
const BY_NAME: &[Advice] = &[
    Advice(
        "not_a_project",
        Exit::Usage,
        "Run `deskledger init` first, or name the folder with --project.",
    ),
    Advice("unknown_source", Exit::Usage, "See `deskledger init --help` for the sources."),
    Advice(
        "other_product",
        Exit::Usage,
        "Nothing was read. If it is the right product after all, name its account under \
         `source_account` in manifest.json.",
    ),
    Advice("decision_unknown", Exit::Usage, DECISIONS),
    Advice("decision_option", Exit::Usage, DECISIONS),
    Advice(
        "decision_answer",
        Exit::Usage,
        "Give it again with `deskledger decide set`; if it stands in decisions.toml, correct it \
         there.",
    ),
    Advice(
        "project_exists",
        Exit::Usage,
        "Go on with it: `deskledger status` says where it stands and what comes next. Another \
         migration needs a folder of its own: name it with --project.",
    ),
    Advice(
        "no_bundle",
        Exit::Usage,
        "Name the export: `deskledger init --bundle PATH`, or `bundle` in deskledger.toml.",
    ),
    Advice(
        "source_database",
        Exit::OtherSide,
        "Check the address, the user's SELECT right and DESKLEDGER_SOURCE_PASSWORD.",
    ),
    Advice(
        "several_prefixes",
        Exit::Usage,
        "Name one: `deskledger init --prefix PREFIX`, or `prefix` under [database] in \
         deskledger.toml.",
    ),
    Advice("source_unfit", Exit::Usage, "See the source's README for what can be read."),
    Advice("no_token", Exit::Usage, "Put the workspace's access token into INTERCOM_ACCESS_TOKEN."),
    Advice(
        "ledger_locked",
        Exit::OtherSide,
        "Wait until the other process ends, or stop it; nothing was changed.",
    ),
    Advice(
        "ledger_newer",
        Exit::Usage,
        "Use the program version that wrote the ledger, or a newer one.",
    ),
    Advice("ledger_missing", Exit::Usage, "Run `deskledger read` first: it makes the ledger."),
    Advice(
        "projection_behind",
        Exit::Usage,
        "Run `deskledger log` once: it brings the ledger up to date, and must not run beside a \
         process that writes.",
    ),
    Advice("ledger_damaged", Exit::NotWhole, DAMAGED),
    Advice("ledger_decode", Exit::NotWhole, DAMAGED),
    Advice("ledger_payload", Exit::NotWhole, DAMAGED),
    Advice("ledger_replay", Exit::NotWhole, DAMAGED),
    Advice(
        "ledger_foreign",
        Exit::Usage,
        "Name another file under `ledger` in deskledger.toml; this one was left alone.",
    ),
    Advice(
        "ledger_read_only",
        Exit::Usage,
        "Run it where the ledger and its folder may be written; `status`, `log`, `show`, \
         `reconcile`, `rollback plan` and `serve` work here.",
    ),
    Advice("ledger_older", Exit::NotWhole, RESTORE),
    Advice("ledger_apart", Exit::NotWhole, RESTORE),
    Advice("ledger_gone", Exit::NotWhole, RESTORE),
    Advice(
        "ledger_no_file",
        Exit::Usage,
        "Use `pg_dump --schema=NAME` for the ledger's schema; it takes one moment, also while a \
         run writes.",
    ),
    Advice("ledger_exists", Exit::Usage, "Name a file that is not there yet."),
    Advice("anchor_file", Exit::Usage, PATH),
    Advice("anchor_malformed", Exit::NotWhole, RESTORE),
    Advice("store_full", Exit::OtherSide, NO_ROOM),
    Advice("ledger_full", Exit::OtherSide, NO_ROOM),
    Advice(
        "mapping_not_confirmed",
        Exit::Waiting,
        "Look at the map with `deskledger map show`, then `deskledger map confirm`.",
    ),
    Advice(
        "mapping_drift",
        Exit::Waiting,
        "Add the rules to mapping.toml, then `deskledger map confirm`.",
    ),
    Advice(
        "decisions_open",
        Exit::Waiting,
        "`deskledger decide` shows the options; then `deskledger decide set ID OPTION`.",
    ),
    Advice(
        BLOCKED,
        Exit::Waiting,
        "Mend the export, say how it is meant (`ignore`, `columns`, `encodings`, `delimiters`, \
         `header_rows`, `body_formats`, `timezone` … in manifest.json, or under [export] in \
         deskledger.toml) or take the decision that the finding names, and `deskledger read` \
         again; or accept it with `deskledger findings accept ID`. `deskledger findings show ID` \
         says more.",
    ),
    Advice("no_plan", Exit::Waiting, MAKE_PLAN),
    Advice("plan_stale", Exit::Waiting, MAKE_PLAN),
    Advice(
        "plan_not_approved",
        Exit::Waiting,
        "Approve it: run apply at a terminal, or with --yes.",
    ),
    Advice(
        "needs_waiver",
        Exit::Waiting,
        "Allow it by name in deskledger.toml: [write] waivers = [\"…\"].",
    ),
    Advice("nothing_open", Exit::Usage, RESOLVE),
    Advice("several_open", Exit::Usage, "Name the step with --step."),
    Advice("needs_id", Exit::Usage, "Say `landed ID`, with the id that Intercom shows."),
    Advice("object_taken", Exit::Usage, "Look at both records with `deskledger show`."),
    Advice(
        "gate_failed",
        Exit::NotWhole,
        "See what waits with `deskledger reconcile`, then apply again.",
    ),
    Advice(
        "object_types_missing",
        Exit::Waiting,
        "Make the types by the sheet that `deskledger handoff` writes, then apply again.",
    ),
    Advice(
        "needs_missing",
        Exit::Waiting,
        "Make them by the sheet `intercom_setup` that `deskledger handoff` writes, see `deskledger \
         doctor`, then apply again.",
    ),
    Advice(
        "workspace_unfit",
        Exit::Waiting,
        "See `deskledger doctor`; change the decision or the workspace, let the canary out again.",
    ),
    Advice("workspace_unnamed", Exit::OtherSide, ACCESS),
    Advice(
        "workspace_other",
        Exit::Waiting,
        "Put the token of the ledger's own workspace into INTERCOM_ACCESS_TOKEN, and its address \
         into intercom_url; another workspace needs a project of its own (`deskledger init`).",
    ),
    Advice(
        "claim_other",
        Exit::Waiting,
        "If that project is done, `deskledger claim release` in its folder; to write from here \
         nevertheless, `deskledger claim take`: what it moved is not known here.",
    ),
    Advice(
        "workspace_strange",
        Exit::Waiting,
        "Set INTERCOM_ACCESS_TOKEN and intercom.url to the workspace that was migrated. If it is \
         this one and people deleted what was moved, `deskledger claim take` makes the ledger \
         belong to it.",
    ),
    Advice("claim_ahead", Exit::Waiting, OTHER_COPY),
    Advice("claim_forked", Exit::Waiting, OTHER_COPY),
    Advice(
        "claim_gone",
        Exit::Waiting,
        "Somebody removed the tag, or another copy of this ledger rolled back or released. If this \
         is the newest ledger, `deskledger claim take` sets it again.",
    ),
    Advice(
        "claim_refused",
        Exit::Waiting,
        "Look at the tag `deskledger …` in Intercom: take it out of segments and rules, then run \
         again.",
    ),
    Advice(
        "reading_cut_off",
        Exit::Waiting,
        "Run that command: what is there already costs nothing. Then plan.",
    ),
    Advice("nothing_read", Exit::Waiting, "Run `deskledger read` to its end, then plan."),
    Advice("unknown_key", Exit::Usage, "Keys are written system/object/id; Intercom ids work too."),
    Advice("intercom_refuses", Exit::OtherSide, ACCESS),
    Advice("destination_stop", Exit::OtherSide, ACCESS),
    Advice("intercom_unreachable", Exit::OtherSide, AGAIN),
    Advice("destination_later", Exit::OtherSide, AGAIN),
    Advice("stopped", Exit::Interrupted, AGAIN),
    Advice("folder_not_empty", Exit::Usage, "Name a folder that is new or empty."),
    Advice("port_taken", Exit::Usage, "Name another port with --port; 0 takes a free one."),
    Advice("uncounted", Exit::NotWhole, UNREADABLE),
    Advice("file", Exit::Usage, PATH),
    Advice("project_file", Exit::Usage, PATH),
    Advice("output", Exit::Usage, PATH),
    Advice(
        "event_unsealed",
        Exit::Waiting,
        "Seal the ledger with `deskledger audit checkpoint`, then prove again.",
    ),
    Advice(
        "note_ahead",
        Exit::NotWhole,
        "The ledger was cut or is an older copy: run `deskledger audit check --checkpoint NOTE`. \
         If its checkpoints alone are missing, seal with `deskledger audit checkpoint`.",
    ),
    Advice("event_damaged", Exit::NotWhole, "Run `deskledger audit check`."),
    Advice("bundle_damaged", Exit::NotWhole, "Get it again; it was damaged on its way or changed."),
    Advice("proof_unreadable", Exit::Usage, "Give the file as it was written."),
    Advice(
        "proof_missing",
        Exit::Waiting,
        "Ask the operator for `deskledger audit prove --from NOTE`, with the note that you signed.",
    ),
    Advice(
        "proof_fork",
        Exit::NotWhole,
        "Sign nothing. Keep both notes: together they prove that one of two ledgers was hidden.",
    ),
    Advice("key_file", Exit::Usage, PATH),
    Advice(
        "key_open",
        Exit::Usage,
        "Let its owner alone read it: `chmod 600 FILE`. If others may have read it, change the key \
         with `deskledger audit key rotate`.",
    ),
    Advice("ledger_note", Exit::Usage, "Check the key file and DESKLEDGER_KEY_PASSPHRASE."),
    Advice(
        "ledger_no_such_seal",
        Exit::NotWhole,
        "The note is of another ledger, or of this one before it was put back: run `deskledger \
         audit check --checkpoint NOTE`.",
    ),
    Advice("stored_unreadable", Exit::NotWhole, UNREADABLE),
    Advice("projection_row", Exit::NotWhole, UNREADABLE),
];

/// Advice by how the name starts, for names that have none of their own.
const BY_ROOM: &[Advice] = &[
    Advice(
        "proof_",
        Exit::NotWhole,
        "It proves nothing. Get it again, and the key by another way than the proof.",
    ),
    Advice(
        "store_",
        Exit::OtherSide,
        "Run the command again; if it stays, run `deskledger audit check`.",
    ),
    Advice(
        "ledger_",
        Exit::OtherSide,
        "Run the command again; if it stays, run `deskledger audit check`.",
    ),
    Advice(
        "destination_",
        Exit::OtherSide,
        "Run the command again; if it stays, look at the workspace.",
    ),
    Advice("", Exit::Usage, "See `deskledger help` and the README."),
];

fn advice(code: &str) -> (Exit, &'static str) {
    let by_name = BY_NAME.iter().find(|advice| advice.0 == code);
    by_name
        .or_else(|| BY_ROOM.iter().find(|advice| code.starts_with(advice.0)))
        .map_or((Exit::Usage, PATH), |advice| (advice.1, advice.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_to_do_next() {
        let error = CliError::from(EngineError::NotConfirmed);
        assert_eq!(error.exit, Exit::Waiting);
        assert!(error.to_text().contains("map confirm"));
        assert_eq!(error.to_json()["error"]["exit_code"], 3);
    }

    #[test]
    fn a_name_of_its_own_goes_before_its_room() {
        assert_eq!(advice("store_full"), (Exit::OtherSide, NO_ROOM));
        assert!(advice("store_unreachable").1.contains("audit check"));
        assert_eq!(advice("of no room").0, Exit::Usage);
    }
}
