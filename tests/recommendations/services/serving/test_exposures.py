from __future__ import annotations

import pytest
from django.db import DatabaseError
from pytest_django import DjangoAssertNumQueries

from recommendations.models import Experiment, Exposure
from recommendations.services.experiments import Arm, Assignment
from recommendations.services.reasons import Reason
from recommendations.services.serving.exposures import note_exposure
from recommendations.services.serving.member_lists import Served, ServedProduct
from tests.factories import MemberFactory, ModelVersionFactory, ProductFactory

pytestmark = pytest.mark.django_db


def served(**changes: object) -> Served:
    products = [ServedProduct(ProductFactory(), 0.5, Reason("popular", ""))]
    values = {"member": MemberFactory(), "surface": "for-you", "source": "popular", "products": products}
    return Served(**{**values, **changes})  # type: ignore[arg-type]  # by name


def test_what_was_shown_is_kept_with_who_chose_it():
    version = ModelVersionFactory()
    one = served(source="model", model_version=version)
    experiment = Experiment.objects.create(name="e", surface="for-you")
    assert note_exposure(served=one, assignment=Assignment(experiment.pk, Arm("control")))
    kept = Exposure.objects.get()

    assert (kept.source, kept.arm, kept.experiment, kept.model_version) == (
        "model", "control", experiment, version,
    )  # fmt: skip
    assert kept.products == [one.products[0].product.pk]


def test_a_list_counts_once_a_day(django_assert_num_queries: DjangoAssertNumQueries):
    one = served()
    assert note_exposure(served=one)
    with django_assert_num_queries(0):
        assert not note_exposure(served=one)

    assert Exposure.objects.count() == 1


def test_another_source_of_the_same_day_counts_too():
    one = served()
    note_exposure(served=one)
    note_exposure(served=served(member=one.member, source="live"))

    assert Exposure.objects.count() == 2


def test_an_empty_list_was_not_shown():
    assert not note_exposure(served=served(products=[]))
    assert not Exposure.objects.exists()


def test_a_busy_database_costs_the_note_alone(monkeypatch: pytest.MonkeyPatch):
    def busy(**values: object) -> int:
        raise DatabaseError("locked")

    monkeypatch.setattr("recommendations.services.serving.exposures.insert_rows", busy)

    assert note_exposure(served=served()) is False
