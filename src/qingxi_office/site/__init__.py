"""The office put together: settings, addresses, the walk back across all books."""
