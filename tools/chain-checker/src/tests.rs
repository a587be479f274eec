//! The vectors, and exports and bundles made by hand from them.

use serde_json::{Value, json};

use crate::event::{Hash, commit, header_bytes, hex, leaf, leaf_of, once_of};
use crate::note::{self, Key};
use crate::tree::{Tree, largest_power_below, node, root_by_path};
use crate::{bundle, export};

fn vectors(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ledger-schema/vectors/");
    serde_json::from_slice(&std::fs::read(format!("{folder}{name}")).unwrap()).unwrap()
}

fn cases(list: &Value) -> &Vec<Value> {
    list.as_array().unwrap()
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| hex::<1>(std::str::from_utf8(pair).unwrap()).unwrap()[0]).collect()
}

fn hashes(list: &Value) -> Vec<Hash> {
    cases(list).iter().map(|hash| hex(hash.as_str().unwrap()).unwrap()).collect()
}

fn tree_leaf(i: u64) -> Hash {
    *blake3::hash(&i.to_le_bytes()).as_bytes()
}

/// Root by the definition.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Tree::default().root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(largest_power_below(leaves.len() as u64) as usize);
            node(&root(left), &root(right))
        }
    }
}

#[test]
fn digests() {
    let vectors = vectors("digests.json");
    let input = vectors["input"].as_str().unwrap().as_bytes();
    for case in cases(&vectors["cases"]) {
        let digest = blake3::derive_key(case["context"].as_str().unwrap(), input);
        assert_eq!(text(&digest), case["digest"]);
    }
    let key = hex(vectors["content"]["key"].as_str().unwrap()).unwrap();
    assert_eq!(blake3::keyed_hash(&key, input).to_hex().as_str(), vectors["content"]["hash"]);
}

#[test]
fn headers() {
    for case in cases(&vectors("header.json")["cases"]) {
        assert_eq!(text(&header_bytes(&case["header"]).unwrap()), case["bytes"]);
    }
}

#[test]
fn leaves() {
    for case in cases(&vectors("leaf.json")["cases"]) {
        let commitment = match case["salt"].as_str() {
            Some(salt) => commit(&hex(salt).unwrap(), &bytes(&case["payload"])).to_vec(),
            None => Vec::new(),
        };
        assert_eq!(text(&commitment), case["commitment"].as_str().unwrap_or_default());
        let facts = case["facts"].as_str().unwrap().as_bytes();
        assert_eq!(text(&leaf(&bytes(&case["header"]), facts, &commitment)), case["leaf"]);
    }
}

#[test]
fn trees() {
    let vectors = vectors("tree.json");
    let leaves: Vec<Hash> = (0..5_000).map(tree_leaf).collect();
    for case in cases(&vectors["roots"]) {
        let size = case["size"].as_u64().unwrap() as usize;
        let mut tree = Tree::default();
        leaves[..size].iter().for_each(|leaf| tree.add(*leaf));
        assert_eq!(text(&tree.root()), case["root"]);
        assert_eq!(text(&root(&leaves[..size])), case["root"]);
    }
    for case in cases(&vectors["subtrees_of_5000"]) {
        let start = case["number"].as_u64().unwrap() as usize * 1024;
        assert_eq!(text(&root(&leaves[start..start + 1024])), case["root"]);
    }
    for case in cases(&vectors["inclusion"]) {
        let (index, size) = (case["index"].as_u64().unwrap(), case["size"].as_u64().unwrap());
        let path = hashes(&case["path"]);
        let found = root_by_path(leaves[index as usize], index, size, &path);
        assert_eq!(found, Ok(root(&leaves[..size as usize])));
    }
}

