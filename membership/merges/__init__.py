"""Two members who are one person are made one, and parted again within 30 days.

``merging`` and ``undoing`` do it; ``relations`` says how the rows of every other table follow.
"""
