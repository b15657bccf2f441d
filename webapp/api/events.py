"""GET /api/events: is there something new? A stream that says so within a second, so that a page need not keep asking.

Server-sent events, as a browser's EventSource reads them (html.spec.whatwg.org, section 9.2). Three kinds:

- `snapshot`: `{"snapshot": {...}, "changed_from": ms|null}`; the first at once. `changed_from` null: only newer rows
  came since the event before (reading/changes.py says how that is known). The snapshot's id is the event's: a browser
  that connects again sends it as `Last-Event-ID`, and is told what changed meanwhile. A page that opens a stream of its
  own cannot send a header; it says `?after=` instead, and the header, once there is one, is the newer of the two.
- `prediction`: `{"prediction": "..."|null}`, another text after each write to the predictions beside the database, and
  null when there are none any more; the first at once where there are some.
- `unavailable`: the database cannot be read now, in the one error shape; the next `snapshot` says that it can again.

One look after the other serves all listeners, and nobody looks while nobody listens. A listener that is slow gets the
newest state, and what changed in all it missed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from webapp.errors import DatabaseUnavailable, ServerBusy
from webapp.limits import LISTENERS
from webapp.reading import changes
from webapp.reading.predicted import fingerprint
from webapp.request.answers import Snapshot
from webapp.serving.refusals import RefusalAnswer, database_refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from webapp.database import Database

router = APIRouter()

LOOK_SECONDS = 0.4
"""From one look at the database to the next."""

KEEP_ALIVE_SECONDS = 15.0
"""How long the stream may be silent; a comment then shows that somebody is there."""

RECONNECT_MS = 1000
"""What a browser is told to wait before it connects again."""

REMEMBERED = 1000
"""News that are kept for listeners that come back."""


class SnapshotEvent(BaseModel):
    """The data of a `snapshot` event."""

    snapshot: Snapshot
    changed_from: int | None = Field(
        description="Candles from here on, UTC ms, may differ from what was told before; null: only newer rows came."
    )


class PredictionEvent(BaseModel):
    """The data of a `prediction` event."""

    prediction: str | None = Field(description="Differs when the predictions do; null: there are none.")


@dataclass(frozen=True, slots=True)
class News:
    """What a look found.

    number: counts up with each.
    found: the snapshot, or why there is none.
    changed_from: UTC ms, against the snapshot before it.
    """

    number: int
    found: Snapshot | RefusalAnswer
    changed_from: int | None = None

    @property
    def id(self) -> str | None:
        """The snapshot's id."""
        return self.found.id if isinstance(self.found, Snapshot) else None


