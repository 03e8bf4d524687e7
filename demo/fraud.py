"""Generated: the stories of ``stories.py`` as orders among the real ones, with labels that arrive later.

What an order truly was is returned as ``truth``, which no import file holds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from demo import stories
from demo.context import DAY
from demo.source import CENT
from demo.stories import PLANS, Plan, Purchase, Scene

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from demo.context import Ints

RESALEABLE = (
    "LIQUOR", "INFANT FORMULA", "SHAVING CARE PRODUCTS", "VITAMINS", "FRAGRANCES", "MAKEUP AND TREATMENT",
    "CIGARETTES", "COFFEE", "BATTERIES", "PREPAID WIRELESS&ACCESSORIES", "DIAPERS & DISPOSABLES",
    "ANALGESICS", "PERSONAL CARE APPLIANCES", "DOMESTIC WINE", "LAUNDRY DETERGENTS", "BEERS/ALES",
)  # fmt: skip
FIRST_STORY_AFTER_DAYS = 20  # members need a past that a story can deviate from
CHECKED_SHARE = 0.004  # of online orders: reviewed and labelled genuine
FRIENDLY_SHARE = 0.0002  # of online orders: charged back though nothing about them is unusual
CANDIDATES = 8


@dataclass(frozen=True)
class Simulated:
    """All orders and lines by time, and beside them what is said and what is true.

    ``labels``: order_id, is_fraud, known_at (seconds), source.
    ``truth``: order_id, typology, is_fraud, episode; only orders that belong to a story.
    """

    orders: pd.DataFrame
    lines: pd.DataFrame
    labels: pd.DataFrame
    truth: pd.DataFrame


@dataclass(frozen=True)
class _Switch:
    household: int
    since: int
    old: int
    new: int


def simulate(
    *, orders: pd.DataFrame, lines: pd.DataFrame, products: pd.DataFrame, end: int, rng: np.random.Generator
) -> Simulated:
    """``orders`` as ``context.add_context`` gives them; nothing is placed at or after ``end`` (seconds)."""
    import pandas as pd

    accounts = _Accounts(orders)
    purchases: list[Purchase] = []
    switches: list[_Switch] = []
    for name, plan in PLANS.items():
        for scene in _scenes(plan, accounts=accounts, n_orders=len(orders), end=end, rng=rng):
            episode = len(switches) + 1
            written = plan.story(scene, rng)
            purchases += [
                replace(step, story=name, is_fraud=plan.is_fraud, episode=episode)
                for step in written
                if step.placed < end
            ]
            kept = scene.usual.device if plan.is_fraud else written[-1].device
            switches.append(_Switch(scene.usual.household, written[-1].placed, scene.usual.device, kept))
    added, added_lines = _as_orders(purchases, orders=orders, products=products, rng=rng)
    genuine = _phones_kept(orders, switches)
    labels, truth = _labels(added, orders=genuine, rng=rng)
    columns = list(genuine.columns)
    together = pd.concat([genuine, added[columns]], ignore_index=True)
    together = together.sort_values(["placed", "order_id"], kind="stable", ignore_index=True)
    return Simulated(together, _lines_in_order(lines, added_lines, together), labels, truth)


class _Accounts:
    """The online orders of each household, by time."""

    def __init__(self, orders: pd.DataFrame) -> None:
        import numpy as np

        online = orders[orders["channel"] != "store"].sort_values(["household", "placed"], kind="stable")
        self.columns: dict[str, Any] = {name: online[name].to_numpy() for name in online.columns}
        self.households, self.begins, counts = np.unique(
            self.columns["household"], return_index=True, return_counts=True
        )
        self.ends = self.begins + counts
        self.chance = counts / counts.sum()
        spend = orders.groupby("household")["gross"].mean()
        self.mean_cents = spend.reindex(self.households).to_numpy().astype(np.int64)
        self.seconds_of_day = orders["placed"].to_numpy() % DAY
        self.first = int(orders["placed"].min())

    def scene(self, *, at: int, rng: np.random.Generator) -> Scene | None:
        """Someone who had ordered online at least three times by ``at``."""
        import numpy as np

        for _ in range(60):
            pick = int(rng.choice(len(self.households), p=self.chance))
            begin, end = int(self.begins[pick]), int(self.ends[pick])
            past = begin + int(np.searchsorted(self.columns["placed"][begin:end], at))
            if past - begin >= 3:
                return Scene(self._purchase(past - 1), at, int(self.mean_cents[pick]))
        return None

    def _purchase(self, row: int) -> Purchase:
        def whole(name: str) -> int:
            return int(self.columns[name][row])

        def text(name: str) -> str:
            return str(self.columns[name][row])

        return Purchase(
            household=whole("household"),
            placed=whole("placed"),
            store=whole("store"),
            channel=text("channel"),
            method=text("method"),
            instrument=whole("instrument"),
            device=whole("device"),
            ip=whole("ip"),
            billing=text("billing"),
            shipping=text("shipping"),
            address=whole("address"),
        )


def _scenes(
    plan: Plan, *, accounts: _Accounts, n_orders: int, end: int, rng: np.random.Generator
) -> list[Scene]:
    """One to each slice of the year, so that each month has its share; the last within the last ten days."""
    n = max(1, round(plan.share * n_orders / plan.mean_length))
    low = accounts.first + FIRST_STORY_AFTER_DAYS * DAY
    chosen = []
    for i in range(n):
        moment = low + (i + rng.random()) / n * (end - low)
        if i == n - 1:
            moment = max(moment, end - rng.uniform(3, 10) * DAY)
        any_hour = rng.random() < (0.4 if plan.is_fraud else 0.15)
        second = rng.integers(0, DAY) if any_hour else rng.choice(accounts.seconds_of_day)
        at = int(moment) // DAY * DAY + int(second)
        scene = accounts.scene(at=at, rng=rng)
        if scene is not None:
            chosen.append(scene)
    return chosen


def _as_orders(
    purchases: list[Purchase], *, orders: pd.DataFrame, products: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Baskets of real products at their usual prices, with totals near those of the purchases."""
    import numpy as np
    import pandas as pd

    shelves = {wanted: _Shelf(products, resaleable=wanted) for wanted in (False, True)}
    ids = _free_ids([one.placed for one in purchases], orders)
    lines, rows = [], []
    for order_id, one in zip(ids, purchases, strict=True):
        product_id, price, quantity = shelves[one.resaleable].basket(cents=one.cents, rng=rng)
        gross = price * quantity
        discount = np.rint(gross * one.discount_share).astype(np.int64)
        lines.append(
            pd.DataFrame(
                {
                    "order_id": order_id,
                    "product_id": product_id,
                    "quantity": quantity,
                    "price": price * CENT,
                    "gross": gross,
                    "discount": discount,
                }
            )
        )
        rows.append(
            asdict(one)
            | {
                "order_id": order_id,
                "gross": int(gross.sum()),
                "discount": int(discount.sum()),
                "paid": int(gross.sum() - discount.sum()),
                "n_lines": len(product_id),
                "weighed": False,
                "redeemed": False,
            }
        )
    return pd.DataFrame(rows), pd.concat(lines, ignore_index=True)


