"""``POST orders/`` with its decision, warm, one at a time: ``make bench ONLY=checkout``.

Posts orders like the newest ones to the database that is configured, whose live fraud model decides, and
deletes them afterwards. Goal: p50 <= 15 ms, p99 <= 50 ms, <= 12 queries. Queries are counted on the orders
that warm it up, so that counting costs the measured ones nothing.
"""

from __future__ import annotations

import os
import random
import secrets
import statistics
import sys
import time
from collections import Counter
from contextlib import nullcontext
from typing import Any

ORDERS, WARM_UP, SEED = 200, 20, 1
BENCH = "BENCH-"


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from rest_framework.test import APIClient

    from fraud.services.scoring import warm_up
    from membership.models import ApiKey, Order, Product
    from registry.models import ModelVersion

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    if not ModelVersion.objects.live("fraud").exists():
        print(
            "not run: no fraud model is live in this database; `make run` loads the demo shop and trains one"
        )
        return 0
    warm_up()
    rng = random.Random(SEED)  # noqa: S311  # no secrets
    past = list(
        Order.objects.filter(member__status="active").select_related("member").order_by("-id")[:2_000]
    )
    skus = list(Product.objects.filter(is_active=True).values_list("sku", flat=True)[:500])
    secret = secrets.token_hex(16)
    key = ApiKey.objects.create(
        name="benchmark", prefix=secret[:8], key_hash=ApiKey.hash_of(secret), scopes=["orders:write"]
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    times: list[float] = []
    cpu_times: list[float] = []
    queries: list[int] = []
    decided: Counter[str] = Counter()
    try:
        for number in range(WARM_UP + ORDERS):
            body = order_like(rng.choice(past), skus, rng=rng, number=f"{BENCH}{secret[:6]}-{number}")
            counting = CaptureQueriesContext(connection) if number < WARM_UP else nullcontext()
            with counting as captured:
                start, cpu = time.perf_counter(), time.process_time()
                answer = client.post("/api/v1/orders/", body, format="json")
                took = (time.perf_counter() - start) * 1_000
                cpu_took = (time.process_time() - cpu) * 1_000
            if answer.status_code != 201:
                print(f"order refused: {answer.data}", file=sys.stderr)
            elif captured is not None:
                control = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
                queries.append(sum(not one["sql"].startswith(control) for one in captured))
            else:
                times.append(took)
                cpu_times.append(cpu_took)
                decided[str(answer.data["decision"])] += 1
                decided["late"] += any(one["code"] == "time_out" for one in answer.data["reasons"])
    finally:
        Order.objects.filter(order_no__startswith=f"{BENCH}{secret[:6]}").delete()
        key.delete()
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"{len(times)} orders, seed {SEED}: p50 {p50:.1f} ms, p99 {p99:.1f} ms (goals 15 and 50)")
    print(f"CPU an order, all threads: p50 {statistics.median(cpu_times):.1f} ms")
    print(f"queries: median {statistics.median(queries):.0f}, most {max(queries)} (goal 12); {dict(decided)}")
    return 0


def order_like(past: Any, skus: list[str], *, rng: random.Random, number: str) -> dict[str, Any]:
    """What the member of ``past`` might order next."""
    return {
        "member": past.member.member_no,
        "order_no": number,
        "lines": [{"sku": rng.choice(skus), "quantity": rng.randint(1, 3)} for _ in range(3)],
        "channel": past.channel,
        "payment_method": past.payment_method,
        "payment_fingerprint": past.payment_fingerprint,
        "device_fingerprint": past.device_fingerprint,
    }


if __name__ == "__main__":
    sys.exit(main())
