#!/usr/bin/env bash
# Damaged input through every loader and parser, for ten minutes each, one after another: no panic,
# counts that close, bounded memory. Prints the cases tried and the peak of memory of each target.
# Optimised, with overflow checks. A failure prints the smallest input that shows it.
# Usage: bash tools/fuzz.sh [target …]       seconds for each: DESKLEDGER_FUZZ_S, 600 unless set
set -euo pipefail
cd "$(dirname "$0")/.."

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    targets=(tables archive transcript hesk)
fi
export DESKLEDGER_FUZZ_S="${DESKLEDGER_FUZZ_S:-600}"
export CARGO_PROFILE_DEV_OPT_LEVEL=1 # the product too, not only what it is built on
[ -w /dev/shm ] && export TMPDIR="${TMPDIR:-/dev/shm}" # small files by the million

cargo test --test main --no-run
# Address space, not memory: far above what a target uses, so that growth without bound ends here.
ulimit -v $((4 * 1024 * 1024))
names=$(cargo test --quiet --test main -- --list 2>/dev/null | sed -n 's/^\(fuzz::.*\): test$/\1/p')
for target in "${targets[@]}"; do
    found=$(grep "^fuzz::$target::" <<<"$names") || {
        echo "there is no target $target; there are:" >&2
        sed 's/^fuzz::\(.*\)::.*/  \1/' <<<"$names" | sort -u >&2
        exit 1
    }
    for name in $found; do
        nice -n 19 cargo test --quiet --test main -- --exact "$name" --nocapture
    done
done
