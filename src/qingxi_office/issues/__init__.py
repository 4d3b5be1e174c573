"""The problem ledger (问题台账): every problem has an owner, a deadline and a door."""
