"""What happens to places: renamed, merged, split, moved, closed, each on a day and by a document.

The law is that of ``qingxi.place.change``, and a test holds the two against each other. The row of a place is the place and
keeps its key; what it was until the day goes to :class:`PlacePast`. Paths say who answers today: those of ended places lie below
the place that took them over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q

from qingxi.origin import Ref
from qingxi.place import BadCode, initials, parse_code
from qingxi_office.places.actions.found import write_keys
from qingxi_office.places.actions.intake import level_of
from qingxi_office.places.models import Duty, Place, PlacePast, Succession
from qingxi_office.places.queries import under
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_LEVELS = [level.value for level in Place.Level]


def _ask(on: date, document: str, *places: Place) -> None:
    """What every deed asks: a day that is not to come, a document, places that live and have stood since before the day."""
    if on > clock.today():
        raise ValueError(f"生效日期 {on} 还没有到，到那天再办")
    if not document.strip():
        raise ValueError("要写依据的文件")
    for place in places:
        if place.valid_to is not None:
            raise ValueError(f"{place.name}从 {place.valid_to} 起已不存在")
        start = place.since or place.valid_from
        if start is not None and start >= on:
            raise ValueError(f"{place.name}从 {start} 起才是现在这样，生效日期要晚于这一天")


def _keep(place: Place, on: date, change: str, document: str) -> None:
    """Put the present state of a place into its past; the caller changes the row and saves it."""
    PlacePast.objects.create(
        place=place, code=place.code, name=place.name, level=place.level, kind=place.kind, parent_id=place.parent_id,
        valid_from=place.since or place.valid_from, valid_to=on, change=change, document=document,
    )  # fmt: skip
    place.since = on


def _free_code(text: str, level: str) -> str:
    """A code for a place of this level that no living place has."""
    try:
        code = parse_code(text).text
    except BadCode as bad:
        raise ValueError(str(bad)) from bad
    if level_of(code) != level:
        raise ValueError(f"代码 {code} 的位数和层级不符")
    if holder := Place.objects.filter(code=code, valid_to=None).first():
        raise ValueError(f"代码 {code} 现在是{holder.name}的")
    return code


def _repath(rows: Iterable[Place], heads: dict[str, str]) -> list[Place]:
    """Give rows the paths that follow from new ones above them.

    ``heads`` maps old paths (those of what lies above the rows) to new ones; rows above come before rows below.
    """
    moved = []
    for row in sorted(rows, key=lambda r: r.path.count("/")):
        old = row.path
        head = old.rstrip("/").rpartition("/")[0]
        row.path = heads[head + "/" if head else ""] + row.code + "/"
        heads.setdefault(old, row.path)
        moved.append(row)
    Place.objects.bulk_update(moved, ["path", "code", "parent", "since", "former_names"], batch_size=500)
    return moved


def _below(*places: Place) -> list[Place]:
    """All rows below places, ended ones too, without the places themselves; one index range a place."""
    asked = Q(pk__in=())
    for place in places:
        asked |= under(place.path)
    return list(Place.objects.filter(asked).exclude(pk__in=[p.pk for p in places]))


@transaction.atomic
def rename(place: Place, name: str, *, on: date, document: str, by: trail.Doer) -> Place:
    """A place gets a new name; raises ValueError in Chinese, as every deed here."""
    name = name.strip()
    _ask(on, document, place)
    if not name or name == place.name:
        raise ValueError("新名称不能空，也不能和现在的一样")
    before = place.name
    _keep(place, on, "更名", document)
    place.former_names = [*place.former_names, before]
    place.name, place.initials = name, initials(name)[:40]
    place.save()
    write_keys([place])
    trail.record(
        "place.renamed", Ref("place", place.code), by=by, because=document, before={"name": before},
        after={"name": name, "on": on},
    )  # fmt: skip
    return place


@transaction.atomic
def merge(
    gone: Sequence[Place], into: Place | None = None, *, on: date, document: str, by: trail.Doer, new: Mapping[str, str] | None = None
) -> Place:  # fmt: skip
    """Places cease and go into another, or into a new one (``new`` has code, name, kind); what lay below keeps its code.

    Duties on the places that cease end on the day. Gives the place they went into.
    """
    gone = list({place.pk: place for place in gone}.values())
    if not gone:
        raise ValueError("没有选要撤并的地方")
    if into is not None and into.pk in {place.pk for place in gone}:
        raise ValueError(f"{into.name}不能并入自己")
    _ask(on, document, *gone, *([into] if into and into.valid_to else []))
    if into is None:
        into = _open(new or {}, gone[0], on, document)
    if any(place.level != into.level for place in gone):
        raise ValueError("只有同级的地方才能合并")
    if into.valid_from is not None and into.valid_from > on:
        raise ValueError(f"{into.name}从 {into.valid_from} 起才有")
    rows, ending = _below(*gone), {place.pk for place in gone}
    for row in rows:
        if row.parent_id in ending and row.valid_to is None:
            _ask(on, document, row)
            _keep(row, on, "调整隶属", document)
            row.parent = into
    kept = _repath(rows, {place.path: into.path for place in gone})
    for place in gone:
        place.path = f"{into.path}{place.code}/"
        _end(place, on, f"并入{into.name}：{document}")
        Succession.objects.create(old=place, new=into, on=on, change="合并", document=document)
    write_keys([into, *gone, *(row for row in kept if row.valid_to is None)])
    trail.record(
        "place.merged", Ref("place", into.code), by=by, because=document, before=[p.code for p in gone],
        after={"into": into.code, "name": into.name, "on": on},
    )  # fmt: skip
    return into


def _open(said: Mapping[str, str], like: Place, on: date, document: str) -> Place:
    name = said.get("name", "").strip()
    if not name:
        raise ValueError("新的地方要有名称")
    code = _free_code(said.get("code", ""), like.level)
    head = like.path.rstrip("/").rpartition("/")[0]
    return Place.objects.create(
        code=code, name=name, level=like.level, kind=said.get("kind", "") or like.kind, village_class=like.village_class,
        parent_id=like.parent_id, path=f"{head + '/' if head else ''}{code}/", initials=initials(name)[:40], valid_from=on,
        lon=like.lon, lat=like.lat,
    )  # fmt: skip


def _end(place: Place, on: date, words: str) -> None:
    place.valid_to, place.ended_by = on, words[:200]
    place.save()
    # What one thing has of its own goes on with the thing.
    Duty.objects.filter(place=place, subject="").filter(Q(valid_to=None) | Q(valid_to__gt=on)).update(valid_to=on)


@transaction.atomic
def split(
    place: Place, parts: Sequence[Mapping[str, str]], below: Mapping[int, str], *, on: date, document: str, by: trail.Doer
) -> list[Place]:  # fmt: skip
    """A place is cut into parts (each with code and name); ``below`` says to which part (by code) each child goes, by key.

    A part that keeps the code is the place itself and keeps what was recorded on it; without such a part the place ends.
    """
    _ask(on, document, place)
    codes = [str(part.get("code", "")).strip() for part in parts]
    if len(set(codes)) < 2 or len(set(codes)) != len(codes):
        raise ValueError("至少拆成两个，代码不能相同")
    children = list(Place.objects.filter(parent=place, valid_to=None))
    if lost := [child.name for child in children if below.get(child.pk) not in codes]:
        raise ValueError(f"还没有说归哪一个：{'、'.join(lost)}")
    made: dict[str, Place] = {}
    for code, part in zip(codes, parts, strict=True):
        if code == place.code:
            if not part.get("name", "").strip():
                raise ValueError("每一个都要有名称")
            made[code] = place
        else:
            made[code] = _open(part, place, on, document)
    for child in children:
        to = made[below[child.pk]]
        if to.pk == place.pk:
            continue
        rows = [child, *_below(child)]
        _ask(on, document, child)
        _keep(child, on, "调整隶属", document)
        child.parent = to
        write_keys(row for row in _repath(rows, {place.path: to.path}) if row.valid_to is None)
    if place.code in made:
        _keep(place, on, "拆分", document)
        name = str(next(p for c, p in zip(codes, parts, strict=True) if c == place.code)["name"]).strip()
        if name != place.name:
            place.former_names = [*place.former_names, place.name]
            place.name, place.initials = name, initials(name)[:40]
        place.save()
    else:
        _end(place, on, f"拆分为{'、'.join(p.name for p in made.values())}：{document}")
    for part in made.values():
        if part.pk != place.pk:
            Succession.objects.create(old=place, new=part, on=on, change="拆分", document=document)
    write_keys([place, *made.values()])
    trail.record(
        "place.split", Ref("place", place.code), by=by, because=document, before={"name": place.name},
        after={"into": codes, "on": on},
    )  # fmt: skip
    return list(made.values())


@transaction.atomic
def move(place: Place, parent: Place, *, on: date, document: str, by: trail.Doer, new_code: str = "") -> Place:
    """A place goes below another, with a new code where there is one: then all below it whose code began with the old one follows."""
    _ask(on, document, place)
    if parent.valid_to is not None:
        raise ValueError(f"{parent.name}已不存在")
    if _LEVELS.index(parent.level) >= _LEVELS.index(place.level):
        raise ValueError(f"{parent.name}不在{place.name}的上一级")
    if parent.pk == place.parent_id and not new_code:
        raise ValueError(f"{place.name}本来就在{parent.name}")
    old_code, old_above = place.code, place.parent
    code = _free_code(new_code, place.level) if new_code else old_code
    if not code.startswith(parent.code) and new_code:
        raise ValueError(f"新代码 {code} 应以{parent.name}的代码 {parent.code} 开头")
    rows = [place, *_below(place)]
    head = place.path.rstrip("/").rpartition("/")[0]
    for row in rows:
        if row.valid_to is not None:
            continue
        follows = row.code.startswith(old_code) and code != old_code
        if row.pk == place.pk or follows:
            _ask(on, document, row)
            _keep(row, on, "调整隶属" if row.pk == place.pk else "改代码", document)
        if follows:
            row.code = code + row.code[len(old_code) :]
    place.parent = parent
    moved = _repath(rows, {head + "/" if head else "": parent.path})
    write_keys(row for row in moved if row.valid_to is None)
    trail.record(
        "place.moved", Ref("place", place.code), by=by, because=document,
        before={"code": old_code, "parent": old_above.code if old_above else ""},
        after={"code": code, "parent": parent.code, "on": on},
    )  # fmt: skip
    return place


@transaction.atomic
def close(place: Place, *, on: date, document: str, by: trail.Doer) -> Place:
    """A place ceases and goes into nothing; refused while anything living lies below it."""
    _ask(on, document, place)
    if below := list(Place.objects.filter(parent=place, valid_to=None).values_list("name", flat=True)[:5]):
        raise ValueError(f"{place.name}下面还有{'、'.join(below)}，先处理它们")
    _end(place, on, f"撤销：{document}")
    write_keys([place])
    trail.record("place.closed", Ref("place", place.code), by=by, because=document, after={"on": on})
    return place
