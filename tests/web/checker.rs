//! The page that checks a proof in a browser (`check-proof.html` of a bundle): its BLAKE3 against
//! the inputs of the official test vectors, its tree against our vectors, and our proofs, whole and
//! changed.

use std::io::Read;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deskledger::audit::{self, InclusionProof};
use deskledger::env::Env;
use deskledger::ledger::{Ledger, NewEvent};
use deskledger::model::digest::Purpose;
use deskledger::model::event::{Location, RecordRead};
use deskledger::model::note::NoteSigner;
use deskledger::model::{
    Checkpoint, ContentHash, Digest, Position, RecordKind, SourceKey, Timestamp,
};
use deskledger::store::{MemoryStore, Mode, Store};
use serde_json::{Value, json};

use super::desk::Hostile;
use crate::support::browser::Browser;

/// Lengths of the inputs of the official test vectors; each input is 0, 1 … 250, 0, 1 …
const LENGTHS: [usize; 35] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072, 3073,
    4096, 4097, 5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102_400,
];

/// The context of the official test vectors.
const CONTEXT: &str = "BLAKE3 2019-12-27 16:29:52 test vectors context";

/// Hashes of the first two official inputs, as their authors publish them.
const PUBLISHED: [&str; 2] = [
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
];

/// A browser with the page, as a file.
fn page() -> Option<(Browser, tempfile::TempDir)> {
    let mut browser = Browser::start()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("check-proof.html");
    std::fs::write(&file, audit::checker_page()).unwrap();
    browser.open(&format!("file://{}", file.display()));
    Some((browser, folder))
}

fn signer() -> NoteSigner {
    NoteSigner::from_seed(&Checkpoint::origin_of("desk"), &[4; 32]).unwrap()
}

/// A sealed ledger of so many events.
async fn ledger(size: u64) -> Arc<dyn Store> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let env = Env::fixed(Timestamp(1_796_083_200_000), 7);
    let opened = Ledger::with_store(store.clone(), Mode::Write, Vec::new(), env.clone()).await;
    let (ledger, run) = (opened.unwrap(), env.run_id());
    let event = |number: u64| {
        let key = SourceKey::new("deskero", "ticket", &format!("T/{} é\"<", number % 9)).unwrap();
        let parent = SourceKey::new("deskero", "thread", "1").unwrap();
        let read = RecordRead {
            kind: RecordKind::Conversation,
            parent: None,
            aliases: Vec::new(),
            at: Location { file: "tickets \"é\".csv".into(), line: number },
            raw: Digest::of(Purpose::Raw, &number.to_le_bytes()),
            findings: Vec::new(),
        };
        NewEvent {
            content: ContentHash::keyed(&[1; 32], &number.to_le_bytes()),
            payload: (!number.is_multiple_of(3)).then(|| format!("secret {number}").into_bytes()),
            parent: (!number.is_multiple_of(2)).then_some(parent),
            ..NewEvent::new(key, read)
        }
    };
    ledger.append(run, (0..size).map(event).collect()).await.unwrap();
    ledger.seal(run, &Checkpoint::origin_of("desk"), &[signer()]).await.unwrap();
    store
}

/// What the page says of a proof: the root, or why not.
fn check(browser: &mut Browser, proofs: &[String]) -> Vec<Value> {
    let told = browser.eval(&format!(
        "({}).map((proof) => {{ try {{ const found = checker.check(proof); \
         return {{ root: found.root, leaf: found.leaf, at: found.event.position }}; }} \
         catch (error) {{ return error.message; }} }})",
        json!(proofs)
    ));
    told.as_array().unwrap().clone()
}