class _Shelf:
    """Products to fill a basket from, the often bought ones more often."""

    def __init__(self, products: pd.DataFrame, *, resaleable: bool) -> None:
        import numpy as np

        cents = (products["price"].to_numpy() + CENT // 2) // CENT
        fits = cents >= 50
        if resaleable:
            fits &= products["product_category"].isin(RESALEABLE).to_numpy()
        self.product_id = products["product_id"].to_numpy()[fits]
        self.cents = cents[fits]
        self.chance = np.cumsum(products["bought"].to_numpy()[fits])

    def basket(self, *, cents: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
        """product ids, prices in cents, quantities; together about ``cents``."""
        import numpy as np

        n = int(min(max(cents / rng.uniform(250, 1600), 1), 25))
        each = cents / n
        draws = np.searchsorted(self.chance, rng.integers(0, self.chance[-1], (n, CANDIDATES)), side="right")
        nearest = np.abs(np.log(self.cents[draws] / each)).argmin(axis=1)
        rows = np.unique(draws[np.arange(n), nearest])
        price = self.cents[rows]
        quantity = np.clip(np.rint(cents / len(rows) / price), 1, 8).astype(np.int64)
        return self.product_id[rows], price, quantity


def _free_ids(placed: list[int], orders: pd.DataFrame) -> list[int]:
    """Order numbers between those of real baskets of that time, so that they do not identify added orders."""
    import numpy as np

    ids = orders["order_id"].to_numpy()
    near = np.searchsorted(orders["placed"].to_numpy(), placed).clip(0, len(ids) - 1)
    taken = set(ids.tolist())
    chosen = []
    for row in near:
        number = int(ids[row]) + 1
        while number in taken:
            number += 1
        taken.add(number)
        chosen.append(number)
    return chosen


def _phones_kept(orders: pd.DataFrame, switches: list[_Switch]) -> pd.DataFrame:
    """After a genuine change of phone, later orders come from the new one."""
    import numpy as np

    orders = orders.copy()
    device = orders["device"].to_numpy().copy()
    household, placed = orders["household"].to_numpy(), orders["placed"].to_numpy()
    for switch in switches:
        if switch.new != switch.old:
            later = np.flatnonzero((household == switch.household) & (placed > switch.since))
            device[later[device[later] == switch.old]] = switch.new
    orders["device"] = device
    return orders


def _labels(
    added: pd.DataFrame, *, orders: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All labels of an episode arrive together, some days after its last order; some never do."""
    import numpy as np
    import pandas as pd

    parts = []
    for (name, _), episode in added.groupby(["story", "episode"], sort=True):
        plan = PLANS[str(name)]
        if rng.random() >= plan.reported:
            continue
        label_at = int(episode["placed"].max() + rng.uniform(*plan.lag_days) * DAY)
        known_at = label_at + rng.integers(0, 6 * stories.HOUR, len(episode))
        parts.append(_label_rows(episode, known_at, is_fraud=plan.is_fraud, source=plan.source))
    online = orders[orders["channel"] != "store"]
    draw = rng.random(len(online))
    friendly = online[draw < FRIENDLY_SHARE]
    checked = online[(draw >= FRIENDLY_SHARE) & (draw < FRIENDLY_SHARE + CHECKED_SHARE)]
    for some, lag, is_fraud, source in (
        (friendly, (10.0, 40.0), True, "chargeback"),
        (checked, (0.1, 6.0), False, "review"),
    ):
        known_at = some["placed"].to_numpy() + (rng.uniform(lag[0], lag[1], len(some)) * DAY).astype(np.int64)
        parts.append(_label_rows(some, known_at, is_fraud=is_fraud, source=source))
    labels = pd.concat(parts, ignore_index=True).sort_values(["known_at", "order_id"], ignore_index=True)
    truth = added[["order_id", "story", "is_fraud", "episode"]].rename(columns={"story": "typology"})
    unusual = friendly[["order_id"]].assign(typology="friendly_fraud", is_fraud=True, episode=0)
    return labels, pd.concat([truth, unusual], ignore_index=True).sort_values("order_id", ignore_index=True)


def _label_rows(orders: pd.DataFrame, known_at: Ints, *, is_fraud: bool, source: str) -> pd.DataFrame:
    import pandas as pd

    columns = {"order_id": orders["order_id"].to_numpy(), "is_fraud": is_fraud, "known_at": known_at}
    return pd.DataFrame(columns | {"source": source})


def _lines_in_order(lines: pd.DataFrame, added: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """All lines, those of an order together, the orders by time; ``order`` is the row of the order."""
    import numpy as np
    import pandas as pd

    together = pd.concat([lines, added], ignore_index=True)
    rank = pd.Series(np.arange(len(orders)), index=orders["order_id"].to_numpy())
    together["order"] = rank.reindex(together["order_id"].to_numpy()).to_numpy()
    return together.sort_values("order", kind="stable", ignore_index=True)
