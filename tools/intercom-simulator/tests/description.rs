//! The API description (OpenAPI, version 2.16), if it is at hand: every answer must fit it.

use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const FILE: &str = "reference/intercom/api.intercom.io-2.16.yaml";

/// Where the description itself is at odds with its own examples: operation, place in the answer,
/// and what its examples show there instead.
const KNOWN_ERRORS: [(&str, &str, &str); 0] = [];

pub struct Description {
    root: Value,
    validators: RefCell<HashMap<String, Option<jsonschema::Validator>>>,
    checked: RefCell<Vec<(String, u16)>>,
}

/// The file: `DESKLEDGER_REFERENCE` names the folder, or it lies in a `shared` folder above.
fn locate() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("DESKLEDGER_REFERENCE") {
        return Some(Path::new(&folder).join("intercom/api.intercom.io-2.16.yaml"))
            .filter(|file| file.exists());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("shared").join(FILE)).find(|file| file.exists())
}

impl Description {
    pub fn find() -> Option<Self> {
        let Some(file) = locate() else {
            eprintln!("SKIPPED: the API description is not here; answers are not checked by it");
            return None;
        };
        let text = std::fs::read_to_string(file).unwrap();
        let options = serde_saphyr::options! { budget: None };
        let root: Value = serde_saphyr::from_str_with_options(&text, options).unwrap();
        Some(Self { root, validators: RefCell::default(), checked: RefCell::default() })
    }

    /// The path of the description that a request's path fits; words before parameters.
    fn template(&self, method: &str, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or("");
        let wanted: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let segments: Vec<&str> = template.split('/').collect();
            segments.len() == wanted.len()
                && segments.iter().zip(&wanted).all(|(t, w)| t.starts_with('{') || t == w)
        };
        let method = method.to_lowercase();
        let paths = self.root["paths"].as_object()?;
        let found = paths.iter().filter(|(t, p)| fits(t) && p.get(&method).is_some());
        found.map(|(template, _)| template.clone()).min_by_key(|t| t.matches('{').count())
    }

    /// The `operationId` of a request.
    pub fn name(&self, method: &str, path: &str) -> Option<String> {
        let template = self.template(method, path)?;
        let name = &self.root["paths"][&template][method.to_lowercase()]["operationId"];
        name.as_str().map(ToOwned::to_owned)
    }

    /// Fails the test when an answer doesn't fit the description.
    pub fn check(&self, method: &str, path: &str, status: u16, answer: &Value) {
        let Some(template) = self.template(method, path) else {
            return;
        };
        let operation = &self.root["paths"][&template][method.to_lowercase()];
        let name = operation["operationId"].as_str().unwrap_or("").to_owned();
        let content = |status: &str| operation["responses"][status]["content"].as_object().cloned();
        let declared = content(&status.to_string())
            .and_then(|content| content.values().next().map(|media| media["schema"].clone()))
            .filter(|schema| !schema.is_null());
        let schema = match declared {
            Some(schema) => schema,
            // Not every refusal is declared, but all have one shape.
            None if status >= 400 => json!({"$ref": "#/components/schemas/error"}),
            None => {
                let responses = &operation["responses"][status.to_string()];
                assert!(!responses.is_null(), "{name} doesn't declare status {status}");
                self.checked.borrow_mut().push((name, status));
                return;
            }
        };
        let key = format!("{name} {status}");
        let mut validators = self.validators.borrow_mut();
        let validator = validators.entry(key).or_insert_with(|| {
            let root = json!({"schema": schema, "components": self.root["components"]["schemas"]});
            let mut root = Value::Object(Map::from_iter([
                ("allOf".to_owned(), json!([root["schema"]])),
                ("definitions".to_owned(), root["components"].clone()),
            ]));
            convert(&mut root);
            Some(jsonschema::draft4::new(&root).unwrap())
        });
        let Some(validator) = validator else { return };
        for error in validator.iter_errors(answer) {
            let place = error.instance_path().to_string();
            let known = KNOWN_ERRORS
                .iter()
                .any(|(operation, known, _)| *operation == name && place.ends_with(known));
            assert!(known, "{name} {status} at {place}: {error}\n{answer:#}");
        }
        self.checked.borrow_mut().push((name, status));
    }

    /// Operations that answered with success and were checked.
    pub fn succeeded(&self) -> Vec<String> {
        let checked = self.checked.borrow();
        let mut names: Vec<String> = checked
            .iter()
            .filter(|(_, status)| *status < 300)
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

/// From OpenAPI 3.0 to JSON Schema: references, `nullable`, formats that are no formats there.
fn convert(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(convert),
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/definitions/");
            }
            // `date-time` on integers, `uri` on paths: annotations only.
            if map.get("format").is_some_and(Value::is_string) {
                map.remove("format");
            }
            for key in ["example", "examples", "description", "title"] {
                if map.get(key).is_some_and(|v| !v.is_object() || key.starts_with("example")) {
                    map.remove(key);
                }
            }
            let nullable = map.get("nullable") == Some(&Value::Bool(true));
            map.values_mut().for_each(convert);
            if nullable {
                map.remove("nullable");
                let inner = Value::Object(std::mem::take(map));
                map.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
            }
        }
        _ => {}
    }
}
