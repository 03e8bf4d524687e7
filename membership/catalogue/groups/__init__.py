"""Groups of variants, as staff see them."""
