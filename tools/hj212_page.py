"""Print docs/formats/hj212.md from the tables of the code: ``python tools/hj212_page.py > docs/formats/hj212.md``."""

import sys

from qingxi.quantity import FACTORS, QUANTITIES
from qingxi.receiver import WHY_REFUSED
from qingxi.wire.hj212 import COMMANDS, DATA_FLAGS, EXE_RTN, FINAL, QN_RTN, TRANSITIONS, WHY, Oddity, State

HEAD = """# HJ 212 接入说明 The wire

Made from the tables of `qingxi.wire.hj212`, `qingxi.quantity` and `qingxi.receiver` by `tools/hj212_page.py`; a test
fails when this page and the code differ.

## 怎么接 How to connect

1. 登记设备：CSV `MN,密码,设施编号[,监测点,协议版本,启用,上报间隔,SM4密钥]`，或县域数据夹里的处理设施台账（MN 一列）。
2. 起接收端：`qingxi receive --store readings.sqlite3 --devices devices.csv --port 9000`。
3. 设备按 HJ 212-2005、-2017 或 -2025 上报；版本由 Flag 的版本位分辨，三版可并存。
4. 没有设备时用 `qingxi replay 数据包文件 --to 主机:9000` 代替设备。

接收端守的规矩：

- **先落盘后应答**：一批数据提交（SQLite WAL，synchronous=FULL）之后才发 9014 或 9013；没有应答的，设备应重发。
- 隔离的数据从不应答；MN 未登记的设备列为待登记。
- 同一 (MN, CN, DataTime) 重发：数值相同只存一次；数值不同存为新版本，旧版本留着。
- 应答：ST=91，QN 同原包，Flag 为设备所用版本、不带应答位。Flag 无应答位的包不应答。
- 拆包各自解析、各自应答；PNUM/PNO 只用来查是否收齐。
- 原始数据包先存后解（zstd），可用更好的解析器重跑。
- PW 明文传输、CRC 只有 256 个可能值：请走专网或加密隧道，2025 版设备请启用数据区 SM4。
"""


def table(*heads: str) -> list[str]:
    """Head of a table."""
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]


def row(*cells: object) -> str:
    """One row, bars escaped."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") or "–" for cell in cells) + " |"


def diagram() -> list[str]:
    """The exchanges as a mermaid state diagram."""
    names = {state: state.name for state in State}
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> ASKED"]
    lines += [f"    {name} : {state.value}" for state, name in names.items()]
    for (state, what), after in TRANSITIONS.items():
        lines.append(f"    {names[state]} --> {names[after]} : {what.value}")
    lines += [f"    {names[state]} --> [*]" for state in State if state in FINAL]
    return [*lines, "```"]


def page() -> str:
    """The whole page."""
    senders = {"device": "设备", "server": "服务器", "both": "双方"}
    out = [HEAD, "## 命令 Commands", "", *table("CN", "含义", "谁发", "服务器应答", "数据", "始于", "可信度")]
    out += [
        row(c.cn, c.meaning, senders[c.sender], c.answer.value, c.kind, c.since, c.trust) for c in COMMANDS.values()
    ]
    out += ["", "表外的命令照样入库；求应答的，1xxx、9xxx 答 9013，其余答 9014。", "", "## 一问一答 Exchanges", ""]
    out += diagram()
    out += ["", "## 返回码与数据标记 Codes", "", *table("QnRtn", "含义"), *(row(*pair) for pair in QN_RTN.items())]
    out += ["", *table("ExeRtn", "含义"), *(row(*pair) for pair in EXE_RTN.items())]
    out += [
        "",
        *table("Flag", "含义"),
        *(row(*pair) for pair in DATA_FLAGS.items()),
        "",
        "只有 N（或无标记）计入均值。",
    ]
    out += [
        "",
        "## 因子 Factors",
        "",
        *table("编码", "监测量", "线上单位", "换算", "库内单位", "Cou 单位", "始于", "可信度"),
    ]
    for f in FACTORS.values():
        known = QUANTITIES[f.quantity]
        out.append(
            row(f.code, f"{known.chinese} `{known.code}`", f.wire_unit, f"×{f.to_house:g}", known.unit, f.total_unit,
                f.since, f.trust)
        )  # fmt: skip
    out += ["", "表外的因子按原编码、原数值存。", "", "## 容忍而标出的 Oddities", "", *table("名称", "情形")]
    out += [row(f"`{oddity.name}`", oddity.value) for oddity in Oddity]
    out += ["", "## 隔离的原因 Quarantine", "", *table("代码", "原因")]
    out += [row(f"`{code}`", words) for code, words in {**WHY, **WHY_REFUSED}.items()]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
