"""Uploads for tests: files that are there already."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils import timezone

from importing.uploads.storing import name_on_disk
from membership.models import Upload

SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Subtotal,Currency,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Notes\n"
    "#1,Ana@Example.com,paid,24.00,USD,2026-03-01 10:00:00 -0700,2,Tee,10.00,TEE,gift\n"
    "#1,Ana@Example.com,,,,2026-03-01 10:00:00 -0700,1,Mug,4.00,MUG,\n"
    "#2,bo@example.com,voided,4.00,USD,2026-03-02 10:00:00 -0700,1,Mug,4.00,MUG,\n"
    "#3,bo@example.com,paid,4.00,USD,sometime,1,Mug,4.00,MUG,\n"
)


def uploaded(name: str, content: str | bytes, *, owner: str = "user:1", **values: Any) -> Upload:
    """A complete upload."""
    data = content.encode() if isinstance(content, str) else content
    upload = Upload.objects.create(
        owner=owner, name=name, size=len(data), received=len(data), state="complete",
        sha256=hashlib.sha256(data).hexdigest(), file_name=name_on_disk(name),
        expires_at=values.pop("expires_at", timezone.now()), **values,
    )  # fmt: skip
    upload.folder.mkdir(parents=True)
    upload.path.write_bytes(data)
    return upload
