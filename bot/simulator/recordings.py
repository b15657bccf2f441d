"""What does a file of recorded messages hold?

One line a message, `.txt` or `.txt.gz`: `<receive time> <message>` (ns since the epoch; shorter numbers are s, ms or
us) or `<epoch seconds>: <message>`. Lines that begin with `wss:` tell of the connection and are left out, and so is
what a server answered to the recorder's own requests. Venue, market, stream and pair are recognised from the
messages: the pair with the most trades is played, everything else is kept for whoever subscribes to it.
"""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from bot.core.exchanges import EXCHANGES
from bot.errors import BotError
from bot.simulator.dialects import is_always_spot, recognise, spoken
from bot.simulator.player import Line, Recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bot.simulator.instruments import Instrument
    from bot.simulator.messages import Heard

EXPECTED = "expected lines of `<receive time> <message>` or `<epoch seconds>: <message>` with a JSON message"
_GZIP = b"\x1f\x8b"
_QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "USD", "EUR", "GBP", "TRY", "BTC", "ETH", "BNB")


class RecordingError(BotError):
    """A file can't be played: not a recording, damaged, or not fit to be played with the others."""


def read(paths: Sequence[Path]) -> list[Recording]:
    """Read the files, one recording a venue, venues in alphabetical order.

    Raises:
        RecordingError: naming file and line.
    """
    files = {path: list(_messages(path)) for path in paths}
    venues = sorted({heard.exchange for lines in files.values() for _, heard in lines})
    recordings = [_recording(venue, files) for venue in venues]
    _refuse_mixture(recordings)
    return recordings


def market(recordings: Iterable[Recording]) -> str:
    """Name the market of a bot that listens to them: that of the venues which have both."""
    markets = {each.traded.market for each in recordings if not is_always_spot(each.traded.exchange)}
    return next(iter(markets), "spot")


def pair(recordings: Sequence[Recording]) -> str:
    """Name the pair of a bot that listens to them: the one in USDT where there is one."""
    pairs = [each.pair for each in recordings]
    return next((each for each in pairs if each.endswith("/USDT")), pairs[0])


def _recording(venue: str, files: dict[Path, list[tuple[int, Heard]]]) -> Recording:
    """Put one venue's lines of all files together."""
    own = {path: [line for line in lines if line[1].exchange == venue] for path, lines in files.items()}
    played = _most_traded(line[1] for line in chain.from_iterable(own.values()))
    for path, lines in own.items():
        if lines and not any(heard.traded == played for _, heard in lines):
            raise RecordingError(
                f"{path} has no trades of {played.symbol} ({venue} {played.market}), which the other files are of: "
                "play it by itself"
            )
    ordered = sorted(chain.from_iterable(own.values()), key=lambda line: line[0])
    topics = {heard.message.topic for _, heard in ordered if heard.traded == played}
    usual = spoken(venue).topic(played)
    topic = usual if usual in topics else min(topics)
    seen: set[str] = set()
    played_lines = []
    for received, heard in ordered:
        prints = tuple(each for each in heard.prints if each.id not in seen) if heard.message.topic == topic else ()
        if heard.message.topic == topic and heard.prints and not prints:
            continue  # two recorders heard the same trade
        seen.update(each.id for each in prints)
        played_lines.append(Line(received // 1_000_000, venue, heard.message, prints))
    everything = frozenset(heard.message.topic for _, heard in ordered)
    return Recording(played, _pair(played.symbol), topic, everything, tuple(played_lines))


def _most_traded(heard: Iterable[Heard]) -> Instrument:
    trades: Counter[Instrument] = Counter()
    for each in heard:
        if each.traded is not None:
            trades[each.traded] += len(each.prints)
    return trades.most_common(1)[0][0]


def _refuse_mixture(recordings: Sequence[Recording]) -> None:
    """Refuse what no bot could listen to at once.

    Raises:
        RecordingError: other coins, or perpetual and spot together.
    """
    bases = {each.pair.partition("/")[0]: each for each in recordings}
    if len(bases) > 1:
        held = ", ".join(f"{each.traded.exchange} {each.pair}" for each in recordings)
        raise RecordingError(f"these recordings are of different coins ({held}): play them apart")
    if len({each.traded.market for each in recordings if not is_always_spot(each.traded.exchange)}) > 1:
        held = ", ".join(f"{each.traded.exchange} {each.traded.market}" for each in recordings)
        raise RecordingError(f"these recordings are of different markets ({held}): play them apart")


def _pair(symbol: str) -> str:
    parts = symbol.split("-")
    if len(parts) > 1:
        return f"{parts[0]}/{parts[1]}"
    quote = next((each for each in _QUOTES if symbol.endswith(each) and symbol != each), None)
    if quote is None:
        raise RecordingError(f"the recorded symbol {symbol} has no quote currency that is known here")
    return f"{symbol.removesuffix(quote)}/{quote}"


def _messages(path: Path) -> Iterator[tuple[int, Heard]]:
    """Yield receive time (ns) and message of every line that is to be played.

    Raises:
        RecordingError: the file is missing, damaged, or not a recording.
    """
    trades = 0
    number = 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if not text or text.startswith("wss:"):
                    continue
                received, heard = _line(path, number, text)
                if heard is not None:
                    trades += heard.traded is not None
                    yield received, heard
    except OSError as error:
        raise RecordingError(f"can't read {path}: {error.strerror or error}") from error
    except (UnicodeDecodeError, EOFError, zlib.error) as error:
        raise RecordingError(f"{path} is not a recording after line {number}: {EXPECTED}") from error
    if not trades:
        raise RecordingError(
            f"{path} has no trades that can be played (lines 1 to {number}): {EXPECTED} of trades, "
            f"of {', '.join(EXCHANGES)}"
        )


def _line(path: Path, number: int, text: str) -> tuple[int, Heard | None]:
    stamp, _, message = text.partition(" ")
    received = _receive_time(stamp)
    if received is None:
        raise RecordingError(f"{path}, line {number}: {EXPECTED}; it begins with {stamp[:40]!r}")
    if message in {"ping", "pong"}:
        return received, None
    try:
        content = msgspec.json.decode(message)
    except msgspec.DecodeError as error:
        raise RecordingError(f"{path}, line {number}: {EXPECTED}; the message is not JSON ({error})") from error
    try:
        return received, recognise(content, message)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise RecordingError(f"{path}, line {number}: a trade message that lacks or garbles {error}") from error


def _receive_time(stamp: str) -> int | None:
    """Read a receive time as ns since the epoch, None if it isn't one."""
    digits = stamp.removesuffix(":")
    whole, point, fraction = digits.partition(".")
    if not whole.isdecimal() or (point and not fraction.isdecimal()):
        return None
    if stamp.endswith(":") or point:
        return int(whole) * 10**9 + int(f"{fraction:0<9.9}" or 0)
    unit = max(0, 19 - len(whole)) // 3 * 3
    return int(whole) * int(10**unit)
