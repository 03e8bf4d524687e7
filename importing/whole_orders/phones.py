"""Phones of orders that several buyers give, as of a shop whose till puts its own into every order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

WHO = ("email", "member_no")


@dataclass
class PhonesOfOrders:
    """Gathered batch by batch. Only phones that stand alone are kept as text, all others as hashes."""

    alone: set[str] = field(default_factory=set)
    pairs: list[npt.NDArray[np.uint64]] = field(default_factory=list)  # (phone, buyer), n x 2

    def see(self, table: pa.Table) -> None:
        """``table`` has our columns."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc
        from pandas.util import hash_array

        texts = [
            pc.fill_null(table.column(name).cast(pa.string()), "")
            for name in WHO
            if name in table.column_names
        ]
        if not texts:
            return
        phone = pc.fill_null(table.column("phone").cast(pa.string()), "")
        buyer = pc.utf8_lower(pc.utf8_trim_whitespace(texts[0]))
        if len(texts) > 1:
            buyer = pc.if_else(pc.equal(buyer, ""), pc.utf8_lower(texts[1]), buyer)
        both = pa.table({"phone": phone, "buyer": buyer}).filter(pc.not_equal(phone, ""))
        both = both.group_by(["phone", "buyer"]).aggregate([])
        nobody = pc.equal(both["buyer"], "")
        self.alone.update(both["phone"].filter(nobody).to_pylist())
        named = both.filter(pc.invert(nobody))
        hashes = [
            hash_array(named[name].to_numpy(zero_copy_only=False).astype(object))
            for name in named.column_names
        ]
        self.pairs.append(np.stack(hashes, axis=1))

    def shared(self) -> list[str]:
        """Those that stand without a buyer's number and address in one order, and with several in others."""
        import numpy as np
        from pandas.util import hash_array

        if not (self.alone and self.pairs):
            return []
        pairs = np.unique(np.concatenate(self.pairs), axis=0)
        phones, counts = np.unique(pairs[:, 0], return_counts=True)
        alone = sorted(self.alone)
        wanted = np.isin(hash_array(np.array(alone, dtype=object)), phones[counts > 1])
        return [phone for phone, shared in zip(alone, wanted.tolist(), strict=True) if shared]
