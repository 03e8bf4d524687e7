"""What the ORM has no way for: rows written and read in bulk, by column and by id."""
