"""The office's rounds: what is done each hour, night and week without anybody asking."""

from qingxi_office.site.rounds.register import ROUNDS, RoundLaw, run_by_hand, run_due, send_messages

__all__ = ["ROUNDS", "RoundLaw", "run_by_hand", "run_due", "send_messages"]
