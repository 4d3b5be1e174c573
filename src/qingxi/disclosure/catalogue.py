"""The catalogue of open data after DCAT 3 and DCAT-AP: statements made once, written as JSON-LD and as Turtle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qingxi.disclosure.dataset import DataSet

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True)
class Word:
    """A literal: with a language, or with a type of XML Schema (``date``), or plain."""

    text: str
    language: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """Something with an address."""

    address: str


Statement = tuple[str, str, Node | Word]  # whose address, what (prefixed), which


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a data set at an address; ``size`` in bytes where known."""

    address: str
    media_type: str
    zh: str
    en: str
    conforms: str = ""  # address of the standard it keeps
    size: int | None = None


@dataclass(frozen=True)
class Offer:
    """A data set as it is offered: modified when, covering which days, in which files."""

    data: DataSet
    address: str
    modified: str
    files: Sequence[Distribution]
    since: str = ""
    until: str = ""
    box: tuple[float, float, float, float] | None = None  # west, south, east, north; degrees


@dataclass(frozen=True)
class Catalogue:
    """Who offers what under which licence."""

    address: str
    zh: str
    en: str
    publisher: str
    licence: str
    modified: str
    offers: Sequence[Offer]
    contact: str = ""  # a telephone number, as it is printed


def _both(whose: str, what: str, zh: str, en: str) -> list[Statement]:
    return [(whose, what, Word(zh, "zh")), (whose, what, Word(en, "en"))]


def statements(catalogue: Catalogue) -> list[Statement]:
    """All that the catalogue says."""
    here, who = catalogue.address, catalogue.address + "#publisher"
    out: list[Statement] = [(here, "rdf:type", Node("dcat:Catalog")), *_both(here, "dct:title", catalogue.zh, catalogue.en)]  # fmt: skip
    out += [
        *_both(here, "dct:description", f"{catalogue.zh}：公开的站、村、治理率、问题和通报", f"{catalogue.en}: published stations, villages, rates, problems and bulletins"),
        (here, "dct:publisher", Node(who)), (here, "dct:license", Node(catalogue.licence)),
        (here, "dct:modified", Word(catalogue.modified, kind="date")), (here, "dct:language", Node("http://publications.europa.eu/resource/authority/language/ZHO")),
        (who, "rdf:type", Node("foaf:Organization")), (who, "foaf:name", Word(catalogue.publisher, "zh")),
    ]  # fmt: skip
    if catalogue.contact:
        phone = catalogue.address + "#contact"
        out += [
            (phone, "rdf:type", Node("vcard:Organization")), (phone, "vcard:fn", Word(catalogue.publisher, "zh")),
            (phone, "vcard:hasTelephone", Node("tel:" + "".join(c for c in catalogue.contact if c.isdigit() or c == "+"))),
        ]  # fmt: skip
    for offer in catalogue.offers:
        out += [(here, "dcat:dataset", Node(offer.address)), *_offer(catalogue, offer, who)]
        if catalogue.contact:
            out.append((offer.address, "dcat:contactPoint", Node(phone)))
    return list(dict.fromkeys(out))


def _offer(catalogue: Catalogue, offer: Offer, who: str) -> list[Statement]:
    here, data = offer.address, offer.data
    out: list[Statement] = [
        (here, "rdf:type", Node("dcat:Dataset")), *_both(here, "dct:title", data.zh, data.en),
        *_both(here, "dct:description", data.about_zh, data.about_en), (here, "dct:identifier", Word(data.name)),
        (here, "dct:publisher", Node(who)), (here, "dct:license", Node(catalogue.licence)),
        (here, "dct:modified", Word(offer.modified, kind="date")),
    ]  # fmt: skip
    out += [(here, "dcat:keyword", Word(w, lang)) for lang, words in data.keywords.items() for w in words]
    if offer.since or offer.until:
        span = here + "#time"
        out += [(here, "dct:temporal", Node(span)), (span, "rdf:type", Node("dct:PeriodOfTime"))]
        out += [
            (span, f"dcat:{name}", Word(day, kind="date"))
            for name, day in (("startDate", offer.since), ("endDate", offer.until))
            if day
        ]
    if offer.box:
        west, south, east, north = offer.box
        ring = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
        where = here + "#place"
        out += [(here, "dct:spatial", Node(where)), (where, "rdf:type", Node("dct:Location")), (where, "dcat:bbox", Word(ring))]  # fmt: skip
    for file in offer.files:
        out += [
            (here, "dcat:distribution", Node(file.address + "#file")), (file.address + "#file", "rdf:type", Node("dcat:Distribution")),
            *_both(file.address + "#file", "dct:title", file.zh, file.en), (file.address + "#file", "dcat:accessURL", Node(file.address)),
            (file.address + "#file", "dcat:downloadURL", Node(file.address)), (file.address + "#file", "dct:license", Node(catalogue.licence)),
            (file.address + "#file", "dcat:mediaType", Node(_IANA + file.media_type)),
        ]  # fmt: skip
        if file.conforms:
            out.append((file.address + "#file", "dct:conformsTo", Node(file.conforms)))
        if file.size is not None:
            out.append((file.address + "#file", "dcat:byteSize", Word(str(file.size), kind="nonNegativeInteger")))
    return out


def _grouped(said: Sequence[Statement]) -> dict[str, dict[str, list[Node | Word]]]:
    out: dict[str, dict[str, list[Node | Word]]] = {}
    for whose, what, which in said:
        out.setdefault(whose, {}).setdefault(what, []).append(which)
    return out


def as_jsonld(catalogue: Catalogue) -> dict[str, Any]:
    """The catalogue as JSON-LD: a context of prefixes, one node an address."""

    def told(which: Node | Word) -> Any:
        if isinstance(which, Node):
            return {"@id": which.address}
        if which.language:
            return {"@value": which.text, "@language": which.language}
        return {"@value": which.text, "@type": f"xsd:{which.kind}"} if which.kind else which.text

    graph = []
    for whose, said in _grouped(statements(catalogue)).items():
        node: dict[str, Any] = {"@id": whose}
        for what, values in said.items():
            if what == "rdf:type":
                node["@type"] = [v.address for v in values if isinstance(v, Node)]
            else:
                node[what] = [told(v) for v in values]
        graph.append(node)
    return {"@context": dict(PREFIXES), "@graph": graph}


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NOT_IN_ADDRESS = '<>"{}|^`\\ '


def _turtle(which: Node | Word) -> str:
    if isinstance(which, Node):
        if which.address.split(":", 1)[0] in PREFIXES and "//" not in which.address:
            return which.address
        return "<" + "".join(f"%{ord(c):02X}" if c in _NOT_IN_ADDRESS else c for c in which.address) + ">"
    text = '"' + "".join(_ESCAPES.get(c, c) for c in which.text) + '"'
    return text + (f"@{which.language}" if which.language else f"^^xsd:{which.kind}" if which.kind else "")


def as_turtle(catalogue: Catalogue) -> str:
    """The same statements as Turtle."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in PREFIXES.items()]
    for whose, said in _grouped(statements(catalogue)).items():
        parts = [
            f"    {'a' if what == 'rdf:type' else what} " + ", ".join(_turtle(v) for v in values)
            for what, values in said.items()
        ]
        lines += ["", _turtle(Node(whose)), " ;\n".join(parts) + " ."]
    return "\n".join(lines) + "\n"
