"""``POST orders/`` with its decision, warm, one at a time: ``make bench ONLY=checkout``.

Posts orders like the newest ones, each with its store where it has one, to the database that is configured,
whose live fraud model scores them, and deletes them afterwards. Thresholds are set within this process so
that a third each is approved, held and declined; between them a view that does nothing is called, which tells
what the server, the key and the machine cost. Goal: p50 <= 15 ms, p99 <= 50 ms, <= 12 queries. Queries are
counted on orders of their own, so that counting costs the measured ones nothing.
"""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from benchmarks.results import SHORT, Report, options_of, parser_of

ORDERS, COLD, WARM_UP, SEED = (200 if not SHORT else 5), 3, 15, 1
BENCH = "BENCH-"
NO_OP = "no-op view"
THRESHOLDS = {"paid": (2.0, None), "held": (0.0, None), "declined": (0.0, 0.0)}


@dataclass
class Spent:
    """Milliseconds and CPU milliseconds (all threads) of each request, and queries of those counted."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    def line(self, name: str) -> str:
        import numpy as np

        def both(values: list[float]) -> str:
            return f"p50 {np.percentile(values, 50):6.2f}  p99 {np.percentile(values, 99):6.2f}"

        queries = f"{max(self.queries)} at most" if self.queries else "-"
        figures = f"wall ms {both(self.wall)}  CPU ms {both(self.cpu)}  queries {queries}"
        return f"{name:12} {len(self.wall):4}  {figures}"

    def keep(self, report: Report, name: str) -> None:
        import numpy as np

        for percentile, goal in ((50, 15.0), (99, 50.0)):
            wall = float(np.percentile(self.wall, percentile))
            goal_here = None if name == NO_OP else goal
            report.add(f"{name}: p{percentile} wall ms", wall, at_most=goal_here, timed=True)
            cpu = float(np.percentile(self.cpu, percentile))
            report.add(f"{name}: p{percentile} CPU ms", cpu, timed=True)
        if self.queries and name != NO_OP:
            report.add(f"{name}: queries at most", max(self.queries), at_most=12)


def main() -> int:
    options_of(parser_of(__doc__))
    if SHORT:
        with small_shop(), Report("checkout", data="randomly generated shop", seed=SEED) as report:
            compare(report)
        return 0
    with Report("checkout", data="the shop that is configured", seed=SEED) as report:
        compare(report)
    return 0


@contextmanager
def small_shop() -> Iterator[None]:
    """A scratch database with 120 members, a fraud in thirty orders and a model trained on them."""
    from benchmarks.recommendations.serving import make_shop, scratch

    with scratch():
        from datetime import timedelta

        from django.db.models import F

        from membership.models import Order
        from registry.services.runs import execute_run, request_run

        make_shop(members=120, seed=SEED, days_between=14)
        frauds = list(Order.objects.order_by("pk").values_list("pk", flat=True)[::30])
        Order.objects.filter(pk__in=frauds).update(
            is_fraud=True, label_known_at=F("placed_at") + timedelta(days=1), label_source="chargeback"
        )
        execute_run(run=request_run(family="fraud")[0])
        yield


def compare(report: Report) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from registry.models import ModelVersion

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    settings.ROOT_URLCONF = "benchmarks.recommendations.serving_urls"
    is_set_up = ModelVersion._meta.db_table in connection.introspection.table_names()
    if not (is_set_up and ModelVersion.objects.live("fraud").exists()):
        report.not_run(
            "no fraud model is live in this database; `make run` loads the demo shop and trains one"
        )
        return
    with cache_server():
        spent, late = measure()
    for name, one in spent.items():
        print(one.line(name))
        one.keep(report, name)
    print(f"goals: p50 15 ms, p99 50 ms, 12 queries; seed {SEED}; {late} of all decisions came too late")


@contextmanager
def cache_server() -> Iterator[None]:
    """The bundled Valkey while this runs, where that is the cache and none is up."""
    from django.conf import settings

    from config.running.valkey import answers, prepare_socket_folder, server_command

    socket = settings.VALKEY_SOCKET
    if not settings.EMBEDDED or answers(socket_path=socket):
        yield
        return
    prepare_socket_folder(socket_path=socket)
    with subprocess.Popen(server_command(socket_path=socket, directory=settings.VAR_DIR)) as server:
        while not answers(socket_path=socket):
            time.sleep(0.05)
        yield
        server.terminate()


def measure() -> tuple[dict[str, Spent], int]:
    """(what each kind of request cost, decisions without the model because it was late)."""
    from rest_framework.test import APIClient

    from fraud.services.scoring import warm_up
    from membership.models import ApiKey, Order

    warm_up()
    secret = secrets.token_hex(16)
    key = ApiKey.objects.create(
        name="benchmark",
        prefix=secret[:8],
        key_hash=ApiKey.hash_of(secret),
        scopes=["orders:write", "recommendations:read"],
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    spent = {name: Spent() for name in (NO_OP, *THRESHOLDS)}
    late = 0
    try:
        for number, body in enumerate(orders(n=WARM_UP + ORDERS * len(THRESHOLDS), batch=secret[:6])):
            status = list(THRESHOLDS)[number % len(THRESHOLDS)]
            counted = COLD <= number < WARM_UP
            request(client, spent[NO_OP], counted=counted)
            answer = request(client, spent[status], body, status=status, counted=counted)
            if number < COLD:  # reads rules and policy, and notes the key's use: once a process or a minute
                spent = {name: Spent() for name in spent}
            late += any(one["code"] == "time_out" for one in answer.data["reasons"])
    finally:
        Order.objects.filter(order_no__startswith=f"{BENCH}{secret[:6]}").delete()
        key.delete()
    return spent, late


def request(
    client: Any, spent: Spent, body: dict[str, Any] | None = None, *, status: str = "", counted: bool
) -> Any:
    """One request, its time or its queries noted. Without a body it is the view that does nothing."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from fraud.services import scoring
    from fraud.services.policies.policy import Thresholds

    def send() -> Any:
        if body is None:
            return client.get("/api/v1/noop/")
        with mock.patch.object(scoring, "setting_in_force", return_value=(setting, None)):
            return client.post("/api/v1/orders/", body, format="json")

    setting = Thresholds(*THRESHOLDS[status]) if status else None
    if counted:
        with CaptureQueriesContext(connection) as captured:
            answer = send()
        control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
        spent.queries.append(sum(not one["sql"].startswith(control) for one in captured))
    else:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = send()
        spent.cpu.append((time.process_time() - cpu) * 1_000)
        spent.wall.append((time.perf_counter() - wall) * 1_000)
    if answer.status_code not in (200, 201) or answer.data.get("status", status) != status:
        print(f"unexpected answer: {answer.data}", file=sys.stderr)
    return answer


def orders(*, n: int, batch: str) -> Iterator[dict[str, Any]]:
    """What members who ordered lately might order next."""
    from membership.models import Order, Product

    rng = random.Random(SEED)  # noqa: S311  # no secrets
    newest = Order.objects.filter(member__status="active").select_related("member", "store")
    past = list(newest.order_by("-id")[:2_000])
    skus = list(Product.objects.filter(is_active=True).values_list("sku", flat=True)[:500])
    for number in range(n):
        like = rng.choice(past)
        yield {
            "member": like.member.member_no,
            "order_no": f"{BENCH}{batch}-{number}",
            "lines": [{"sku": rng.choice(skus), "quantity": rng.randint(1, 3)} for _ in range(3)],
            "channel": like.channel,
            "store": like.store.code if like.store else "",
            "payment_method": like.payment_method,
            "payment_fingerprint": like.payment_fingerprint,
            "device_fingerprint": like.device_fingerprint,
            "address_fingerprint": like.address_fingerprint,
            "ip": like.ip,
        }


if __name__ == "__main__":
    sys.exit(main())
