"""What `recommendation_speed` compares ours with, run by the peers' own interpreter (.venv-peers).

    python benchmarks/peers/speed.py als|sasrec IN.npz OUT.npz SETTINGS.json

IN holds ``shape`` (members, products), ``train`` and ``history`` (2, n: member rows, product rows, oldest
first) and ``members`` (their rows). OUT holds ``ranked`` (n members, 10), ``wall`` and ``cpu`` seconds.
Nothing of ours is imported here, and theirs is not where types are checked.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import numpy as np

K = 10


def als(data: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """The package `implicit`: every purchase once, its defaults but for what ``settings`` say."""
    from implicit.cpu.als import AlternatingLeastSquares  # type: ignore[import-not-found]  # only in the peers' environment
    from scipy import sparse

    def matrix(rows: Any) -> Any:
        ones = np.ones(rows.shape[1], dtype=np.float32)
        return sparse.csr_matrix((ones, (rows[0], rows[1])), shape=tuple(data["shape"]))

    model = AlternatingLeastSquares(**settings)
    train = matrix(data["train"])
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(train, show_progress=False)
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    members, history = data["members"], matrix(data["history"])[data["members"]]
    ranked, _scores = model.recommend(members, history, N=K, recalculate_user=True)
    return {"ranked": ranked, "wall": spent[0], "cpu": spent[1]}


def sasrec(data: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """RecTools' SASRec with its softmax loss."""
    import pandas as pd
    from pytorch_lightning import Trainer  # type: ignore[import-not-found]  # only in the peers' environment
    from rectools import Columns  # type: ignore[import-not-found]  # only in the peers' environment
    from rectools.dataset import Dataset  # type: ignore[import-not-found]  # only in the peers' environment
    from rectools.models import SASRecModel  # type: ignore[import-not-found]  # only in the peers' environment

    def dataset(rows: Any) -> Any:
        frame = pd.DataFrame({Columns.User: rows[0], Columns.Item: rows[1]})
        place = frame.groupby(Columns.User).cumcount()
        frame[Columns.Datetime] = pd.Timestamp("2026-01-01") + pd.to_timedelta(place, unit="h")
        frame[Columns.Weight] = 1.0
        return Dataset.construct(frame)

    def trainer() -> Any:
        return Trainer(
            max_epochs=settings["epochs"],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    model = SASRecModel(loss="softmax", get_trainer_func=trainer, **settings)
    train = dataset(data["train"])
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(train)
    spent = (time.perf_counter() - wall, time.process_time() - cpu)
    members = data["members"]
    ranked_table = model.recommend(members, dataset(data["history"]), k=K, filter_viewed=True)
    ranked = np.full((len(members), K), -1)
    lines = pd.Series(np.arange(len(members)), index=members)[ranked_table[Columns.User]].to_numpy()
    ranked[lines, ranked_table[Columns.Rank].to_numpy() - 1] = ranked_table[Columns.Item].to_numpy()
    return {"ranked": ranked, "wall": spent[0], "cpu": spent[1]}


def main() -> None:
    name, source, target, settings = sys.argv[1:]
    if threads := os.environ.get("OMP_NUM_THREADS"):
        import torch

        torch.set_num_threads(int(threads))
    with np.load(source) as data:
        run = {"als": als, "sasrec": sasrec}[name](data, json.loads(settings))
    np.savez(target, **run)


if __name__ == "__main__":
    main()
