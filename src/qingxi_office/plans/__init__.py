"""Plans as taken into the books: what should be done in each natural village, and why (规划)."""
