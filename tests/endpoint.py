"""A real server on loopback that answers as a script says: well, late, in halves, or not at all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One response. ``sends`` cuts the body short; ``after`` is how long it takes to begin."""

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    sends: int | None = None
    after: float = 0.0


@dataclass
class Asked:
    """What the server was asked, in order of arrival."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    at: float


@dataclass
class Served:
    url: str
    asked: list[Asked]
    most_at_once: int = 0


Script = Callable[[int, dict[str, Any]], Reply]


def chat(text: str | None, reason: str = "stop") -> Reply:
    """A chat completion."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": reason,
    }
    return Reply(body=json.dumps({"id": "x", "choices": [choice]}))


def echo(number: int, body: dict[str, Any]) -> Reply:
    """Says what it was asked, with the seed."""
    del number
    return chat(f"{body['messages'][0]['content']} / {body.get('seed', 'no seed')}")


@contextmanager
def serving(script: Script) -> Iterator[Served]:
    """A server that gives the reply of ``script(number of the request, its body)``."""
    served, lock, now = Served("", []), threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(served.asked)
                told = {name.lower(): value for name, value in self.headers.items()}
                served.asked.append(Asked(self.path, body, told, time.monotonic()))
                now[0] += 1
                served.most_at_once = max(served.most_at_once, now[0])
            try:
                self._say(script(number, body))
            finally:
                with lock:
                    now[0] -= 1

        def _say(self, reply: Reply) -> None:
            time.sleep(reply.after)
            content = reply.body.encode()
            try:
                self.send_response(reply.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: reply.sends])
            except OSError:  # the client has gone
                pass

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
