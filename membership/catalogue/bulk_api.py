"""Many products at once over REST."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from learning.json_types import JsonMapping
from membership.access.idempotency import idempotent
from membership.access.permissions import caller_name
from membership.catalogue.bulk import ProductOutcome, upsert_products
from membership.catalogue.serializers import MAX_PRODUCTS, BulkInput, BulkResults, ProductInput
from membership.catalogue.stock.changing import Cause
from membership.errors import FieldError, flat_errors

COUNTED = ("created", "updated", "unchanged", "rejected")


class ProductsBulkView(APIView):
    required_scopes = {"POST": "products:write"}
    required_permissions = {"POST": ("membership.add_product", "membership.change_product")}

    @extend_schema(
        operation_id="products_bulk",
        request=BulkInput,
        responses={200: BulkResults, 201: BulkResults},
        tags=["products"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make or change up to 1,000 products by their SKUs; a result for each.

        A wrong one is rejected as a whole and does not stop the others. 201 when at least one was created.
        """
        outcomes = _upserted(_listed(request.data), cause=Cause("api", who=caller_name(request)))
        counts = Counter(one.status for one in outcomes)
        results = [
            {"index": at, "sku": one.sku, "id": one.id, "status": one.status, "errors": one.errors}
            for at, one in enumerate(outcomes)
        ]
        answer = {word: counts[word] for word in COUNTED} | {"results": results}
        return Response(BulkResults(answer).data, status=201 if counts["created"] else 200)


def _listed(data: object) -> list[object]:
    """The products of the body: ``{"products": [...]}``, or the list alone. Raises ValidationError."""
    products = data.get("products") if isinstance(data, Mapping) else data
    if not isinstance(products, list) or not 1 <= len(products) <= MAX_PRODUCTS:
        raise ValidationError({"products": _("Send 1 to %d products at a time.") % MAX_PRODUCTS})
    return products


def _upserted(products: list[object], *, cause: Cause) -> list[ProductOutcome]:
    """Check each by itself, store the good ones together, and put the outcomes in order again."""
    outcomes: dict[int, ProductOutcome] = {}
    drafts: dict[int, JsonMapping] = {}
    for at, data in enumerate(products):
        given = ProductInput(data=data)
        if given.is_valid():
            drafts[at] = given.validated_data
        else:
            sku = str(data.get("sku", ""))[:60] if isinstance(data, Mapping) else ""
            errors = [FieldError(**one) for one in flat_errors(given.errors)]
            outcomes[at] = ProductOutcome("rejected", sku, errors=errors)
    stored = upsert_products(drafts=list(drafts.values()), cause=cause) if drafts else []
    outcomes |= dict(zip(drafts, stored, strict=True))
    return [outcomes[at] for at in range(len(products))]
