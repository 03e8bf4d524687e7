"""Models and their training. Who may call is declared as ``membership.access.permissions`` reads it."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.api.lookups import by_public_id
from registry.api.serializers import ModelVersionOutput, RunInput, RunOutput
from registry.models import ModelVersion, TrainingRun
from registry.queueing import queue_after_commit
from registry.services.runs import request_run
from registry.services.versions import NoLiveModel, load_version, promote, roll_back
from registry.tasks import queue_rescoring


class NotNow(APIException):
    status_code = 409
    default_code = "error"


class ModelsView(ListAPIView[ModelVersion]):
    """Model versions with their figures, newest first."""

    required_scopes = {"GET": "models:read"}
    required_permissions = {"GET": "registry.view_modelversion"}
    queryset = ModelVersion.objects.all()
    serializer_class = ModelVersionOutput
    filterset_fields = ("family", "status")

    @extend_schema(operation_id="models_list", tags=["models"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class ModelView(APIView):
    required_scopes = {"GET": "models:read"}
    required_permissions = {"GET": "registry.view_modelversion"}

    @extend_schema(operation_id="models_get", responses=ModelVersionOutput, tags=["models"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One version."""
        return Response(ModelVersionOutput(_version(id)).data)


class PromoteView(APIView):
    required_scopes = {"POST": "models:write"}
    required_permissions = {"POST": "registry.change_modelversion"}

    @extend_schema(operation_id="models_promote", request=None, responses=ModelVersionOutput, tags=["models"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Make this version the live one of its family. 409 when its file is missing or damaged."""
        version = _version(id)
        try:
            load_version(version=version)
        except NoLiveModel as error:
            raise NotNow(
                _("%(version)s cannot be loaded: %(why)s") % {"version": version, "why": error}
            ) from error
        promote(version=version)
        queue_rescoring(family=version.family)
        return Response(ModelVersionOutput(version).data)


class RollbackView(APIView):
    required_scopes = {"POST": "models:write"}
    required_permissions = {"POST": "registry.change_modelversion"}

    @extend_schema(
        operation_id="models_rollback", request=None, responses=ModelVersionOutput, tags=["models"]
    )
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Go back from this live version to the one before it; answers with the version now live."""
        version = _version(id)
        if version.status != ModelVersion.Status.LIVE:
            raise NotNow(_("%s is not live, so there is nothing to go back from.") % version)
        try:
            earlier = roll_back(family=version.family)
        except NoLiveModel as error:
            raise NotNow(str(error)) from error
        queue_rescoring(family=version.family)
        return Response(ModelVersionOutput(earlier).data)


class TrainingRunsView(ListAPIView[TrainingRun]):
    """Training runs, newest first."""

    required_scopes = {"GET": "models:read", "POST": "models:write"}
    required_permissions = {"GET": "registry.view_trainingrun", "POST": "registry.add_trainingrun"}
    queryset = TrainingRun.objects.select_related("version")
    serializer_class = RunOutput
    filterset_fields = ("family", "status")

    @extend_schema(operation_id="training_runs_list", tags=["models"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="training_runs_start",
        request=RunInput,
        responses={200: RunOutput, 201: RunOutput},
        tags=["models"],
    )
    def post(self, request: Request) -> Response:
        """Start a retrain of one family; 200 with the run under way when there is one."""
        given = RunInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = request.user if isinstance(request.user, User) else None
        run, is_new = request_run(family=given.validated_data["family"], requested_by=user)
        if is_new:
            queue_after_commit(run.task_name, run.pk)
        headers = {"Location": f"{request.path}{run.public_id}/"}
        return Response(RunOutput(run).data, status=201 if is_new else 200, headers=headers)


class TrainingRunView(APIView):
    required_scopes = {"GET": "models:read"}
    required_permissions = {"GET": "registry.view_trainingrun"}

    @extend_schema(operation_id="training_runs_get", responses=RunOutput, tags=["models"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One run, with its progress."""
        runs = TrainingRun.objects.select_related("version")
        run = by_public_id(runs, id, _("There is no training run %s."))
        return Response(RunOutput(run).data)


def _version(public_id: UUID) -> ModelVersion:
    return by_public_id(ModelVersion.objects.all(), public_id, _("There is no model version %s."))
