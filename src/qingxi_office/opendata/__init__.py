"""The open door for machines: open data, OGC API Features and Open311, made of published things and what was handed in."""
