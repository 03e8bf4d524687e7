"""LightGBM is loaded without the libraries that it only looks for."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings


def printed_by(code: str) -> list[str]:
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_neither_pandas_nor_scikit_learn_is_loaded_and_both_can_be_afterwards() -> None:
    code = (
        "import sys; import learning.boosting;"
        "print('pandas' in sys.modules, 'sklearn' in sys.modules);"
        "import pandas, sklearn; print(pandas.Series([1]).sum())"
    )
    assert printed_by(code) == ["False", "False", "1"]


def test_torch_is_not_loaded_and_shares_its_openmp_afterwards() -> None:
    code = """
import sys
from learning.boosting import lightgbm
print("torch" in sys.modules)
import torch
from threadpoolctl import threadpool_info
paths = {one["filepath"] for one in threadpool_info() if one["user_api"] == "openmp"}
print(len(paths), all("/torch/" in path for path in paths))
"""
    assert printed_by(code) == ["False", "1", "True"]


def test_what_is_loaded_already_stays() -> None:
    assert printed_by(
        "import sys, pandas as p; import learning.boosting; print(p is sys.modules['pandas'])"
    ) == ["True"]


def test_other_threads_find_everything_meanwhile() -> None:
    code = """
import threading
from learning.boosting import _left_out
found = []
def look():
    import sklearn
    found.append(sklearn.__name__)
with _left_out():
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        print(error.name)
print(found[0])
"""
    assert printed_by(code) == ["matplotlib", "sklearn"]


@pytest.mark.parametrize(
    "module",
    [
        "fraud.ml.models.blend",
        "fraud.ml.orders.rows",
        "fraud.ml.orders.sequences",
        "recommendations.ml.blending.blend",
        "forecasts.ml.members.forecast_blend",
        "forecasts.ml.demand.demand",
    ],
)
def test_a_process_that_only_scores_loads_neither(module: str) -> None:
    code = f"import sys, {module}; print('pandas' in sys.modules, 'sklearn' in sys.modules)"
    assert printed_by(code) == ["False", "False"]
