//! Hesk's own export: its broken XML, and the histories and replies in its cells.

use std::ops::ControlFlow;

use deskledger::source::hesk::{history, sheet, text};

use super::reading::read;
use super::run::explore;
use super::seed::Seed;

/// Lines of several languages, clocks and forms.
const HISTORIES: &[&str] = &[
    "<li class=\"smaller\">2023-09-26 11:14:25 | submitted by Ann &amp; Co</li>\
     <li class=\"smaller\">2023-09-26 12:00:00 | assigned to Bo Lee (bo) by Ada (ada)</li>",
    "<li class=\"smaller\">26.09.2023 08:00 | geschlossen von Ada (ada)</li>\
     <li class=\"smaller\">kein Datum: etwas</li>text <i>between</i>\
     <li class=\"smaller\">9/27/23 9:00am | <i>odd</i> words (not a login)</li>",
    "&#x1F4A7;&nbsp;&eacute;&#233;<li>2023-06-01 | x</li><li",
];

/// How sites write their dates.
const FORMATS: &[Option<&str>] = &[None, Some("d.m.Y H:i"), Some("n/j/y g:ia"), Some("Y-m-d")];

/// Longest text of an entity of four bytes, `&gE;`, and room for what stands for broken bytes.
const GROWTH_MAX: usize = 4;

#[test]
fn no_damage_to_a_history_makes_its_reading_panic() {
    let inputs: Vec<Seed> =
        HISTORIES.iter().map(|history| Seed::one("hesk", "history", *history)).collect();
    explore("histories", &inputs, |input| {
        let history = String::from_utf8_lossy(&input.files[0].bytes);
        for format in FORMATS {
            let lines = history::lines(&history, *format);
            let size: usize = lines.iter().map(|line| line.sentence.len()).sum();
            if size > GROWTH_MAX * history.len() {
                return Err(format!("{} bytes became {size}", history.len()));
            }
        }
        text::plain(&history);
        text::by_language(&history, Some("en"));
        Ok(())
    });
}

/// A workbook of so many columns as a version has, in Hesk's own manner.
fn workbook(cells: &[(&str, &str)]) -> String {
    let row = |cell: &dyn Fn(&(&str, &str)) -> String| {
        format!("<Row>{}</Row>\n", cells.iter().map(cell).collect::<String>())
    };
    let headings = row(&|(_, text)| {
        format!("<Cell><Data ss:Type=\"String\"><![CDATA[{}]]></Data></Cell>", &text[..1])
    });
    let values = row(&|(kind, text)| {
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        format!("<Cell><Data ss:Type=\"{kind}\"><![CDATA[{text}]]></Data></Cell>")
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n\
         <Workbook xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
         <Worksheet ss:Name=\"Sheet1\"><Table>{headings}{values}{values}</Table></Worksheet>\
         <Worksheet ss:Name=\"Sheet2\"><Table></Table></Worksheet></Workbook>"
    )
}

/// Exports as 3.1 and as 3.7 write them.
fn workbooks() -> Vec<Seed> {
    let history = "<li class=\"smaller\">2023-06-01 12:00:02 | submitted by Ann Ask</li>";
    let replies = "Reply by Bo O'Lee\nDate: 2023-06-01 14:00:00\n\nOn it\nBo\u{1b}\n---\n\
                   Reply by Gil & Son\nDate: 2023-06-02 09:00:00\n\nI was ]]> merged\n---\n";
    let url = "https://help.example.com/ticket.php?track=AAA-BBB-1111";
    let first = [
        ("Number", "1"),
        ("String", "AAA-BBB-1111"),
        ("DateTime", "2023-06-01T12:00:00.000"),
        ("DateTime", "2023-06-03T10:00:00.000"),
    ];
    let who = [("String", "Ann Ask"), ("String", "ann@example.com")];
    let what = [
        ("String", "Sales & Returns"),
        ("String", "*Soon*"),
        ("String", "Replied"),
        ("String", "Bell & whistle \"broken\""),
        ("String", "Hello &amp; welcome, it's <b>broken</b>\nhttps://example.org/?a=1&b=2"),
        ("String", "Bo O'Lee"),
    ];
    let old = [&first[..], &who, &what, &[("String", "27:05:00"), ("String", "A & 1")]].concat();
    let new = [
        &first[..],
        &[("DateTime", "2023-06-01T14:00:00.000"), ("String", " ")],
        &who,
        &[("String", "Fay Follow <o'fay@example.com>")],
        &what,
        &[("Number", "3"), ("Number", "1"), ("String", "27:05:00")],
        &[("DateTime", "2023-06-15T00:00:00.000"), ("String", "A & 1")],
        &[("String", history), ("String", replies), ("String", url)],
    ]
    .concat();
    [old, new].iter().map(|cells| Seed::one("hesk", "export.xml", workbook(cells))).collect()
}

#[test]
fn no_damage_to_a_spreadsheet_makes_its_reading_panic() {
    explore("spreadsheets", &workbooks(), |input| {
        let bytes = input.files[0].bytes.as_slice();
        let mut size = 0;
        // A file that ends in the middle may be refused; what was read before counts.
        let _ = sheet::rows(bytes, &mut |_, row| {
            size += row.iter().map(|cell| cell.text.len()).sum::<usize>();
            ControlFlow::Continue(())
        });
        if size > GROWTH_MAX * bytes.len() {
            return Err(format!("{} bytes became {size}", bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        input.write(folder.path());
        read("hesk", folder.path(), true)
    });
}
