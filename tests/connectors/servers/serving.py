"""HTTP servers on this machine that behave as other shops' APIs do, with limits and faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Response:
    status: int
    data: object = None
    headers: dict[str, str] = field(default_factory=dict)


class Api(Protocol):
    def answer(self, request: Request) -> Response: ...


@dataclass
class Faults:
    """What the next requests are answered with instead, one after another (None: as they are); and all
    requests.
    """

    planned: list[Response | None] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)


@contextmanager
def served(api: Api, *, faults: Faults | None = None) -> Iterator[str]:
    """The address of a server that answers with ``api``."""
    plan = faults or Faults()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(
                self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()),
                self.rfile.read(length),
            )  # fmt: skip
            plan.requests.append(request)
            response = (plan.planned.pop(0) if plan.planned else None) or api.answer(request)
            body = json.dumps(response.data).encode()
            self.send_response(response.status)
            for name, value in {"Content-Type": "application/json", **response.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any, **options: Any) -> None:
            """Not to the terminal."""

    for method in ("GET", "POST"):
        setattr(Handler, f"do_{method}", Handler._take)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
