//! A migration seen from outside: the real program, a simulated Intercom, and nothing between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};

use deskledger::destination::Operation;
use deskledger::engine::WriteSettings;
use deskledger::model::NotificationClass;
use intercom_simulator::{Options, Running, Simulator};
use serde_json::{Value, json};
use tokio::process::Command;

/// A SQLite ledger inside the project's folder.
pub const OWN_LEDGER: &str = "sqlite:ledger.db";

/// A project folder and the workspace it writes to.
pub struct Desk {
    pub simulator: Running,
    home: tempfile::TempDir,
    options: Options,
    variables: Vec<(String, String)>,
    /// Records of the export that wait for a person, whatever is done.
    waiting: AtomicU64,
}

/// How a command ended.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The result.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Name of the error.
    pub fn error(&self) -> String {
        let line = self.stderr.lines().find(|line| line.starts_with('{'));
        let error: Value = serde_json::from_str(line.unwrap_or_default()).unwrap_or_default();
        assert!(error["error"]["hint"].is_string(), "an error without advice: {self:?}");
        assert_eq!(error["error"]["exit_code"], self.exit, "{self:?}");
        error["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A shipped bundle.
pub fn fixture(name: &str) -> PathBuf {
    let fixtures = "src/source/deskero/fixtures";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(fixtures).join(name)
}

/// The workspace that belongs to the shipped bundles.
pub fn demo_workspace() -> Value {
    let text = std::fs::read_to_string(fixture("demo-workspace.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A workspace with ITCO's teams and two of the three agents.
pub fn itco_workspace() -> Value {
    let mut workspace = demo_workspace();
    workspace["admins"] = json!([
        { "id": 71, "name": "Bo Kestrel", "email": "bo@example.com" },
        { "id": 72, "name": "Iris Vale", "email": "iris@example.com" },
        { "id": 73, "name": "Old Hand", "email": "old@example.com" },
    ]);
    workspace["teams"] = json!([
        { "id": 81, "name": "Support", "admin_ids": [72] },
        { "id": 82, "name": "Support / Pumps", "admin_ids": [71, 72] },
        { "id": 83, "name": "Support / Valves", "admin_ids": [73] },
    ]);
    workspace
}

impl Desk {
    /// A new project; nothing is read yet.
    pub async fn new(bundle: &Path, workspace: Value, ledger: &str) -> Self {
        Self::of("deskero", bundle, workspace, ledger).await
    }

    /// A new project of an export.
    pub async fn of(source: &str, bundle: &Path, workspace: Value, ledger: &str) -> Self {
        let bundle = bundle.display().to_string();
        let source = ["--source", source, "--bundle", bundle.as_str(), "--ledger", ledger];
        Self::from_source(&source, workspace, Vec::new()).await
    }

    /// A new project of any source; `variables` are set in its environment.
    pub async fn from_source(
        source: &[&str],
        workspace: Value,
        variables: Vec<(String, String)>,
    ) -> Self {
        let options = Options { workspace, witness_bodies: true, ..Options::default() };
        Self::before(source, options, variables).await
    }

    /// A new project before a simulator of any kind.
    pub async fn before(
        source: &[&str],
        options: Options,
        variables: Vec<(String, String)>,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let simulator = Simulator::start(options.clone()).await.unwrap();
        let desk = Self { simulator, home, options, variables, waiting: AtomicU64::new(0) };
        let url = desk.simulator.url();
        let said = desk.say(&[&["init", "--intercom-url", url.as_str()], source].concat()).await;
        assert_eq!(said.exit, 0, "{said:?}");
        let names = Operation::ALL.iter().map(|operation| operation.spec());
        let waivers: Vec<String> = names
            .filter(|spec| spec.notification == NotificationClass::MayNotify)
            .map(|spec| format!("{:?}", spec.name))
            .collect();
        desk.edit("deskledger.toml", "waivers = []", &format!("waivers = [{}]", waivers.join(",")));
        desk
    }

    /// Looks for lost answers within a second: this Intercom's search is never behind.
    pub fn hurry(&self) {
        let usual = WriteSettings::default().look_up_after_ms;
        let usual: String = usual.iter().map(|ms| format!("    {ms},\n")).collect();
        let name = "look_up_after_ms = [";
        self.edit("deskledger.toml", &format!("{name}\n{usual}]"), &format!("{name}20, 60, 200]"));
    }

    /// Believes windows of this length: this Intercom's are shorter than usual.
    pub fn window(&self, window_ms: u64) {
        let length = |ms: u64| format!("rate_window_ms = {ms}");
        let usual = WriteSettings::default().rate_window_ms;
        self.edit("deskledger.toml", &length(usual), &length(window_ms));
    }

    /// The shipped sample.
    pub async fn demo() -> Self {
        Self::new(&fixture("demo"), demo_workspace(), OWN_LEDGER).await
    }

    /// A copy of the project as it stands, before a workspace as this one's was at the start.
    pub async fn copy(&self, ledgers: Option<(&str, &str)>) -> Self {
        self.copy_before(Simulator::start(self.options.clone()).await.unwrap(), ledgers)
    }

    /// A copy of the project as it stands, before a workspace as this one's is now.
    pub async fn copy_as_it_stands(&self, ledgers: Option<(&str, &str)>) -> Self {
        self.copy_before(self.simulator.copy().await.unwrap(), ledgers)
    }

    fn copy_before(&self, simulator: Running, ledgers: Option<(&str, &str)>) -> Self {
        let home = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.home.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                std::fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
            }
        }
        let (options, variables) = (self.options.clone(), self.variables.clone());
        let waiting = AtomicU64::new(self.waiting.load(Ordering::Relaxed));
        let desk = Self { simulator, home, options, variables, waiting };
        desk.edit("deskledger.toml", &self.simulator.url(), &desk.simulator.url());
        if let Some((from, to)) = ledgers {
            desk.edit("deskledger.toml", from, to);
        }
        desk
    }

    /// The project's folder.
    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    /// Changes a file of the project.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.home.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}: {text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// The program, ready to be started in this project.
    pub fn program(&self, words: &[&str]) -> Command {
        self.program_in(self.home.path(), words)
    }

    /// The same in another folder.
    pub fn program_in(&self, folder: &Path, words: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_deskledger"));
        program.arg("--project").arg(folder).arg("--json").args(words);
        program.env("INTERCOM_ACCESS_TOKEN", "anything");
        program.envs(self.variables.iter().map(|(name, value)| (name, value)));
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        program.kill_on_drop(true);
        program
    }

    /// Runs a command to its end.
    pub async fn say(&self, words: &[&str]) -> Said {
        finish(self.program(words)).await
    }

    /// Says how many records of the export wait for a person: whatever writes then ends with 3.
    pub fn waits(&self, records: u64) {
        self.waiting.store(records, Ordering::Relaxed);
    }

    /// Runs a command that must end with 0, or with 3 if it writes and records are known to wait;
    /// its result.
    pub async fn done(&self, words: &str) -> Value {
        let said = self.say(&words.split(' ').collect::<Vec<_>>()).await;
        let waiting = self.waiting.load(Ordering::Relaxed);
        let writes = ["plan", "apply", "delta"].contains(&words.split(' ').next().unwrap());
        let expected = if writes && waiting > 0 { 3 } else { 0 };
        assert_eq!(said.exit, expected, "{words}: {said:?}");
        let result = said.json();
        if words == "plan" {
            assert_eq!(result["waiting"], waiting, "{words}");
        }
        result
    }

    /// Reads the export; its result. Rows that were rejected end it with 3.
    pub async fn read(&self) -> Value {
        let said = self.say(&["read"]).await;
        let rejected = said.exit == 3 && said.stdout.contains("\"findings\"");
        assert!(said.exit == 0 || rejected, "read: {said:?}");
        said.json()
    }

    /// Accepts every finding that blocks and can be accepted.
    pub async fn accept(&self) {
        let all = self.say(&["findings", "list"]).await.json();
        let open = all.as_array().unwrap().iter();
        let open = open.filter(|one| one["asks"] == true && one["accepted_by"].is_null());
        let ids: Vec<String> = open.map(|one| text(&one["id"])).collect();
        if !ids.is_empty() {
            self.done(&format!("findings accept {}", ids.join(" "))).await;
        }
    }

    /// Runs a command that must be refused; the exit code and the error's name.
    pub async fn refused(&self, words: &str) -> (i32, String) {
        let said = self.say(&words.split(' ').collect::<Vec<_>>()).await;
        assert_ne!(said.exit, 0, "{words}: {said:?}");
        (said.exit, said.error())
    }

    /// Takes the decisions that are the customer's alone.
    pub async fn decide(&self) {
        let state = self.simulator.state();
        let admin = format!("decide set G3 admin:{}", text(&state["admins"][0]["id"]));
        let rest = ["G4 confirmed", "G8 zone:Europe/Rome", "G9 day", "D4 standalone"];
        self.done(&admin).await;
        for one in rest {
            self.done(&format!("decide set {one}")).await;
        }
    }

    /// Reads, maps, decides and plans.
    pub async fn plan(&self) {
        self.read().await;
        self.done("map propose").await;
        self.done("map confirm").await;
        self.decide().await;
        self.done("plan").await;
    }

    /// A project of the same export, map and decisions before the same workspace: a copy with the
    /// ledger as it stands, or one that has yet to make its own.
    pub fn twin(&self, with_ledger: bool) -> Twin<'_> {
        let home = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.home.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && (with_ledger || !name.starts_with("ledger.")) {
                std::fs::copy(entry.path(), home.path().join(name)).unwrap();
            }
        }
        Twin { desk: self, home }
    }

    /// Names of the claims in the workspace.
    pub fn claims(&self) -> Vec<String> {
        let state = self.simulator.state();
        let names = list(&state, "tags").iter().map(|tag| text(&tag["name"]));
        names.filter(|name| name.starts_with("deskledger ")).collect()
    }

    /// Requests so far that changed the workspace.
    pub fn writes(&self) -> usize {
        self.simulator.witness().iter().filter(|entry| entry.applied).count()
    }
}

/// Another project before a desk's workspace.
pub struct Twin<'a> {
    desk: &'a Desk,
    pub home: tempfile::TempDir,
}

