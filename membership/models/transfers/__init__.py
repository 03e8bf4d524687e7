"""Rows about files that come in and go out: imports with their uploads and undos, exports."""
