"""What connected shops call: a signed message is stored, and answered before anything is done with it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors.models import System
from connectors.receiving import Answer, NotJson, NotSigned, receive
from membership.access.throttles import CallerThrottle


class ShopThrottle(CallerThrottle):
    """Counted by address, with a limit that a busy shop's messages do not reach."""

    def bucket(self, request: Request, view: APIView) -> tuple[str, str]:
        return "connector", str(self.get_ident(request))


def _headers(*names: str) -> list[OpenApiParameter]:
    return [OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER) for name in names]


class ConnectorView(APIView):
    """Open to everybody, because the message's signature says who has sent it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (ShopThrottle,)
    system: ClassVar[System]

    def get_authenticate_header(self, request: Request) -> str:
        return "Signature"

    def post(self, request: Request, **kwargs: uuid.UUID) -> Response:
        try:
            answer = receive(
                system=self.system, public_id=kwargs.get("id"), body=request._request.body,
                headers=request.headers,
            )  # fmt: skip
        except NotSigned:
            raise AuthenticationFailed(_("No connected shop has signed this message.")) from None
        except NotJson:
            raise ParseError(_("The body is not a JSON object.")) from None
        return Response({"result": answer.value})


RESULT = OpenApiResponse(
    response={
        "type": "object",
        "properties": {"result": {"type": "string", "enum": [answer.value for answer in Answer]}},
        "required": ["result"],
    },
    description="The message is kept and will be worked on, or was known already.",
)
SIGNED_BY = {
    System.SHOPIFY: ("X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "X-Shopify-Shop-Domain"),
    System.WOOCOMMERCE: ("X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "X-WC-Webhook-Source"),
    System.SIGNED: ("Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"),
}


def view_of(system: System, *, named: bool) -> type[ConnectorView]:
    """The view of one system's messages; ``named``: its address names the connection."""

    class View(ConnectorView):
        pass

    View.system = system
    View.__name__ = f"{system.name.title()}View"
    headers = [OpenApiParameter(name, str, OpenApiParameter.HEADER) for name in SIGNED_BY[system]]
    documented = extend_schema(
        operation_id=f"connectors_{system}_{'connection' if named else 'message'}",
        summary=f"Take a message of {system.label}",
        description=ConnectorView.__doc__,
        request=OpenApiTypes.OBJECT,
        responses={200: RESULT},
        auth=[],
        parameters=headers,
    )
    return extend_schema_view(post=documented)(View)
