"""Telegram's Bot API on this machine, as strict with `sendMessage` as the real one; and a dead-man service."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

TOKEN = "123456789:AAE-strict_local-telegram-00000000000"
CHAT = 4711


class Telegram(ThreadingHTTPServer):
    """It keeps what it took in `texts`; the next requests are answered as `answers` says, first to last."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts = []
        self.times = []
        self.tries = 0
        self.beats = 0
        self.answers = []
        self.never_answers = False
        self.closing = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def lines(self):
        return [line for text in self.texts for line in text.splitlines()]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.beats += self.path == "/beat"
        self._answer(200 if self.path == "/beat" else 404, {"ok": self.path == "/beat"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.tries += 1
        if self.server.never_answers:
            self.server.closing.wait(60)
            return
        self._answer(*(self.server.answers.pop(0) if self.server.answers else self._take(body)))

    def _take(self, body):
        if not self.path.startswith("/bot"):
            return 404, _error(404, "Not Found")
        token, _, method = self.path.removeprefix("/bot").partition("/")
        if ":" not in token or method.lower() != "sendmessage":
            return 404, _error(404, "Not Found")
        if token != TOKEN:
            return 401, _error(401, "Unauthorized")
        if self.headers["Content-Type"] == "application/json":
            fields = json.loads(body)
        else:
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if str(fields.get("chat_id")) != str(CHAT):
            return 400, _error(400, "Bad Request: chat not found")
        text = fields.get("text")
        if not isinstance(text, str) or not text.strip():
            return 400, _error(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            return 400, _error(400, "Bad Request: message is too long")
        self.server.texts.append(text)
        self.server.times.append(time.monotonic())
        return 200, {"ok": True, "result": {"message_id": len(self.server.texts), "text": text}}

    def _answer(self, status, answer):
        content = json.dumps(answer).encode() if isinstance(answer, dict) else answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def _error(code, description, **parameters):
    return {"ok": False, "error_code": code, "description": description, "parameters": parameters}


def too_many(seconds):
    """The answer that asks to wait."""
    return 429, _error(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@contextmanager
def telegram():
    """Serve until the block ends."""
    server = Telegram()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
