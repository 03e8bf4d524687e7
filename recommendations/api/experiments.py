"""Experiments over REST: make, start, end, and see what each arm brought."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from recommendations.api.serializers import (
    ExperimentChange,
    ExperimentInput,
    ExperimentOutput,
    ExperimentResults,
)
from recommendations.models import Experiment
from recommendations.services.experiments import (
    create_experiment,
    end_experiment,
    results_of,
    start_experiment,
)
from registry.api.lookups import by_public_id


class ExperimentsView(ListAPIView[Experiment]):
    """Experiments, newest first."""

    required_scopes = {"GET": "models:read", "POST": "models:write"}
    required_permissions = {
        "GET": "recommendations.view_experiment",
        "POST": "recommendations.add_experiment",
    }
    queryset = Experiment.objects.all()
    serializer_class = ExperimentOutput
    filterset_fields = ("surface", "status")

    @extend_schema(operation_id="experiments_list", tags=["experiments"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="experiments_create",
        request=ExperimentInput,
        responses={201: ExperimentOutput},
        tags=["experiments"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make an experiment, as a draft."""
        given = ExperimentInput(data=request.data)
        given.is_valid(raise_exception=True)
        experiment = create_experiment(**given.validated_data)
        headers = {"Location": f"{request.path}{experiment.public_id}/"}
        return Response(ExperimentOutput(experiment).data, status=201, headers=headers)


class ExperimentView(APIView):
    required_scopes = {"GET": "models:read", "PATCH": "models:write"}
    required_permissions = {
        "GET": "recommendations.view_experiment",
        "PATCH": "recommendations.change_experiment",
    }

    @extend_schema(operation_id="experiments_get", responses=ExperimentOutput, tags=["experiments"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One experiment."""
        return Response(ExperimentOutput(_experiment(id)).data)

    @extend_schema(
        operation_id="experiments_change",
        request=ExperimentChange,
        responses=ExperimentOutput,
        tags=["experiments"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Start a draft, or end what runs. 409 when it cannot be, or another runs on the same surface."""
        given = ExperimentChange(data=request.data)
        given.is_valid(raise_exception=True)
        change = start_experiment if given.validated_data["status"] == "running" else end_experiment
        return Response(ExperimentOutput(change(experiment=_experiment(id))).data)


class ExperimentResultsView(APIView):
    required_scopes = {"GET": "models:read"}
    required_permissions = {"GET": "recommendations.view_experiment"}

    @extend_schema(operation_id="experiments_results", responses=ExperimentResults, tags=["experiments"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Members shown, clicks and orders by arm, with 95 % intervals and differences to the first."""
        experiment = _experiment(id)
        answer = {"experiment": experiment.public_id, "arms": results_of(experiment=experiment)}
        return Response(ExperimentResults(answer).data)


def _experiment(public_id: UUID) -> Experiment:
    return by_public_id(Experiment.objects.all(), public_id, _("There is no experiment %s."))
