"""The register of devices as a CSV file."""

import csv
import io
from pathlib import Path

from qingxi.origin import Fault
from qingxi.wire import Device, Devices
from qingxi.wire.device import edition_in

_NAMES = {
    "mn": ("mn", "MN", "设备号", "数采仪编码"),
    "password": ("password", "pw", "PW", "密码", "访问密码"),
    "facility": ("facility", "设施编号", "设施"),
    "point": ("point", "监测点", "点位"),
    "edition": ("edition", "protocol", "协议版本", "版本"),
    "enabled": ("enabled", "启用"),
    "every_min": ("every_min", "上报间隔", "间隔(分钟)"),
    "sm4_key": ("sm4_key", "SM4密钥"),
}
_POINTS = {"": "effluent", "effluent": "effluent", "出水": "effluent", "influent": "influent", "进水": "influent"}
_NO = ("0", "false", "no", "否", "停用")


def _cell(row: dict[str, str | None], field: str) -> str:
    for name in _NAMES[field]:
        if row.get(name):
            return str(row[name]).strip()
    return ""


def _device(row: dict[str, str | None]) -> Device:
    said = _cell(row, "edition")
    edition = edition_in(said) if said else 2017
    if edition is None:
        raise ValueError(f"协议版本 {said}：写 2005、2017 或 2025")
    return Device(
        mn=_cell(row, "mn"),
        password=_cell(row, "password"),
        facility=_cell(row, "facility"),
        point=_POINTS[_cell(row, "point")],
        edition=edition,
        enabled=_cell(row, "enabled").lower() not in _NO,
        every_min=int(_cell(row, "every_min") or 0),
        sm4_key=bytes.fromhex(_cell(row, "sm4_key")),
    )


def read_devices(path: Path) -> tuple[Devices, list[Fault]]:
    """Devices of a CSV file (UTF-8 or GBK), and every fault of it; good rows go on.

    Columns, English or Chinese: ``mn``, ``password``, ``facility``; and, where they are known, ``point``
    (effluent / influent), ``edition`` (2005 / 2017 / 2025), ``enabled``, ``every_min``, ``sm4_key`` (32 hex digits).
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    faults: list[Fault] = []
    good: dict[str, Device] = {}
    reader = csv.DictReader(io.StringIO(text))
    if not any(name in (reader.fieldnames or ()) for name in _NAMES["mn"]):
        faults.append(
            Fault(path.name, None, "MN", "", "须有 MN 一列", "请补上表头：MN,密码,设施编号", "device-no-mn-column")
        )
        return Devices(), faults
    for number, row in enumerate(reader, start=2):
        mn = _cell(row, "mn")
        try:
            device = _device(row)
        except (ValueError, KeyError) as error:
            faults.append(
                Fault(
                    path.name,
                    number,
                    "",
                    f"{mn} {error}",
                    "设备行的各列须可识别",
                    "请对照列名说明改正",
                    "device-row",
                )
            )
            continue
        if mn in good:
            faults.append(
                Fault(path.name, number, "MN", mn, "一个 MN 只能登记一次", "请删去重复的一行", "device-twice")
            )
            continue
        good[mn] = device
    return Devices(good.values()), faults
