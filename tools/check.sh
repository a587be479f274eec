#!/usr/bin/env bash
# Everything that must hold, in one command: installs what the tests need, also Intercom's official
# clients in a folder of their own, starts a PostgreSQL and a MariaDB of its own on loopback, checks
# format, lints, docs and tests, and stops and removes them again.
# Usage: bash tools/check.sh [nextest filter …]
set -euo pipefail
cd "$(dirname "$0")/.."

# What is built once gains nothing from being prepared for a second build.
if [ -n "${CI:-}" ]; then export CARGO_INCREMENTAL=0; fi

say() { printf '\n== %s\n' "$*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -E "$@"; fi; }

find_postgres() {
    command -v pg_ctl >/dev/null && { dirname "$(readlink -f "$(command -v pg_ctl)")"; return; }
    ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1
}

say "tools"
export DEBIAN_FRONTEND=noninteractive
missing=()
command -v cc >/dev/null || missing+=(build-essential)
[ -n "$(find_postgres)" ] || missing+=(postgresql)
command -v mariadbd >/dev/null || missing+=(mariadb-server)
command -v chromium >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
for component in rustfmt clippy; do
    cargo "${component/rust/}" --version >/dev/null 2>&1 || rustup component add "$component"
done
command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest

export DESKLEDGER_TEST_CHROMIUM="$(command -v chromium)"

say "Python with BLAKE3, for the second checker of the ledger"
venv=target/chain-checker-python
if ! "$venv/bin/python" -c "import blake3" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check blake3
fi
export DESKLEDGER_TEST_PYTHON="$PWD/$venv/bin/python"

say "PostgreSQL on loopback"
bin=$(find_postgres)
data=$(mktemp -d)
free_port() { # one that nobody listens on
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 12000))
        if ! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    echo "no free port on loopback" >&2
    return 1
}
port=$(free_port)
as_server() { # PostgreSQL refuses to run as root
    if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}
[ "$(id -u)" = 0 ] && chown postgres "$data"
stop_postgres() {
    as_server "$bin/pg_ctl" -D "$data/db" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$data"
}
stop_mariadb() {
    [ -n "${maria_pid:-}" ] && kill "$maria_pid" 2>/dev/null && wait "$maria_pid" 2>/dev/null
    [ -n "${maria:-}" ] && rm -rf "$maria"
    return 0
}
remove_clients() { [ -z "${clients:-}" ] || rm -rf "$clients"; }
trap 'stop_postgres; stop_mariadb; remove_clients' EXIT
as_server "$bin/initdb" -D "$data/db" -U deskledger -A trust --no-locale -E UTF8 >/dev/null
as_server "$bin/pg_ctl" -D "$data/db" -w -l "$data/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c max_connections=200" \
    start >/dev/null
export DESKLEDGER_TEST_POSTGRES="postgres://deskledger@127.0.0.1:$port/postgres"

say "MariaDB on loopback"
maria=$(mktemp -d)
maria_user=()
if [ "$(id -u)" = 0 ]; then
    chown mysql "$maria"
    maria_user=(--user=mysql)
fi
mariadb-install-db --no-defaults "${maria_user[@]}" --datadir="$maria/db" \
    --auth-root-authentication-method=normal --skip-test-db >/dev/null
maria_port=$(free_port)
mariadbd --no-defaults "${maria_user[@]}" --datadir="$maria/db" --socket="$maria/socket" \
    --pid-file="$maria/pid" --bind-address=127.0.0.1 --port="$maria_port" \
    --innodb-buffer-pool-size=64M --max-connections=200 >"$maria/log" 2>&1 &
maria_pid=$!
for _ in $(seq 100); do
    mariadb-admin --no-defaults --socket="$maria/socket" -u root ping >/dev/null 2>&1 && break
    sleep 0.2
done
mariadb-admin --no-defaults --socket="$maria/socket" -u root ping >/dev/null
export DESKLEDGER_TEST_MYSQL="mysql://root@127.0.0.1:$maria_port"

say "Intercom's official clients"
clients=$(mktemp -d)
npm install --prefix "$clients" --no-save --no-audit --no-fund --silent intercom-client@7.0.3
python3 -m venv "$clients/python"
"$clients/python/bin/pip" install --quiet --disable-pip-version-check \
    --requirement tests/scenario/official_clients/requirements.txt
export DESKLEDGER_TEST_INTERCOM_NODE="$clients/node_modules/intercom-client"
export DESKLEDGER_TEST_INTERCOM_PYTHON="$clients/python/bin/python"

say "format"
cargo fmt --all --check
say "lints"
cargo clippy --workspace --all-targets --quiet -- -D warnings
say "docs"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
say "tests"
cargo nextest run --workspace --no-fail-fast "$@"
