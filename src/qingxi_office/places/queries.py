"""Reading the tree."""

from django.db.models import Q, QuerySet

from qingxi_office.places.models import County, Place


def under(path: str, field: str = "path") -> Q:
    """A subtree as one index range: the place itself and all below it.

    ``field`` is the way to the place from the model asked, for example ``"village__path"``.
    """
    return Q(**{f"{field}__gte": path, f"{field}__lt": path + "~"})


def county() -> County | None:
    """The county whose books these are, or None in an office not yet set up. One query."""
    return County.objects.select_related("place", "lead_unit", "issuing_unit").first()


def living(level: str) -> QuerySet[Place]:
    """Places of one level that are not merged or renamed away."""
    return Place.objects.filter(level=level, valid_to=None)


def find(text: str, limit: int = 20) -> QuerySet[Place]:
    """Living places by name, former name, pinyin initials or code: what a search box finds. One query."""
    text = text.strip()
    condition = Q(name__contains=text) | Q(former_names__icontains=f'"{text}')
    if text.isdigit():
        condition = Q(code__startswith=text)
    elif text.isascii() and text:
        condition = Q(initials__startswith=text.lower())
    return Place.objects.filter(condition, valid_to=None).select_related("parent").order_by("level", "code")[:limit]
