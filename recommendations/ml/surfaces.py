"""Where lists are shown. A surface decides which products a list may hold."""

from __future__ import annotations

FOR_YOU = "for-you"
"""Only products that are new to the member."""

BUY_AGAIN = "buy-again"
"""Only products that the member has bought before."""

SURFACES = (FOR_YOU, BUY_AGAIN)
