"""Rows that an import rejected: shown with their cells, corrected, and sent again."""
