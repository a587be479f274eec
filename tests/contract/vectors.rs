//! `ledger-schema/vectors/`: inputs with expected bytes and digests, for other implementations.
//!
//! They are derived from the code here and checked by `tools/chain-checker`, which shares no code
//! with it.

use deskledger::model::digest::Purpose;
use deskledger::model::event::{
    CheckpointSealed, Location, RecordExcluded, RecordRead, RecordRejected, RunFinished,
};
use deskledger::model::leaf::{commitment, idempotency_key, leaf};
use deskledger::model::merkle::{Frontier, empty_root, root_of};
use deskledger::model::note::{NoteSigner, SignedNote};
use deskledger::model::proof::PartialTree;
use deskledger::model::{
    Checkpoint, ContentHash, Digest, Event, EventId, Header, KeyParts, Position, RecordKind, RunId,
    TreeHash, canonical_json,
};
use serde_json::{Value, json};

use super::schema::{assert_committed, folder};

fn check(name: &str, derived: &Value) {
    assert_committed(&folder().join("vectors").join(name), derived);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn canonical_json_vectors() {
    let inputs = [
        r#"{}"#,
        r#"{ "b" : 1, "a" : [ true , null ] }"#,
        r#"{"€":"Euro","\r":"Return","דּ":"Hebrew","1":"One","😀":"Smile","ö":"O"}"#,
        r#"[1.0, 1e2, 0.000001, 1e-7, -0, 333333333.33333329, 1e21, 4.50]"#,
        r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#,
    ];
    let cases = inputs.map(|input| {
        let value: Value = serde_json::from_str(input).unwrap();
        let canonical = String::from_utf8(canonical_json(&value).unwrap()).unwrap();
        json!({ "input": input, "canonical": canonical })
    });
    check(
        "canonical.json",
        &json!({ "about": "RFC 8785; input is any JSON text", "cases": cases }),
    );
}

#[test]
fn digest_vectors() {
    let purposes = [
        ("raw record", Purpose::Raw),
        ("draft", Purpose::Draft),
        ("step", Purpose::Step),
        ("mapping", Purpose::Mapping),
        ("plan", Purpose::Plan),
        ("request", Purpose::Request),
        ("response", Purpose::Response),
        ("compared", Purpose::Compared),
        ("settings", Purpose::Settings),
        ("file", Purpose::File),
    ];
    let cases = purposes.map(|(word, purpose)| {
        let digest = Digest::of(purpose, b"deskledger").to_string();
        json!({ "context": format!("deskledger 2026-11 {word}"), "digest": digest })
    });
    let about = "derive(context, input); content is the keyed hash of input under key";
    let key = std::array::from_fn(|i| u8::try_from(i).unwrap());
    let content = json!({
        "key": hex(&key),
        "hash": ContentHash::keyed(&key, b"deskledger").to_string(),
    });
    let derived = json!({
        "about": about, "input": "deskledger", "cases": cases, "content": content,
    });
    check("digests.json", &derived);
}

fn plain_header() -> Header<'static> {
    Header {
        type_id: 11,
        version: 1,
        recorded_at_us: 1_796_083_200_123_456,
        run: RunId(std::array::from_fn(|i| i as u8)),
        event: EventId(std::array::from_fn(|i| 0xf0 + i as u8)),
        causation: None,
        sequence: 0,
        ordinal: 0,
        content: ContentHash([0xc0; 32]),
        key: KeyParts { system: "deskero", object: "ticket", id: "4711" },
        parent: None,
    }
}

fn with_id(id: &str) -> KeyParts<'_> {
    KeyParts { id, ..plain_header().key }
}

fn headers() -> [Header<'static>; 5] {
    [
        plain_header(),
        Header { causation: Some(Position(7)), sequence: 3, ordinal: 2, ..plain_header() },
        Header { recorded_at_us: -1, key: with_id("a/b/Zürich 😀"), ..plain_header() },
        Header {
            key: KeyParts { system: "deskero", object: "reply", id: "4711/2" },
            parent: Some(with_id("4711")),
            ..plain_header()
        },
        Header {
            type_id: 1,
            content: ContentHash::NONE,
            key: KeyParts {
                system: "deskledger",
                object: "run",
                id: "000102030405060708090a0b0c0d0e0f",
            },
            ..plain_header()
        },
    ]
}

fn bytes_of(header: &Header<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    header.encode(&mut bytes).unwrap();
    bytes
}

fn fields_of(header: &Header<'_>) -> Value {
    json!({
        "type": header.type_id,
        "version": header.version,
        "recorded_at_us": header.recorded_at_us,
        "run": header.run.to_string(),
        "event": header.event.to_string(),
        "causation": header.causation.map(|cause| cause.0),
        "sequence": header.sequence,
        "ordinal": header.ordinal,
        "content": header.content.to_string(),
        "system": header.key.system,
        "object": header.key.object,
        "id": header.key.id,
        "parent": header.parent.map(
            |key| json!({ "system": key.system, "object": key.object, "id": key.id })
        ),
    })
}