impl Twin<'_> {
    /// Runs a command to its end.
    pub async fn say(&self, words: &str) -> Said {
        let words: Vec<&str> = words.split(' ').collect();
        finish(self.desk.program_in(self.home.path(), &words)).await
    }

    /// Runs a command that must end with 0; its result.
    pub async fn done(&self, words: &str) -> Value {
        let said = self.say(words).await;
        assert_eq!(said.exit, 0, "{words}: {said:?}");
        said.json()
    }

    /// Runs a command that must be refused; the exit code and the error's name.
    pub async fn refused(&self, words: &str) -> (i32, String) {
        let said = self.say(words).await;
        assert_ne!(said.exit, 0, "{words}: {said:?}");
        (said.exit, said.error())
    }
}

/// Runs a program to its end.
pub async fn finish(mut program: Command) -> Said {
    let output = program.output().await.unwrap();
    Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An id, written as text or number.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The objects of a kind.
pub fn list<'a>(state: &'a Value, kind: &str) -> &'a [Value] {
    state[kind].as_array().unwrap_or_else(|| panic!("no {kind}"))
}

/// The conversation of a ticket; there must be exactly one.
pub fn conversation<'a>(state: &'a Value, ticket: &str) -> &'a Value {
    conversation_by(state, "deskero_original_ticket_id", ticket)
}

