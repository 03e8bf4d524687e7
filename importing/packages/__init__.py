"""Files that pack others: ZIP and gzip."""
