#!/bin/sh
# Install the named tools from the system's packages where they are missing and we may; else name them and fail.
# Tools: rsync, sshd, chromium, venv.
set -eu

present() {
    case $1 in
        sshd) [ -x /usr/sbin/sshd ] || command -v sshd >/dev/null 2>&1 ;;
        chromium) command -v "${CHROMIUM:-chromium}" >/dev/null 2>&1 ;;
        venv) python3 -c 'import ensurepip' 2>/dev/null ;;
        *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}
package() {
    case $1 in
        sshd) echo openssh-server ;;
        venv) echo python3-venv ;;
        *) echo "$1" ;;
    esac
}

missing=""
for tool in "$@"; do present "$tool" || missing="$missing $(package "$tool")"; done
[ -z "$missing" ] && exit 0

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""
    elif sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null 2>&1; }; then as_root=sudo
    else as_root=none
    fi
    if [ "$as_root" != none ]; then
        echo "installing$missing from the system's packages"
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        # shellcheck disable=SC2086 - a list of packages
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
        missing=""
        for tool in "$@"; do present "$tool" || missing="$missing $(package "$tool")"; done
        [ -z "$missing" ] && exit 0
    fi
fi
echo "missing:$missing. Install them from your system's packages (Debian, Ubuntu: sudo apt-get install$missing)." >&2
exit 1
