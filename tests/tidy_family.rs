//! What is known of Intercom's objects stands in the room of their family: outside of it no field
//! is named and no operation is told apart. What is of no family stands in a list here, with its
//! count, which may only shrink.

use std::collections::{BTreeMap, BTreeSet};

use deskledger::destination::intercom::family::of;
use deskledger::destination::intercom::{LookUpBy, NaturalKey, Operation};

use super::tidy::{SourceFile, code, root, rust_files};

/// Where fields and operations may be named: the families, and the table of operations with the
/// kinds of object that it is about.
const HOMES: [&str; 3] = [
    "destination/intercom/family/",
    "destination/intercom/operation.rs",
    "destination/intercom/kind.rs",
];

/// Rooms whose JSON is Intercom's. Elsewhere a word such as "name" is a column, a rule, a label;
/// there only names that are plainly Intercom's count.
const ROOMS: [&str; 2] = ["destination/", "engine/"];

/// Rooms that speak of columns of help desks, which have the same names.
const SOURCES: &str = "source/";

/// Words of our own that some field is called too: names of phases, probes, stages, findings, of
/// what a file of ours holds, and the language "id".
const OURS: &[(&str, &str)] = &[
    ("engine/canary/company.rs", "archived"),
    ("engine/canary/company.rs", "company"),
    ("engine/canary/field.rs", "archived"),
    ("engine/canary/knowledge.rs", "id"),
    ("engine/canary/ticket.rs", "archived"),
    ("engine/canary/ticket.rs", "id"),
    ("engine/canary/ticket.rs", "label"),
    ("engine/canary/ticket.rs", "ticket"),
    ("engine/canary/workspace.rs", "open"),
    ("engine/canary/workspace.rs", "region"),
    ("engine/claim.rs", "name"),
    ("engine/thread_state.rs", "state"),
    ("engine/erase.rs", "ticket"),
    ("engine/plan.rs", "plan"),
    ("engine/preflight.rs", "region"),
    ("engine/reach.rs", "plan"),
    ("engine/read.rs", "source"),
    ("engine/recognised.rs", "plan"),
    ("engine/rollback.rs", "archived"),
    ("engine/verify.rs", "ticket"),
    ("engine/whole.rs", "source"),
    ("destination/intercom/wire.rs", "data"),
    ("mapping/article.rs", "admin_id"),
    ("mapping/need.rs", "object_type"),
    ("mapping/need.rs", "ticket_state"),
    ("mapping/need.rs", "ticket_type"),
    ("mapping/ticket_type.rs", "ticket_type"),
];

/// What no family has for itself: file, how many fields it names, how many operations it tells
/// apart. What is listed may only shrink.
const OUTSIDE: &[(&str, usize, usize)] = &[
    // The scopes of a token, by the beginning of the address: the API's own names of its parts.
    ("engine/family.rs", 5, 0),
    // The envelope of answers: the forms of lists and errors, ids, files. No family has its own.
    ("engine/claim.rs", 1, 0),
    ("destination/intercom/answer.rs", 1, 0),
    ("destination/intercom/look_up/listed.rs", 3, 0),
    ("destination/intercom/look_up/target.rs", 1, 0),
    ("destination/intercom/object.rs", 2, 0),
    ("destination/intercom/pages.rs", 4, 0),
    ("destination/intercom/verdict.rs", 1, 0),
    ("destination/intercom/wire.rs", 1, 0),
    // What counts as the same: the forms of options and of references.
    ("destination/intercom/field.rs", 4, 0),
    ("destination/intercom/normalise.rs", 7, 0),
    // What a rule of the map may fill, and which rule of the program fills a field: the names that
    // the map and people use.
    ("mapping/rule_check.rs", 2, 0),
    ("report/origin.rs", 5, 0),
];

/// The fields of all families, by Intercom's names: of their tables, their answers, the bodies
/// they send, and the paths.
fn fields() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for &operation in Operation::ALL {
        let table = of(operation).fields();
        names.extend(table.rows.iter().map(|row| row.0.to_owned()));
        let attributes = table.attributes.iter().flat_map(|(sent, read)| [*sent, *read]);
        names.extend(attributes.map(str::to_owned));
        names.extend(operation.spec().path_names().map(str::to_owned));
    }
    for file in rust_files(&root().join("src/destination/intercom/family")) {
        names.extend(declared(&code(&file.text)));
    }
    names
}

