//! The pages in a real browser: hostile names run nothing, a narrow screen needs no scrolling to
//! the side, the keyboard reaches everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::desk::{ADDRESS, Hostile, IMAGE, SCRIPT, TURNED, long_word};
use crate::support::browser::Browser;
use crate::support::desk::Desk;
use crate::support::http::Served;

/// Width of a small telephone.
const NARROW: u32 = 360;

/// Pages of one sort that are looked at, other than records.
const PER_SORT: usize = 4;

/// Everything that a keyboard must reach, by its place in the document.
const REACHABLE: &str = "Array.from(document.querySelectorAll('a[href],button,input,textarea'))";

fn pages(served: &Served) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = served.get("/").links();
    for list in ["/records", "/runs", "/findings/rejected/0", "/events/0"] {
        paths.extend(served.get(list).links());
    }
    let address = ADDRESS.replace('@', "%40");
    paths.extend([format!("/search?q={address}"), format!("/search?q={}", "%3Cscript%3E")]);
    paths.retain(|path| !path.starts_with("/proof/"));
    // All records: some of them bear the names. A few of every other sort.
    let mut of_sort: BTreeMap<String, usize> = BTreeMap::new();
    paths.retain(|path| {
        let sort = path.split('/').nth(1).unwrap_or_default().to_owned();
        let count = of_sort.entry(sort).or_default();
        *count += 1;
        path.starts_with("/record/") || *count <= PER_SORT
    });
    paths
}

fn assert_still(browser: &mut Browser, path: &str) {
    assert!(browser.eval("window.hit").is_null(), "{path}: a name ran");
    let foreign = "document.querySelectorAll('main script, img, iframe, object, embed').length";
    assert_eq!(browser.eval(foreign), 0, "{path}: a name became an element");
    let turned = "document.documentElement.textContent.includes('\\u202e')";
    assert_eq!(browser.eval(turned), false, "{path}: a name turns the order of reading");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_text_and_a_narrow_screen_holds_every_page() {
    let Some(mut browser) = Browser::start() else { return };
    let hostile = Hostile::new().await;
    let served = Served::start(&hostile.desk, &[]).await;
    let at = format!("http://127.0.0.1:{}", served.port);
    browser.size(NARROW, 740);
    let mut shown = String::new();
    for path in pages(&served) {
        browser.open(&format!("{at}{path}"));
        assert_still(&mut browser, &path);
        let wide = browser.eval("document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(NARROW), "{path} is {wide} pixels wide");
        shown.push_str(browser.eval("document.body.innerText").as_str().unwrap());
    }
    let turned = TURNED.replace('\u{202E}', "\\u{202e}");
    for name in [SCRIPT, IMAGE, turned.as_str(), long_word().as_str()] {
        assert!(shown.contains(name), "{name} is shown as it is written");
    }
    // The same as files.
    let out = hostile.desk.folder().join("pages");
    let said = hostile.desk.say(&["report", "--out", &out.display().to_string()]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    for name in ["index.html", "records-0.html", "findings-rejected-0.html", "reconciliation.html"]
    {
        browser.open(&format!("file://{}", out.join(name).display()));
        assert_still(&mut browser, name);
        let styled = "getComputedStyle(document.querySelector('nav ul')).listStyleType";
        assert_eq!(browser.eval(styled), "none", "{name}: its policy lets its own style in");
        let wide = browser.eval("document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(NARROW), "{name} is {wide} pixels wide");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_would_tell_if_a_name_ran() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("planted.html");
    let wide = "<p style='width:999px'>x</p>";
    std::fs::write(&page, format!("<main>{SCRIPT}<p title=\"{IMAGE}</p>{wide}</main>")).unwrap();
    browser.size(NARROW, 740);
    browser.open(&format!("file://{}", page.display()));
    assert_eq!(browser.eval("window.hit"), 1);
    assert_eq!(browser.eval("document.querySelectorAll('img').length"), 1);
    assert!(browser.eval("document.documentElement.scrollWidth").as_u64().unwrap() > 360);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_everything() {
    let Some(mut browser) = Browser::start() else { return };
    let desk = Desk::demo().await;
    desk.read().await;
    let served = Served::start(&desk, &[]).await;
    let at = format!("http://127.0.0.1:{}", served.port);
    for path in ["/", "/runs", "/verify", "/findings/noted/0"] {
        browser.open(&format!("{at}{path}"));
        let count = browser.eval(&format!("{REACHABLE}.length")).as_u64().unwrap();
        assert!(count > 3, "{path}");
        let mut reached = BTreeSet::new();
        for _ in 0..count + 3 {
            browser.press("Tab", 9);
            let place = format!("{REACHABLE}.indexOf(document.activeElement)");
            let place = browser.eval(&place).as_i64().unwrap();
            if place >= 0 {
                reached.insert(place);
                let seen = "(() => { const box = document.activeElement.getBoundingClientRect();\
                    return box.width > 0 && box.right > 0; })()";
                assert_eq!(browser.eval(seen), true, "{path}: the focus is out of sight");
            }
        }
        assert_eq!(reached.len() as u64, count, "{path}: {reached:?}");
    }
    // From the start by keys alone: past the menu, then a search.
    browser.open(&format!("{at}/"));
    browser.press("Tab", 9);
    browser.press("Enter", 13);
    assert_eq!(browser.eval("location.hash"), "#main");
    browser.eval("document.getElementById('q').focus()");
    browser.write("no such thing");
    browser.press("Enter", 13);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(browser.eval("location.pathname + location.search"), "/search?q=no+such+thing");
}

/// Pictures for the README, by hand:
/// `cargo nextest run --run-ignored only pictures_of_the_pages`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws the pictures of the README"]
async fn pictures_of_the_pages() {
    let mut browser = Browser::start().expect("a Chromium");
    let hostile = Desk::demo().await;
    hostile.plan().await;
    for words in ["apply --yes", "verify --all"] {
        hostile.say(&words.split(' ').collect::<Vec<_>>()).await;
    }
    let served = Served::start(&hostile, &[]).await;
    let at = format!("http://127.0.0.1:{}", served.port);
    let ticket = served.get("/search?q=63eb4de69820a8811b83b6f2");
    let record = ticket.links().into_iter().find(|path| path.starts_with("/record/"));
    let record = record.expect("the ticket is found");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/docs");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, path, width, height) in [
        ("reconciliation", "/reconciliation", 1100, 760),
        ("record", record.as_str(), 1100, 760),
        ("record-narrow", record.as_str(), NARROW, 640),
    ] {
        browser.size(width, height);
        browser.open(&format!("{at}{path}"));
        std::fs::write(folder.join(format!("{name}.png")), browser.picture()).unwrap();
    }
}
