#!/usr/bin/env python3
"""Checks what `deskledger audit` hands out, by ledger-schema/HASHING.md alone.

It needs Python 3.9 or newer and the package `blake3`; it needs no network, no ledger and no
deskledger, and shares no code with it: what both agree on is in the page, not in a common mistake.

It reads an export (JSON Lines), a bundle (ZIP), a proof that an event is in the ledger, or a proof
that a ledger continues an earlier note. It does not decide whether an event was allowed; it decides
whether the bytes are those that were sealed.
"""

import argparse
import base64
import binascii
import hashlib
import io
import json
import os
import sys
import zipfile

try:
    from blake3 import blake3
except ImportError:
    sys.exit("chain_checker needs the package blake3: python3 -m pip install blake3")

import ed25519

CONTEXT = "deskledger 2026-11 "
PROOF_START = "deskledger/tlog-proof-blake3@v1\n"
BUNDLE_FILES = {"README.md", "HASHING.md", "CATALOGUE.md", "check-proof.html", "public-keys.txt",
                "events.jsonl"}
SIGNATURES_MAX = 100
# Numbers of the events FieldsVerified and FieldsDiffered (CATALOGUE.md).
VERIFIED, DIFFERED = 60, 61
U64_MAX = 2**64 - 1


class Bad(Exception):
    """What was given does not hold."""


# Strict reading: every byte has one meaning.


