"""Verdicts as text, JSON and JUnit XML."""

import json
from collections import Counter
from collections.abc import Sequence
from html import escape  # the standard library's XML escaping would bring sockets along

from qingxi.wire.hj212.conform.remedies import to_mend
from qingxi.wire.hj212.conform.script import Result, Verdict
from qingxi.wire.hj212.tongues import in_english

LANGUAGES = ("zh", "en")
_ENGLISH = {Result.PASSED: "passed", Result.FAILED: "FAILED", Result.NOT_APPLICABLE: "n/a"}
_SHOWN_CASES = 6


def failures(verdicts: Sequence[Verdict], *, strict: bool = False) -> int:
    """Cases of the standard that failed; with ``strict`` the recommendations too."""
    return sum(one.result is Result.FAILED and (one.case.must or strict) for one in verdicts)


def shown(raw: bytes) -> str:
    """Bytes as one line: text where it is text, line ends and others as escapes."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("ascii", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" if c not in "\r\n" else repr(c)[1:-1] for c in text)


def _counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    counted = Counter(one.result for one in verdicts)
    return {
        "passed": counted[Result.PASSED],
        "failed": counted[Result.FAILED],
        "not_applicable": counted[Result.NOT_APPLICABLE],
    }


def clause(text: str, lang: str) -> str:
    """A clause as an engineer of either tongue looks it up."""
    return text if lang == "zh" else text.replace("附录 ", "Annex ").replace("表 ", "Table ")


def result_word(result: Result, lang: str) -> str:
    """How a case ended, in a word."""
    return str(result) if lang == "zh" else _ENGLISH[result]


def as_text(verdicts: Sequence[Verdict], *, whole: bool = False, lang: str = "zh") -> str:
    """A line a case; failures with what was sent, what came and what should have come; then what is to be mended.

    ``whole`` shows sent and came for all cases; ``lang`` is ``"zh"`` or ``"en"``.
    """
    zh = lang == "zh"
    tell = (lambda text: text) if zh else in_english
    sent, came, none, due = ("发", "收", "（无）", "应") if zh else ("sent", "came", "(nothing)", "due ")
    lines = []
    for one in verdicts:
        level = "" if one.case.must else "（建议）" if zh else " (recommended)"
        why = (f"：{one.why}" if zh else f": {tell(one.why)}") if one.why else ""
        head = f"{result_word(one.result, lang):{4 if zh else 6}} {one.case.id:12} {tell(one.case.title)}{level}"
        lines.append(f"{head}  {clause(one.case.clause, lang)}{why}")
        if one.result is Result.FAILED or whole:
            lines += [f"       {sent} {shown(raw)}" for raw in one.sent]
            lines += [f"       {came} {shown(raw)}" for raw in one.came] or [f"       {came} {none}"]
            lines.append(f"       {due} {tell(one.case.due)}")
    return "\n".join([*lines, *_mending(verdicts, zh), _summary(verdicts, zh)])


def _mending(verdicts: Sequence[Verdict], zh: bool) -> list[str]:
    things = to_mend(verdicts)
    if not things:
        return []
    lines = ["要改的：" if zh else "To mend:"]
    for number, one in enumerate(things, 1):
        listed = ("、" if zh else ", ").join(one.cases[:_SHOWN_CASES])
        more = len(one.cases) > _SHOWN_CASES
        advised = "" if one.must else "（建议）" if zh else " (recommended)"
        if zh:
            lines.append(f"  {number}. {one.remedy}{advised}。{len(one.cases)} 例：{listed}{' 等' if more else ''}")
        else:
            cases = f"{len(one.cases)} case{'s' if len(one.cases) > 1 else ''}: {listed}{', …' if more else ''}"
            lines.append(f"  {number}. {in_english(one.remedy)}{advised}. {cases}")
    return lines


def _summary(verdicts: Sequence[Verdict], zh: bool) -> str:
    counts = _counts(verdicts)
    advised = sum(one.result is Result.FAILED and not one.case.must for one in verdicts)
    if zh:
        return f"通过 {counts['passed']}，不通过 {counts['failed']}（其中建议项 {advised}），不适用 {counts['not_applicable']}"
    return (
        f"{counts['passed']} passed, {counts['failed']} failed ({advised} of them recommendations), "
        f"{counts['not_applicable']} not applicable"
    )


def as_json(verdicts: Sequence[Verdict], about: dict[str, str], *, lang: str = "zh") -> str:
    """One object: ``about``, counts, what is to be mended, and a row a case."""
    tell = (lambda text: text) if lang == "zh" else in_english
    rows = [
        {
            "id": one.case.id,
            "title": tell(one.case.title),
            "clause": clause(one.case.clause, lang),
            "level": "must" if one.case.must else "should",
            "result": one.result.name.lower(),
            "why": tell(one.why),
            "due": tell(one.case.due),
            "sent": [shown(raw) for raw in one.sent],
            "came": [shown(raw) for raw in one.came],
        }
        for one in verdicts
    ]
    mend = [
        {
            "code": one.code,
            "level": "must" if one.must else "should",
            "remedy": tell(one.remedy),
            "cases": one.cases,
        }
        for one in to_mend(verdicts)
    ]
    whole = {"about": about, "counts": _counts(verdicts), "to_mend": mend, "cases": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _attribute(text: str) -> str:
    return f'"{_xml(text)}"'


def _xml(text: str) -> str:
    return escape("".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text))


def as_junit(verdicts: Sequence[Verdict], name: str, *, lang: str = "zh") -> str:
    """JUnit XML as build servers read it; recommendations that failed are reported as skipped."""
    tell = (lambda text: text) if lang == "zh" else in_english
    hard = failures(verdicts)
    skipped = sum(
        one.result is Result.NOT_APPLICABLE or (one.result is Result.FAILED and not one.case.must)
        for one in verdicts
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name={_attribute(name)} tests="{len(verdicts)}" failures="{hard}" skipped="{skipped}">',
    ]
    for one in verdicts:
        lines.append(f'  <testcase classname="hj212" name={_attribute(f"{one.case.id} {tell(one.case.title)}")}>')
        told = "\n".join(
            [f"sent {shown(raw)}" for raw in one.sent]
            + [f"came {shown(raw)}" for raw in one.came]
            + [f"due {tell(one.case.due)}"]
        )
        if one.result is Result.FAILED and one.case.must:
            lines.append(f"    <failure message={_attribute(tell(one.why))}>{_xml(told)}</failure>")
        elif one.result is not Result.PASSED:
            lines.append(f"    <skipped message={_attribute(tell(one.why))}/>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])
