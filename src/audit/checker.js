"use strict";
// Checks that an event is in a ledger, as ledger-schema/HASHING.md says, with nothing but this page.
const checker = (() => {
  const fail = (reason) => { throw new Error(reason); };

  // BLAKE3, by its specification, for inputs that fit into memory.
  const IV = Uint32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
  const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
  const CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8, CONTEXT = 32, MATERIAL = 64;
  const CHUNK = 1024, BLOCK = 64;

  const rotate = (word, by) => (word >>> by) | (word << (32 - by));

  function mix(s, a, b, c, d, x, y) {
    s[a] = s[a] + s[b] + x;
    s[d] = rotate(s[d] ^ s[a], 16);
    s[c] = s[c] + s[d];
    s[b] = rotate(s[b] ^ s[c], 12);
    s[a] = s[a] + s[b] + y;
    s[d] = rotate(s[d] ^ s[a], 8);
    s[c] = s[c] + s[d];
    s[b] = rotate(s[b] ^ s[c], 7);
  }

  function compress(node) {
    const s = new Uint32Array(16);
    s.set(node.key, 0);
    s.set(IV.subarray(0, 4), 8);
    s[12] = node.counter % 2 ** 32;
    s[13] = Math.floor(node.counter / 2 ** 32);
    s[14] = node.length;
    s[15] = node.flags;
    let m = Array.from(node.words);
    for (let round = 0; round < 7; round += 1) {
      if (round > 0) { const before = m; m = PERMUTATION.map((from) => before[from]); }
      mix(s, 0, 4, 8, 12, m[0], m[1]);
      mix(s, 1, 5, 9, 13, m[2], m[3]);
      mix(s, 2, 6, 10, 14, m[4], m[5]);
      mix(s, 3, 7, 11, 15, m[6], m[7]);
      mix(s, 0, 5, 10, 15, m[8], m[9]);
      mix(s, 1, 6, 11, 12, m[10], m[11]);
      mix(s, 2, 7, 8, 13, m[12], m[13]);
      mix(s, 3, 4, 9, 14, m[14], m[15]);
    }
    return s.subarray(0, 8).map((word, at) => word ^ s[at + 8]);
  }

  function wordsOf(bytes) {
    const words = new Uint32Array(16);
    bytes.forEach((byte, at) => { words[at >> 2] |= byte << (8 * (at & 3)); });
    return words;
  }

  function chunk(bytes, counter, key, flags) {
    const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
    let state = key;
    for (let at = 0; ; at += 1) {
      const block = bytes.subarray(at * BLOCK, (at + 1) * BLOCK);
      const node = { key: state, words: wordsOf(block), counter, length: block.length,
        flags: flags | (at === 0 ? CHUNK_START : 0) | (at === blocks - 1 ? CHUNK_END : 0) };
      if (at === blocks - 1) { return node; }
      state = compress(node);
    }
  }

  function parent(left, right, key, flags) {
    const words = new Uint32Array(16);
    words.set(left, 0);
    words.set(right, 8);
    return { key, words, counter: 0, length: BLOCK, flags: flags | PARENT };
  }

  function hashWith(bytes, key, flags) {
    const chunks = Math.max(1, Math.ceil(bytes.length / CHUNK));
    const stack = [];
    let node;
    for (let at = 0; at < chunks; at += 1) {
      node = chunk(bytes.subarray(at * CHUNK, (at + 1) * CHUNK), at, key, flags);
      if (at < chunks - 1) {
        let value = compress(node);
        for (let total = at + 1; total % 2 === 0; total /= 2) {
          value = compress(parent(stack.pop(), value, key, flags));
        }
        stack.push(value);
      }
    }
    while (stack.length > 0) { node = parent(stack.pop(), compress(node), key, flags); }
    const root = compress({ ...node, counter: 0, flags: node.flags | ROOT });
    const out = new Uint8Array(32);
    root.forEach((word, at) => new DataView(out.buffer).setUint32(4 * at, word, true));
    return out;
  }

  const utf8 = (text) => new TextEncoder().encode(text);
  const hash = (bytes) => hashWith(bytes, IV, 0);
  const derive = (context, bytes) =>
    hashWith(bytes, wordsOf(hashWith(utf8(context), IV, CONTEXT)).subarray(0, 8), MATERIAL);

  // Text forms: each value has one.
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const same = (a, b) => hex(a) === hex(b);

  function unhex(text, length) {
    if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text) || text.length !== 2 * length) {
      fail(`not ${length} bytes in hexadecimal`);
    }
    return Uint8Array.from({ length }, (_, at) => parseInt(text.substr(2 * at, 2), 16));
  }

  function unbase64(text) {
    let binary;
    try { binary = atob(text); } catch (_) { fail("not base64"); }
    if (btoa(binary) !== text) { fail("not base64 as an encoder writes it"); }
    return Uint8Array.from(binary, (one) => one.charCodeAt(0));
  }

  function join(...parts) {
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { out.set(part, at); at += part.length; }
    return out;
  }

  function number(value, bytes, signed) {
    const bits = BigInt(8 * bytes - (signed ? 1 : 0));
    if (!Number.isSafeInteger(value) || BigInt(value) >= 1n << bits || (!signed && value < 0)) {
      fail("a number does not fit its place");
    }
    let rest = BigInt.asUintN(8 * bytes, BigInt(value));
    return Uint8Array.from({ length: bytes }, () => {
      const low = Number(rest & 255n);
      rest >>= 8n;
      return low;
    });
  }

  function text(value) {
    if (typeof value !== "string" || /\p{Surrogate}/u.test(value)) { fail("a text is none"); }
    return utf8(value);
  }

  function fields(object, names, maybe) {
    if (object === null || typeof object !== "object" || Array.isArray(object)) {
      fail("an object is missing");
    }
    const found = Object.keys(object).filter((name) => name !== maybe).sort();
    if (JSON.stringify(found) !== JSON.stringify([...names].sort())) {
      fail("the event has other fields than an event has");
    }
  }

  // The leaf of an event.
  function key(of) {
    const parts = [of.system, of.object, of.id].map((part) => {
      const bytes = text(part);
      return join(number(bytes.length, 2, false), bytes);
    });
    const word = (part) => part !== "" && !part.includes("/");
    if (!word(of.system) || !word(of.object) || of.id === "") { fail("not a source key"); }
    return join(...parts);
  }

  function header(of) {
    fields(of, ["type", "version", "recorded_at_us", "run", "event", "causation", "sequence",
      "ordinal", "content", "system", "object", "id", "parent"]);
    const none = new Uint8Array(8).fill(255);
    if (of.parent !== null) { fields(of.parent, ["system", "object", "id"]); }
    return join(number(1, 2, false), number(of.type, 2, false), number(of.version, 2, false),
      number(of.recorded_at_us, 8, true), unhex(of.run, 16), unhex(of.event, 16),
      of.causation === null ? none : number(of.causation, 8, false),
      number(of.sequence, 4, false), number(of.ordinal, 4, false), unhex(of.content, 32),
      key(of), of.parent === null ? new Uint8Array() : key(of.parent));
  }

  function leaf(event) {
    fields(event, ["position", "name", "header", "facts", "commitment"], "payload");
    const commitment = event.commitment === null ? new Uint8Array() : unhex(event.commitment, 32);
    if (event.payload !== undefined) {
      fields(event.payload, ["salt", "bytes"]);
      const salted = join(unhex(event.payload.salt, 16), unbase64(event.payload.bytes));
      if (!same(derive("deskledger 2026-11 payload", salted), commitment)) {
        fail("the payload does not fit its commitment");
      }
    }
    const parts = [header(event.header), text(event.facts), commitment];
    const framed = parts.map((part) => join(number(part.length, 8, false), part));
    return derive("deskledger 2026-11 leaf", join(...framed));
  }

  const inner = (left, right) => derive("deskledger 2026-11 node", join(left, right));

  // RFC 9162 section 2.1.3.2.
  function rootOf(start, index, size, path) {
    if (index >= size) { fail("the event is beyond the checkpoint"); }
    let [at, last, found] = [index, size - 1, start];
    for (const sibling of path) {
      if (last === 0) { fail("the proof is too long"); }
      if (at % 2 === 1 || at === last) {
        found = inner(sibling, found);
        while (at % 2 === 0 && at !== 0) {
          at = Math.floor(at / 2);
          last = Math.floor(last / 2);
        }
      } else {
        found = inner(found, sibling);
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    if (last !== 0) { fail("the proof is too short"); }
    return found;
  }

  function noteOf(whole) {
    const cut = whole.lastIndexOf("\n\n");
    if (cut < 0 || !whole.endsWith("\n")) { fail("no signed checkpoint at the end"); }
    const said = whole.slice(0, cut + 1);
    const lines = said.slice(0, -1).split("\n");
    if (lines.length < 3 || lines.some((line) => line === "")) { fail("not a checkpoint"); }
    if (!lines[0].startsWith("deskledger-blake3/")) { fail("a checkpoint of another kind of log"); }
    if (!/^(0|[1-9][0-9]*)$/.test(lines[1])) { fail("not a size"); }
    const size = Number(lines[1]);
    const root = unbase64(lines[2]);
    if (!Number.isSafeInteger(size) || root.length !== 32) { fail("not a checkpoint"); }
    const signatures = whole.slice(cut + 2, -1).split("\n").map((line) => {
      const parts = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (parts === null) { fail("a line is no signature"); }
      const bytes = unbase64(parts[2]);
      return { name: parts[1], id: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
    });
    return { text: said, origin: lines[0], size, root, signatures };
  }

  // A proof as `deskledger audit prove` writes it. Throws unless the event is in the tree.
  function check(proof) {
    const whole = proof.replaceAll("\r\n", "\n");
    const cut = whole.indexOf("\n\n");
    if (cut < 0) { fail("no blank line after the proof"); }
    const lines = whole.slice(0, cut).split("\n");
    if (lines[0] !== "deskledger/tlog-proof-blake3@v1") { fail("another first line"); }
    if (!(lines[1] ?? "").startsWith("extra ")) { fail("no event after `extra`"); }
    const said = new TextDecoder("utf-8", { fatal: true }).decode(unbase64(lines[1].slice(6)));
    const event = JSON.parse(said);
    const start = leaf(event);
    number(event.position, 8, false);
    if (lines[2] !== `index ${event.position}`) { fail("`index` is not the event's position"); }
    const path = lines.slice(3).map((line) => {
      const bytes = unbase64(line);
      return bytes.length === 32 ? bytes : fail("a line of the proof is no hash");
    });
    const note = noteOf(whole.slice(cut + 2));
    if (!same(rootOf(start, event.position, note.size, path), note.root)) {
      fail("the proof leads to another root");
    }
    return { event, note, leaf: hex(start), root: hex(note.root) };
  }

  // Whether a key, written name+id+key, has signed the checkpoint. Throws unless it has.
  async function signed(note, verifier) {
    const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifier.trim());
    if (parts === null) { fail("not a public key (name+id+key)"); }
    const [, name, id, encoded] = parts;
    const typed = unbase64(encoded);
    if (typed.length !== 33 || typed[0] !== 1) { fail("not an Ed25519 key"); }
    const named = join(utf8(`${name}\n`), typed);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
    if (hex(digest.subarray(0, 4)) !== id) { fail("the id of the key is not that of the key"); }
    const own = note.signatures.filter((one) => one.name === name && one.id === id);
    if (own.length === 0) { fail(`${name} has not signed the checkpoint`); }
    const algorithm = { name: "Ed25519" };
    const verifying =
      await crypto.subtle.importKey("raw", typed.slice(1), algorithm, false, ["verify"]);
    for (const one of own) {
      const fits = await crypto.subtle.verify(algorithm, verifying, one.bytes, utf8(note.text));
      if (!fits) { fail(`the signature of ${name} does not fit`); }
    }
    return name;
  }

  return { hash, derive, leaf, rootOf, check, signed, hex, unhex };
})();

