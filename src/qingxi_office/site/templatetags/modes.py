"""Words and colours of the modes, for templates: ``{% load modes %}``."""

from __future__ import annotations

from django import template

from ..pages import modes, plan_words

register = template.Library()
register.filter("mode_word", modes.mode_word)
register.filter("mode_colour", modes.mode_colour)
register.filter("mode_words", modes.mode_words)
register.filter("rule_word", plan_words.rule_word)
register.filter("job_word", plan_words.job_word)
register.filter("standing_word", plan_words.standing_word)
