//! Every request fits the published description of version 2.16, where that is at hand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deskledger::destination::intercom::Spec;
use deskledger::destination::{Operation, Request};
use serde_json::{Map, Value, json};

use super::sample::{WITHOUT_CONSTRUCTOR, steps};
use super::support::{FILE, Ids};

const FILE_NAME: &str = "intercom/api.intercom.io-2.16.yaml";

/// `DESKLEDGER_REFERENCE` names the folder, or it lies in a `shared` folder above.
fn description() -> Option<Value> {
    let folder = std::env::var_os("DESKLEDGER_REFERENCE").map(PathBuf::from);
    let above = || {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.ancestors().map(|folder| folder.join("shared/reference")).find(|path| path.exists())
    };
    let file = folder.or_else(above)?.join(FILE_NAME);
    let text = std::fs::read_to_string(file).ok()?;
    let options = serde_saphyr::options! { budget: None };
    Some(serde_saphyr::from_str_with_options(&text, options).unwrap())
}

/// The operation of the description at a path of ours, whatever it calls its parameters.
fn operation<'a>(description: &'a Value, spec: &Spec) -> &'a Value {
    let shape = |path: &str| {
        let part = |part: &str| if part.starts_with('{') { "{}".into() } else { part.to_owned() };
        path.split('/').map(part).collect::<Vec<_>>()
    };
    let paths = description["paths"].as_object().unwrap();
    let mut fitting = paths.iter().filter(|(path, _)| shape(path) == shape(spec.path));
    let method = spec.method.word().to_lowercase();
    fitting
        .find_map(|(_, methods)| methods.get(&method))
        .unwrap_or_else(|| panic!("{} {} is not described", spec.method.word(), spec.path))
}

/// OpenAPI 3.0 to JSON Schema. `oneOf` becomes `anyOf`: the description's own branches overlap
/// (a tag's name fits all four bodies of `POST /tags`).
fn convert(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(convert),
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/definitions/");
            }
            for name in ["format", "example", "examples"] {
                // A field may bear the name of an annotation; only then is it a schema.
                if map.get(name).is_none_or(|inner| inner.get("type").is_none()) {
                    map.remove(name);
                }
            }
            if let Some(branches) = map.remove("oneOf") {
                map.insert("anyOf".into(), branches);
            }
            let nullable = map.remove("nullable") == Some(Value::Bool(true));
            map.values_mut().for_each(convert);
            if nullable {
                let inner = Value::Object(std::mem::take(map));
                map.insert("anyOf".into(), json!([inner, { "type": "null" }]));
            }
        }
        _ => {}
    }
}

fn validator(description: &Value, schema: &Value) -> jsonschema::Validator {
    let mut root = Value::Object(Map::from_iter([
        ("allOf".to_owned(), json!([schema])),
        ("definitions".to_owned(), description["components"]["schemas"].clone()),
    ]));
    convert(&mut root);
    jsonschema::draft4::new(&root).unwrap()
}

/// The names a schema knows, through references and branches.
fn names(description: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap();
        names(description, &description["components"]["schemas"][name], found);
    }
    for branches in ["oneOf", "anyOf", "allOf"] {
        for branch in schema[branches].as_array().into_iter().flatten() {
            names(description, branch, found);
        }
    }
    found.extend(schema["properties"].as_object().into_iter().flat_map(|map| map.keys().cloned()));
}

/// The body as it is sent: files in place of their holes.
fn sent(request: &Request) -> Value {
    let mut body = request.body.clone().unwrap_or(Value::Null);
    let files = body.get_mut("attachment_files").and_then(Value::as_array_mut);
    for file in files.into_iter().flatten() {
        let hole = file["$file"].clone();
        let data = String::from_utf8_lossy(FILE);
        *file = json!({ "content_type": hole["content_type"], "name": hole["name"], "data": data });
    }
    body
}

#[test]
fn every_request_fits_the_description() {
    let Some(description) = description() else {
        eprintln!("SKIPPED: the API description is not here; requests are not checked by it");
        return;
    };
    for step in steps() {
        let request = deskledger::destination::resolve(&step, &Ids::default()).unwrap();
        let spec = request.operation.spec();
        let described = operation(&description, spec);
        let schema = &described["requestBody"]["content"]["application/json"]["schema"];
        let Some(_) = request.body else {
            assert!(schema.is_null(), "{} lacks its body", spec.name);
            continue;
        };
        let body = sent(&request);
        assert!(!schema.is_null(), "{} has a body that is not described", spec.name);
        let validator = validator(&description, schema);
        let errors: Vec<_> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}\n{body:#}", spec.name);
        let mut known = BTreeSet::new();
        names(&description, schema, &mut known);
        for name in body.as_object().unwrap().keys() {
            assert!(known.contains(name), "{}: {name} is not described", spec.name);
        }
        assert!(known.is_empty() || body != json!({}) || spec.name == "article_publish_draft");
    }
}

#[test]
fn every_row_rests_on_the_operation_it_cites() {
    let Some(description) = description() else {
        eprintln!("SKIPPED: the API description is not here; the table is not checked by it");
        return;
    };
    for spec in Operation::ALL.iter().map(|operation| operation.spec()) {
        let described = operation(&description, spec);
        let name = described["operationId"].as_str().unwrap_or_default();
        let cited = spec.cites.split([';', ' ']).next().unwrap();
        assert_eq!(cited, name, "{}", spec.name);
        for status in spec.success {
            let known = described["responses"].get(status.to_string());
            assert!(known.is_some(), "{} is not answered by {status}", spec.name);
        }
    }
}

#[test]
fn every_operation_has_a_constructor_or_is_only_for_undoing() {
    let made: BTreeSet<_> = steps().iter().map(|step| step.operation).collect();
    for operation in Operation::ALL {
        let needed = !WITHOUT_CONSTRUCTOR.contains(operation);
        assert_eq!(made.contains(operation), needed, "{}", operation.name());
    }
}

#[test]
fn whatever_an_admin_says_notifies_nobody() {
    for step in steps() {
        if step.body["type"] == "admin" && step.path.len() == 1 && step.body["body"].is_string() {
            assert_eq!(step.body["skip_notifications"], true, "{}", step.operation.name());
        }
    }
}
