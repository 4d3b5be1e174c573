"""Layers and blocks of a drawing (图层与图块)."""

from typing import Any

from qingxi.files.plan_colours import NODE_COLOURS, PIPE_COLOURS

LAYERS: dict[str, tuple[str, str, int]] = {
    "污水-重力管": (PIPE_COLOURS["gravity"], "CONTINUOUS", 50),
    "污水-压力管": (PIPE_COLOURS["pressure"], "DASHED", 50),
    "污水-接户管": (PIPE_COLOURS["lateral"], "CONTINUOUS", 18),
    "污水-检查井": (NODE_COLOURS["manhole"], "CONTINUOUS", 25),
    "污水-提升泵": (NODE_COLOURS["lift"], "CONTINUOUS", 35),
    "污水-压力管过路点": (NODE_COLOURS["pass"], "CONTINUOUS", 18),
    "污水-接入口": (NODE_COLOURS["join"], "CONTINUOUS", 35),
    "污水-处理站": (NODE_COLOURS["plant"], "CONTINUOUS", 50),
    "污水-现有处理站": (NODE_COLOURS["join"], "CONTINUOUS", 50),
    "污水-户": (NODE_COLOURS["house"], "CONTINUOUS", 18),
    "文字-管段": ("#17211e", "CONTINUOUS", 18),
    "文字-节点": ("#17211e", "CONTINUOUS", 18),
    "文字-村名": ("#17211e", "CONTINUOUS", 18),
    "图签": ("#17211e", "CONTINUOUS", 35),
}
"""Layer: colour, linetype, line weight in hundredths of a millimetre."""

NODE_BLOCKS: dict[str, tuple[str, str]] = {
    "manhole": ("检查井", "污水-检查井"),
    "lift": ("提升泵", "污水-提升泵"),
    "pass": ("过路点", "污水-压力管过路点"),
    "join": ("接入口", "污水-接入口"),
    "plant": ("站前井", "污水-检查井"),
}
"""Kind of a node: block and layer; houses are drawn from the households' own table."""

_LETTERS = {"layer": "文字-节点", "style": "汉字"}
_TITLE_ROWS = ("图名", "数据等级", "阶段", "坐标系", "密级", "日期", "数量", "不予给出")


def draw_blocks(document: Any) -> None:
    """Define every block in the document; sizes in m."""
    small = {"layer": "0"}
    levels = ("地面标高", "管底标高", "井深")
    well = _block(document, "检查井", ("编号",), levels)
    well.add_circle((0, 0), 0.7, dxfattribs=small)
    front = _block(document, "站前井", ("编号",), levels)
    front.add_circle((0, 0), 1.0, dxfattribs=small)
    lift = _block(document, "提升泵", ("编号",), levels)
    lift.add_circle((0, 0), 1.6, dxfattribs=small)
    lift.add_lwpolyline([(-1.3, -0.8), (1.3, -0.8), (0, 1.5)], close=True, dxfattribs=small)
    _block(document, "过路点", (), ("编号", *levels)).add_circle((0, 0), 0.3, dxfattribs=small)
    join = _block(document, "接入口", ("编号",), levels)
    join.add_lwpolyline([(-2, 0), (0, 2), (2, 0), (0, -2)], close=True, dxfattribs=small)
    told = ("工艺", "设计规模", "排放等级", "用地", "处置")
    for name in ("处理站", "现有处理站"):
        plant = _block(document, name, ("名称",), told, shown_at=(5.5, 1.0), height=3.0)
        plant.add_lwpolyline([(-5, -3.5), (5, -3.5), (5, 3.5), (-5, 3.5)], close=True, dxfattribs=small)
        plant.add_line((-5, 0), (5, 0), dxfattribs=small)
    _block(document, "户", (), ("户编号", "治理模式")).add_circle((0, 0), 0.9, dxfattribs=small)
    flow = document.blocks.new("流向")
    flow.add_solid([(-1.2, -0.5), (-1.2, 0.5), (1.2, 0), (1.2, 0)], dxfattribs=small)
    _title(document)


def _block(
    document: Any,
    name: str,
    shown: tuple[str, ...],
    hidden: tuple[str, ...],
    *,
    shown_at: tuple[float, float] = (1.2, 0.6),
    height: float = 1.2,
) -> Any:
    """A block with attributes: some lettered beside the mark, the others only listed when it is picked."""
    block = document.blocks.new(name)
    for i, tag in enumerate((*shown, *hidden)):
        place = (shown_at[0], shown_at[1] - 1.5 * height * i)
        letters = block.add_attdef(tag, place, dxfattribs=_LETTERS | {"height": height, "prompt": tag})
        letters.is_invisible = tag in hidden
    return block


def _title(document: Any) -> None:
    """A frame of 160 by 56 units, its upper right corner at the origin; one row each."""
    block = document.blocks.new("图签")
    lines = {"layer": "图签"}
    wide, row, names = 160.0, 7.0, 26.0
    high = row * len(_TITLE_ROWS)
    block.add_lwpolyline([(-wide, -high), (0, -high), (0, 0), (-wide, 0)], close=True, dxfattribs=lines)
    block.add_line((-wide + names, 0), (-wide + names, -high), dxfattribs=lines)
    for i, tag in enumerate(_TITLE_ROWS):
        base = -row * (i + 1)
        if i:
            block.add_line((-wide, base + row), (0, base + row), dxfattribs=lines)
        letters = {"layer": "图签", "style": "汉字"}
        block.add_text(tag, height=3.0, dxfattribs=letters | {"insert": (-wide + 2, base + 2)})
        block.add_attdef(tag, (-wide + names + 2, base + 2), dxfattribs=letters | {"height": 3.0, "prompt": tag})
