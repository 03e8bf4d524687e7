"""The admin's page on which staff choose what takes the place of something that is to go."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from membership.backoffice import ShopAdmin
from membership.errors import ServiceError
from membership.rules.names.uses import used_in
from membership.rules.nodes import Ref


class ReplacementForm(forms.Form):
    into: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=gettext_lazy("What takes its place"), queryset=None, widget=UnfoldAdminSelectWidget
    )


class ReplaceableAdmin(ShopAdmin):
    """Rows that rules name by their id: deleting one in use is refused with the names of those rules, and a
    page puts another one in its place, in the rules as well.
    """

    kind: ClassVar[str]
    actions_detail: Any = ("open_replace",)

    def replace(self, *, row: Any, into: Any, user: User | None) -> None:
        """Put ``into`` in the place of ``row`` and delete that. Raises ServiceError."""
        raise NotImplementedError

    def offered(self, row: Any) -> QuerySet[Any]:
        others: QuerySet[Any] = self.model._default_manager.exclude(pk=row.pk)
        return others

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Where rules use one of ``objs``, they are named first: they are what staff can change."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)
        used = [f"{row}: {place}" for row in objs for place in used_in(Ref(self.kind, row.pk))]
        return (to_delete, counts, set(), used) if used else (to_delete, counts, missing, protected)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_replace"
        view = self.admin_site.admin_view(self.replace_view)
        return [path("<int:pk>/replace/", view, name=name), *super().get_urls()]

    @action(description=gettext_lazy("Replace by another"), url_path="open-replace")
    def open_replace(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(self._url("replace", object_id))

    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.model, pk=pk)
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        form = ReplacementForm(request.POST or None)
        field: Any = form.fields["into"]
        field.queryset = self.offered(row)
        if form.is_valid() and self._replaced(request, row, form.cleaned_data["into"]):
            return HttpResponseRedirect(self._url("changelist"))
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": row, "form": form,
            "title": _("Replace “%s” by another") % row, "used": used_in(Ref(self.kind, row.pk)),
        }  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "membership/replace.html", context)

    def _replaced(self, request: HttpRequest, row: Model, into: Model) -> bool:
        before, user = str(row), request.user
        try:
            self.replace(row=row, into=into, user=user if isinstance(user, User) else None)
        except ServiceError as error:
            messages.error(request, error.message)
            return False
        done = _("“%(into)s” took the place of “%(before)s”.") % {"into": into, "before": before}
        messages.success(request, done)
        return True

    def _url(self, page: str, *args: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)
