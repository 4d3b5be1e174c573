"""The shape of every answer: fields with what they mean and their units. Descriptions are marked for translation here and
translated by the page that shows them; the schema itself carries the Chinese.
"""

from __future__ import annotations

import datetime as dt

from ninja import Field, Schema


def _(text: str) -> str:
    """Marked for the catalogue, not translated here."""
    return text


class PlaceOut(Schema):
    code: str = Field(description=_("区划代码：12 位，自然村再加本系统的 3 位；是文本"))
    name: str = Field(description=_("名称"))
    level: str = Field(description=_("级别：province、prefecture、county、township、village、hamlet"))
    kind: str = Field(description=_("种类：村委会、居委会、镇、乡、街道"))
    parent: str | None = Field(description=_("上级的区划代码"))
    former_names: list[str] = Field(description=_("曾用名"))
    lon: float | None = Field(description=_("经度，度，CGCS2000"))
    lat: float | None = Field(description=_("纬度，度，CGCS2000"))


class VillageOut(Schema):
    code: str = Field(description=_("行政村区划代码，12 位文本"))
    name: str = Field(description=_("名称"))
    township: str | None = Field(description=_("乡镇名称"))
    households: int | None = Field(description=_("户数，户"))
    people_registered: int | None = Field(description=_("户籍人口，人"))
    people_resident: int | None = Field(description=_("常住人口，人"))
    state: str = Field(description=_("治理状态：已治理、已管控、未完成"))
    state_on: dt.date | None = Field(description=_("认定日期"))
    state_doc: str = Field(description=_("认定文号"))
    mode: str = Field(description=_("治理模式"))


class FacilityOut(Schema):
    key: str = Field(description=_("设施编号"))
    name: str = Field(description=_("名称"))
    village: str = Field(description=_("所在地方的区划代码"))
    process: str = Field(description=_("工艺"))
    design_m3_d: float = Field(description=_("设计规模，立方米每天"))
    status: str = Field(description=_("状况：in_use、trial、stopped、joined、scrapped"))
    owner: str = Field(description=_("产权单位，空为不明"))
    operator: str = Field(description=_("运维单位，空为没有"))
    households_connected: int = Field(description=_("接户数，户"))
    evidence: str = Field(description=_("靠什么知道：hj212、remote_meter、paper"))
    commissioned: dt.date | None = Field(description=_("投运日期"))
    lon: float | None = Field(description=_("经度，度，CGCS2000"))
    lat: float | None = Field(description=_("纬度，度，CGCS2000"))


class IssueOut(Schema):
    key: str = Field(description=_("问题编号"))
    title: str = Field(description=_("标题"))
    klass: str = Field(description=_("类别：一般、重点、督办、推进堵点"))
    state: str = Field(description=_("办到哪一步"))
    is_open: bool = Field(description=_("是否在办"))
    place: str = Field(description=_("所在地方的区划代码"))
    facility: str | None = Field(description=_("设施编号"))
    source: str = Field(description=_("来源"))
    rectifier: str | None = Field(description=_("整改责任单位"))
    found_on: dt.date = Field(description=_("发现日期"))
    due_on: dt.date | None = Field(description=_("期限"))
    closed_on: dt.date | None = Field(description=_("销号日期"))


class FigureOut(Schema):
    id: int = Field(description=_("内部序号"))
    definition: str = Field(description=_("指标定义"))
    name: str = Field(description=_("名称"))
    place: str = Field(description=_("地方的区划代码"))
    as_of: dt.date = Field(description=_("截至日期"))
    value: float | None = Field(description=_("数值，单位见 unit；空为说不准"))
    unit: str = Field(description=_("单位，百分数写 %"))
    text: str = Field(description=_("印出来的样子"))
    numerator: int | None = Field(description=_("分子"))
    denominator: int | None = Field(description=_("分母"))
    because: list[str] = Field(description=_("由什么得来"))


class PlanOut(Schema):
    key: str = Field(description=_("规划版本编号"))
    number: int = Field(description=_("第几版"))
    title: str = Field(description=_("标题"))
    level: str = Field(description=_("数据深度：L0、L1、L2"))
    made_on: dt.date = Field(description=_("编制日期"))
    standing: str = Field(description=_("采用、曾采用、草案"))
    adopted_at: dt.datetime | None = Field(description=_("采用时间"))
    figures: dict[str, object] = Field(description=_("规划的各项数字；钱是元，长度是米，水量是立方米每天"))


class JobOut(Schema):
    id: int = Field(description=_("内部序号"))
    kind: str = Field(description=_("种类"))
    title: str = Field(description=_("标题"))
    state: str = Field(description=_("状态：waiting、running、done、failed、cancelled、lost"))
    progress: float = Field(description=_("进度，0 到 1"))
    left_s: float | None = Field(description=_("还要几秒，秒"))
    started_at: dt.datetime = Field(description=_("开始时间"))
    ended_at: dt.datetime | None = Field(description=_("结束时间"))
    faults: int = Field(description=_("输入问题的条数"))


class Page(Schema):
    """A page of a list. ``next`` asks for the page after it; null at the end."""

    items: list[dict[str, object]]
    next: str | None = Field(description=_("下一页的游标；没有下一页为空"))


class Problem(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
