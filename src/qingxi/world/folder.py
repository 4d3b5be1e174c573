"""county.toml and the folder's README."""

from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.world.dirt import DIRT
from qingxi.world.write_gis import ZONE

if TYPE_CHECKING:
    from qingxi.world.county import County

NAME = "天河坝县"

HEAD = """# {name}：一个虚构的县。地形、村庄、人物、单位、数字全部由程序按种子生成，不对应任何真实地方。
# 规模 {size}，种子 {seed}。数据里有意留了脏数据，清单见同一文件夹的 README.md。

[county]
name = "{name}"
code = "{code}"
{crs}as_of = 2026-11-22
base_year = 2025
near_year = 2030
far_year = 2035
target_rate = 75.0
norms = "rural_sewer"
prices = "prices"
lead_department = "{name}生态环境局"
issuing_body = "{name}农村生活污水治理领导小组办公室"
penalty_authority = "天河坝市生态环境局"
"""

_LAYERS = (
    # layer, file, source, date, secrecy, more
    ("households", "households.gpkg", "房地一体调查（县自然资源和规划局）", "2025-06-30", "内部", ""),
    ("hamlets", "hamlets.gpkg", "县民政局、各乡镇核对", "2025-09-10", "公开", ""),
    ("villages", "villages.gpkg", "县民政局勘界成果（简化）", "2025-09-10", "公开", ""),
    ("streets", "streets.gpkg", "农村公路（县交通运输局）和村内道路调绘", "2025-08-15", "内部", ""),
    ("elevation", "elevation.tif", "公开高程数据 30 m", "2023-01-01", "公开", "vertical_error_m = 4.0\n"),
    ("waters", "waters.gpkg", "县水利局", "2024-12-31", "公开", ""),
    ("land", "land.gpkg", "国土变更调查（县自然资源和规划局）", "2025-12-31", "内部", ""),
    ("protected", "protected.gpkg", "三区三线划定成果等（县自然资源和规划局）", "2025-12-31", "内部", ""),
    ("ground", "ground.gpkg", "县地质灾害调查与水文地质图（简化）", "2022-11-30", "内部", ""),
    ("sewers", "sewers.gpkg", "县住房和城乡建设局竣工资料", "2025-03-20", "内部", ""),
    ("plants", "plants.gpkg", "县住房和城乡建设局、县生态环境局台账", "2026-10-31", "公开", ""),
    (
        "works",
        "works.shp",
        "各部门五年工程计划汇总",
        "2026-10-15",
        "内部",
        'encoding = "gbk"\ncolumns = { budget_yuan = "budget" }\n',
    ),
)
BOOKS = {
    "villages": "行政村治理台账",
    "hamlets": "自然村清单",
    "denominator": "治理率分母清单",
    "facilities": "处理设施台账",
    "issues": "问题整改台账",
    "duties": "责任清单",
    "funds": "资金来源",
    "units": "单位",
    "works": "其他部门工程",
}


def write_toml(out: Path, county: "County") -> None:
    """Write county.toml and README.md."""
    text = HEAD.format(
        name=NAME, code=county.town.county_code, size=county.size.name, seed=county.seed, crs=f'crs = "{ZONE}"\n'
    )
    for layer, file, source, dated, secrecy, more in _LAYERS:
        text += f'\n[layers.{layer}]\npath = "layers/{file}"\nsource = "{source}"\ndate = {dated}\nsecrecy = "{secrecy}"\n{more}'
    text += "\n[books]\n" + "".join(f'{key} = "books/{name}.xlsx"\n' for key, name in BOOKS.items())
    (out / "county.toml").write_text(text, encoding="utf-8")
    write_readme(out, county.size.name, county.seed, county.recipe)


def write_readme(out: Path, size: str, seed: int, recipe: str = "") -> None:
    """Say what the folder is, and what is wrong in it on purpose."""
    how = f"--recipe {recipe}" if recipe else f"--size {size}"
    rows = "".join(f"| `{code}` | `{where}` | {what} |\n" for code, where, what in DIRT)
    (out / "README.md").write_text(
        f"# {NAME}（虚构）\n\n由 `qingxi county {how} --seed {seed}` 生成，同一种子得到同样的内容。"
        "没有任何真实的地方、单位或人。\n\n"
        "`truth/` 只供检验和公布误判率，产品不读它。\n\n"
        "## 有意留下的脏数据\n\n| 规则 | 在哪里 | 是什么 |\n|---|---|---|\n" + rows,
        encoding="utf-8",
    )
