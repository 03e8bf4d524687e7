"""``manage.py create_api_key``: a key for a server that talks to the API."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from membership.access.keys import SCOPES, create_api_key
from membership.errors import Rejected


class Command(BaseCommand):
    help = "Make an API key and print it. It is shown this once; only its hash is stored."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        scopes = "\n".join(f"  {scope:22}{text}" for scope, text in SCOPES.items())
        example = "manage.py create_api_key storefront --scopes orders:write,events:write --days 365"
        return super().create_parser(
            prog_name,
            subcommand,
            formatter_class=RawDescriptionHelpFormatter,
            epilog=f"scopes:\n{scopes}\n\nexample:\n  {example}",
            **kwargs,
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="who will use it")
        parser.add_argument("--scopes", required=True, help="what it may do, separated by commas; or: all")
        parser.add_argument("--days", type=int, help="how long it is valid; for ever, unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["scopes"]
        scopes = list(SCOPES) if given == "all" else given.split(",")
        try:
            key, secret = create_api_key(name=options["name"], scopes=scopes, days=options["days"])
        except Rejected as error:
            raise CommandError(error.message) from error
        until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "until it is revoked"
        self.stderr.write(f"Key of {key.name}, valid {until}, for {', '.join(key.scopes)}:")
        self.stdout.write(secret)
