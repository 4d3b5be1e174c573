"""Waters, land use and protected areas from layers (水系、用地、保护区)."""

from qingxi.files.households import numbers, one_of, texts
from qingxi.files.raw_layer import RawLayer
from qingxi.files.rules import Faults
from qingxi.terrain import Land, Protected, ProtectedKind, Waters

_WATERS = {"river": "river", "stream": "stream", "pond": "pond", "reservoir": "reservoir", "河": "river", "河流": "river", "江": "river", "溪": "stream", "沟": "stream", "溪沟": "stream", "沟渠": "stream", "渠": "stream", "塘": "pond", "坑塘": "pond", "池塘": "pond", "湖": "reservoir", "湖泊": "reservoir", "水库": "reservoir"}  # fmt: skip
_LAND = {"farmland": "farmland", "orchard": "orchard", "forest": "forest", "built": "built", "paddy": "paddy", "耕地": "farmland", "旱地": "farmland", "农田": "farmland", "水浇地": "farmland", "水田": "paddy", "园地": "orchard", "果园": "orchard", "茶园": "orchard", "林地": "forest", "乔木林地": "forest", "建设用地": "built", "农村宅基地": "built"}  # fmt: skip
_PROTECTED = {str(kind): str(kind) for kind in ProtectedKind} | {
    "基本农田": str(ProtectedKind.FARMLAND),
    "永农": str(ProtectedKind.FARMLAND),
    "生态红线": str(ProtectedKind.REDLINE),
    "饮用水水源一级保护区": str(ProtectedKind.SOURCE_1),
    "饮用水水源二级保护区": str(ProtectedKind.SOURCE_2),
    "一级保护区": str(ProtectedKind.SOURCE_1),
    "二级保护区": str(ProtectedKind.SOURCE_2),
    "河道": str(ProtectedKind.RIVER),
    "文物保护单位": str(ProtectedKind.HERITAGE),
    "文保": str(ProtectedKind.HERITAGE),
}
_CLASSES = {c.lower(): c for c in ("I", "II", "III", "IV", "V")} | {
    f"{word}{tail}": roman
    for tail in ("", "类")
    for word, roman in zip(
        (
            "ⅰ",
            "ⅱ",
            "ⅲ",
            "ⅳ",
            "ⅴ",
            "i",
            "ii",
            "iii",
            "iv",
            "v",
            "1",
            "2",
            "3",
            "4",
            "5",
            "一",
            "二",
            "三",
            "四",
            "五",
        ),
        ("I", "II", "III", "IV", "V") * 4,
        strict=True,
    )
}


def waters_of(layer: RawLayer, faults: Faults) -> Waters:
    """Waters from cleaned lines or polygons; an unnamed kind is a stream (line) or a pond (polygon)."""
    kind = one_of(texts(layer, "kind", faults), _WATERS, "stream", layer, "水体类型", faults)
    return Waters(
        geometry=layer.geometry,
        name=texts(layer, "name", faults),
        kind=kind,
        function_class=one_of(texts(layer, "function_class", faults), _CLASSES, "", layer, "水功能类别", faults),
    )


def land_of(layer: RawLayer, faults: Faults) -> Land:
    """Land use from cleaned polygons; an unknown kind counts as forest, which takes no effluent."""
    return Land(
        geometry=layer.geometry,
        kind=one_of(texts(layer, "kind", faults), _LAND, "forest", layer, "地类", faults),
        area_mu=numbers(layer, "area_mu", faults),
    )


def protected_of(layer: RawLayer, faults: Faults) -> Protected:
    """Protected areas from cleaned polygons; an unknown kind is held to the strictest rule, 水源一级保护区."""
    strictest = str(ProtectedKind.SOURCE_1)
    return Protected(
        geometry=layer.geometry,
        kind=one_of(texts(layer, "kind", faults), _PROTECTED, strictest, layer, "保护类型", faults),
    )
