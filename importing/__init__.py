"""Files -> checked rows -> the database, with a report. ``running.run_import`` is the way in.

``files/intake`` reads a file, or several joined, onto disk. ``mapping`` says which column is which, with the
help of the ``presets``. ``files/frames`` cleans. One module for each kind writes. ``running`` has the
transactions, resumption and the report.
"""
