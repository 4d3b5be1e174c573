"""The office's pages that look across all books: home, village, facility, ledger, plan, money, bulletins, walk back.

A page module reads through ``seen`` (rights first) and shapes what its template draws; it never saves anything and
never decides a permission: changes go through the ``actions`` of the app whose record it is.
"""
