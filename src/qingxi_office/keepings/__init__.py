"""Keepings 保管: what was removed and can be taken back, what was merged into what, and by whom."""