def no_repeats(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Bad("a name stands twice in an object")
    return found


def no_constant(word):
    raise Bad(f"{word} is not JSON")


def whole_number(text):
    if text == "-0" or len(text) > 20:
        raise Bad(f"{text[:24]} is no number that fits")
    return int(text)


def parse(text):
    try:
        return json.loads(
            text,
            object_pairs_hook=no_repeats,
            parse_constant=no_constant,
            parse_int=whole_number,
        )
    except (ValueError, RecursionError) as error:
        raise Bad(f"not JSON: {error}") from None


def fields(value, needed, optional=()):
    if not isinstance(value, dict):
        raise Bad("an object is missing")
    for name in needed:
        if name not in value:
            raise Bad(f"{name} is missing")
    for name in value:
        if name not in needed and name not in optional:
            raise Bad(f"{name} is unknown")


def number(value, low, high, name):
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Bad(f"{name} is no number that fits")
    return value


def text_of(value, name):
    if not isinstance(value, str):
        raise Bad(f"{name} is no text")
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise Bad(f"{name} is no Unicode text") from None


def unhex(value, count, name):
    text = text_of(value, name)
    if len(text) != 2 * count or any(byte not in b"0123456789abcdef" for byte in text):
        raise Bad(f"{name} is not {count} bytes in lower-case hexadecimal")
    return bytes.fromhex(text.decode())


def unbase64(text, name, count=None):
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Bad(f"{name} is not base64") from None
    if base64.b64encode(found) != (text if isinstance(text, bytes) else text.encode()):
        raise Bad(f"{name} is not base64 in its one form")
    if count is not None and len(found) != count:
        raise Bad(f"{name} has not {count} bytes")
    return found


# Sections 2 to 6: one event.


def derive(purpose, data):
    return blake3(data, derive_key_context=CONTEXT + purpose).digest()


def key_bytes(value):
    found = b""
    for name in ("system", "object", "id"):
        text = text_of(value[name], name)
        if not text or len(text) > 65535 or (name != "id" and b"/" in text):
            raise Bad(f"{name} is not part of a source key")
        found += len(text).to_bytes(2, "little") + text
    return found


def header_bytes(header):
    fields(
        header,
        ("type", "version", "recorded_at_us", "run", "event", "causation", "sequence", "ordinal")
        + ("content", "system", "object", "id", "parent"),
    )
    causation = header["causation"]
    if causation is None:
        causation = U64_MAX
    elif number(causation, 0, U64_MAX, "causation") == U64_MAX:
        raise Bad("causation is the number that means none")
    found = (1).to_bytes(2, "little")
    found += number(header["type"], 0, 65535, "type").to_bytes(2, "little")
    found += number(header["version"], 0, 65535, "version").to_bytes(2, "little")
    time = number(header["recorded_at_us"], -(2**63), 2**63 - 1, "recorded_at_us")
    found += time.to_bytes(8, "little", signed=True)
    found += unhex(header["run"], 16, "run") + unhex(header["event"], 16, "event")
    found += causation.to_bytes(8, "little")
    found += number(header["sequence"], 0, 2**32 - 1, "sequence").to_bytes(4, "little")
    found += number(header["ordinal"], 0, 2**32 - 1, "ordinal").to_bytes(4, "little")
    found += unhex(header["content"], 32, "content") + key_bytes(header)
    if header["parent"] is not None:
        fields(header["parent"], ("system", "object", "id"))
        found += key_bytes(header["parent"])
    return found


def leaf_of(event):
    fields(event, ("position", "name", "header", "facts", "commitment"), ("payload",))
    number(event["position"], 0, U64_MAX, "position")
    text_of(event["name"], "name")
    header = header_bytes(event["header"])
    facts = text_of(event["facts"], "facts")
    commitment = event["commitment"]
    commitment = b"" if commitment is None else unhex(commitment, 32, "commitment")
    if "payload" in event:
        payload = event["payload"]
        fields(payload, ("salt", "bytes"))
        salt = unhex(payload["salt"], 16, "salt")
        data = unbase64(text_of(payload["bytes"], "bytes"), "payload")
        if derive("payload", salt + data) != commitment:
            raise Bad("the payload does not fit its commitment")
    parts = (header, facts, commitment)
    return derive("leaf", b"".join(len(part).to_bytes(8, "little") + part for part in parts))


def once_of(header):
    """Stream and idempotency key: no two events may have the same."""
    data = header["type"].to_bytes(2, "little") + bytes.fromhex(header["content"])
    data += header["ordinal"].to_bytes(4, "little")
    stream = (header["system"], header["object"], header["id"])
    return stream, derive("idempotency", data)[:8]


# Section 5: the tree.


def node(left, right):
    return derive("node", left + right)


class Tree:
    def __init__(self):
        self.size, self.peaks = 0, []

    def add(self, leaf):
        count, self.size = self.size, self.size + 1
        while count & 1:
            leaf, count = node(self.peaks.pop(), leaf), count >> 1
        self.peaks.append(leaf)

    def root(self):
        if not self.peaks:
            return derive("node", b"")
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


def power_below(size):
    return 1 << ((size - 1).bit_length() - 1)


def root_by_inclusion(leaf, index, size, path):
    """RFC 6962 section 2.1.1, from the root down."""
    if index >= size:
        raise Bad(f"position {index} is outside a ledger of {size} events")
    if size == 1:
        if path:
            raise Bad("the proof is too long")
        return leaf
    if not path:
        raise Bad("the proof is too short")
    left = power_below(size)
    if index < left:
        return node(root_by_inclusion(leaf, index, left, path[:-1]), path[-1])
    return node(path[-1], root_by_inclusion(leaf, index - left, size - left, path[:-1]))


def roots_by_consistency(old_size, old_root, size, path):
    """RFC 6962 section 2.1.2: earlier and later root, from the root down."""

    def walk(old, count, path, whole):
        if old == count:
            if whole:
                if path:
                    raise Bad("the proof is too long")
                return old_root, old_root
            if len(path) != 1:
                raise Bad("the proof has not as many hashes as it needs")
            return path[0], path[0]
        if not path:
            raise Bad("the proof is too short")
        left, sibling = power_below(count), path[-1]
        if old <= left:
            before, after = walk(old, left, path[:-1], whole)
            return before, node(after, sibling)
        before, after = walk(old - left, count - left, path[:-1], False)
        return node(sibling, before), node(sibling, after)

    if old_size > size:
        raise Bad("the earlier note is of more events than the later one")
    if old_size == 0:
        if path:
            raise Bad("the proof is too long")
        return derive("node", b""), None
    return walk(old_size, size, path, True)


# Section 7: notes and keys.


def is_name(text):
    return bool(text) and not any(letter.isspace() or letter in "+\0" for letter in text)


class Key:
    def __init__(self, text):
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise Bad("a key is written name+id+base64")
        self.name, key_id, key = parts
        typed = unbase64(key, "the key", 33)
        if typed[0] != 1:
            raise Bad("the key is not of the kind Ed25519")
        wanted = hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]
        if not is_name(self.name) or key_id != wanted.hex():
            raise Bad("the id is not that of the key")
        self.id, self.key = wanted, typed[1:]


