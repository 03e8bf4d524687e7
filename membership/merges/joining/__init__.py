"""What needs more than moving rows: consents, points, segments, tiers; joined by a merge, parted by its undo."""
