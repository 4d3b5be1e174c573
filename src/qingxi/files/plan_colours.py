"""Colours and Chinese words of what a plan shows (图例), the same in drawings, layers and maps.

The hex values are those of the design tokens of the office's pages; a test compares them.
"""

MODE_COLOURS: dict[str, str] = {
    "town_connection": "#2f6fa8",
    "shared_plant": "#0f766e",
    "onsite": "#b98a3e",
    "reuse": "#74832a",
    "controlled": "#8b9692",
    "unserved": "#b42318",
}
PIPE_COLOURS: dict[str, str] = {"gravity": "#0072b2", "pressure": "#b42318", "lateral": "#7f8e89"}
PIPE_WORDS: dict[str, str] = {"gravity": "重力管", "pressure": "压力管", "lateral": "接户管"}
NODE_COLOURS: dict[str, str] = {
    "manhole": "#50605b", "lift": "#b42318", "pass": "#7f8e89", "plant": "#0f766e", "join": "#2f6fa8", "house": "#7f8e89",
}  # fmt: skip
NODE_WORDS: dict[str, str] = {
    "manhole": "检查井", "lift": "提升泵", "pass": "压力管过路点", "plant": "处理站", "join": "接入口", "house": "户",
}  # fmt: skip


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green, blue (0 to 255) of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
