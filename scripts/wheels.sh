#!/bin/sh
# Has every package of the Pi a wheel for it, or would the Pi have to compile? Lists the wheels of requirements/bot.txt and
# build.txt for aarch64 and the named Pythons (3.11 and 3.13: Raspberry Pi OS 12 and 13), hashes checked; the exit code is
# 1 when one is missing.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
missing=0
[ $# -gt 0 ] || set -- 3.11 3.13
for python in "$@"; do
    for set_name in bot build; do
        echo "Python $python, requirements/$set_name.txt:"
        # glibc 2.36 (Debian 12) runs the wheels of any older one
        if ${PIP:-.venv/bin/pip} download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
            --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
            --python-version "$python" --implementation cp --dest "$folder/$python/$set_name" \
            -r "requirements/$set_name.txt"; then
            find "$folder/$python/$set_name" -name '*.whl' -exec basename {} \; | sort | sed 's/^/  /'
        else
            missing=1
        fi
    done
done
exit $missing
