"""Where problems come from: one ledger for all of them."""

SOURCES = (
    "监测分析", "巡查", "抽查", "群众反映", "12345", "媒体", "上级", "审计", "项目堵点", "调度会", "跨县来函", "其他",
)  # fmt: skip
"""Every source by its word; 监测分析 is what the rules found and an officer confirmed."""
BY_HAND = ("巡查", "抽查", "群众反映", "12345", "媒体", "上级", "审计", "调度会", "其他")
"""Those that a person chooses when putting a problem in; the others come out of their own pages."""
