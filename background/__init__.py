"""A command that runs by itself: `--install` and `--uninstall` of `cvdbot sync` and `cvdbot web`.

A user service of systemd on Linux, an agent of launchd on macOS, a line for cron elsewhere. What is written is decided
in texts.py; systemd.py and launchd.py do it. Imports nothing of the other packages.
"""
