//! The demo's own page: which promises held, what moved, what came back, what stays.

use super::super::frame::Page;
use super::super::html::{Cell, Html, grouped};
use super::super::links::Links;
use super::reconciliation::{besides, counts, kinds};
use crate::report::demo::DemoFacts;

/// The page.
pub fn page(facts: &DemoFacts) -> Page {
    let links = &Links::Alone;
    let mut body = Html::default();
    let (class, words) = match facts.holds() {
        true => ("good", "Every promise held."),
        false => ("bad", "A promise did not hold."),
    };
    body.open("p", &[("class", class)]);
    let took = format!("{words} {} events, {} s.", grouped(facts.events), grouped(facts.seconds));
    body.text(&took);
    body.markup("</p>\n<p><a href=\"report/index.html\">The project's pages</a></p>\n");
    let promises = facts.promises().into_iter().map(|(promise, held, found)| {
        let held = if held { "yes" } else { "NO" };
        [Cell::Text(promise.to_owned()), Cell::Text(held.to_owned()), Cell::Text(found)]
    });
    body.table(links, "Promises", ["promise", "held", "found"], promises);
    body.heading("Before the rollback");
    kinds(&mut body, links, &facts.reconciliation);
    besides(&mut body, links, &facts.reconciliation);
    let stages = facts.stages.iter().map(|(stage, counts)| {
        let counts = counts.iter().map(|(name, count)| format!("{name} {count}"));
        [Cell::Text(stage.clone()), Cell::Text(counts.collect::<Vec<_>>().join(", "))]
    });
    body.table(links, "Stages", ["stage", "counts"], stages);
    body.heading("Rolled back");
    if !facts.touched.is_empty() {
        let touched = facts.touched.join("; ");
        body.paragraph(&format!("Before it, two teammates went on working: {touched}."));
    }
    counts(&mut body, links, "Undone", &facts.undone);
    let kept =
        facts.kept.iter().map(|(key, what)| [key, what].map(|text| Cell::Text(text.clone())));
    body.table(links, "Kept, because people touched it", ["record", "touched"], kept);
    let stays = facts.residue.iter().map(|(kind, what, count)| {
        [Cell::Text(kind.clone()), Cell::Text(what.clone()), Cell::Number(*count)]
    });
    let caption = "Residue: what Intercom cannot forget";
    body.table(links, caption, ["kind", "what stays", "count"], stays);
    Page { title: "A help desk moved into Intercom, and back".to_owned(), body, ..Page::default() }
}

#[cfg(test)]
mod tests {
    use super::super::super::address::Address;
    use super::super::super::frame::document;
    use super::*;

    #[test]
    fn the_page_escapes_what_it_shows() {
        let facts = DemoFacts {
            touched: vec!["<script>alert(1)</script>".to_owned()],
            ..DemoFacts::default()
        };
        let page = page(&facts);
        let text = document(&page, &Address::Overview, "<b>demo", &Links::Alone);
        assert!(text.contains("&lt;script&gt;"), "{text}");
        assert!(!text.contains("<script>") && !text.contains("<b>demo"));
    }
}
