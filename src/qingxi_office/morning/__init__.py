"""The first morning 三账核对: what the three ledgers say, where they disagree, who settled it, and the sheet printed from it."""
