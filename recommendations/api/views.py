"""Recommendations over REST. Who may call is declared as ``membership.access.permissions`` reads it."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from learning.json_types import JsonMapping, JsonObject
from membership.access.permissions import get_member, own_member
from membership.errors import rejected
from membership.members.lookups import find_member, find_products
from membership.models import Member, Product
from recommendations.api.answers import Answer, kept_answer
from recommendations.api.json import list_json, products_json
from recommendations.api.serializers import (
    CartInput,
    ProductListData,
    ProductListQuery,
    RecommendationList,
    RecommendationQuery,
    SearchQuery,
    SearchResults,
    TrendingQuery,
)
from recommendations.services.experiments import arm_for, version_of
from recommendations.services.serving.activity import State
from recommendations.services.serving.exposures import note_exposure
from recommendations.services.serving.member_lists import recommend
from recommendations.services.serving.product_lists import (
    For,
    ProductList,
    bought_together,
    cart_products,
    similar_products,
    trending,
)
from recommendations.services.serving.search import search_products
from recommendations.services.serving.viewers import Viewer, with_marks
from recommendations.services.tuning import Tuning
from registry.api.lookups import by_public_id


class MemberRecommendationsView(APIView):
    """What to show one member."""

    required_scopes = {"GET": "recommendations:read"}
    required_permissions = {"GET": "recommendations.view_recommendation"}
    member_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="member_recommendations",
        parameters=[RecommendationQuery],
        responses=RecommendationList,
        tags=["recommendations"],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """The member's products on one surface, best first, with reasons; ``source`` says where from.

        An event or order that was posted before this request counts. ETag: If-None-Match saves sending it.
        """
        query = RecommendationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        surface, limit = query.validated_data["surface"], query.validated_data["limit"]
        member = get_member(request, public_id)
        answer = kept_answer(
            member=member,
            surface=surface,
            limit=limit,
            make=lambda state: _answer(member=member, surface=surface, limit=limit, state=state),
        )
        return answer.response(request)


def _answer(*, member: Member, surface: str, limit: int, state: State) -> Answer:
    """The list as the member's arm of a running experiment wants it, noted as shown."""
    assignment = arm_for(member=member, surface=surface)
    options: JsonObject = {}
    if assignment is not None:
        options = {"version": version_of(assignment.arm), "tuning": Tuning.changed(assignment.arm.settings)}
    served = recommend(member=member, surface=surface, limit=limit, state=state, **options)
    note_exposure(served=served, assignment=assignment)
    return Answer.of(list_json(served), products=[one.product.pk for one in served.products])


class _ProductListView(APIView):
    """Lists that are the same for everybody."""

    required_scopes = {"GET": "recommendations:read"}
    required_permissions = {"GET": "recommendations.view_recommendation"}
    member_methods = frozenset({"GET"})


class SimilarProductsView(_ProductListView):
    @extend_schema(
        operation_id="product_similar",
        parameters=[ProductListQuery],
        responses=ProductListData,
        tags=["recommendations"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """What could be bought instead of this product, most similar first."""
        query = ProductListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        limit, whom = query.validated_data["limit"], _whom(request, query.validated_data)
        return _listed(request, similar_products(product=_product(id), limit=limit, whom=whom))


class BoughtTogetherView(_ProductListView):
    @extend_schema(
        operation_id="product_bought_together",
        parameters=[ProductListQuery],
        responses=ProductListData,
        tags=["recommendations"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """What is bought in the same orders as this product, oftener than chance would have it."""
        query = ProductListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        limit, whom = query.validated_data["limit"], _whom(request, query.validated_data)
        return _listed(request, bought_together(product=_product(id), limit=limit, whom=whom))


class TrendingView(_ProductListView):
    @extend_schema(
        operation_id="recommendations_trending",
        parameters=[TrendingQuery],
        responses=ProductListData,
        tags=["recommendations"],
    )
    def get(self, request: Request) -> Response:
        """What is bought more often lately, counted every ten minutes."""
        query = TrendingQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        listed = trending(
            limit=given["limit"], category=given.get("category", ""), whom=_whom(request, given)
        )
        return _listed(request, listed)


class ProductSearchView(APIView):
    required_scopes = {"GET": "products:read"}
    required_permissions = {"GET": "membership.view_product"}
    member_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="products_search", parameters=[SearchQuery], responses=SearchResults, tags=["products"]
    )
    def get(self, request: Request) -> Response:
        """Products by SKU, by words and by meaning, best first: 研磨咖啡 finds ground coffee."""
        query = SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        given = query.validated_data
        viewer = _viewer(request, given)
        if own_member(request) is None and not {"age", "country", "language"} & set(given):
            viewer = None  # who keeps the catalogue finds all of it
        products = search_products(query=given["q"], limit=given["limit"], viewer=viewer)
        return Response({"products": products_json(products)})


class CartView(APIView):
    required_scopes = {"POST": "recommendations:read"}
    required_permissions = {"POST": "recommendations.view_recommendation"}
    member_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="recommendations_cart",
        request=CartInput,
        responses=ProductListData,
        tags=["recommendations"],
    )
    def post(self, request: Request) -> Response:
        """What goes with the products in a cart; for an empty one, the member's list or what is popular."""
        given = CartInput(data=request.data)
        given.is_valid(raise_exception=True)
        names = given.validated_data["products"]
        known = find_products(set(names))
        for place, name in enumerate(names):
            if name not in known:
                raise rejected(f"products.{place}", _("There is no product %s.") % name)
        products = cart_products(
            cart=[known[name] for name in dict.fromkeys(names)],
            limit=given.validated_data["limit"],
            whom=For.somebody(
                _whose(request, given.validated_data.get("member")),
                viewer=_viewer(request, given.validated_data),
            ),
        )
        return Response({"source": products.source, "products": products_json(products.products)})


def _whose(request: Request, name: str | None) -> Member | None:
    """The member whose cart it is, if anybody's. A member's token can only name itself."""
    own = own_member(request)
    if own is not None:
        if name not in (None, str(own.public_id), own.member_no):
            raise rejected("member", _("You can ask only for yourself."))
        return own
    return find_member(name) if name else None


def _whom(request: Request, given: JsonMapping) -> For:
    """The member whose token it is, or else who the query says looks."""
    return For.somebody(own_member(request), viewer=_viewer(request, given))


def _viewer(request: Request, given: JsonMapping) -> Viewer:
    own = own_member(request)
    if own is not None:
        return Viewer.of(own, at=timezone.now())
    return Viewer(given.get("age"), given.get("country", ""), given.get("language", ""))


def _listed(request: Request, products: ProductList) -> Response:
    data = {"source": products.source, "products": products_json(products.products)}
    return Answer.of(data, products=[]).response(request)


def _product(public_id: UUID) -> Product:
    return by_public_id(with_marks(Product.objects.all()), public_id, _("There is no product %s."))
