"""Files -> checked rows -> the database, with a report. ``run_import`` is the way in.

``files/intake`` reads a file, or several joined, onto disk; ``mapping`` says which column is which, by the
``presets``;
``files/frames`` cleans; one module a kind writes; ``running`` has the transactions, resumption and the
report.
"""

from __future__ import annotations

from membership.importing.errors import BadFile, ImportBusy
from membership.importing.running import Options, resume, run_import, silent

__all__ = ["BadFile", "ImportBusy", "Options", "resume", "run_import", "silent"]
