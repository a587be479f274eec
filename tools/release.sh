#!/usr/bin/env bash
# Makes what is handed out: a tarball with the program, its manual pages, completions for the usual
# shells, licence, README and a list of its parts (CycloneDX), and beside it the SHA-256 sums. The
# same commit, compiler and machine give the same tarball, byte for byte.
# Usage: bash tools/release.sh [OUT]    (default target/release-files)
# A tree without git names its commit: DESKLEDGER_COMMIT=… DESKLEDGER_COMMIT_DATE=YYYY-MM-DD
# A program that is built already is taken with DESKLEDGER_BINARY=FILE.
set -euo pipefail
cd "$(dirname "$0")/.."

out=${1:-target/release-files}
target=$(rustc -vV | sed -n 's/^host: //p')
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
if [ -z "${DESKLEDGER_COMMIT:-}" ] && [ -e .git ]; then
    DESKLEDGER_COMMIT=$(git rev-parse --short=12 HEAD)
    DESKLEDGER_COMMIT_DATE=$(git show -s --format=%cs HEAD)
    if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
        echo "warning: the tree differs from commit $DESKLEDGER_COMMIT" >&2
    fi
fi
export DESKLEDGER_COMMIT DESKLEDGER_COMMIT_DATE
date=${DESKLEDGER_COMMIT_DATE:-1970-01-01}

binary=${DESKLEDGER_BINARY:-}
if [ -z "$binary" ]; then
    cargo build --release --locked --bin deskledger
    binary=${CARGO_TARGET_DIR:-target}/release/deskledger
fi

name=deskledger-$version-$target
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/$name
mkdir -p "$tree/completions" "$tree/man"
install -m 755 "$binary" "$tree/deskledger"
"$tree/deskledger" man --out "$tree/man" >/dev/null
for shell in bash zsh fish elvish powershell; do
    "$tree/deskledger" completions "$shell" >"$tree/completions/deskledger.$shell"
done
cp LICENSE README.md "$tree/"
cargo metadata --format-version 1 --locked --filter-platform "$target" |
    python3 tools/sbom.py "$version" >"$tree/sbom.cdx.json"

mkdir -p "$out"
# Names in order, one owner, one time: nothing of this machine goes into it.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="$date 00:00Z" --mode=go-w \
    -C "$work" -cf - "$name" | gzip -9n >"$out/$name.tar.gz"
cp "$tree/sbom.cdx.json" "$out/$name.cdx.json"
(cd "$out" && sha256sum "$name.tar.gz" "$name.cdx.json" >SHA256SUMS)
"$tree/deskledger" --version
echo "$out/$name.tar.gz"
cat "$out/SHA256SUMS"
