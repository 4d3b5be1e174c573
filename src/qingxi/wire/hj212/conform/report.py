"""Verdicts as text, JSON and JUnit XML."""

import json
from collections import Counter
from collections.abc import Sequence
from html import escape  # the standard library's XML escaping would bring sockets along

from qingxi.wire.hj212.conform.script import Result, Verdict


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


def as_text(verdicts: Sequence[Verdict], *, whole: bool = False) -> str:
    """A line a case; failures with what was sent, what came and what should have come. ``whole`` shows that for all."""
    lines = []
    for one in verdicts:
        level = "" if one.case.must else "（建议）"
        why = f"：{one.why}" if one.why else ""
        lines.append(f"{one.result:4} {one.case.id:12} {one.case.title}{level}  {one.case.clause}{why}")
        if one.result is Result.FAILED or whole:
            lines += [f"       发 {shown(raw)}" for raw in one.sent]
            lines += [f"       收 {shown(raw)}" for raw in one.came] or ["       收 （无）"]
            lines.append(f"       应 {one.case.due}")
    counts = _counts(verdicts)
    advised = sum(one.result is Result.FAILED and not one.case.must for one in verdicts)
    lines.append(
        f"通过 {counts['passed']}，不通过 {counts['failed']}（其中建议项 {advised}），不适用 {counts['not_applicable']}"
    )
    return "\n".join(lines)


def as_json(verdicts: Sequence[Verdict], about: dict[str, str]) -> str:
    """One object: ``about``, counts, and a row a case."""
    rows = [
        {
            "id": one.case.id,
            "title": one.case.title,
            "clause": one.case.clause,
            "level": "must" if one.case.must else "should",
            "result": one.result.name.lower(),
            "why": one.why,
            "due": one.case.due,
            "sent": [shown(raw) for raw in one.sent],
            "came": [shown(raw) for raw in one.came],
        }
        for one in verdicts
    ]
    return json.dumps({"about": about, "counts": _counts(verdicts), "cases": rows}, ensure_ascii=False, indent=1)


def _attribute(text: str) -> str:
    return f'"{_xml(text)}"'


def _xml(text: str) -> str:
    return escape("".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text))


def as_junit(verdicts: Sequence[Verdict], name: str) -> str:
    """JUnit XML as build servers read it; recommendations that failed are reported as skipped."""
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
        lines.append(f'  <testcase classname="hj212" name={_attribute(f"{one.case.id} {one.case.title}")}>')
        told = "\n".join(
            [f"sent {shown(raw)}" for raw in one.sent]
            + [f"came {shown(raw)}" for raw in one.came]
            + [f"due {one.case.due}"]
        )
        if one.result is Result.FAILED and one.case.must:
            lines.append(f"    <failure message={_attribute(one.why)}>{_xml(told)}</failure>")
        elif one.result is not Result.PASSED:
            lines.append(f"    <skipped message={_attribute(one.why)}/>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])
