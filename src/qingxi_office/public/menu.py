"""The pages of the public menu, in their order."""

from django.utils.translation import gettext_lazy as lazy

MENU = (
    ("public_index", lazy("首页")), ("public_map", lazy("地图")), ("public_villages", lazy("各村")), ("public_stations", lazy("各站")),
    ("public_rate", lazy("治理率")), ("public_samples", lazy("抽查")), ("public_plans", lazy("规划")), ("public_bulletins", lazy("通报")),
)  # fmt: skip
