"""What a recommendation costs: CPU of a request against one that does nothing.

    python -m benchmarks.recommendations.serving [--members 600] [--requests 300] [--rounds 5] [--seed 1]

A shop of randomly generated members and orders in a scratch SQLite database, a real Valkey for the cache,
and the model that a retrain on the shop makes live. All requests go through the whole WSGI application:
middleware, API key, permission, throttle. The no-op is a REST framework view behind the same that answers
``{"ok": true}``. CPU is that of this process, the median over rounds, with their range; each kind is measured
in every round, so that a busy machine slows all alike. Goals: stored at most 5 times the no-op, cached at
most 2 times, a live re-rank at most 20 ms; an event that is posted changes the next list.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from benchmarks.results import Report, options_of, parser_of

GOALS = {"stored": 5.0, "cached": 2.0}
"""Times the CPU of a request that does nothing."""
LIVE_GOAL_MS = 20.0
N_CATEGORIES, N_PRODUCTS, ORDERS_A_MEMBER, LINES_AN_ORDER = 40, 2_000, 12, 8


@contextmanager
def scratch() -> Iterator[None]:
    """A fresh database and a running Valkey in a temporary folder; Django is set up on them."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "API_RATE_KEY": "100000000", "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.test.utils import override_settings

        from config.running import valkey

        valkey.prepare_socket_folder(socket_path=settings.VALKEY_SOCKET)
        command = valkey.server_command(socket_path=settings.VALKEY_SOCKET, directory=Path(folder))
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not valkey.answers(socket_path=settings.VALKEY_SOCKET):
                time.sleep(0.02)
            call_command("migrate", verbosity=0)
            with override_settings(
                ROOT_URLCONF="benchmarks.recommendations.serving_urls", CELERY_TASK_ALWAYS_EAGER=True
            ):
                yield
        finally:
            server.terminate()
            server.wait()


