"""Print docs/formats/hj212.md from the tables of the code: ``python tools/hj212_page.py > docs/formats/hj212.md``."""

import sys
from collections.abc import Sequence
from datetime import datetime

from qingxi.quantity import FACTORS, QUANTITIES
from qingxi.receiver import WHY_REFUSED
from qingxi.wire.hj212 import BEIJING, DATA_FLAGS, EXE_RTN, FINAL, QN_RTN, TRANSITIONS, WHY, State, upload
from qingxi.wire.hj212.conform import device_cases, server_cases
from qingxi.wire.hj212.conform.report import shown
from qingxi.wire.hj212.fields import FIELDS
from qingxi.wire.hj212.flow import FLOWS, Need, links
from qingxi.wire.hj212.odd import ODD_WAYS, odd_frame

HEAD = """# HJ 212 接入说明 The wire

Made from the tables of `qingxi.wire.hj212`, `qingxi.quantity` and `qingxi.receiver` by `tools/hj212_page.py`; a test
fails when this page and the code differ.

## 怎么接 How to connect

1. 登记设备：CSV `MN,密码,设施编号[,监测点,协议版本,启用,上报间隔,SM4密钥]`，或县域数据夹里的处理设施台账（MN 一列）。
2. 起接收端：`qingxi receive --store readings.sqlite3 --devices devices.csv --port 9000`。
3. 设备按 HJ 212-2005、-2017 或 -2025 上报；版本由 Flag 的版本位分辨，三版可并存。
4. 没有设备时用 `qingxi simulate --to 主机:9000 --devices 10` 模拟，或用 `qingxi replay 数据包文件 --to 主机:9000` 重放。
5. 设备厂家：用 `qingxi conform device --listen 0.0.0.0:9000` 自查，见 [docs/hj212](../hj212/README.md)。

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


WHO = {"device": "现场机", "upper": "上位机", "both": "双方"}
KINDS = {"request": "请求", "upload": "上传", "notice": "通知", "answer": "应答"}


def sequence(cn: str, starter: str) -> list[str]:
    """One flow as a mermaid sequence diagram, drawn from its row."""
    flow = FLOWS[cn, starter]
    one, other = ("上位机", "现场机") if starter == "upper" else ("现场机", "上位机")
    lines = ["```mermaid", "sequenceDiagram", f"    {one}->>{other}: {cn} {flow.name}"]
    for answer in flow.answers:
        if answer == cn:
            lines += [
                "    loop 每条数据（拆包各算一条）",
                f"        {other}->>{one}: {cn} 数据",
                "        opt 应答位 A=1",
            ]
            lines += [f"            {one}->>{other}: 9014", "        end", "    end"]
        else:
            code = {"9011": "（QnRtn）", "9012": "（ExeRtn）"}.get(answer, "")
            lines.append(f"    {other}->>{one}: {answer}{code}")
    return [*lines, "```", ""]


def needs(fields: "Sequence[Need]") -> str:
    """Fields of a data area; those that may be missing in brackets."""
    words = ["/".join(need.names) for need in fields]
    return " ".join(word if need.required else f"[{word}]" for word, need in zip(words, fields, strict=True))


def commands() -> list[str]:
    """The table of flows."""
    out = table(
        "CN",
        "名称",
        "先说",
        "类别",
        "依次应答",
        "上位机给的字段",
        "现场机给的字段",
        "版本",
        "2017",
        "2025",
        "可信度",
    )
    for flow in FLOWS.values():
        answers = " ".join("数据" if cn == flow.cn else cn for cn in flow.answers)
        if flow.reply == "many":
            answers = answers.replace("数据", "数据…")
        editions = "、".join(str(year) for year in flow.editions)
        out.append(
            row(flow.cn, flow.name, WHO[flow.starter], KINDS[flow.kind], answers, needs(flow.asks), needs(flow.gives),
                editions, flow.clause_2017, flow.clause_2025, flow.trust)
        )  # fmt: skip
    return out


def fields() -> list[str]:
    """The table of fields."""
    out = table("字段", "类型", "取值", "含义", "出处", "可信度")
    for one in FIELDS.values():
        span = f"{one.low:g} 至 {one.high:g}" if one.low is not None and one.high is not None else ""
        allowed = "、".join(sorted(one.words, key=lambda word: (len(word), word)))
        out.append(row(f"`{one.name}`", one.kind, allowed or span, one.meaning, one.clause, one.trust))
    return out


SAMPLE = upload(
    "2011", mn="M2", pw="123456", at=datetime(2026, 7, 6, 10, 35, tzinfo=BEIJING),
    values={"w01001": {"Rtd": "7.10", "Flag": "N"}},
)  # fmt: skip


def oddities() -> list[str]:
    """Every oddity with a frame that shows it."""
    out = table("名称（`qingxi simulate --oddity`）", "标记", "情形", "例")
    for way in ODD_WAYS.values():
        key = b"0" * 16 if way.name == "length-of-plaintext" else b""
        text = shown(odd_frame(SAMPLE, [way.name], sm4_key=key))
        text = text if len(text) < 190 else text[:90] + " … " + text[-60:]
        out.append(row(f"`{way.name}`", f"`{way.oddity.name}`", way.oddity.value, f"`{text}`"))
    return out


def cases() -> list[str]:
    """The cases of the conformance suite."""
    out: list[str] = []
    for head, found in (("服务器 Servers", server_cases()), ("设备 Devices", device_cases())):
        out += ["", f"### {head}", "", *table("编号", "检验什么", "出处", "级别", "应当怎样")]
        out += [row(f"`{one.id}`", one.title, one.clause, "必须" if one.must else "建议", one.due) for one in found]
    return out


def page() -> str:
    """The whole page."""
    out = [HEAD, "## 命令 Commands", ""]
    out += [
        "一行一条流程，读自 `wire/hj212/tables/commands.csv`。*official*：读自 HJ 212-2017 原文；*sourced*：2025 新增，读自公开的转录，"
        "原文到手前不改。HJ/T 212-2005 一律按 sourced 看。方括号里的字段可以没有；`*` 为因子或设备编码。",
        "",
        *commands(),
    ]
    out += ["", "表外的命令照样入库；求应答的，1xxx、9xxx 答 9013，其余答 9014。", "", "## 一问一答 Exchanges", ""]
    out += ["三类流程（HJ 212-2017 6.5），图由上表画出：", ""]
    out += [*sequence("2061", "upper"), *sequence("3012", "upper"), *sequence("2011", "device")]
    out += [*sequence("1013", "device"), *sequence("2012", "upper")]
    out += ["发起方看到的状态：", ""]
    out += diagram()
    out += ["", "## 超时与重发 Time-outs", "", *table("线路", "超时（秒）", "重发次数", "出处", "可信度")]
    out += [row(one.name, f"{one.timeout_s:g}", one.resends, one.clause, one.trust) for one in links().values()]
    out += [
        "",
        "9011 之前没有回应：原包（同一 QN）重发，次数用尽即放弃。9011 之后或两包数据之间没有回应：执行失败，不重发（6.2.2）。",
    ]
    out += ["", "## 字段 Fields", "", *fields(), "", "表外的字段不算错（可扩充）。"]
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
    out += [
        "",
        "表外的因子按原编码、原数值存。",
        "",
        "## 容忍而标出的 Oddities",
        "",
        "每种都看得出、标得明，从不悄悄改正。",
        "",
        *oddities(),
    ]
    out += ["", "## 隔离的原因 Quarantine", "", *table("代码", "原因")]
    out += [row(f"`{code}`", words) for code, words in {**WHY, **WHY_REFUSED}.items()]
    out += [
        "",
        "## 符合性检验的各例 Conformance cases",
        "",
        "`qingxi conform`，见 [docs/hj212](../hj212/conformance.md)。",
        *cases(),
    ]
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
