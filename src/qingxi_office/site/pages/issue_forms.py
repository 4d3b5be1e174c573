"""What the forms of a problem hand in, read as evidence, units and places."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest

from qingxi.issue import ASKED, TRANSITIONS, Answer, Step
from qingxi_office.issues.actions import Piece, Shot
from qingxi_office.people.queries import find_places
from qingxi_office.places.models import Place, Unit

from . import seen


def unit_named(name: str) -> Unit | None:
    """The living unit with exactly this name; ValueError when it is named and not there."""
    name = name.strip()
    if not name:
        return None
    unit = Unit.objects.filter(name=name, valid_to=None).first()
    if unit is None:
        raise ValueError(f"没有叫“{name}”的单位，请照名单选")
    return unit


def place_named(user: Any, text: str) -> Place:
    """The place of this person's subtree by code or name; ValueError, with the candidates, when it is not one only."""
    text = text.strip().split(" ")[0]
    if not text:
        raise ValueError("请写明在哪个村或乡镇")
    exact = list(seen.places(user).filter(code=text)[:1]) or list(seen.places(user).filter(name=text)[:5])
    found = exact or find_places(user, text, 5)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"您的辖区里没有“{text}”")
    many = "、".join(f"{p.code} {p.parent.name if p.parent else ''}{p.name}" for p in found)
    raise ValueError(f"“{text}”不止一个，请写编码：{many}")


def shot_of(asked: Any) -> Shot | None:
    """Where and when the phone says the photograph was taken; what it says wrongly is left out, and refuses nothing."""

    def degrees(name: str, most: float) -> float | None:
        try:
            value = float(asked.get(name, ""))
        except ValueError:
            return None
        return value if abs(value) <= most else None

    lon, lat = degrees("shot_lon", 180), degrees("shot_lat", 90)
    try:
        at = dt.datetime.fromtimestamp(int(asked.get("shot_at", "")) / 1000, tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        at = None
    if lon is None or lat is None:
        lon = lat = None
    return Shot(at, lon, lat) if at or lon is not None else None


def pieces_of(request: HttpRequest, step: Step, *, papers: bool = False) -> list[Piece]:
    """The evidence of a step's form. An empty hand is no evidence, and words are no photo: the law then says what lacks.

    ``papers``: the problem is one of land, money or consent, which is settled by a document and not by a picture.
    """
    asked = request.POST
    photo, note = request.FILES.get("photo"), asked.get("note", "").strip()
    text = asked.get("text", "").strip() or note
    pieces: list[Piece] = []
    for group in TRANSITIONS[step].evidence:
        kinds = group.split("|")
        kind = asked.get(f"kind:{group}", kinds[0])
        if kind not in kinds:
            kind = kinds[0]
        if kind == "读数":
            said = asked.get("reading_own", "").strip() or asked.get("reading", "").strip()
            pieces += [Piece(kind, said)] if said else []
            continue
        file = photo if "照片" in kind or (photo and not pieces) else None
        if file is not None or (text and ("照片" not in kind or (papers and "资料" in kind))):
            pieces.append(Piece(kind, text, file, shot=shot_of(asked) if file else None))
    if photo and not any(p.file for p in pieces):
        pieces.append(Piece("补充照片", note, photo, shot=shot_of(asked)))
    if asked.get("upper", "").strip():
        pieces.append(Piece("上级销号文件", asked["upper"].strip()))
    if asked.get("settled", "").strip():
        pieces.append(Piece("整改后照片或资料", asked["settled"].strip()))
    if asked.get("again", "").strip():
        pieces.append(Piece("不认可复核", asked["again"].strip()))
    answer = asked.get("answer", "")
    if asked.get("asked") or answer:
        known = Answer(answer) if answer in {a.value for a in Answer} else None
        pieces.append(Piece(ASKED, asked.get("asked", "").strip() or answer, answer=known))
    return pieces
