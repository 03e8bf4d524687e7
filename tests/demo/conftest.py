from datetime import date

import pandas as pd
import pytest

from demo.files import DemoFiles, generate

LAST_DAY = date(2026, 3, 15)  # so that a clock change (8 March) lies in the replayed days
TIME_ZONE = "America/New_York"


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> DemoFiles:
    return generate(
        directory=tmp_path_factory.mktemp("demo"), last_day=LAST_DAY, time_zone=TIME_ZONE, households=60
    )


@pytest.fixture(scope="session")
def order_lines(demo) -> pd.DataFrame:
    """Every line, with ``part``: the file that it lies in."""
    parts = {name: pd.read_parquet(demo.path(name)) for name in ("orders", "replay_orders")}
    return pd.concat([frame.assign(part=name) for name, frame in parts.items()], ignore_index=True)


@pytest.fixture(scope="session")
def truth(demo) -> pd.DataFrame:
    return pd.read_parquet(demo.path("fraud_truth"))
