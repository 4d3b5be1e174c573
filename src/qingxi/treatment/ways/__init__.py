"""One file a mode or process; each holds its ``WAY``."""
