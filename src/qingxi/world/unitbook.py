"""Units and who answers for what (责任清单)."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.world.books_columns import DUTY_COLUMNS, UNIT_COLUMNS
from qingxi.world.chance import chance
from qingxi.world.names import person_names, phone_numbers
from qingxi.world.sheets import write_book

if TYPE_CHECKING:
    from qingxi.world.county import County

_COUNTY = "天河坝县人民政府"
_UNITS = (
    (_COUNTY, "县政府", ""),
    ("天河坝县农村生活污水治理领导小组办公室", "部门", _COUNTY),
    ("县生态环境局", "部门", _COUNTY),
    ("县住房和城乡建设局", "部门", _COUNTY),
    ("县农业农村局", "部门", _COUNTY),
    ("县水利局", "部门", _COUNTY),
    ("县交通运输局", "部门", _COUNTY),
    ("县财政局", "部门", _COUNTY),
    ("县自然资源和规划局", "部门", _COUNTY),
    ("县林业局", "部门", _COUNTY),
    ("县审计局", "部门", _COUNTY),
    ("县农业投资有限公司", "平台公司", _COUNTY),
    ("县水务投资有限公司", "平台公司", _COUNTY),
    ("清源运维有限公司", "运维单位", "县农业投资有限公司"),
    ("绿溪环境服务有限公司", "运维单位", "县农业投资有限公司"),
    ("天河坝建设工程有限公司", "施工单位", ""),
    ("岚坪市政工程有限公司", "施工单位", ""),
)


def write_units(books: Path, county: "County") -> None:
    """The county's units down to the village committees."""
    rng = chance(county.seed, "units")
    town = county.town
    rows: list[tuple[str, str, str]] = list(_UNITS)
    rows += [(f"{name}人民政府", "乡镇", _COUNTY) for name in town.township_name]
    rows += [
        (f"{name}村民委员会", "村委会", f"{town.township_name[t]}人民政府")
        for name, t in zip(town.village_name, town.village_township.tolist(), strict=True)
    ]
    phones = phone_numbers(rng, len(rows))
    write_book(
        books / "单位.xlsx", "单位名录", UNIT_COLUMNS, [(*row, phone) for row, phone in zip(rows, phones, strict=True)],
        text=("电话",), widths=(36, 12, 26, 14),
    )  # fmt: skip


def write_duties(books: Path, county: "County") -> None:
    """For each village who leads, carries out, helps, makes the rounds and runs the plants; a few posts stand empty."""
    rng = chance(county.seed, "duties")
    town = county.town
    n = len(town.village_code)
    begun, paper = date(2026, 1, 1), "天污治办〔2026〕3号"
    heads = person_names(rng, len(town.township_code))
    clerks = person_names(rng, len(town.township_code))
    chiefs, inspectors = person_names(rng, n), person_names(rng, n)
    phones = iter(phone_numbers(rng, 2 * len(heads) + 2 * n + 3))
    told = {"红石镇": ("吴晓峰", "刘敏"), "双河镇": ("何志远", "罗梅")}
    told_village = {"红岩村": ("王国富", "周德顺"), "石笋村": ("唐国平", "唐秀英"), "柳湾村": ("杨大全", "罗天明")}
    rows: list[tuple[Any, ...]] = [
        (
            county.town.county_code + "000000",
            "治理规划与监管",
            "监督",
            "县生态环境局",
            "陈静",
            "农村股股长",
            next(phones),
            begun,
            None,
            paper,
        ),
        (
            "县农业投资有限公司",
            "设施业主",
            "主责",
            "县农业投资有限公司",
            "蒋文华",
            "项目部经理",
            next(phones),
            begun,
            None,
            paper,
        ),
        (
            "清源运维有限公司",
            "设施运维",
            "主责",
            "清源运维有限公司",
            "赵勇",
            "运维班长",
            next(phones),
            begun,
            None,
            paper,
        ),
    ]
    for t, (code, name) in enumerate(zip(town.township_code, town.township_name, strict=True)):
        leader, clerk = told.get(name, (heads[t], clerks[t]))
        unit = f"{name}人民政府"
        rows.append(
            (
                code + "000",
                "治理任务落实",
                "主责",
                unit,
                leader,
                "副镇长" if name.endswith("镇") else "副乡长",
                next(phones),
                begun,
                None,
                paper,
            )
        )
        rows.append((code + "000", "台账与月报", "配合", unit, clerk, "专干", next(phones), begun, None, paper))
    gaps = set(rng.choice(n, size=max(1, n // 26), replace=False).tolist())
    for v, (code, name) in enumerate(zip(town.village_code, town.village_name, strict=True)):
        chief, inspector = told_village.get(name, (chiefs[v], inspectors[v]))
        unit = f"{name}村民委员会"
        rows.append(
            (code, "村级配合与户内管护", "属地", unit, chief, "村委会主任", next(phones), begun, None, paper)
        )
        if v in gaps and name not in told_village:
            next(phones)
            continue  # the inspector's post is not filled
        rows.append((code, "村级巡查", "配合", unit, inspector, "护林员兼巡查员", next(phones), begun, None, paper))
    write_book(
        books / "责任清单.xlsx", "农村生活污水治理责任清单", DUTY_COLUMNS, rows, maker="依据 天污治办〔2026〕3号",
        text=("行政村代码或单位", "电话"), widths=(22, 20, 8, 28, 10, 16, 14, 12, 12, 22),
    )  # fmt: skip
