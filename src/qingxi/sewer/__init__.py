"""sewer."""
