"""Connections as staff make and change them: addresses in one form, secrets that are stored and not shown."""

from __future__ import annotations

import base64
import secrets as random_secrets
from collections.abc import Mapping

from django.db import transaction

from connectors.fetching.addresses import plain_address
from connectors.models import Connection, System
from connectors.signatures import STANDARD_PREFIX

CHOSEN_HERE = (System.WOOCOMMERCE, System.SIGNED)
"""Systems into which the secret of their messages is entered; Shopify makes it itself."""


def save_connection(*, connection: Connection, secrets: Mapping[str, str]) -> str:
    """Store it with the secrets that are not empty; a secret that was made here, to be shown once, or "".

    A new webhook secret leaves the one before valid, so that the other side may change it later.
    Raises ShopProblem where the address cannot be one.
    """
    if connection.shop_address:
        connection.shop_address = plain_address(connection.shop_address)
    made = ""
    given = {name: text.strip() for name, text in secrets.items() if text.strip()}
    is_new = not connection.webhook_secret_sealed
    if is_new and connection.system in CHOSEN_HERE and "webhook_secret" not in given:
        made = new_secret()
        given["webhook_secret"] = made
    with transaction.atomic():
        if "webhook_secret" in given:
            connection.previous_secret_sealed = connection.webhook_secret_sealed
        for name, text in given.items():
            connection.keep_secret(name, text)
        connection.error = ""
        connection.save()
    return made


def drop_previous_secret(*, connection: Connection) -> None:
    """Messages signed with the secret before the present one are refused from now on."""
    connection.previous_secret_sealed = ""
    connection.save(update_fields=["previous_secret_sealed"])


def new_secret() -> str:
    """32 random bytes, as Standard Webhooks writes a secret."""
    return STANDARD_PREFIX + base64.b64encode(random_secrets.token_bytes(32)).decode()


def callback_path(connection: Connection) -> str:
    """Where the shop is to send its messages, on this server."""
    return f"/api/v1/connectors/{connection.system}/{connection.public_id}/"