class Signed:
    """A signed text and the names of the given keys that have signed it."""

    def __init__(self, text, keys):
        if any(byte < " " and byte != "\n" for byte in text):
            raise Bad("the note has control characters")
        at = text.rfind("\n\n")
        if at < 0 or not text.endswith("\n"):
            raise Bad("not a signed note")
        self.text, lines = text[: at + 1], text[at + 2 : -1].split("\n")
        if len(lines) > SIGNATURES_MAX:
            raise Bad("the note has too many signatures")
        self.signed = []
        for line in lines:
            words = line.split(" ")
            if len(words) != 3 or words[0] != "\u2014" or not is_name(words[1]):
                raise Bad("a line of the note is no signature")
            data = unbase64(words[2], "a signature")
            if len(data) < 5:
                raise Bad("a signature is too short")
            for key in keys:
                if (key.name, key.id) == (words[1], data[:4]):
                    if not ed25519.verify(key.key, self.text.encode(), data[4:]):
                        raise Bad(f"the signature of {key.name} does not fit the note")
                    self.signed.append(key.name)


class Note(Signed):
    """A checkpoint and the names of the given keys that have signed it."""

    def __init__(self, text, keys):
        super().__init__(text, keys)
        said = self.text[:-1].split("\n")
        if len(said) < 3 or not said[0]:
            raise Bad("the note is of no checkpoint")
        digits = said[1].isascii() and said[1].isdigit() and len(said[1]) <= 20
        if not digits or str(int(said[1])) != said[1]:
            raise Bad("the size of the checkpoint is no number")
        self.origin = said[0]
        self.size = number(int(said[1]), 0, U64_MAX, "the size of the checkpoint")
        self.root = unbase64(said[2], "the root of the checkpoint", 32)

    def must_be_signed(self, keys):
        if keys and not self.signed:
            raise Bad(f"the checkpoint of {self.size} is signed by none of the given keys")


# Section 8: what is handed out.