#[test]
fn header_vectors() {
    let cases = headers()
        .map(|header| json!({ "header": fields_of(&header), "bytes": hex(&bytes_of(&header)) }));
    let good = bytes_of(&plain_header());
    let mut refused = Vec::new();
    let mut refuse = |why: &str, bytes: Vec<u8>| {
        assert!(Header::decode(&bytes).and_then(|header| header.keys()).is_err());
        refused.push(json!({ "why": why, "bytes": hex(&bytes) }));
    };
    refuse("nothing", Vec::new());
    refuse("cut inside the content hash", good[..80].to_vec());
    refuse("cut inside the source id", good[..good.len() - 1].to_vec());
    refuse("a byte too many", [&good[..], &[0]].concat());
    refuse("format version 2", [&[2, 0], &good[2..]].concat());
    let mut bytes = good.clone();
    bytes[96] = 0xff;
    refuse("source system is not UTF-8", bytes);
    refuse("empty source id", bytes_of(&Header { key: with_id(""), ..plain_header() }));
    let slash = KeyParts { object: "a/b", ..plain_header().key };
    refuse("object type with a slash", bytes_of(&Header { key: slash, ..plain_header() }));
    refuse("parent without id", bytes_of(&Header { parent: Some(with_id("")), ..plain_header() }));
    check("header.json", &json!({ "cases": cases, "refused": refused }));
}

#[test]
fn leaf_vectors() {
    let raw = Digest::of(Purpose::Raw, b"cells");
    let at = Location { file: "tickets.csv".into(), line: 2 };
    let kind = RecordKind::Conversation;
    let events: [(Event, Option<&[u8]>); 5] = [
        (
            RecordRead {
                kind,
                parent: None,
                at: at.clone(),
                raw,
                aliases: Vec::new(),
                findings: Vec::new(),
            }
            .into(),
            Some(b"{\"subject\":\"Hello\"}"),
        ),
        (RecordRejected { kind: Some(kind), at, raw, findings: Vec::new() }.into(), Some(b"")),
        (RecordExcluded { rule: "history_window".into() }.into(), None),
        (RunFinished { counts: [("read".into(), 3)].into() }.into(), None),
        (CheckpointSealed { size: 4, root: empty_root() }.into(), None),
    ];
    let salt = std::array::from_fn(|i| 0xa0 + i as u8);
    let cases = events.map(|(event, payload)| {
        let header = Header {
            type_id: event.type_id(),
            version: event.version(),
            ordinal: 1,
            ..plain_header()
        };
        let facts = event.facts().unwrap();
        let committed = payload.map(|payload| commitment(&salt, payload));
        json!({
            "type": header.type_id,
            "header": hex(&bytes_of(&header)),
            "facts": String::from_utf8(facts.clone()).unwrap(),
            "salt": payload.map(|_| hex(&salt)),
            "payload": payload.map(hex),
            "commitment": committed.map(|commitment| commitment.to_string()),
            "leaf": leaf(&bytes_of(&header), &facts, committed.as_ref()).to_string(),
            "idem": idempotency_key(header.type_id, &header.content, header.ordinal),
        })
    });
    check("leaf.json", &json!({ "about": "payload and salt in hexadecimal", "cases": cases }));
}

fn tree_leaves(count: u64) -> Vec<TreeHash> {
    (0..count).map(|i| TreeHash(*blake3::hash(&i.to_le_bytes()).as_bytes())).collect()
}

fn texts(hashes: &[TreeHash]) -> Vec<String> {
    hashes.iter().map(TreeHash::to_string).collect()
}

#[test]
fn tree_vectors() {
    let leaves = tree_leaves(5_000);
    let tree = |size: usize| {
        let roots = Frontier::default().append_many(&leaves[..size]);
        let tree = PartialTree::new(size as u64, roots.iter().map(|tree| tree.root).collect());
        leaves[..size]
            .chunks(1024)
            .zip(0..)
            .fold(tree, |tree, (chunk, number)| tree.with_leaves(number, chunk.to_vec()))
    };
    let roots: Vec<_> = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1023, 1024, 1025, 3000, 5000]
        .into_iter()
        .map(|size| {
            let mut frontier = Frontier::default();
            frontier.append_many(&leaves[..size]);
            let root = root_of(&leaves[..size]).to_string();
            json!({ "size": size, "root": root, "frontier": hex(&frontier.to_bytes()) })
        })
        .collect();
    let subtrees: Vec<_> = Frontier::default()
        .append_many(&leaves)
        .iter()
        .map(|subtree| json!({ "number": subtree.index, "root": subtree.root.to_string() }))
        .collect();
    let inclusion = [(0, 1), (0, 2), (2, 3), (4, 5), (6, 7), (11, 17), (2999, 3000), (1024, 5000)]
        .map(|(index, size)| {
            let path = texts(&tree(size).inclusion(index).unwrap());
            json!({ "index": index, "size": size, "path": path })
        });
    let consistency = [(0, 5), (1, 1), (1, 2), (3, 7), (4, 8), (6, 17), (1024, 3000), (2500, 5000)]
        .map(|(old, size)| {
            let path = texts(&tree(size).consistency(old).unwrap());
            json!({ "old_size": old, "size": size, "path": path })
        });
    let derived = json!({
        "about": "leaf i is plain BLAKE3 over i as u64, little-endian",
        "roots": roots,
        "subtrees_of_5000": subtrees,
        "inclusion": inclusion,
        "consistency": consistency,
    });
    check("tree.json", &derived);
}

#[test]
fn note_vectors() {
    let origin = Checkpoint::origin_of("example");
    let signer = NoteSigner::from_seed(&origin, &[7; 32]).unwrap();
    let witness = NoteSigner::from_seed("witness.example", &[9; 32]).unwrap();
    let size = 5_000;
    let text = Checkpoint { origin, size, root: root_of(&tree_leaves(size)) }.to_string();
    let mut note = SignedNote::sign(text.clone(), &signer).unwrap();
    let alone = note.to_string();
    note.cosign(&witness);
    let derived = json!({
        "about": "tree of 5000 leaves of tree.json; seeds are 32 bytes of 7 and of 9",
        "text": text,
        "note": alone,
        "cosigned": note.to_string(),
        "key": signer.verifier().to_string(),
        "witness_key": witness.verifier().to_string(),
    });
    check("note.json", &derived);
}
