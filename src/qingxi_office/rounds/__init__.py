"""Rounds 钟点: what the office does by itself each hour, night and week, once a period whoever works."""
