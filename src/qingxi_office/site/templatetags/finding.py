"""``{{ words|hit:asked }}``: what was asked for, marked in what was found."""

from __future__ import annotations

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def hit(words: str, asked: str) -> SafeString:
    """The words with every place where the text stands marked; pinyin marks nothing."""
    words, asked = str(words), asked.strip()
    low, want = words.lower(), asked.lower()
    if not want or len(low) != len(words):
        return escape(words)
    out, at = [], 0
    while (found := low.find(want, at)) >= 0:
        out += [
            escape(words[at:found]),
            format_html('<mark class="q-mark-hit">{}</mark>', words[found : found + len(want)]),
        ]
        at = found + len(want)
    return mark_safe("".join([*out, escape(words[at:])]))