class Watch:
    """Looks at the database for all listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._news: deque[News] = deque(maxlen=REMEMBERED)
        self._past: changes.Past | None = None
        self._seen: str | None = None
        self._predicted: str | None = None
        self._listeners = 0
        self._fresh = False
        self._looking: asyncio.Task[None] | None = None
        self._turn = asyncio.Event()
        self._ended = False

    def end(self) -> None:
        """End every stream: the server is about to stop."""
        self._ended = True
        self._turn.set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """Have the database looked at until the block is left.

        Raises:
            ServerBusy: There are as many listeners as may be.
        """
        if self._listeners >= LISTENERS:
            raise ServerBusy(
                "too_many_listeners", f"{LISTENERS} event streams are open, more are not possible: close one"
            )
        self._listeners += 1
        try:
            if self._looking is None or self._looking.done():
                self._fresh = False
                self._looking = asyncio.create_task(self._look_again_and_again())
            yield
        finally:
            self._listeners -= 1
            if self._listeners == 0 and self._looking is not None:
                looking, self._looking = self._looking, None
                looking.cancel()
                await asyncio.wait({looking})

    async def events(self, last: str | None) -> AsyncGenerator[bytes]:
        """Yield the bytes of a stream, while listening.

        Args:
            last: The id of the snapshot the listener was told last; None: it knows nothing yet.
        """
        yield b"retry: %d\n\n" % RECONNECT_MS
        told, predicted = self._number_of(last), None
        while not self._ended:
            turn = self._turn
            if self._fresh and self._news[-1].number != told:
                newest = self._news[-1]
                yield self._event(newest, told)
                told = newest.number
            elif self._fresh and self._predicted != predicted:
                predicted = self._predicted
                yield b"event: prediction\ndata: %s\n\n" % _told(predicted)
            elif not await self._wait(turn):
                yield b": nothing new\n\n"

    def _number_of(self, last: str | None) -> int | None:
        """Number of the news a listener was told last: None before any, 0 when nobody remembers it."""
        if last is None:
            return None
        return next((news.number for news in reversed(self._news) if news.id == last), 0)

    async def _wait(self, turn: asyncio.Event) -> bool:
        """Wait for news; False when there are none for a while."""
        assert self._looking is not None  # noqa: S101 - somebody listens
        waiting = asyncio.ensure_future(turn.wait())
        try:
            await asyncio.wait(
                {waiting, self._looking}, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if self._looking.done():
                self._looking.result()  # a defect: the stream breaks off, and the listener asks anew
            return waiting.done()
        finally:
            waiting.cancel()

    def _event(self, news: News, told: int | None) -> bytes:
        if isinstance(news.found, RefusalAnswer):
            return b"event: unavailable\ndata: %s\n\n" % news.found.model_dump_json().encode()
        data = SnapshotEvent(snapshot=news.found, changed_from=self._changed_since(told))
        return b"id: %s\nevent: snapshot\ndata: %s\n\n" % (news.found.id.encode(), data.model_dump_json().encode())

    def _changed_since(self, told: int | None) -> int | None:
        """From where on the past changed since some news; None also for a listener that knows nothing yet."""
        if told is None:
            return None
        if told < self._news[0].number:
            return 0 if self._past is None else self._past.oldest
        since = [news.changed_from for news in self._news if news.number > told and news.changed_from is not None]
        return min(since, default=None)

    async def _look_again_and_again(self) -> None:
        while True:
            await self._look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        """Look once, and tell when something is new."""
        try:
            async with self._database.snapshot() as snapshot:
                found: Snapshot | RefusalAnswer = Snapshot.of(snapshot)
                changed_from = None
                if snapshot.id != self._seen:
                    past = self._past
                    self._past, changed_from = await snapshot.run(
                        lambda sql, snapshot=snapshot: changes.compared(sql, snapshot, past)  # type: ignore[misc]
                    )
                    self._seen = snapshot.id
        except DatabaseUnavailable as error:
            found, changed_from = database_refusal(error), None
        before, self._predicted = self._predicted, fingerprint(self._database.path)
        if not self._news or found != self._news[-1].found:
            number = self._news[-1].number + 1 if self._news else 1
            self._news.append(News(number, found, changed_from))
        elif self._fresh and self._predicted == before:
            return
        self._fresh = True
        self._turn.set()
        self._turn = asyncio.Event()


def _told(predicted: str | None) -> bytes:
    return PredictionEvent(prediction=predicted).model_dump_json().encode()


class EventStream(StreamingResponse):
    """Sends events until the listener leaves or the server ends."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes], until_left: contextlib.AsyncExitStack) -> None:
        """Prepare the answer; `until_left` is closed when the listener is gone."""
        super().__init__(events, headers={"Cache-Control": "no-store"})
        self._events = events
        self._until_left = until_left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        async with self._until_left, contextlib.aclosing(self._events):
            await super().__call__(scope, receive, send)


@router.get(
    "/api/events",
    status_code=200,  # FastAPI reads it of a response class that tells no other
    response_class=EventStream,
    responses={
        200: {
            "description": "The stream; it ends when the server does.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 3f2a9c0d1b4e5f60\nevent: snapshot\ndata: {"snapshot": {"id": "3f2a9c0d1b4e5f60", '
                    '"published": 1746316802100, "newest": 1746316740000}, "changed_from": null}\n\n',
                }
            },
        }
    },
)
async def events(
    request: Request,
    after: Annotated[
        str | None, Query(description="Id of the snapshot known already; a Last-Event-ID counts more.")
    ] = None,
) -> EventStream:
    """Server-sent events: `snapshot` and `prediction` when there is a new one, `unavailable` when none can be read."""
    watch: Watch = request.app.state.events
    async with contextlib.AsyncExitStack() as until_left:
        await until_left.enter_async_context(watch.listening())
        return EventStream(watch.events(request.headers.get("last-event-id", after)), until_left.pop_all())
