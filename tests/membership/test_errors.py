"""What a service says when it cannot do what was asked."""

from __future__ import annotations

import pytest

from membership.errors import Conflict, FieldError, Rejected, ServiceError, rejected


def test_a_rejection_about_one_field_names_it() -> None:
    error = rejected("lines.0.sku", "There is no product X.")

    assert isinstance(error, Rejected)
    assert (str(error), error.errors) == (
        "There is no product X.", [FieldError("lines.0.sku", "There is no product X.")]
    )  # fmt: skip


@pytest.mark.parametrize("kind", [Rejected, Conflict])
def test_both_kinds_are_service_errors_and_take_any_errors(kind) -> None:
    error = kind("no", errors=(FieldError(name, "no") for name in "ab"))

    assert isinstance(error, ServiceError)
    assert [one.field for one in error.errors] == ["a", "b"]
    assert kind("no").errors == []
