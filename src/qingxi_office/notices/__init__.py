"""Notices 通知: what each person is told, by which ways, and what became of every message that went out."""
