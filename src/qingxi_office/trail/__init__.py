"""The trail 留痕: who did what, when and why; append-only and hash-chained. And the office's clock."""
