"""The stream hands over what was sent, in order, however the network cuts the bytes: as the library itself would."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import scripted, until
from websockets.asyncio.client import connect
from websockets.frames import Close, Frame, Opcode
from websockets.utils import accept_key

from bot.exchanges.stream import Stream


@asynccontextmanager
async def streaming(taken):
    """A stream on a real connection to a server that only listens; its messages go to the list `taken`."""

    async def server(connection):
        await connection.wait_closed()

    async with (
        scripted(server) as address,
        connect(address, create_connection=Stream, compression=None, ping_interval=None, max_size=100_000) as stream,
    ):
        stream.take = taken.extend
        yield stream


def frame(opcode, data, *, fin=True):
    return Frame(opcode, data, fin).serialize(mask=False)


def text(data):
    return frame(Opcode.TEXT, data)


def arrive(stream, data, cuts=()):
    """Let the bytes arrive in pieces."""
    ends = [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in zip([0, *ends], ends, strict=False):
        if start < end:
            stream.data_received(data[start:end])


def taken_of(data, cuts=()):
    async def scenario():
        taken = []
        async with streaming(taken) as stream:
            arrive(stream, data, cuts)
            return taken

    return asyncio.run(scenario())


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 90_000])
def test_a_message_of_any_length_is_handed_over_whole_and_so_is_the_next(size):
    message = bytes(index % 251 for index in range(size))
    assert taken_of(text(message) + text(b"next")) == [message, b"next"]


def test_a_message_that_arrives_byte_by_byte_is_handed_over_with_its_last_byte():
    async def scenario():
        taken = []
        async with streaming(taken) as stream:
            for byte in text(b"a" * 130) + text(b"b")[:-1]:
                stream.data_received(bytes([byte]))
            assert taken == [b"a" * 130]
            stream.data_received(b"b")
            assert taken == [b"a" * 130, b"b"]

    asyncio.run(scenario())


def test_a_ping_inside_a_message_in_three_frames_is_answered_and_the_message_keeps_its_place():
    data = (
        text(b"before")
        + frame(Opcode.TEXT, b"one ", fin=False)
        + frame(Opcode.CONT, b"two ", fin=False)
        + frame(Opcode.PING, b"?")
        + frame(Opcode.CONT, b"three")
        + text(b"after")
    )
    for cut in range(len(data)):
        assert taken_of(data, [cut]) == [b"before", b"one two three", b"after"]


def test_a_whole_text_inside_a_message_in_frames_is_against_the_protocol_and_ends_the_connection():
    async def scenario():
        taken = []
        async with streaming(taken) as stream:
            arrive(stream, frame(Opcode.TEXT, b"one", fin=False) + text(b"intruder"))
            await asyncio.wait_for(stream.wait_closed(), 5)
            assert taken == []
            assert stream.protocol.close_sent.code == 1002

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (Frame(Opcode.TEXT, b"masked").serialize(mask=True), 1002),
        (b"\xc1\x02{}", 1002),  # the extension bit, and no extension was agreed
        (b"\x81\x7f" + (200_000).to_bytes(8), 1009),  # over max_size, refused before it has arrived
    ],
    ids=["a masked frame", "an extension bit", "over max_size"],
)
def test_what_no_server_may_send_ends_the_connection_after_what_came_before(data, code):
    async def scenario():
        taken = []
        async with streaming(taken) as stream:
            arrive(stream, text(b"sound") + data + text(b"lost"))
            await asyncio.wait_for(stream.wait_closed(), 5)
            assert taken == [b"sound"]
            assert stream.protocol.close_sent.code == code

    asyncio.run(scenario())


def test_nothing_counts_after_the_closing_frame_and_the_venues_reason_is_kept():
    async def scenario():
        taken = []
        async with streaming(taken) as stream:
            arrive(stream, text(b"last") + frame(Opcode.CLOSE, Close(1001, "maintenance").serialize()) + text(b"late"))
            await asyncio.wait_for(stream.wait_closed(), 5)
            assert taken == [b"last"]
            assert (stream.close_code, stream.close_reason) == (1001, "maintenance")

    asyncio.run(scenario())


def test_what_a_server_sends_in_one_breath_with_the_handshake_is_not_lost():
    async def server(reader, writer):
        key = next(line for line in (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n") if b"-Key:" in line)
        accept = accept_key(key.split()[-1].decode())
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        writer.write(answer.encode() + text(b"hello")[:3])
        await writer.drain()
        await reader.read(1)
        writer.write(text(b"hello")[3:] + text(b"there"))
        await reader.read()
        writer.close()

    async def scenario():
        taken = []
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            async with connect(
                f"ws://127.0.0.1:{port}",
                create_connection=Stream,
                compression=None,
                ping_interval=None,
                close_timeout=0,
            ) as stream:
                stream.take = taken.extend
                await stream.send("go on")
                await until(lambda: len(taken) == 2)
                assert taken == [b"hello", b"there"]

    asyncio.run(scenario())


messages = st.one_of(
    st.binary(max_size=300).map(lambda data: ([data], text(data))),
    st.integers(100, 700).map(lambda size: ([b"x" * size], text(b"x" * size))),
    st.binary(max_size=40).map(lambda data: ([data], frame(Opcode.BINARY, data))),
    st.binary(max_size=20).map(lambda data: ([], frame(Opcode.PING, data))),
    st.binary(max_size=20).map(lambda data: ([], frame(Opcode.PONG, data))),
    st.lists(st.binary(max_size=30), min_size=2, max_size=4).map(
        lambda parts: (
            [b"".join(parts)],
            b"".join(
                frame(Opcode.CONT if number else Opcode.TEXT, part, fin=number == len(parts) - 1)
                for number, part in enumerate(parts)
            ),
        )
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(messages, max_size=12), st.lists(st.integers(0, 10_000), max_size=8))
def test_any_frames_cut_anywhere_give_their_messages_in_order(sent, cuts):
    data = b"".join(frames for _, frames in sent)
    assert taken_of(data, cuts) == [message for whole, _ in sent for message in whole]
