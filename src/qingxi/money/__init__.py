"""Money in the books: integer fen (分), never a float."""

from qingxi.money.fen import fen_from_yuan, share_out, wan_yuan, yuan

__all__ = ["fen_from_yuan", "share_out", "wan_yuan", "yuan"]
