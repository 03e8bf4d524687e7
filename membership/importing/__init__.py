"""Files -> checked rows -> the database, with a report. ``run_import`` is the way in.

One room each: ``sources`` (bytes), ``reading`` (rows), ``columns`` (what they are called), ``frames`` (clean
columns), one module a kind, ``running`` (transactions, resumption, report).
"""

from __future__ import annotations

from membership.importing.errors import BadFile, ImportBusy
from membership.importing.running import resume, run_import, silent

__all__ = ["BadFile", "ImportBusy", "resume", "run_import", "silent"]