class Log:
    """An exported ledger, from its first to its last line. It is read twice: checkpoints stand at its
    end, and the roots that they ask for are met on the way there."""

    def __init__(self, open_lines, keys, watched=()):
        self.keys, self.problems = keys, []
        self.tree, self.notes, self.signed, self.sealed = Tree(), [], 0, 0
        self.announced, self.sequences, self.once = None, {}, set()
        self.watched, self.leaves = set(watched), {}
        self.verified = {}
        asked = set()
        for line in open_lines():
            if line.startswith(b'{"checkpoint"'):
                try:
                    asked.add(Note(parse(line)["checkpoint"], []).size)
                except (Bad, KeyError, TypeError, AttributeError):
                    pass
        self.roots = {0: self.tree.root()}
        for count, line in enumerate(open_lines(), 1):
            try:
                self.line(line.rstrip(b"\n"), count)
            except Bad as bad:
                self.problems.append(f"line {count}: {bad}")
            if self.tree.size in asked and self.tree.size not in self.roots:
                self.roots[self.tree.size] = self.tree.root()
        if self.announced != (self.tree.size, self.tree.root()):
            self.problems.append("size and root of the first line are not those of the events")
        if keys and not self.signed:
            self.problems.append("no checkpoint is signed by a given key")

    def line(self, line, count):
        try:
            value = parse(line.decode("utf-8"))
        except UnicodeDecodeError:
            raise Bad("not UTF-8") from None
        if count == 1:
            fields(value, ("export", "version", "size", "root"))
            if value["export"] != "deskledger" or number(value["version"], 0, 9, "version") != 1:
                raise Bad("not an export of version 1")
            size = number(value["size"], 0, U64_MAX, "size")
            self.announced = (size, unhex(value["root"], 32, "root"))
        elif isinstance(value, dict) and "checkpoint" in value:
            fields(value, ("checkpoint",))
            text_of(value["checkpoint"], "checkpoint")
            self.checkpoint(value["checkpoint"])
        else:
            self.event(value)

    def event(self, value):
        expected, leaf = self.tree.size, None
        try:
            leaf = leaf_of(value)
        finally:
            # A line that cannot be read still has its place in the tree.
            self.tree.add(leaf or bytes(32))
        if self.notes:
            raise Bad("an event stands after a checkpoint")
        if value["position"] != expected:
            raise Bad(f"position {value['position']} where {expected} should be")
        if expected in self.watched:
            self.leaves[expected] = leaf
        header = value["header"]
        stream, once = once_of(header)
        sequence = self.sequences.get(stream, 0)
        self.sequences[stream] = header["sequence"] + 1
        if header["sequence"] != sequence:
            raise Bad(f"sequence {header['sequence']} where {sequence} should be")
        if (stream, once) in self.once:
            raise Bad("the same event is there twice")
        self.once.add((stream, once))
        self.count(header, value["facts"])

    def count(self, header, facts):
        """Counts what the runs that verified recorded."""
        if header["type"] not in (VERIFIED, DIFFERED):
            return
        none = {"wrong": {}, "equal": 0, "declared": 0, "fields": 0}
        run = self.verified.setdefault(header["run"], none)
        facts = parse(facts)
        run["fields"] += facts["fields"]
        if header["type"] == DIFFERED:
            key = f"{header['system']}/{header['object']}/{header['id']}"
            run["wrong"][key] = facts["undeclared"]
        else:
            run["declared" if sum(facts["declared"].values()) else "equal"] += 1

    def checkpoint(self, text):
        note = Note(text, self.keys)
        self.notes.append(text)
        if note.size not in self.roots:
            raise Bad(f"the checkpoint is of {note.size} events, and they are missing")
        if self.roots[note.size] != note.root:
            raise Bad(f"the events before {note.size} are not those that were sealed")
        note.must_be_signed(self.keys)
        if note.signed:
            self.signed += 1
            self.sealed = max(self.sealed, note.size)

    def words(self):
        return (
            f"{self.tree.size} events are whole, {len(self.notes)} checkpoints fit, "
            f"{self.signed} of them signed by a given key; they cover {self.sealed} events"
        )


def check_accuracy(text, keys, log):
    """A certificate of accuracy: signed, of this ledger, and with the counts that the log has."""
    note = Signed(text, keys)
    if keys and not note.signed:
        raise Bad("the certificate is signed by none of the given keys")
    first, _, rest = note.text.partition("\n")
    if first != "deskledger certificate of accuracy":
        raise Bad("it is no certificate of accuracy")
    try:
        said = json.loads(rest)
        counts, root = said["counts"], log.roots.get(said["size"])
        if root is None or root.hex() != said["root"]:
            raise Bad("the ledger that it names is not this one")
        found = log.verified.get(said["run"])
        if found is None:
            raise Bad("the log has no verification of its run")
        for name in ("equal", "declared", "fields"):
            if counts[name] != found[name]:
                raise Bad(f"{name}: it says {counts[name]}, the log says {found[name]}")
        if said["wrong"] != found["wrong"] or counts["wrong"] != len(found["wrong"]):
            raise Bad("the records that are wrong are others in the log")
        if counts["compared"] != counts["equal"] + counts["declared"] + counts["wrong"]:
            raise Bad("the records compared are not those equal, declared and wrong")
        if counts["chosen"] != counts["compared"] + counts["skipped"]:
            raise Bad("the records chosen are not those compared and skipped")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Bad(f"it is not of its form: {error}") from None


def hashes(lines):
    return [unbase64(line, "a line of the proof", 32) for line in lines]