/// Fields that structs of answers and of bodies declare.
fn declared(text: &str) -> Vec<String> {
    let (mut is_body, mut is_answer) = (false, false);
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            _ if line.starts_with("#[derive(") => is_body = line.contains("Serialize"),
            _ if line.starts_with("answers! {") => is_answer = true,
            _ if line.starts_with('}') => (is_body, is_answer) = (false, false),
            _ => {}
        }
        let depth = if is_answer { "        " } else { "    " };
        let Some(field) = line.strip_prefix(depth).filter(|_| is_body || is_answer) else {
            continue;
        };
        let field = field.strip_prefix("pub ").unwrap_or(field);
        let name = field.split_once(": ").filter(|_| field.ends_with(',')).map(|pair| pair.0);
        found.extend(name.filter(|name| is_word(name)).map(str::to_owned));
    }
    found
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Texts that are one word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('"')
        .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

/// How many operations a file names.
fn operations(text: &str) -> usize {
    let names: BTreeSet<String> =
        Operation::ALL.iter().map(|operation| format!("{operation:?}")).collect();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| names.contains(*word)).count()
}

/// How many fields and operations each file names outside of the families.
fn outside(files: &[SourceFile]) -> BTreeMap<String, (usize, usize)> {
    let fields = fields();
    let mut found = BTreeMap::new();
    for file in files {
        let path = file.path.as_str();
        if HOMES.iter().any(|home| path.starts_with(home)) || path.contains("test") {
            continue;
        }
        let text = code(&file.text);
        let all = ROOMS.iter().any(|room| path.starts_with(room));
        let counts = |word: &&str| {
            let ours = OURS.contains(&(path, *word));
            fields.contains(*word) && !ours && (all || word.contains('_'))
        };
        let named = match path.starts_with(SOURCES) {
            true => 0,
            false => words(&text).filter(counts).count(),
        };
        let told_apart = operations(&text);
        if named + told_apart > 0 {
            found.insert(file.path.clone(), (named, told_apart));
        }
    }
    found
}

#[test]
fn no_field_and_no_operation_is_named_outside_of_its_family() {
    let found = outside(&rust_files(&root().join("src")));
    let allowed: BTreeMap<String, (usize, usize)> = OUTSIDE
        .iter()
        .map(|(path, fields, operations)| ((*path).to_owned(), (*fields, *operations)))
        .collect();
    let mut wrong = Vec::new();
    for path in found.keys().chain(allowed.keys()).collect::<BTreeSet<_>>() {
        let (is, may) = (found.get(path), allowed.get(path));
        if is != may {
            let counts = |pair: Option<&(usize, usize)>| pair.copied().unwrap_or_default();
            let ((fields, operations), may) = (counts(is), counts(may));
            wrong.push(format!(
                "(\"{path}\", {fields}, {operations}), listed here with {} and {}",
                may.0, may.1
            ));
        }
    }
    assert!(wrong.is_empty(), "fields and operations outside:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_of_operations_names_fields_of_their_families() {
    for &operation in Operation::ALL {
        let (spec, family) = (operation.spec(), of(operation));
        let (path, own) = family.place();
        assert!(path.starts_with('/') && own.ends_with("_id"), "{operation:?}");
        let mut named: Vec<&str> = match spec.natural_key {
            NaturalKey::Body(field) if family.writes_fields(operation) => vec![field],
            _ => Vec::new(),
        };
        if let LookUpBy::List { fields, .. } = spec.look_up {
            named.extend(fields);
        }
        let rows = family.fields().rows;
        for field in named.iter().filter(|field| **field != "id") {
            assert!(rows.iter().any(|row| row.0 == *field), "{operation:?}: {field}");
        }
    }
}

#[test]
fn fields_are_those_that_structs_declare() {
    let text = "#[derive(Serialize)]\npub struct Body {\n    pub company_id: i64,\n}\n\
                #[derive(Debug)]\npub struct Ours {\n    pub files: Vec<u8>,\n}\n\
                answers! {\n    Answer {\n        url: bool,\n    }\n}\n";
    assert_eq!(declared(text), ["company_id", "url"]);
    let fields = fields();
    for name in ["external_id", "custom_attributes", "has_unpublished_changes", "admin_id"] {
        assert!(fields.contains(name), "{name}");
    }
    assert!(!fields.contains("linked_to"), "a name of ours");
}

#[test]
fn what_stands_outside_is_seen() {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), text: text.into() };
    let found = outside(&[
        file("engine/x.rs", "object[\"archived\"]; body[\"custom_attributes\"]; \"no_field\""),
        file("engine/y.rs", "match operation { Operation::ContactTag | ConversationTag => 1 }"),
        file("mapping/z.rs", "row[\"name\"]; body[\"custom_attributes\"]"),
        file("source/w.rs", "column(\"external_id\")"),
        file("destination/intercom/family/contact/rules.rs", "ContactTag; \"external_id\""),
    ]);
    let expected = [("engine/x.rs", (2, 0)), ("engine/y.rs", (0, 2)), ("mapping/z.rs", (1, 0))];
    let expected = expected.map(|(path, counts)| (path.to_owned(), counts)).into();
    assert_eq!(found, expected);
}
