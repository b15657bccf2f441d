#!/bin/sh
# Install the bot as a service on a Raspberry Pi, or upgrade the one that is there: run as root, from a copy of the project.
#
#   scripts/install-pi.sh [--pc-key KEY]   KEY: the PC's public key, or the file it is in
#   scripts/install-pi.sh --uninstall      removes service and program; data, backups and settings stay
#
# Each version has a folder of its own below /opt/cvdbot with its own environment, and `current` is a link to the one that
# runs. An upgrade backs the database up and tries the new version on a copy before it stops anything; when the new
# version does not come up, the old one is started again, with its data.
#
# For trying it out: --prefix FOLDER puts everything below a folder, makes no users and asks no systemctl but the program
# that CVDBOT_SYSTEMCTL names; --environment FOLDER takes a Python environment that is there in place of making one.
set -eu
umask 022 # root's own may hide from the bot what is installed for it

say() { echo "$*" || :; } # an SSH connection that broke stops nothing half way
refuse() { echo "install-pi.sh: $*" >&2; exit 2; }
need() { [ "$1" -ge 2 ] || refuse "$2 needs a value"; }

prefix="" environment="" pc_key="" uninstall=no
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) need $# "$1"; prefix=$2; shift 2 ;;
        --environment) need $# "$1"; environment=$2; shift 2 ;;
        --pc-key) need $# "$1"; pc_key=$2; shift 2 ;;
        --uninstall) uninstall=yes; shift ;;
        -h | --help) sed -n '2,/^set/ { /^set/d; s/^# \{0,1\}//; p; }' "$0"; exit 0 ;;
        *) refuse "$1 is not an option; --help tells them" ;;
    esac
done
[ -z "$prefix" ] || { mkdir -p "$prefix"; prefix=$(cd "$prefix" && pwd); }
[ -z "$environment" ] || environment=$(cd "$environment" && pwd)
[ -z "$pc_key" ] || [ ! -f "$pc_key" ] || pc_key=$(cat "$pc_key")
source=$(cd "$(dirname "$0")/.." && pwd)
cd / # the user bot may not see the folder this was begun in

opt=$prefix/opt/cvdbot
etc=$prefix/etc/cvdbot
srv=$prefix/srv/bot
unit=$prefix/etc/systemd/system/cvdbot.service
aside=$srv/before-upgrade # the database as it was when the service was stopped
manager=${CVDBOT_SYSTEMCTL:-${prefix:+:}}
manager=${manager:-systemctl}

running() { [ "$manager" != : ] && [ -e "$unit" ] && "$manager" is-active --quiet cvdbot; }
as_bot() ( umask 027; if [ -n "$prefix" ]; then "$@"; else runuser -u bot -- "$@"; fi )
folder() { # mode, path: the bot's own
    if [ -n "$prefix" ]; then install -d -m "$1" "$2"; else install -d -o bot -g bot -m "$1" "$2"; fi
}

check_machine() {
    [ -n "$prefix" ] || [ "$(id -u)" = 0 ] || refuse "run it as root: sudo $0"
    case $(uname -m) in
        aarch64 | x86_64) ;;
        *) refuse "this machine is $(uname -m); the bot needs a 64-bit system (aarch64, as Raspberry Pi OS 64-bit, or x86_64)" ;;
    esac
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        refuse "Python 3.11 or newer is needed, and python3 is $(python3 --version 2>&1 || :): Raspberry Pi OS 12 has it"
    python3 -c 'import sys; sys.exit(sys.maxsize < 2**32)' ||
        refuse "the kernel is of 64 bits, but python3 of 32: install the 64-bit Raspberry Pi OS"
    [ "$manager" = : ] || command -v "$manager" >/dev/null || refuse "there is no $manager: the bot runs as a systemd service"
    "$source/scripts/system-packages.sh" rsync rrsync flock sshd venv
}

check_key() {
    case $pc_key in
        "" | "ssh-"*" AAAA"* | "ecdsa-"*" AAAA"* | "sk-"*" AAAA"*) ;;
        *) refuse "--pc-key takes the PC's public key (ssh-ed25519 AAAA...) or the .pub file it is in" ;;
    esac
    [ "$(printf '%s\n' "$pc_key" | wc -l)" = 1 ] || refuse "--pc-key takes one key, in one line"
}

