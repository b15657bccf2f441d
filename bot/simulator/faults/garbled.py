"""Frames that can't be read: broken JSON, a size that is a JSON number instead of a text, an HTML page."""

from __future__ import annotations

import re

from bot.simulator.messages import Message

_SIZE = re.compile(r'"(q|v|sz|size)":"([0-9.]+)"')
"""A size as the venues write it."""


def page(status: int, reason: str) -> str:
    """Write the page that a gateway sends in place of an answer."""
    told = f"{status} {reason}"
    return (
        f"<html>\r\n<head><title>{told}</title></head>\r\n<body>\r\n<center><h1>{told}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )


def garbled(message: Message, chance: float) -> Message:
    """Make a trade message unreadable; `chance` in [0, 1) chooses how, each way as likely."""
    return _WAYS[int(chance * len(_WAYS))](message)


def _broken(message: Message) -> Message:
    """Cut it in the middle."""
    text, combined = message.text, message.combined
    return Message(message.topic, text[: len(text) // 2], combined[: len(combined) // 2])


def _number(message: Message) -> Message:
    """Write its first size as a number."""
    return Message(message.topic, _unquoted(message.text), _unquoted(message.combined))


def _unquoted(text: str) -> str:
    return _SIZE.sub(r'"\1":\2', text, count=1)


def _page(message: Message) -> Message:
    told = page(502, "Bad Gateway")
    return Message(message.topic, told, told)


_WAYS = (_broken, _number, _page)
