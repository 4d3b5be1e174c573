"""Vector tiles of the county's own records: drawn from the books for one person at a time, rights first."""