check_alone() {
    [ ! -e "$unit" ] || grep -q install-pi.sh "$unit" ||
        refuse "$unit was not made by this script: stop that service and move the file away first"
    for other in "$prefix"/etc/systemd/system/*.service; do
        if [ ! -e "$other" ] || [ "$other" = "$unit" ]; then continue; fi
        ! grep -q '^ExecStart=.*cvdbot run' "$other" ||
            refuse "$other starts a bot as well, and a database has one writer: disable it and move the file away first"
    done
}

make_release() {
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$source/pyproject.toml")
    mkdir -p "$opt"
    until made=$opt/$version-$(date -u +%Y%m%dT%H%M%SZ) && mkdir "$made" 2>/dev/null; do
        [ -e "$made" ] || refuse "$made can't be made: is the disk full?"
        sleep 1
    done
    release=$made
    say "making $release"
    sed "s|@PREFIX@|$prefix|g" "$source/scripts/cvdbot.service" >"$release/cvdbot.service"
    if [ -n "$environment" ]; then ln -s "$environment" "$release/venv"; return; fi
    python3 -m venv "$release/venv"
    pip() { "$release/venv/bin/pip" --quiet --disable-pip-version-check install "$@"; }
    pip --require-hashes -r "$source/requirements/bot.txt"
    pip --require-hashes -r "$source/requirements/build.txt"
    pip --no-deps --no-build-isolation "$source"
}

make_users() {
    [ -z "$prefix" ] || return 0
    getent passwd bot >/dev/null ||
        useradd --system --user-group --home-dir /srv/bot --no-create-home --shell /usr/sbin/nologin bot
    # '*': no password opens it, and unlike a locked account a key does
    getent passwd botsync >/dev/null || useradd --create-home --shell /bin/sh --groups bot --password '*' botsync
    usermod --append --groups bot botsync
}

make_folders() {
    folder 2750 "$srv"
    folder 2750 "$srv/db"
    folder 2750 "$srv/backups"
    # what was copied here by root; not on another disk, which may know no owners
    [ -n "$prefix" ] || find "$srv" -xdev ! \( -user bot -group bot \) -exec chown -h bot:bot {} +
    mkdir -p "$etc" "$(dirname "$unit")"
    [ -e "$etc/bot.toml" ] && return
    sed -e "s|^database = \".*\"|database = \"$srv/db/trading.db\"|" \
        -e "/^\[backup\]/,/^keep/ s|^folder = \"\" *#.*|folder = \"$srv/backups\"|" \
        "$source/bot/bot.toml.example" >"$etc/bot.toml"
    say "wrote $etc/bot.toml"
}

read_settings() { # by the new version, so what it refuses is known before anything is stopped
    settings=$(as_bot "$release/venv/bin/python" -P -c '
import sys
from pathlib import Path
from bot.config import read
from bot.errors import BotError
try:
    settings, database = read(Path(sys.argv[1]))
except BotError as error:
    sys.exit(str(error))
print(database, settings.backup.keep, settings.backup.folder, sep="\n")
' "$etc/bot.toml") || refuse "the new version refuses the settings; nothing was changed"
    database=$(printf '%s\n' "$settings" | sed -n 1p)
    keep=$(printf '%s\n' "$settings" | sed -n 2p)
    backups=$(printf '%s\n' "$settings" | sed -n 3p)
    backups=${backups:-$srv/backups}
    for each in "$(dirname "$database")" "$backups"; do
        case $each in
            "$srv"/*) ;;
            *) say "$each is not below $srv, and the service may not write it: sudo systemctl edit cvdbot, with the lines [Service] and ReadWritePaths=-$each" ;;
        esac
    done
}

check_writer() {
    writer=$(dirname "$database")/.writer
    if running || [ ! -e "$writer" ] || flock --nonblock "$writer" true; then return; fi
    refuse "$database is being written by process $(cat "$writer"), which is not this service: stop that bot first"
}

rehearse() {
    [ -s "$database" ] || return 0
    made=$(as_bot "${old:-$release}/venv/bin/cvdbot" backup --db "$database" --to "$backups" --keep "$keep")
    say "backed up: $made"
    trial=$(as_bot mktemp -d "$backups/.trial.XXXXXX")
    as_bot cp "${made%%: *}" "$trial/trading.db"
    say "on a copy: $(as_bot "$release/venv/bin/cvdbot" migrate --db "$trial/trading.db")"
    rm -rf "$trial"
}

schema() { # the version of the database
    [ -s "$database" ] || return 0
    as_bot python3 -c 'import sqlite3, sys
print(*sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute("PRAGMA user_version").fetchone())' "$database"
}

set_aside() {
    rm -rf "$aside"
    folder 2750 "$aside"
    for file in "$database" "$database-wal"; do [ ! -e "$file" ] || cp -p "$file" "$aside"; done
}

interrupted() { # between stop and switch, by a full disk
    rm -rf "$release" "$aside"
    [ -z "$old" ] || { "$manager" start cvdbot && say "Nothing was changed: ${old##*/} runs again."; }
}

