"""``manage.py generate_orders``: an order file of any size for load tests."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm


class Command(BaseCommand):
    help = (
        "Write made-up orders, one line each, as Parquet that import_orders reads, and their fraud labels "
        "beside it. Memory stays bounded however many there are. Example: manage.py generate_orders "
        "--members 10000 --orders 1000000 --seed 1 orders.parquet"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to; labels go to NAME.labels.parquet beside it")
        parser.add_argument("--members", type=_positive, default=1_000)
        parser.add_argument("--orders", type=_positive, default=100_000)
        parser.add_argument("--days", type=_positive, default=365)
        parser.add_argument("--skus", default="SKU1", help="comma-separated SKUs that the shop knows")
        parser.add_argument("--first-member", type=_positive, default=1, help="member numbers begin here")
        parser.add_argument("--fraud-share", type=float, default=0.005)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: object, **options: Any) -> None:
        from fraud.ml.orders.generated import MadeUp, write_orders

        if not 0 <= options["fraud_share"] < 1:
            raise CommandError("--fraud-share is a share from 0 up to 1; an example is 0.005.")
        if not options["file"].parent.is_dir():
            raise CommandError(f"There is no folder {options['file'].parent}; make it first.")
        wanted = MadeUp(
            members=options["members"],
            orders=options["orders"],
            days=options["days"],
            skus=tuple(options["skus"].split(",")),
            first_member=options["first_member"],
            fraud_share=options["fraud_share"],
            seed=options["seed"],
        )
        with tqdm(total=wanted.orders, unit=" orders") as bar:
            frauds = write_orders(options["file"], wanted, progress=bar.update)
        self.stdout.write(f"{wanted.orders} orders, {frauds} of them fraud: {options['file']}")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)
