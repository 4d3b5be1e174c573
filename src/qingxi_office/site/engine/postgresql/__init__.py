"""PostgreSQL, one writer at a time."""
