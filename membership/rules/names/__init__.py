"""Names of the shop in rules: ``finding`` reads them as ids, ``written`` writes ids by today's names, and
``uses`` knows which rules name what.
"""
