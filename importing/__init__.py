"""Files -> checked rows -> the database, with a report. ``running.run_import`` is the way in.

``files/intake`` reads a file, or several joined, onto disk; ``mapping`` says which column is which, by the
``presets``;
``files/frames`` cleans; one module a kind writes; ``running`` has the transactions, resumption and the
report.
"""
