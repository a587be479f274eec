#!/usr/bin/env python3
"""Writes the program's parts as a CycloneDX 1.5 document, from what cargo itself says of them.

Usage: sbom.py VERSION < (cargo metadata --format-version 1 --filter-platform TARGET --locked)

Only what is linked into the program counts: the packages that are reached from `deskledger` over
normal dependencies and, marked as excluded, over those of its build. Tests' packages are left out.
"""

import json
import sys


def reached(nodes, root):
    """Packages by id, with whether they are linked in or only used to build."""
    found = {root: True}
    todo = [root]
    while todo:
        package = todo.pop()
        for dependency in nodes[package]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds == {"dev"}:
                continue
            linked = found[package] and None in kinds
            if found.get(dependency["pkg"]) in (linked, True):
                continue
            found[dependency["pkg"]] = linked
            todo.append(dependency["pkg"])
    return found


def reference(package):
    """What a package is called within the document, wherever it was built."""
    return f"{package['name']}@{package['version']}"


def component(package, linked, hashes):
    one = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if linked else "excluded",
    }
    if package.get("license"):
        one["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if package.get("source", "") and package["source"].startswith("registry+"):
        one["purl"] = f"pkg:cargo/{package['name']}@{package['version']}"
        digest = hashes.get((package["name"], package["version"]))
        if digest:
            one["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package.get("repository"):
        one["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return one


def locked_hashes():
    """Checksums of the packages as the lock file has them."""
    hashes, name, version = {}, None, None
    with open("Cargo.lock", encoding="utf-8") as lock:
        for line in lock:
            key, _, value = line.strip().partition(" = ")
            value = value.strip('"')
            if line.startswith("[[package]]"):
                name = version = None
            elif key == "name":
                name = value
            elif key == "version":
                version = value
            elif key == "checksum":
                hashes[(name, version)] = value
    return hashes


def main():
    version = sys.argv[1]
    metadata = json.load(sys.stdin)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found = reached(nodes, root)
    hashes = locked_hashes()
    parts = sorted((packages[one]["name"], packages[one]["version"], one) for one in found if one != root)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": reference(packages[root]),
                "name": packages[root]["name"],
                "version": version,
                "licenses": [{"expression": packages[root]["license"]}],
            }
        },
        "components": [component(packages[one], found[one], hashes) for _, _, one in parts],
        "dependencies": [
            {
                "ref": reference(packages[one]),
                "dependsOn": sorted(
                    reference(packages[dependency["pkg"]])
                    for dependency in nodes[one]["deps"]
                    if dependency["pkg"] in found
                ),
            }
            for one in sorted(found, key=lambda one: reference(packages[one]))
        ],
    }
    json.dump(document, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