def make_shop(*, members: int, seed: int, days_between: int = 7) -> None:
    """Members with tastes: most of what each buys comes from three of the categories."""
    import numpy as np
    from django.utils import timezone

    from membership.models import Category, Member, Order, OrderItem, Product

    rng, now = np.random.default_rng(seed), timezone.now()
    categories = Category.objects.bulk_create(
        Category(name=f"Category {n}", path=f"Category {n}") for n in range(N_CATEGORIES)
    )
    products = Product.objects.bulk_create(
        Product(
            sku=f"P{n}", name=f"Product {n}", category=categories[n % N_CATEGORIES], price=2, currency="USD"
        )
        for n in range(N_PRODUCTS)
    )
    people = Member.objects.bulk_create(Member(member_no=f"M{n}", name=f"Member {n}") for n in range(members))
    orders = [
        Order(
            order_no=f"O{member.pk}-{n}",
            member=member,
            currency="USD",
            placed_at=now - timedelta(days=days_between * n + 1, minutes=int(rng.integers(10_000))),
        )
        for member in people
        for n in range(ORDERS_A_MEMBER)
    ]
    Order.objects.bulk_create(orders)
    tastes = {member.pk: rng.integers(0, N_CATEGORIES, 3) for member in people}
    popularity = 1 / np.arange(1, N_PRODUCTS // N_CATEGORIES + 1)
    popularity /= popularity.sum()
    lines = []
    for order in orders:
        taste = rng.choice(tastes[order.member_id], LINES_AN_ORDER)
        places = rng.choice(len(popularity), LINES_AN_ORDER, p=popularity)
        lines += [
            OrderItem(
                order=order, line_no=n, member_id=order.member_id, product=products[row],
                placed_at=order.placed_at, category_id=products[row].category_id, quantity=1, units=1,
                unit_price=2, total=2,
            )
            for n, row in enumerate(taste + N_CATEGORIES * places)
        ]  # fmt: skip
    OrderItem.objects.bulk_create(lines, batch_size=2_000)


class Caller:
    """Sends GET requests of one API key straight into the WSGI application."""

    def __init__(self, *, name: str = "benchmark") -> None:
        from django.core.wsgi import get_wsgi_application

        from membership.access.keys import create_api_key

        _key, self._secret = create_api_key(name=name, scopes=["recommendations:read", "events:write"])
        self._application = get_wsgi_application()

    def get(self, path: str) -> bytes:
        """The body of the answer."""
        return self._call("GET", path)

    def post(self, path: str, data: Any) -> bytes:
        """The body of the answer to ``data`` as JSON."""
        return self._call("POST", path, json.dumps(data).encode())

    def _call(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Raises AssertionError unless the answer is a good one."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "CONTENT_TYPE": "application/json" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Api-Key {self._secret}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        status = ""

        def start(status_line: str, _headers: Any, _error: Any = None) -> None:
            nonlocal status
            status = status_line

        answer = self._application(environ, cast("Any", start))
        sent = b"".join(answer)
        answer.close()
        assert status.startswith("2"), f"{status} {path} {sent[:300]!r}"
        return sent


def cpu_ms(action: Callable[[int], object], n: int) -> float:
    """CPU milliseconds of one of ``n`` calls."""
    began = time.process_time()
    for number in range(n):
        action(number)
    return (time.process_time() - began) * 1_000 / n


def measure(*, requests: int, rounds: int) -> dict[str, list[float]]:
    """kind of request -> CPU ms a request in each round."""
    from django.core.cache import cache
    from django.utils import timezone

    from membership.models import Event, Member, Product
    from recommendations.models import Exposure
    from recommendations.services.keeping import forget_answers

    caller = Caller()
    paths = [
        f"/api/v1/members/{public}/recommendations/"
        for public in Member.objects.values_list("public_id", flat=True)
    ]
    members = list(Member.objects.values_list("pk", flat=True))
    products = list(Product.objects.values_list("pk", flat=True)[:50])
    times: dict[str, list[float]] = {}
    spent = 0.0

    def note(kind: str, action: Callable[[int], object], n: int = requests) -> None:
        times.setdefault(kind, []).append(cpu_ms(action, n))

    def stored(number: int) -> None:
        caller.get(paths[number % len(paths)])

    def live(number: int) -> None:
        nonlocal spent
        moment = timezone.now()
        member, product = members[number % len(members)], products[number * 7 % len(products)]
        Event.objects.create(member_id=member, type="view", product_id=product, occurred_at=moment)
        began = time.process_time()
        body = caller.get(paths[number % len(paths)])
        spent += time.process_time() - began
        assert b'"source":"live"' in body, body[:200]

    for _round in range(rounds):
        note("no-op", lambda _n: caller.get("/api/v1/noop/"))
        cache.clear()
        Exposure.objects.all().delete()
        note("stored, first of a day", stored)  # notes what was shown
        forget_answers()
        note("stored", stored)
        note("cached", lambda _n: caller.get(paths[0]))
        Event.objects.all().delete()
        spent = 0.0
        for number in range(requests):
            live(number)
        times.setdefault("live re-rank", []).append(spent * 1_000 / requests)
        Event.objects.all().delete()
    return times


def changed_by_an_event(*, requests: int) -> int:
    """Of so many members who post that they look at a product new to them: whose next list is another one."""
    from django.utils import timezone

    from membership.models import Member, OrderItem, Product

    caller, changed = Caller(name="events"), 0
    products = dict(Product.objects.values_list("pk", "sku")[:50])
    members = Member.objects.values_list("pk", "public_id")[:requests]
    for number, (member, public) in enumerate(members):
        owned = set(OrderItem.objects.filter(member=member).values_list("product_id", flat=True))
        new = [sku for product, sku in products.items() if product not in owned]
        path = f"/api/v1/members/{public}/recommendations/"
        before = [one["sku"] for one in json.loads(caller.get(path))["products"]]
        event = {"member": str(public), "type": "view", "sku": new[number * 7 % len(new)]}
        caller.post("/api/v1/events/", {**event, "occurred_at": timezone.now().isoformat()})
        after = [one["sku"] for one in json.loads(caller.get(path))["products"]]
        changed += before != after
    return changed


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--members", type=int, default=600)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = options_of(parser, members=120, requests=20, rounds=1)
    with scratch():
        make_shop(members=options.members, seed=options.seed)
        from registry.services.runs import execute_run, request_run

        run = execute_run(run=request_run(family="recommendations")[0])
        assert run.version is not None, run.error
        times = measure(requests=options.requests, rounds=options.rounds)
        changed = changed_by_an_event(requests=options.requests)
        print(
            f"{options.members:,} members, {N_PRODUCTS:,} products; live model: {run.version.estimator};"
            f" seconds by phase {run.phases}; seed {options.seed}"
        )
    with Report("serving", data="randomly generated members and orders", seed=options.seed) as report:
        keep(report, times)
        print(f"lists that a posted event changes on the next request: {changed} of {options.requests}")
        share = changed / options.requests
        report.add("lists changed by a posted event: share", share)


def keep(report: Report, times: dict[str, list[float]]) -> None:
    base = statistics.median(times["no-op"])
    print(f"{'request':<24} {'CPU ms':>8} {'range over rounds':>20} {'x no-op':>8}")
    for kind, values in times.items():
        middle = statistics.median(values)
        print(f"{kind:<24} {middle:>8.2f} {min(values):>9.2f} .. {max(values):<7.2f} {middle / base:>8.2f}")
        report.add(f"{kind}: times the no-op's CPU", middle / base, at_most=GOALS.get(kind), timed=True)
        goal = LIVE_GOAL_MS if kind == "live re-rank" else None
        for value in values:
            report.add(f"{kind}: CPU ms", value, at_most=goal, timed=True)


if __name__ == "__main__":
    main()
