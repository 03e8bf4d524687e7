"""Members who are likely the same person: found, listed, dismissed."""
