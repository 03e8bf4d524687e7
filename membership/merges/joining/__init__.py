"""What needs more than moving rows: consents, points, segments and tiers, joined and parted again."""