/// RFC 6962 section 2.1.2.
fn consistency(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() || old == 0 {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let left = largest_power_below(leaves.len() as u64) as usize;
    let (mut path, other) = if old <= left {
        (consistency(old, &leaves[..left], whole), &leaves[left..])
    } else {
        (consistency(old - left, &leaves[left..], false), &leaves[..left])
    };
    path.push(root(other));
    path
}

#[test]
fn consistency_proofs() {
    let leaves: Vec<Hash> = (0..5_000).map(tree_leaf).collect();
    for case in cases(&vectors("tree.json")["consistency"]) {
        let old = case["old_size"].as_u64().unwrap() as usize;
        let size = case["size"].as_u64().unwrap() as usize;
        assert_eq!(consistency(old, &leaves[..size], true), hashes(&case["path"]));
    }
}

#[test]
fn notes() {
    let vectors = vectors("note.json");
    let key = |name: &str| Key::read(vectors[name].as_str().unwrap()).unwrap();
    let (alone, both) = (vectors["note"].as_str().unwrap(), vectors["cosigned"].as_str().unwrap());
    let signed = |note: &str, keys: &[Key]| note::read(note, keys).map(|found| found.signed);
    assert_eq!(signed(alone, &[key("key"), key("witness_key")]), Ok(1));
    assert_eq!(signed(both, &[key("key"), key("witness_key")]), Ok(2));
    assert_eq!(signed(both, &[]), Ok(0));
    assert!(signed(&both.replace("5000", "5001"), &[key("key")]).is_err());
    let leaves: Vec<Hash> = (0..5_000).map(tree_leaf).collect();
    assert_eq!(note::read(alone, &[]).unwrap().root, root(&leaves));
}

/// Event lines with the headers of the vectors, so many that the tree has some depth.
fn event_lines() -> Vec<Value> {
    let header = &vectors("header.json")["cases"][0]["header"];
    (0..11)
        .map(|position| {
            let mut header = header.clone();
            header["id"] = json!(format!("{}", position % 3));
            header["sequence"] = json!(position / 3);
            header["ordinal"] = json!(position);
            let salt = [position as u8; 16];
            json!({
                "position": position,
                "name": "RecordRead",
                "header": header,
                "facts": format!("{{\"n\":{position}}}"),
                "commitment": text(&commit(&salt, b"{}")),
                "payload": { "salt": text(&salt), "bytes": "e30=" },
            })
        })
        .collect()
}

fn checkpoint(size: usize) -> String {
    use base64::Engine as _;
    let leaves: Vec<Hash> = event_lines()[..size].iter().map(|l| leaf_of(l).unwrap()).collect();
    let root = base64::engine::general_purpose::STANDARD.encode(root(&leaves));
    format!("deskledger-blake3/x\n{size}\n{root}\n\n\u{2014} nobody AAAAAAA=\n")
}

fn problems(events: &[Value], announced: &[Value], checkpoints: &[String]) -> Vec<(u64, String)> {
    let leaves: Vec<Hash> = announced.iter().map(|line| leaf_of(line).unwrap()).collect();
    let first = json!({
        "export": "deskledger", "version": 1, "size": leaves.len(), "root": text(&root(&leaves)),
    });
    let last = checkpoints.iter().map(|note| json!({ "checkpoint": note }));
    let lines: Vec<String> = std::iter::once(first)
        .chain(events.iter().cloned())
        .chain(last)
        .map(|line| line.to_string())
        .collect();
    let whole = lines.join("\n");
    export::check(|| Ok(whole.as_bytes()), &[]).unwrap().problems
}

#[test]
fn a_good_export_has_no_problems() {
    let events = event_lines();
    assert_eq!(problems(&events, &events, &[checkpoint(4), checkpoint(11)]), []);
    assert_eq!(problems(&[], &[], &[]), []);
}

#[test]
fn a_payload_left_out_is_no_problem() {
    let events = event_lines();
    let mut erased = events.clone();
    erased[5].as_object_mut().unwrap().remove("payload");
    assert_eq!(problems(&erased, &events, &[checkpoint(11)]), []);
}

#[test]
fn every_change_of_an_event_is_found() {
    let events = event_lines();
    let changes: [fn(&mut Value); 10] = [
        |line| line["header"]["parent"] = line["header"].clone(),
        |line| line["header"]["recorded_at_us"] = json!(0),
        |line| line["header"]["id"] = json!("9"),
        |line| line["header"]["sequence"] = json!(9),
        |line| line["header"]["causation"] = json!(1),
        |line| line["header"]["content"] = json!("00".repeat(32)),
        |line| line["facts"] = json!("{\"n\":99}"),
        |line| line["commitment"] = Value::Null,
        |line| line["payload"]["bytes"] = json!("e31="),
        |line| line["payload"]["salt"] = json!("00".repeat(16)),
    ];
    for (change, i) in changes.iter().zip(0..) {
        let mut changed = events.clone();
        change(&mut changed[7]);
        let found = problems(&changed, &events, &[checkpoint(4), checkpoint(11)]);
        assert!(!found.is_empty(), "change {i}");
        assert!(!found.iter().any(|(_, what)| what.contains("before 4")), "change {i}: {found:?}");
    }
}

#[test]
fn lost_doubled_and_swapped_events_are_found() {
    let events = event_lines();
    assert!(!problems(&events[..10], &events, &[]).is_empty());
    let cut = problems(&events[..10], &events[..10], &[checkpoint(11)]);
    assert_eq!(cut, [(12, "events up to 11 are missing".into())]);
    let mut swapped = events.clone();
    swapped.swap(2, 3);
    assert!(!problems(&swapped, &swapped, &[]).is_empty());
    let mut doubled = events.clone();
    doubled.push(doubled[10].clone());
    doubled[11]["position"] = json!(11);
    doubled[11]["header"]["sequence"] = json!(4);
    let found = problems(&doubled, &doubled, &[]);
    assert!(found.iter().any(|(_, what)| what.contains("twice")), "{found:?}");
}

#[test]
fn streams_are_told_apart_by_their_key() {
    let events = event_lines();
    assert_ne!(once_of(&events[0]).unwrap(), once_of(&events[1]).unwrap());
}

#[test]
fn a_bundle_proves_its_event_and_no_other() {
    use base64::Engine as _;
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let events = event_lines();
    let leaves: Vec<Hash> = events.iter().map(|line| leaf_of(line).unwrap()).collect();
    // Leaf 9 of 11: sibling 8, then 10, then the first eight.
    let path = [leaves[8], leaves[10], root(&leaves[..8])];
    let path: String = path.iter().map(|hash| base64(hash) + "\n").collect();
    let made = |event: &Value, index: u64| {
        let extra = base64(event.to_string().as_bytes());
        let first = bundle::FIRST_LINE;
        format!("{first}\nextra {extra}\nindex {index}\n{path}\n{}", checkpoint(11))
    };
    assert_eq!(bundle::check(&made(&events[9], 9), &[]), Ok((9, 11, 0)));
    assert!(bundle::check(&made(&events[8], 9), &[]).is_err());
    assert!(bundle::check(&made(&events[9], 8), &[]).is_err());
    assert!(bundle::check(&made(&events[9], 12), &[]).is_err());
    let key = Key::read(vectors("note.json")["key"].as_str().unwrap()).unwrap();
    assert!(bundle::check(&made(&events[9], 9), &[key]).is_err());
}
