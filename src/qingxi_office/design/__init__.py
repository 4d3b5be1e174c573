"""The design system: tokens, components, the base page and the tags that draw its parts.

The lowest room of the office: it knows nothing of villages or stations. Pages hand it small value objects
(:mod:`qingxi_office.design.parts`) and it draws them alike everywhere.
"""
