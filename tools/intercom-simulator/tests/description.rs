//! The API description (OpenAPI, version 2.16), if it is at hand: every answer must fit it.

use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

const FILE: &str = "reference/intercom/api.intercom.io-2.16.yaml";

/// Where the description is at odds with its own examples: operation, part of the place in the
/// answer, reason.
const KNOWN_ERRORS: [(&str, &str, &str); 4] = [
    ("createCustomObjectInstances", "/custom_attributes/", "typed string, shown as 99.99"),
    ("getCustomObjectInstancesById", "/custom_attributes/", "typed string, shown as 99.99"),
    ("listCustomObjectInstances", "/custom_attributes/", "typed string, shown as 149.99"),
    ("listAllCompanies", "/pages/next", "typed object, sent as the address of the next page"),
];

pub struct Description {
    root: Value,
    definitions: Value,
    validators: RefCell<HashMap<String, jsonschema::Validator>>,
    checked: RefCell<Vec<(String, u16)>>,
    /// Keys at the top of successful answers, by method and path.
    keys: RefCell<BTreeMap<(String, String), BTreeSet<String>>>,
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

/// The description as JSON. Reading YAML takes a second, so the result is kept beside the tests.
fn read(file: &Path) -> Value {
    let about = std::fs::metadata(file).unwrap();
    let cache = format!("description-{}.json", about.len());
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join(cache);
    if let Ok(text) = std::fs::read(&cache) {
        return serde_json::from_slice(&text).unwrap();
    }
    let text = std::fs::read_to_string(file).unwrap();
    let options = serde_saphyr::options! { budget: None };
    let root: Value = serde_saphyr::from_str_with_options(&text, options).unwrap();
    let own = cache.with_extension(std::process::id().to_string());
    std::fs::write(&own, root.to_string()).unwrap();
    std::fs::rename(own, cache).unwrap();
    root
}

/// Names of the definitions a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Array(list) => list.iter().flat_map(references).collect(),
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|target| target.strip_prefix("#/definitions/"));
            own.map(ToOwned::to_owned)
                .into_iter()
                .chain(map.values().flat_map(references))
                .collect()
        }
        _ => Vec::new(),
    }
}

impl Description {
    pub fn find() -> Option<Self> {
        let Some(file) = locate() else {
            eprintln!("SKIPPED: the API description is not here; answers are not checked by it");
            return None;
        };
        let mut root = read(&file);
        let mut definitions = root["components"]["schemas"].take();
        definitions.as_object_mut().unwrap().values_mut().for_each(convert);
        let (validators, checked, keys) = Default::default();
        Some(Self { root, definitions, validators, checked, keys })
    }

    /// The definitions a schema needs, and those that those need.
    fn needed(&self, schema: &Value) -> Map<String, Value> {
        let mut found = Map::new();
        let mut waiting = references(schema);
        while let Some(name) = waiting.pop() {
            if !found.contains_key(&name) {
                let definition = self.definitions[&name].clone();
                waiting.extend(references(&definition));
                found.insert(name, definition);
            }
        }
        found
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
        if status == 200 {
            let key = (method.to_lowercase(), template.clone());
            let keys = answer.as_object().into_iter().flatten().map(|(key, _)| key.clone());
            self.keys.borrow_mut().entry(key).or_default().extend(keys);
        }
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
            let mut schema = schema;
            convert(&mut schema);
            let definitions = self.needed(&schema);
            let root = json!({"allOf": [schema], "definitions": definitions});
            jsonschema::draft4::new(&root).unwrap()
        });
        for error in validator.iter_errors(answer) {
            let place = error.instance_path().to_string();
            let known = KNOWN_ERRORS
                .iter()
                .any(|(operation, known, _)| *operation == name && place.contains(known));
            assert!(known, "{name} {status} at {place}: {error}\n{answer:#}");
        }
        self.checked.borrow_mut().push((name, status));
    }

    /// Keys at the top of the description's examples that no answer of an operation had. The
    /// schemas require hardly any, so a forgotten one would not show otherwise.
    pub fn absent(&self) -> Vec<String> {
        let mut absent = Vec::new();
        for ((method, template), seen) in self.keys.borrow().iter() {
            let operation = &self.root["paths"][template][method.as_str()];
            let media = &operation["responses"]["200"]["content"]["application/json"];
            let examples = media["examples"].as_object().into_iter().flatten();
            let examples = examples.filter_map(|(_, example)| example["value"].as_object());
            for key in examples.flat_map(Map::keys) {
                let name = operation["operationId"].as_str().unwrap_or("");
                let text = format!("{name}: {key}");
                if !seen.contains(key) && !absent.contains(&text) {
                    absent.push(text);
                }
            }
        }
        absent.sort();
        absent
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
            if !nullable {
                return;
            }
            map.remove("nullable");
            match map.get("type").cloned() {
                Some(kind @ Value::String(_)) => {
                    map.insert("type".to_owned(), json!([kind, "null"]));
                    if let Some(Value::Array(values)) = map.get_mut("enum") {
                        values.push(Value::Null);
                    }
                }
                _ => {
                    let inner = Value::Object(std::mem::take(map));
                    map.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
                }
            }
        }
        _ => {}
    }
}
