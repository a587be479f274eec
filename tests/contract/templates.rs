//! Extraction templates: what is written is read back as empty, and says what the guide says.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use deskledger::model::Timestamp;
use deskledger::report::templates::{CHECKLIST, TemplateFile, templates};
use deskledger::source::bundle::header;
use deskledger::source::template::EXAMPLE_MARK;
use deskledger::source::{Finding, Item, Place, Reading, SOURCES, Source, SourceSettings, find};

type Kept = fn(&TemplateFile) -> bool;

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn guided() -> Vec<&'static dyn Source> {
    let all: Vec<_> = SOURCES.iter().copied().filter(|source| source.guide().is_some()).collect();
    assert!(!all.is_empty());
    all
}

fn lay_out(source: &dyn Source, keep: impl Fn(&TemplateFile) -> bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in templates(source).unwrap().into_iter().filter(keep) {
        let path = dir.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
    dir
}

fn read(source: &dyn Source, path: &Path) -> (Vec<Item>, Vec<Finding>) {
    let reading = Reading::undecided(NOW);
    let settings = SourceSettings { place: Place::Bundle(path.to_owned()), reading };
    let mut items = Vec::new();
    let mut reader = source.open(&settings).unwrap();
    let summary = reader.read(&mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    });
    (items, summary.unwrap().findings)
}

#[test]
fn templates_are_read_back_as_nothing_but_examples() {
    for source in guided() {
        let forms: [(&str, Kept); 3] = [
            ("all", |_| true),
            ("tables", |file| !file.path.ends_with(".xlsx")),
            ("workbook", |file| file.path.ends_with(".xlsx")),
        ];
        for (form, keep) in forms {
            let dir = lay_out(source, keep);
            let (items, findings) = read(source, dir.path());
            let name = source.name();
            // A source may say by itself what is missing; no row of a template says anything.
            let in_file = |file: &str| file.contains('.');
            let row = items.iter().find(|item| match item {
                Item::Record(found) => in_file(&found.at.file),
                Item::Rejected(row) => in_file(&row.at.file),
            });
            assert!(row.is_none(), "{name}, {form}: {row:?}");
            let (dropped, other): (Vec<Finding>, Vec<Finding>) =
                findings.into_iter().partition(|f| f.code.word() == "example_dropped");
            let told = other.iter().find(|finding| {
                items.is_empty() || finding.at.as_ref().is_some_and(|at| in_file(&at.file))
            });
            assert!(told.is_none(), "{name}, {form}: {told:?}");
            let sheets = source.guide().unwrap().sheets;
            let with_examples = sheets
                .iter()
                .filter(|sheet| sheet.columns.iter().any(|field| !field.example.is_empty()));
            let copies = if form == "all" { 2 } else { 1 };
            assert_eq!(dropped.len(), with_examples.count() * copies, "{name}, {form}");
        }
    }
}

#[test]
fn every_template_names_its_object_and_shows_an_example() {
    for source in guided() {
        let guide = source.guide().unwrap();
        let objects = source.objects();
        for sheet in guide.sheets {
            let object = objects.iter().find(|object| object.object == sheet.object);
            let object = object.unwrap_or_else(|| panic!("{} is of no object", sheet.stem));
            let stems: BTreeSet<String> = std::iter::once(&object.object)
                .chain(&object.stems)
                .map(|stem| header::stem(stem))
                .collect();
            assert!(stems.contains(&header::stem(sheet.stem)), "{} is not recognised", sheet.stem);
            for field in sheet.columns {
                let named =
                    |name: &String| header::normalise(name) == header::normalise(field.name);
                let mut columns = object.columns.iter();
                let known = field.name.starts_with("cf_")
                    || columns.any(|c| named(&c.name) || c.aliases.iter().any(named));
                assert!(known, "{}: {} means nothing", sheet.stem, field.name);
                assert!(!field.meaning.is_empty(), "{}: {}", sheet.stem, field.name);
                if field.required {
                    assert!(!field.example.is_empty(), "{}: {}", sheet.stem, field.name);
                }
            }
            let marked = sheet.columns.iter().any(|f| f.example.starts_with(EXAMPLE_MARK));
            assert!(marked, "{} has no example row", sheet.stem);
        }
        for step in guide.steps {
            let known = |stem: &&str| guide.sheets.iter().any(|sheet| sheet.stem == *stem);
            assert!(step.stems.iter().all(known), "{:?}", step.stems);
        }
    }
}

#[test]
fn the_same_templates_are_the_same_bytes() {
    for source in SOURCES {
        assert_eq!(templates(*source).unwrap(), templates(*source).unwrap(), "{}", source.name());
    }
}

#[test]
fn blank_layouts_are_headers_that_their_source_knows() {
    let source = find("deskero").unwrap();
    let dir = lay_out(source, |_| true);
    let (items, findings) = read(source, dir.path());
    assert!(items.is_empty(), "{items:?}");
    // Headers that are known and unused, or passes that look empty, are no fault of the layout.
    let grave = findings.iter().find(|f| f.code.word() != "pass_missing");
    assert!(grave.is_none(), "{grave:?}");
}

fn text(source: &dyn Source, path: &str) -> String {
    let file = templates(source).unwrap().into_iter().find(|file| file.path == path);
    String::from_utf8(file.unwrap_or_else(|| panic!("no {path}")).bytes).unwrap()
}

#[test]
fn the_checklist_and_the_headers_are_these() {
    for source in guided() {
        let name = source.name();
        let checklist = text(source, "evidence/checklist.csv");
        assert!(checklist.starts_with(&CHECKLIST.join(",")));
        insta::assert_snapshot!(format!("{name}_checklist"), checklist);
        let headers: Vec<String> = templates(source)
            .unwrap()
            .iter()
            .filter(|file| file.path.ends_with(".csv") && !file.path.contains('/'))
            .map(|file| {
                let bytes = String::from_utf8(file.bytes.clone()).unwrap();
                format!("{}: {}", file.path, bytes.lines().next().unwrap())
            })
            .collect();
        insta::assert_snapshot!(format!("{name}_headers"), headers.join("\n"));
        insta::assert_snapshot!(format!("{name}_rules"), text(source, "evidence/README.md"));
    }
}
