"""A slow judge of closed problems, written from the words of the rules and not from the code of ``qingxi.issue.laws``.

It reads a problem's history from the first event to the last, keeps what it saw in plain lists, and at every closing asks each
law anew. ``breaches`` gives what was broken; a lawful history gives nothing.
"""

from datetime import timedelta

LEVELS = ["村", "乡镇", "县", "市", "省", "中央"]
CLOSINGS = {"销号备案", "当场销号", "提出单位同意销号"}
SIGNATURES = {"现场核查通过", "审核签字", *CLOSINGS}


def _working_days(start, end, is_working):
    """Working days after ``start`` up to and with ``end``, counted one by one."""
    return sum(is_working(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def breaches(issue, is_working, *, publish, wait, plans):
    """What the history breaks.

    ``publish`` and ``plans`` say by class name how many working days of 公示 and whether a plan are asked; ``wait`` is the number of
    working days after which the reporter's silence counts.
    """
    found, rnd, closed, papers = [], [], False, []
    klass, level = issue.issue_class.value, issue.level.value
    for event in issue.events:
        step = event.step.value
        if step == "反弹重开":
            rnd, closed, papers = [], False, []
        if closed and step in CLOSINGS:
            found.append(f"closed twice: {step}")
        rnd.append(event)
        papers += [(event.on, event.role.value, proof) for proof in event.proofs]
        if step in SIGNATURES:
            for earlier in rnd:
                if earlier.role.value == "整改责任单位":
                    if earlier.by.unit == event.by.unit:
                        found.append(f"{step} by a unit that rectified")
                    if earlier.by.person == event.by.person and earlier is not event:
                        found.append(f"{step} by a person who rectified")
        if step in CLOSINGS:
            closed = True
            found += [
                f"{step}: {what}" for what in _closing(event, issue, rnd, papers, is_working, publish, wait, plans)
            ]
    if issue.closed and not closed:
        found.append("closed without a closing step")
    closing = [e for e in rnd if e.step.value in CLOSINGS]
    if issue.closed and closing and closing[-1].by.unit == issue.parties[_role(issue, "整改责任单位")].unit:
        found.append("the rectifier had the last signature")
    days = [e.on for e in issue.events]
    if days != sorted(days):
        found.append("time ran backwards")
    least = "市" if klass == "督办" and LEVELS.index(level) < LEVELS.index("市") else level
    found += [
        f"closed by {e.by.level.value} below {least}"
        for e in closing
        if LEVELS.index(e.by.level.value) < LEVELS.index(least)
    ]
    return found


def _role(issue, word):
    return next(role for role in issue.parties if role.value == word)


def _closing(event, issue, rnd, papers, is_working, publish, wait, plans):
    klass, step = issue.issue_class.value, event.step.value
    kinds = {proof.kind for _on, _role_of, proof in papers}
    own = {proof.kind for proof in event.proofs}
    steps = [e.step.value for e in rnd]
    if step == "当场销号":
        if klass != "一般":
            yield "not an ordinary problem"
        if not {"整改后照片", "读数"} <= own:
            yield "no photo or no reading"
    elif step == "提出单位同意销号":
        raiser = next((p.unit for r, p in issue.parties.items() if r.value == "提出单位"), None)
        if klass != "推进堵点":
            yield "not a blockage"
        if event.by.unit != raiser:
            yield "not the raiser"
        if "整改后照片或资料" not in kinds or "提出单位意见" not in own:
            yield "no papers"
    else:
        if klass == "推进堵点":
            yield "a blockage closed without its raiser"
        for wanted in ("自查自验", "现场核查通过", "审核签字"):
            if wanted not in steps:
                yield f"without {wanted}"
        if not {"整改后照片或资料", "签字件", "备案件", "现场核查记录"} <= kinds:
            yield "evidence lacks"
        if klass == "督办" and "上级销号文件" not in own:
            yield "no paper from above"
        if plans[klass] and "报整改方案" not in steps:
            yield "no plan"
        if publish[klass]:
            shown = [e.on for e in rnd if e.step.value == "公示"]
            if not shown or _working_days(shown[-1], event.on, is_working) < publish[klass]:
                yield "not published for its days"
    if issue.reporter:
        asked = [(on, p) for on, role, p in papers if p.kind == "反映人回访" and role != "整改责任单位"]
        if not asked:
            yield "the reporter was not asked"
        else:
            answer = asked[-1][1].answer
            word = answer.value if answer else "认可"
            if word == "不认可":
                at = papers.index(next(row for row in reversed(papers) if row[2] is asked[-1][1]))
                later = [
                    p for _on, role, p in papers[at + 1 :] if p.kind == "不认可复核" and role != "整改责任单位"
                ]
                later += [p for p in event.proofs if p.kind == "不认可复核"]
                if not later:
                    yield "the reporter said no and nobody looked again"
            if word == "已问未答":
                first = next(on for on, p in asked if p.answer and p.answer.value == "已问未答")
                if _working_days(first, event.on, is_working) < wait:
                    yield "the reporter had no time to answer"
    for errand in issue.errands:
        if errand.kind.value in ("会签", "协办") and errand.answered_on is None:
            yield "another unit still owes its part"
