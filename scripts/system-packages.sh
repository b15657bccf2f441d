#!/bin/sh
# Install the named tools from the system's packages where they are missing and we may; else name them and fail.
# Tools: rsync, rrsync, flock, sshd, chromium, venv.
set -eu

present() {
    case $1 in
        sshd) [ -x /usr/sbin/sshd ] || command -v sshd >/dev/null 2>&1 ;;
        chromium)
            if [ -n "${CHROMIUM:-}" ]; then runs "$CHROMIUM"
            else runs chromium || runs chromium-browser || runs google-chrome
            fi ;;
        venv) python3 -c 'import ensurepip' 2>/dev/null ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}
# Ubuntu's chromium-browser is a script that only points to a snap, so a name alone is no browser.
runs() { "$1" --version >/dev/null 2>&1; }

# The packages that may bring a tool, the likelier first.
packages() {
    case $1 in
        sshd) echo openssh-server ;;
        chromium) echo chromium chromium-browser ;;
        venv) echo python3-venv ;;
        rrsync) echo rsync ;;
        flock) echo util-linux ;;
        *) echo "$1" ;;
    esac
}
missing() { for tool in "$@"; do present "$tool" || printf ' %s' "$tool"; done; }
apt() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get "$@" >/dev/null; }

lacking=$(missing "$@")
[ -n "$lacking" ] || exit 0

as_root=none
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""
    elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null 2>&1; }; then as_root=sudo
    fi
fi
if [ "$as_root" != none ]; then
    echo "installing from the system's packages:$lacking"
    apt update -qq || true # what is known from before may do
    for tool in $lacking; do
        for package in $(packages "$tool"); do
            apt install -y -qq --no-install-recommends "$package" || true # looked at below
            if present "$tool"; then break; fi
        done
    done
    lacking=$(missing "$@")
    [ -n "$lacking" ] || exit 0
fi

echo "missing:$lacking. Install from your system's packages (Debian, Ubuntu: sudo apt-get install ...):" >&2
for tool in $lacking; do
    case $tool in
        chromium) echo "  chromium: package chromium, on Ubuntu the snap; or google-chrome; or name a browser in \$CHROMIUM" ;;
        *) echo "  $tool: package $(packages "$tool")" ;;
    esac
done >&2
exit 1
