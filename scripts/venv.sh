#!/bin/sh
# Make .venv and install one pinned set into it: `venv.sh run`, `dev`, `ml` or `bench` (requirements/NAME.txt).
set -eu
cd "$(dirname "$0")/.."
set_name=$1

python=""
for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "cvdbot needs Python 3.11 or newer; install python3 from your system's packages." >&2; exit 1; }

if [ ! -x .venv/bin/pip ]; then
    rm -rf .venv
    # Debian and Ubuntu keep venv in a package of its own.
    "$python" -c 'import ensurepip' 2>/dev/null || scripts/system-packages.sh venv
    echo "making .venv with $("$python" --version)"
    "$python" -m venv .venv
fi
echo "installing requirements/$set_name.txt into .venv"
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$set_name.txt"
# The project itself: hatchling makes an editable install where it is there already, else pip fetches it to build.
if .venv/bin/python -c 'import hatchling, editables' 2>/dev/null; then
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
else
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
fi
touch ".venv/.$set_name"
