"""Rows about two members at once."""
