"""What `bot.toml` may say of one exchange."""

from __future__ import annotations

import msgspec


class ExchangeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One exchange. An empty text means: the public address, the venue's spelling of the pair, its usual stream."""

    enabled: bool = True
    websocket: str = ""
    rest: str = ""
    symbol: str = ""
    stream: str = ""