#[test]
fn blake3_in_the_page_is_blake3() {
    let Some((mut browser, _folder)) = page() else { return };
    let asked = format!(
        "({LENGTHS:?}).map((n) => {{ \
         const input = Uint8Array.from({{ length: n }}, (_, i) => i % 251); \
         return [checker.hash(input), checker.derive({CONTEXT:?}, input)].map(checker.hex); }})"
    );
    let told = browser.eval(&asked);
    for (n, length) in LENGTHS.into_iter().enumerate() {
        let input: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let hash = blake3::hash(&input).to_hex().to_string();
        let derived = blake3::Hash::from(blake3::derive_key(CONTEXT, &input)).to_hex().to_string();
        assert_eq!(told[n], json!([hash, derived]), "{length} bytes");
    }
    assert_eq!([&told[0][0], &told[1][0]], PUBLISHED);
}

#[test]
fn the_tree_in_the_page_is_the_tree_of_the_vectors() {
    let Some((mut browser, _folder)) = page() else { return };
    let vectors: Value =
        serde_json::from_str(include_str!("../../ledger-schema/vectors/tree.json")).unwrap();
    let inclusion = vectors["inclusion"].as_array().unwrap();
    assert!(inclusion.len() > 3, "vectors of inclusion");
    for one in inclusion {
        let (index, size) = (one["index"].as_u64().unwrap(), one["size"].as_u64().unwrap());
        let leaf = blake3::hash(&index.to_le_bytes()).to_hex().to_string();
        let root = browser.eval(&format!(
            "checker.hex(checker.rootOf(checker.unhex('{leaf}', 32), {index}, {size}, \
             ({}).map((hash) => checker.unhex(hash, 32))))",
            one["path"]
        ));
        let roots = vectors["roots"].as_array().unwrap();
        let known = roots.iter().find(|root| root["size"] == size).unwrap();
        assert_eq!(root, known["root"], "{index} of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_proof_holds_in_the_page_and_no_changed_one_does() {
    let Some((mut browser, _folder)) = page() else { return };
    for size in [1, 2, 3, 7, 64, 1_100] {
        let store = ledger(size).await;
        let mut proofs = Vec::new();
        for at in (0..size).filter(|at| size < 100 || at.is_multiple_of(97) || *at == size - 1) {
            let proof = audit::prove(&store, Position(at), at.is_multiple_of(2)).await.unwrap();
            proofs.push(proof);
        }
        let texts: Vec<String> = proofs.iter().map(ToString::to_string).collect();
        for (told, proof) in check(&mut browser, &texts).iter().zip(&proofs) {
            let root = proof.verify(&[signer().verifier()]).unwrap().checkpoint.root;
            assert_eq!(told["root"], root.to_string(), "{size}: {told}");
            assert_eq!(told["leaf"], proof.event.leaf().unwrap().to_string());
        }
        let bad: Vec<String> = texts.iter().flat_map(|text| changed(text)).collect();
        assert!(bad.len() >= 6 * texts.len());
        for (told, text) in check(&mut browser, &bad).iter().zip(&bad) {
            assert!(told.is_string(), "held although changed: {told}\n{text}");
            let ours = text.parse::<InclusionProof>().and_then(|proof| proof.verify(&[]));
            assert!(ours.is_err(), "the program holds it for good: {text}");
        }
    }
}

/// A proof changed in different ways, each of which must be found.
fn changed(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let event = STANDARD.decode(lines[1].strip_prefix("extra ").unwrap()).unwrap();
    let event: Value = serde_json::from_slice(&event).unwrap();
    let with = |event: &Value| {
        let mut lines = lines.clone();
        lines[1] = format!("extra {}", STANDARD.encode(event.to_string()));
        lines.join("\n")
    };
    let mut bad = Vec::new();
    let edit = |change: &dyn Fn(&mut Value)| {
        let mut event = event.clone();
        change(&mut event);
        with(&event)
    };
    bad.push(edit(&|event| {
        event["facts"] = event["facts"].as_str().unwrap().replace("line", "lime").into();
    }));
    bad.push(edit(&|event| event["header"]["sequence"] = json!(77)));
    bad.push(edit(&|event| event["header"]["id"] = "another".into()));
    bad.push(edit(&|event| event["header"]["recorded_at_us"] = json!(5)));
    bad.push(edit(&|event| event["commitment"] = "00".repeat(32).into()));
    bad.push(edit(&|event| event["more"] = json!(1)));
    bad.push(edit(&|event| drop(event["header"].as_object_mut().unwrap().remove("ordinal"))));
    let blank = lines.iter().position(String::is_empty).unwrap();
    // The checkpoint's size, and a hash of the path.
    let size: u64 = lines[blank + 2].parse().unwrap();
    let mut other = lines.clone();
    other[blank + 3] = STANDARD.encode([9; 32]);
    bad.push(other.join("\n"));
    if blank > 3 {
        let mut other = lines.clone();
        other[3] = STANDARD.encode([7; 32]);
        bad.push(other.join("\n"));
        let mut shorter = lines.clone();
        shorter.remove(3);
        bad.push(shorter.join("\n"));
    }
    lines.insert(blank, STANDARD.encode([1; 32]));
    bad.push(lines.join("\n"));
    lines.remove(blank);
    lines[2] = format!("index {}", size + 1);
    bad.push(lines.join("\n"));
    bad
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_checks_a_proof_of_a_bundle_with_the_keyboard() {
    let Some(mut browser) = Browser::start() else { return };
    let hostile = Hostile::new().await;
    let bundle = hostile.desk.folder().join("bundle.zip");
    let bundle_name = bundle.display().to_string();
    let said = hostile.desk.say(&["audit", "export", "--bundle", &bundle_name]).await;
    assert_eq!(said.exit, 0, "{said:?}");
    let words = ["audit", "verify-bundle", &bundle_name, "--key", &hostile.key];
    let checked = hostile.desk.say(&words).await;
    assert_eq!(checked.exit, 0, "the page belongs into a bundle: {checked:?}");
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&bundle).unwrap()).unwrap();
    let mut page = String::new();
    zip.by_name("check-proof.html").unwrap().read_to_string(&mut page).unwrap();
    for outside in ["http://", "https://", "import(", "fetch(", "XMLHttpRequest", "src="] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
    let file = hostile.desk.folder().join("check-proof.html");
    std::fs::write(&file, page).unwrap();
    let position = hostile.desk.say(&["audit", "prove", "0"]).await.json();
    let proof = position["proof"].as_str().unwrap().to_owned();
    browser.size(360, 740);
    browser.open(&format!("file://{}", file.display()));
    let wide = browser.eval("document.documentElement.scrollWidth").as_u64().unwrap();
    assert!(wide <= 360, "{wide} pixels wide");
    for (proof, key, expected) in [
        (proof.as_str(), "", "Nobody vouches for this root yet"),
        (proof.as_str(), hostile.key.as_str(), "It holds: deskledger-blake3/"),
        (proof.as_str(), &signer().verifier().to_string(), "It does NOT hold as signed"),
        (&proof.replace("index 0", "index 1"), hostile.key.as_str(), "It does NOT hold: "),
        ("<script>window.hit=1</script>", "", "It does NOT hold: "),
    ] {
        for (id, text) in [("proof", proof), ("key", key)] {
            browser.eval(&format!("document.getElementById('{id}').select()"));
            browser.press("Delete", 46);
            browser.write(text);
        }
        browser.press("Tab", 9);
        browser.press("Enter", 13);
        std::thread::sleep(std::time::Duration::from_millis(300));
        let said = browser.eval("document.getElementById('said').textContent");
        assert!(said.as_str().unwrap().contains(expected), "{expected}: {said}");
        assert!(browser.eval("window.hit").is_null());
    }
    // Served, under the server's own policy, it runs as well.
    let served = crate::support::http::Served::start(&hostile.desk, &[]).await;
    browser.open(&format!("http://127.0.0.1:{}/verify", served.port));
    assert_eq!(check(&mut browser, &[proof])[0]["at"], 0);
}
