"""The reader's choices of look, read from cookies and written as attributes of the page by the server."""

from __future__ import annotations

from django.http import HttpRequest

CHOICES = {
    "theme": ("light", "dark"),
    "size": ("normal", "elder"),
    "place": ("desk", "field"),
    "rows": ("dense", "roomy"),
    "contrast": ("normal", "high"),  # of the public pages
}


def look(request: HttpRequest) -> dict[str, object]:
    """Give every template ``look.theme``, ``look.size`` and ``look.place``; unknown cookie values are ignored."""
    chosen = {}
    for key, allowed in CHOICES.items():
        value = request.COOKIES.get(f"qx_{key}", allowed[0])
        chosen[key] = value if value in allowed else allowed[0]
    return {"look": chosen}
