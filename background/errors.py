"""Why a command can't be made to run by itself."""


class BackgroundError(Exception):
    """What stands in the way and what to do about it, in one sentence."""

    exit_code = 2


class NoManagerError(BackgroundError):
    """No systemd manages this user's services: `detail` is what systemctl said."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"systemd manages no services of this user here ({detail}): log in as that user, on its screen or by ssh,"
            " not by su or in a container"
        )


class OnlyCronError(BackgroundError):
    """Nothing is installed: the user has a line to give to cron."""

    exit_code = 1

    def __init__(self) -> None:
        super().__init__(
            "systemd does not run here, so nothing is installed. cron does the same: `crontab -e` opens its table, add"
            " the line above; each minute it begins the command unless it runs"
        )
