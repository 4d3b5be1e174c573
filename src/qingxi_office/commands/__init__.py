"""Commands that the office brings to ``qingxi``: demo, serve, office."""