def check_inclusion(text, keys):
    """Gives position, leaf and note."""
    proof, blank, note = text.partition("\n\n")
    lines = proof.split("\n")
    if not blank or lines[0] + "\n" != PROOF_START or len(lines) < 3:
        raise Bad("not a proof")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Bad("the proof has no event or no position")
    try:
        event = parse(unbase64(lines[1][6:], "the event").decode("utf-8"))
    except UnicodeDecodeError:
        raise Bad("the event is not UTF-8") from None
    leaf = leaf_of(event)
    if lines[2] != f"index {event['position']}":
        raise Bad("the position is not that of the event")
    note = Note(note, keys)
    note.must_be_signed(keys)
    if root_by_inclusion(leaf, event["position"], note.size, hashes(lines[3:])) != note.root:
        raise Bad("the proof does not lead to the root of the checkpoint")
    return event["position"], leaf, note


def check_consistency(text, earlier, keys):
    """Gives the earlier and the later note."""
    proof, blank, later = text.partition("\n\n")
    lines = proof.split("\n")
    old, new = Note(earlier, keys), Note(later, keys)
    old.must_be_signed(keys)
    new.must_be_signed(keys)
    if not blank or lines[0] != f"old {old.size}":
        raise Bad("the proof does not start from the earlier note")
    if old.origin != new.origin:
        raise Bad("the notes are of different projects")
    before, after = roots_by_consistency(old.size, old.root, new.size, hashes(lines[1:]))
    if before != old.root or (after is not None and after != new.root):
        raise Bad("the later ledger does not continue the earlier one")
    return old, new


def check_bundle(path, keys):
    """Gives the log of a bundle, with all problems of the bundle."""
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
        if len(set(names)) != len(names):
            raise Bad("a file is in the bundle twice")
        if "events.jsonl" not in names:
            raise Bad("the bundle has no events")
        group = lambda folder, end: sorted(
            name for name in names if name.startswith(folder) and name.endswith(end)
        )
        certificates = group("certificates/", ".json")
        watched = {}
        for name in certificates:
            word = name[len("certificates/") : -len(".json")]
            if word.isascii() and word.isdigit():
                watched[name] = int(word)
        log = Log(lambda: bundle.open("events.jsonl"), keys, watched.values())
        tell = lambda name, bad: log.problems.append(f"{name}: {bad}")
        text = lambda name: bundle.read(name).decode("utf-8")
        by_size = {}
        known = BUNDLE_FILES | set(certificates)
        for name in group("checkpoints/", ".note"):
            known.add(name)
            try:
                note = Note(text(name), [])
                by_size[note.size] = text(name)
                if name != f"checkpoints/{note.size:012}.note" or text(name) not in log.notes:
                    tell(name, "it is not the checkpoint of the log")
            except (Bad, UnicodeDecodeError) as bad:
                tell(name, bad)
        if len(by_size) != len(log.notes):
            log.problems.append("the checkpoints of the log and of the bundle are not the same")
        for name in group("certificates/", ".json"):
            try:
                event = parse(text(name))
                leaf = leaf_of(event)
                if event["position"] != watched.get(name) or leaf != log.leaves.get(watched[name]):
                    tell(name, "it is not the event of the log")
            except (Bad, UnicodeDecodeError, KeyError) as bad:
                tell(name, bad)
        for name in group("certificates/", ".tlog-proof"):
            known.add(name)
            try:
                position, leaf, _ = check_inclusion(text(name), keys)
                if log.leaves.get(position) != leaf:
                    tell(name, "it proves no event of the log")
            except (Bad, UnicodeDecodeError) as bad:
                tell(name, bad)
        for name in group("proofs/", ".tlog-proof"):
            known.add(name)
            try:
                lines = text(name).split("\n", 1)[0].split(" ")
                earlier = by_size.get(int(lines[1]) if lines[0] == "old" else -1)
                if earlier is None:
                    raise Bad("it starts from no checkpoint of the bundle")
                check_consistency(text(name), earlier, keys)
            except (Bad, UnicodeDecodeError, ValueError, IndexError) as bad:
                tell(name, bad)
        for name in group("accuracy/", ".note"):
            known.add(name)
            try:
                check_accuracy(text(name), keys, log)
            except (Bad, UnicodeDecodeError) as bad:
                tell(name, bad)
        for name in names:
            if name not in known and not (name.startswith("schemas/") and name.endswith(".json")):
                tell(name, "a file that no bundle has")
        return log


