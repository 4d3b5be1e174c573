"""Money by source (资金): integer fen, sources equal uses."""
