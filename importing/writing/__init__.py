"""How the rows of a file get into the database: chunk by chunk, or only rehearsed."""