def check_file(path, keys, earlier):
    """What to say about a good file; raises Bad with all that is wrong."""
    with open(path, "rb") as file:
        start = file.read(64)
    log = None
    if start.startswith(b"PK"):
        try:
            log = check_bundle(path, keys)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise Bad(f"the bundle cannot be read: {error}") from None
        except Exception as error:  # zlib's own error has no common base with the others
            if type(error).__module__ != "zlib":
                raise
            raise Bad(f"the bundle cannot be read: {error}") from None
    elif start.startswith(PROOF_START.encode()):
        position, _, note = check_inclusion(read_text(path), keys)
        return f"event {position} is in the ledger of {note.size} events ({by(note)})"
    elif start.startswith(b"old "):
        if earlier is None:
            raise Bad("a consistency proof starts from a note: name it with --from")
        old, new = check_consistency(read_text(path), read_text(earlier), keys)
        return f"the ledger of {new.size} events continues the one of {old.size} ({by(new)})"
    else:
        log = Log(lambda: open(path, "rb"), keys)
    if earlier is not None:
        log.problems.extend(against(log, path, read_text(earlier), keys))
    if log.problems:
        raise Bad("\n".join(log.problems))
    return log.words()


def against(log, path, text, keys):
    """Whether the ledger continues a note that somebody kept."""
    note = Note(text, keys)
    note.must_be_signed(keys)
    if note.size > log.tree.size:
        return [f"the note is of {note.size} events, and there are {log.tree.size}"]

    def lines():
        if zipfile.is_zipfile(path):
            return io.BytesIO(zipfile.ZipFile(path).read("events.jsonl"))
        return open(path, "rb")

    tree = Tree()
    for count, line in enumerate(lines()):
        if 0 < count <= note.size:
            try:
                tree.add(leaf_of(parse(line)))
            except Bad:
                tree.add(bytes(32))
    return [] if tree.root() == note.root else ["the ledger does not continue the note"]


def read_text(path):
    with open(path, encoding="utf-8", newline="") as file:
        try:
            return file.read()
        except UnicodeDecodeError:
            raise Bad("not UTF-8") from None


def by(note):
    return "signed by " + ", ".join(note.signed) if note.signed else "no signature was checked"


class Arguments(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def main():
    said = Arguments(
        prog="chain_checker",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit codes: 0 it holds; 1 usage; 4 it does not hold, with all that is wrong.",
    )
    said.add_argument("file", help="export, bundle or proof; with --batch a folder of them")
    said.add_argument(
        "--key", action="append", default=[], metavar="KEY",
        help="public key (name+id+base64) or file of one, got by another way than the file",
    )
    said.add_argument("--from", dest="earlier", metavar="NOTE", help="a note that was kept")
    said.add_argument("--batch", action="store_true", help="one line a file: its name, ok or bad")
    given = said.parse_args()
    try:
        keys = [Key(read_text(key) if os.path.exists(key) else key) for key in given.key]
    except Bad as bad:
        said.error(str(bad))
    names = [given.file]
    if given.batch:
        names = [os.path.join(given.file, name) for name in sorted(os.listdir(given.file))]
    holds = True
    for name in names:
        try:
            good = check_file(name, keys, given.earlier)
            print(f"{os.path.basename(name)} ok" if given.batch else good)
        except Bad as bad:
            holds = False
            why = str(bad).split("\n")
            if given.batch:
                print(f"{os.path.basename(name)} bad {why[0]}")
            else:
                print("\n".join(f"{name}: {line}" for line in why), file=sys.stderr)
        except OSError as error:
            print(f"{name}: {error.strerror}", file=sys.stderr)
            return 1
    if not keys and holds and not given.batch:
        print("no key was given: nobody vouches for the root", file=sys.stderr)
    return 0 if holds else 4


if __name__ == "__main__":
    sys.exit(main())
