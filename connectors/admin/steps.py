"""What staff do in the other system, one sentence a step."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from connectors.models import System
from connectors.systems.shopify.messages import TOPICS as SHOPIFY_TOPICS
from connectors.systems.signed import TYPES
from connectors.systems.woocommerce.messages import TOPICS as WOOCOMMERCE_TOPICS


def steps_of(system: str) -> SafeString:
    """As a numbered list."""
    texts = {System.SHOPIFY: _shopify, System.WOOCOMMERCE: _woocommerce, System.SIGNED: _signed}
    rows = format_html_join("", "<li>{}</li>", ((text,) for text in texts[System(system)]()))
    return format_html('<ol class="rg-steps">{}</ol>', rows)


def _shopify() -> Sequence[str]:
    return (
        _(
            "In Shopify, open Settings → Notifications → Webhooks. For each of these events create a webhook "
            "in the format JSON, with the address below: %(topics)s."
        )
        % {"topics": ", ".join(SHOPIFY_TOPICS)},
        _(
            "Below its list of webhooks, Shopify shows the secret that signs them. Enter it here as "
            "the webhook secret."
        ),
        _(
            "Create an app for your shop (Settings → Apps → Develop apps) that may read customers, products, "
            "inventory, locations and all orders. Install it, and enter its Admin API access token here."
        ),
        _("Press “Fetch everything”. From then on changes come by themselves."),
    )


def _woocommerce() -> Sequence[str]:
    return (
        _(
            "In WordPress, open WooCommerce → Settings → Advanced → REST API, add a key with the permission "
            "Read, and enter its consumer key and consumer secret here."
        ),
        _(
            "Open WooCommerce → Settings → Advanced → Webhooks. For each of these topics add an active "
            "webhook, with the address below as its delivery URL: %(topics)s."
        )
        % {"topics": ", ".join(WOOCOMMERCE_TOPICS)},
        _(
            "Enter the webhook secret that was shown when this connection was saved into each of them, or "
            "one of your own on both sides."
        ),
        _("Press “Fetch everything”. From then on changes come by themselves."),
    )


def _signed() -> Sequence[str]:
    return (
        _(
            "Have your system post each change to the address below, signed as standardwebhooks.com says, "
            "with the webhook secret that was shown when this connection was saved."
        ),
        _("The types are %(types)s. The documentation of connectors lists their fields.")
        % {"types": ", ".join(TYPES)},
    )
