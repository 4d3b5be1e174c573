"""Answers of Open311 in JSON or XML, errors in the standard's form."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from django.http import HttpResponse

from qingxi_office.opendata.answers import told

XML = "text/xml; charset=utf-8"
# What XML 1.0 cannot hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _put(parent: ET.Element, name: str, value: Any) -> None:
    """A value under its name; a list as elements of the name without its plural."""
    own = ET.SubElement(parent, name)
    if isinstance(value, dict):
        for key, inner in value.items():
            _put(own, key, inner)
    elif isinstance(value, list | tuple):
        single = {"values": "value", "formats": "format", "endpoints": "endpoint", "attributes": "attribute"}
        for inner in value:
            _put(own, single.get(name, "item"), inner)
    elif value is not None:
        text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        own.text = _NOT_XML.sub("", text)


def answer(fmt: str, root: str, single: str, said: Any, *, status: int = 200) -> HttpResponse:
    """A list of things as JSON, or as XML ``<root><single>…</single></root>``; one thing as its own root."""
    if fmt != "xml":
        return told(said, status=status)
    top = ET.Element(root)
    if isinstance(said, dict):
        for key, value in said.items():
            _put(top, key, value)
    else:
        for one in said:
            _put(top, single, one)
    body = ET.tostring(top, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, content_type=XML, status=status)


def errors(fmt: str, status: int, *words: str) -> HttpResponse:
    """What went wrong, all at once: code and description of each."""
    return answer(fmt, "errors", "error", [{"code": status, "description": w} for w in words], status=status)