put_back() { # while no pull is running; the one that is there goes when the other lies whole beside it
    # shellcheck disable=SC2016 # the inner shell's own
    flock --timeout 330 "$(dirname "$database")/.lock" sh -c '
        trap "rm -f \"$1.back\" \"$1-wal.back\"" EXIT
        for each in "$2"/*; do cp -p "$each" "${1%/*}/${each##*/}.back" || exit 1; done
        sync
        rm -f "$1-wal" "$1-shm" && mv "$1.back" "$1" || exit 1
        [ ! -e "$1-wal.back" ] || mv "$1-wal.back" "$1-wal"' - "$database" "$aside"
}

comes_up() { # of a release: it says READY, and lives on
    ln -sfn "$1" "$opt/current.new" && mv -T "$opt/current.new" "$opt/current" && cp "$1/cvdbot.service" "$unit" &&
        "$manager" daemon-reload && "$manager" enable --quiet cvdbot && "$manager" start cvdbot || return 1
    [ "$manager" != : ] || return 0
    sleep "${CVDBOT_SETTLE:-6}"
    "$manager" is-active --quiet cvdbot
}

take_back() {
    "$manager" stop cvdbot || :
    say "The new version did not come up: journalctl -u cvdbot tells why."
    if [ -n "$schema_before" ] && [ "$(schema)" != "$schema_before" ]; then
        put_back || {
            say "The database could not be put back: what it was before is in $aside. The service is stopped."
            exit 1
        }
        say "The database is again what it was before."
    fi
    [ -n "$old" ] || { say "There is no earlier version to go back to; the service is stopped."; exit 1; }
    if comes_up "$old"; then rm -rf "$aside"; say "${old##*/} runs again."
    else say "${old##*/} does not come up either; the backup is in $backups."; fi
    rm -rf "$release"
    exit 1
}

let_the_pc_in() {
    home=$prefix/home/botsync
    keys=$home/.ssh/authorized_keys
    db=$(dirname "$database")
    line="restrict,command=\"flock --shared --timeout 20 -E 75 $db/.lock timeout 300 rrsync -ro $db\""
    if [ -z "$pc_key" ]; then
        [ -s "$keys" ] || say "The PC can't copy yet: run this again with --pc-key and its public key, or add a line to $keys:
    $line ssh-ed25519 AAAA... pc"
        return
    fi
    install -d -m 700 "$home/.ssh"
    touch "$keys"
    chmod 600 "$keys"
    grep -qxF "$line $pc_key" "$keys" || printf '%s %s\n' "$line" "$pc_key" >>"$keys"
    [ -n "$prefix" ] || chown -R botsync:botsync "$home/.ssh"
    say "the PC's key may copy $db, and nothing else"
}

remove() {
    check_alone
    [ -e "$unit" ] || [ -d "$opt" ] || refuse "there is nothing to remove: neither $unit nor $opt"
    if [ -e "$unit" ]; then
        "$manager" stop cvdbot
        "$manager" disable --quiet cvdbot
        rm -f "$unit"
        "$manager" daemon-reload
    fi
    rm -rf "$opt"
    say "Removed the service and $opt. $srv (data and backups) and $etc stay, and the users bot and botsync."
}

if [ "$uninstall" = yes ]; then
    [ -n "$prefix" ] || [ "$(id -u)" = 0 ] || refuse "run it as root: sudo $0 --uninstall"
    remove
    exit 0
fi

check_key
check_alone
check_machine
old=$(readlink -f "$opt/current" 2>/dev/null || :)
[ -d "$old" ] || old=""
release="" trial=""
trap 'rm -rf "$release" "$trial"' EXIT # until the switch nothing else has changed
trap 'exit 1' HUP INT TERM
make_release
make_users
make_folders
read_settings
check_writer
rehearse

trap '' HUP INT TERM PIPE # from here to its end, also when the connection breaks
trap interrupted EXIT
[ ! -e "$unit" ] || "$manager" stop cvdbot
schema_before=$(schema)
set_aside
trap - EXIT
comes_up "$release" || take_back
rm -rf "$aside"
find "$opt" -mindepth 1 -maxdepth 1 -type d ! -path "$release" ! -path "${old:-$release}" -exec rm -rf {} +

if [ "$manager" = : ]; then say "Installed ${release##*/}, without a service to start."
elif [ -n "$old" ]; then say "Upgraded: ${release##*/} runs in place of ${old##*/}."
else say "Installed: ${release##*/} runs, and starts with the machine."; fi
let_the_pc_in
say "Settings: $etc/bot.toml, then systemctl restart cvdbot. Health: $opt/current/venv/bin/cvdbot status --db $database"
