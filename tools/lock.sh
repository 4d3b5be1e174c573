#!/bin/sh
# Makes the hashed locks anew: the office's, the workshop's, and that of a machine that asks or works in a Spark cluster. No index address is written into them, so that a county behind a mirror
# can install from its own. Needs uv: .venv/bin/pip install uv
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
lock() { out=$1; shift; "$uv" pip compile pyproject.toml tools/build.in "$@" --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'tools/lock.sh' --output-file "$out" --quiet --exclude-newer "${LOCK_DATE:-$(date +%F)}" || exit 1; }
lock requirements.lock --extra office --extra server
lock requirements-dev.lock --extra office --extra server --extra dev
lock requirements-cluster.lock --extra cluster --constraint requirements.lock
