//! What is around every page: title, menu, policy, style, the ways on.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::address::{Address, MENU};
use super::html::Html;
use super::links::Links;

/// The style of all pages.
pub const STYLE: &str = include_str!("style.css");

/// What a page may do: nothing but look as its style says. Forms go to the server alone.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'")
});

/// The policy of the pages, as a header or an element names it.
pub fn policy() -> &'static str {
    &POLICY
}

/// A page without what is around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Its content.
    pub body: Html,
    /// Where its lists go on: words and address.
    pub next: Vec<(&'static str, Address)>,
    /// Events whose proofs it offers.
    pub proofs: Vec<crate::model::Position>,
    /// It is not complete yet: a browser asks again after so many seconds.
    pub again_s: Option<u32>,
}

/// The whole document.
pub fn document(page: &Page, at: &Address, project: &str, links: &Links) -> String {
    let mut html = Html::default();
    html.markup(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n",
    );
    html.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", policy())]);
    if let Some(seconds) = page.again_s {
        html.open("meta", &[("http-equiv", "refresh"), ("content", &seconds.to_string())]);
    }
    html.element("title", &format!("{} · {project} · deskledger", page.title));
    html.markup("<style>");
    html.markup(STYLE);
    html.markup("</style></head>\n<body><a class=\"skip\" href=\"#main\">Skip to content</a>\n");
    head(&mut html, at, project, links);
    html.markup("<main id=\"main\" tabindex=\"-1\">\n");
    html.element("h1", &page.title);
    html.markup("\n");
    html.push(&page.body);
    go_on(&mut html, page, links);
    html.markup("</main>\n<footer>deskledger ");
    html.text(env!("CARGO_PKG_VERSION"));
    html.markup(
        ": drawn from the ledger alone; nothing here can change anything.</footer></body></html>\n",
    );
    html.into_text()
}

fn head(html: &mut Html, at: &Address, project: &str, links: &Links) {
    html.markup("<header>");
    html.element("p", project);
    if *links == Links::Alone {
        return html.markup("</header>\n");
    }
    html.markup("<nav aria-label=\"Pages\"><ul>\n");
    for (address, words) in &MENU {
        let Some(href) = links.href(address) else { continue };
        html.markup("<li>");
        if address.word() == at.word() {
            html.open("a", &[("href", &href), ("aria-current", "page")]);
        } else {
            html.open("a", &[("href", &href)]);
        }
        html.text(words);
        html.markup("</a></li>\n");
    }
    html.markup("</ul></nav>\n");
    if *links == Links::Served {
        let word = match at {
            Address::Search(word, _) => word.as_str(),
            _ => "",
        };
        html.markup(
            "<form action=\"/search\" method=\"get\" role=\"search\">\
             <label for=\"q\">Key, id, address, company or run</label>",
        );
        html.open("input", &[("id", "q"), ("name", "q"), ("type", "search"), ("value", word)]);
        html.markup("<button>Search</button></form>\n");
    }
    html.markup("</header>\n");
}

fn go_on(html: &mut Html, page: &Page, links: &Links) {
    for (words, address) in &page.next {
        html.markup("<p class=\"next\">");
        match links.href(address) {
            Some(href) => {
                html.open("a", &[("href", &href), ("rel", "next")]);
                html.text(words);
                html.markup("</a>");
            }
            None => {
                html.text(words);
                html.markup(": not in this folder. ");
                html.markup("<code>deskledger serve</code> shows all.");
            }
        }
        html.markup("</p>\n");
    }
}