const part = (id) => document.getElementById(id);

// Text that a reader could mistake, as its numbers.
const visible = (text) => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu,
  (one) => (one === "\n" ? one : `\\u{${one.codePointAt(0).toString(16)}}`));

function tell(kind, lines) {
  const out = part("said");
  out.className = kind;
  out.textContent = visible(lines.join("\n"));
}

async function run() {
  let found;
  try {
    found = checker.check(part("proof").value);
  } catch (error) {
    tell("bad", [`It does NOT hold: ${error.message}.`]);
    return;
  }
  const { event, note } = found;
  const id = event.header;
  const lines = [
    `Event ${event.position} (${event.name}) of ${id.system}/${id.object}/${id.id} is in the ledger`,
    `${note.origin} of ${note.size} events with root ${found.root}.`,
    `Its facts: ${event.facts}`,
  ];
  const key = part("key").value.trim();
  if (key === "") {
    tell("half", [...lines, "", "Nobody vouches for this root yet: enter the operator's public key, "
      + "which you got by another way than this proof."]);
    return;
  }
  try {
    const name = await checker.signed(note, key);
    tell("good", [...lines, "", `It holds: ${name} signed the checkpoint.`]);
  } catch (error) {
    const why = error instanceof DOMException || error instanceof TypeError
      ? "this browser cannot check signatures; `deskledger audit verify-proof` can" : error.message;
    tell("bad", [...lines, "", `It does NOT hold as signed: ${why}.`]);
  }
}

part("check").addEventListener("click", run);
part("file").addEventListener("change", async () => {
  const [file] = part("file").files;
  if (file) { part("proof").value = await file.text(); await run(); }
});
