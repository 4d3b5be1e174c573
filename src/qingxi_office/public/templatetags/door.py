"""Where a link of a public page leads: an address of the office, or a file beside it: ``{% load door %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import reverse

register = template.Library()


@register.simple_tag(takes_context=True)
def to(context: Any, name: str, *args: Any) -> str:
    """The address of a page by its name; on plain pages the file of it, relative to this one."""
    plain = context.get("plain")
    return plain.href(name, *args) if plain else reverse(name, args=args)


@register.simple_tag(takes_context=True)
def asset(context: Any, name: str) -> str:
    """The address of a style sheet or script."""
    plain = context.get("plain")
    return plain.up + "assets/" + name.rpartition("/")[2] if plain else static(name)
