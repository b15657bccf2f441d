"""What waits to be said, and how it is put into messages.

Whatever waits goes into one message, a line each, so what happens at once is one message. How much may wait is bounded:
of one exchange the two newest notes, of all together `CAPACITY`; beyond, the oldest of the least important kind is left
out and counted, and the next message says how many. A note that waited says when it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum

from bot.core.times import MINUTE, to_iso

CAPACITY = 60
OF_ONE_EXCHANGE = 2
"""Its last absence and its last return tell how it stands."""
LONGEST_LINE = 500
LONGEST = 3_500
"""Characters of the notes of one message; Telegram takes 4,096."""


class Kind(IntEnum):
    """What a note is about; the higher, the more important."""

    EXCHANGE = 0
    DAY = 1
    TROUBLE = 2
    LIFE = 3
    """A start or a stop."""
    TRADE = 4


_WORDS = {
    Kind.EXCHANGE: "on exchanges",
    Kind.DAY: "on days",
    Kind.TROUBLE: "on troubles",
    Kind.LIFE: "on starts and stops",
    Kind.TRADE: "on trades",
}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say."""

    kind: Kind
    at: int
    """When it happened, UTC ms of the bot's clock."""
    text: str
    about: str = ""
    """The exchange it is about."""


@dataclass(frozen=True, slots=True)
class Message:
    """Notes on their way."""

    text: str
    notes: tuple[Note, ...]
    left_out: Counter[Kind] = field(default_factory=Counter)


class Outbox:
    """Notes that wait, oldest first."""

    def __init__(self, mark: str = "") -> None:
        """Begin empty; `mark` begins each message."""
        self._mark = mark
        self._notes: list[Note] = []
        self._left_out: Counter[Kind] = Counter()

    def __len__(self) -> int:
        """Count the notes that wait."""
        return len(self._notes)

    def put(self, note: Note) -> None:
        """Add a note; a less important one may have to go."""
        self._notes.append(note)
        of_it = [each for each in self._notes if note.about and each.about == note.about]
        if len(of_it) > OF_ONE_EXCHANGE:
            self._leave_out(of_it[0])
        self._fit()

    def take(self, now: int) -> Message | None:
        """Take out what fits into one message, None when nothing waits; `now` is the bot's clock, UTC ms."""
        if not self._notes:
            return None
        lines, length = [], 0
        for note in self._notes:
            line = _line(note, now)
            length += len(line) + 1
            if length > LONGEST:
                break
            lines.append(line)
        message = Message(
            self._mark + "\n".join(lines + _counted(self._left_out)), tuple(self._notes[: len(lines)]), self._left_out
        )
        self._notes, self._left_out = self._notes[len(lines) :], Counter()
        return message

    def put_back(self, message: Message) -> None:
        """Take back a message that was not delivered; it goes before what came since."""
        self._notes = [*message.notes, *self._notes]
        self._left_out += message.left_out
        self._fit()

    def _fit(self) -> None:
        while len(self._notes) > CAPACITY:
            self._leave_out(min(self._notes, key=lambda note: note.kind))

    def _leave_out(self, note: Note) -> None:
        self._notes.remove(note)
        self._left_out[note.kind] += 1


def _line(note: Note, now: int) -> str:
    text = note.text if len(note.text) <= LONGEST_LINE else f"{note.text[: LONGEST_LINE - 3]}..."
    return text if abs(now - note.at) < MINUTE else f"{to_iso(note.at)[:16].replace('T', ' ')} UTC: {text}"


def _counted(left_out: Counter[Kind]) -> list[str]:
    if not left_out:
        return []
    parts = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in sorted(left_out.items()))
    return [f"Left out, older: {parts}"]
