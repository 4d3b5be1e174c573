"""Figures of the county, each with formula, denominator, day and because (指标)."""
