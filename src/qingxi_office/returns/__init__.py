"""Periodic returns: the county's forms, what every township owes, its figures out of the books, approved and locked."""
