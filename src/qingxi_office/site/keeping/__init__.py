"""Keeping the books: canonical dump, backup and restore, upgrade with a way back, and the doctor.

Everything here works on a database at any state of migration that this program knows, so that the books of an
earlier release can be saved before they are changed.
"""
