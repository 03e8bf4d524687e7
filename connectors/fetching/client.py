"""Requests to a shop's API: TLS checked, no redirect followed, its limits honoured, failures repeated."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

import orjson
import urllib3
from django.utils.translation import gettext_noop as _

from connectors.fetching.addresses import place_of, resolved
from connectors.fetching.errors import ShopAway, ShopProblem

MAX_TRIES = 6
MAX_PAUSE_SECONDS = 120.0
MAX_BYTES = 32 << 20
TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)
BUSY = (408, 425, 429)
"""Asked again after a pause, as every 5xx is: proxies before shops have numbers of their own, as 522."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    data: object


class ShopClient:
    """Calls one shop; ``headers`` hold its credentials and go to no other host."""

    def __init__(self, address: str, *, headers: Mapping[str, str]) -> None:
        self._place = place_of(address)
        self._headers = {"Accept": "application/json", "User-Agent": "Regulars", **headers}
        self._pool: urllib3.HTTPConnectionPool | None = None

    def get(self, path: str, parameters: Mapping[str, str | int]) -> Answer:
        """Raises ShopProblem."""
        return self._ask("GET", f"{path}?{urlencode(parameters)}" if parameters else path, body=None)

    def post(self, path: str, data: object) -> Answer:
        """Raises ShopProblem."""
        return self._ask("POST", path, body=orjson.dumps(data))

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()

    def _ask(self, method: str, path: str, *, body: bytes | None) -> Answer:
        for attempt in range(1, MAX_TRIES + 1):
            try:
                answer = self._send(method, path, body=body)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if attempt == MAX_TRIES:
                    raise ShopAway(_("The shop does not answer (%(why)s)."), why=error) from None
                pause(_back_off(attempt))
                continue
            if answer.status not in BUSY and answer.status < 500:
                return _checked(answer)
            if attempt < MAX_TRIES:
                pause(_retry_after(answer) or _back_off(attempt))
        raise ShopAway(_("The shop answers with %(status)d again and again."), status=answer.status)

    def _send(self, method: str, path: str, *, body: bytes | None) -> Answer:
        pool = self._pool or self._connected()
        headers = {**self._headers, "Host": self._place.host_header}
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = pool.urlopen(
            method, f"{self._place.path}{path}", body=body, headers=headers, redirect=False, retries=False,
            assert_same_host=False, preload_content=False,
        )  # fmt: skip
        try:
            content = answer.read(MAX_BYTES + 1, decode_content=True)
        finally:
            answer.release_conn()
        if len(content) > MAX_BYTES:
            raise ShopProblem(_("The shop's answer is too long."))
        return Answer(answer.status, answer.headers, _json(content))

    def _connected(self) -> urllib3.HTTPConnectionPool:
        """To the address that was checked; the certificate must be that of the name."""
        address = resolved(self._place)
        place = self._place
        if place.scheme == "https":
            self._pool = urllib3.HTTPSConnectionPool(
                address, place.port, timeout=TIMEOUT, maxsize=1, ssl_context=ssl.create_default_context(),
                server_hostname=place.host, assert_hostname=place.host,
            )  # fmt: skip
        else:
            self._pool = urllib3.HTTPConnectionPool(address, place.port, timeout=TIMEOUT, maxsize=1)
        return self._pool


def _json(content: bytes) -> object:
    """None for what is none; a shop's plugins may put a mark of UTF-8 before it."""
    try:
        return cast("object", orjson.loads(content.removeprefix(BOM)))
    except orjson.JSONDecodeError:
        return None


def _checked(answer: Answer) -> Answer:
    """The answer of a request that was understood. Raises ShopProblem."""
    if answer.status in (401, 403):
        raise ShopProblem(_("The shop refuses the access that was entered: make a new one and enter it."))
    if 300 <= answer.status < 400:
        raise ShopProblem(_("The shop's address leads to another one: enter the one that it leads to."))
    if answer.status == 404:
        return answer
    if answer.status >= 400 or answer.data is None:
        raise ShopProblem(
            _("The shop answers with %(status)d and nothing that can be read."), status=answer.status
        )
    return answer


def _retry_after(answer: Answer) -> float | None:
    """Seconds; None where the shop says no number above 0."""
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        return None
    return min(seconds, MAX_PAUSE_SECONDS) if seconds > 0 else None


def _back_off(attempt: int) -> float:
    """Half a second, doubled each time, a little apart for those who wait together."""
    return min(0.5 * 2.0 ** (attempt - 1), MAX_PAUSE_SECONDS) * random.uniform(0.75, 1.25)  # noqa: S311  # no secret


def pause(seconds: float) -> None:
    time.sleep(seconds)