/// The conversation with this ticket in an attribute; there must be exactly one.
pub fn conversation_by<'a>(state: &'a Value, attribute: &str, ticket: &str) -> &'a Value {
    let found: Vec<&Value> = list(state, "conversations")
        .iter()
        .filter(|one| one["custom_attributes"][attribute] == ticket)
        .collect();
    assert_eq!(found.len(), 1, "conversations of ticket {ticket}");
    found[0]
}

/// How many messages or notes of a conversation hold this text.
pub fn says(conversation: &Value, text: &str) -> usize {
    let parts = list(conversation, "parts");
    parts.iter().filter(|part| part["body"].as_str().is_some_and(|b| b.contains(text))).count()
}

/// Names of the tags of an object.
pub fn tags(object: &Value) -> BTreeSet<String> {
    let links = object["tags"]["tags"].as_array().or(object["tags"].as_array());
    links.into_iter().flatten().map(|tag| text(&tag["name"])).collect()
}

/// Objects in which two states differ, as `kind/id`.
pub fn differences(before: &Value, after: &Value) -> BTreeSet<String> {
    let (before, after) = (objects(before), objects(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}

fn objects(state: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    for (kind, list) in state.as_object().into_iter().flatten() {
        for object in list.as_array().into_iter().flatten() {
            found.insert(format!("{kind}/{}", text(&object["id"])), object);
        }
    }
    found
}
