"""The hard laws of closing in the database itself, for each engine: whoever writes past the office's actions meets them too.

Each law is one condition over the row that is about to be written, in SQL that SQLite and PostgreSQL both read; what
differs is filled in. The guards are taken away before any migration and put back after it (``apps.py``): SQLite would
otherwise refuse to remake a table that a guard names.

A problem that the county's own ledger brought along (``kept_elsewhere``) and that has no step here may stand as it was
kept; as soon as it moves here, the laws hold for it as for any other.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from qingxi.issue import ASKED, Answer, Level
from qingxi.issue.laws import AFTER, AGAIN, PAPERS, UPPER
from qingxi.standard import load_table

ISSUE, STEP, EVIDENCE, ERRAND = (
    "issues_issuerecord",
    "issues_issuestep",
    "issues_issueevidence",
    "issues_issueerrand",
)
_SIGNS = "('现场核查通过', '审核签字', '销号备案', '当场销号', '提出单位同意销号')"
_CLOSES = "('销号备案', '当场销号', '提出单位同意销号')"
_MENDER = "'整改责任单位'"


@dataclass(frozen=True, slots=True)
class Guard:
    """One law: on which table and event, what it says, and the condition under which the row breaks it."""

    name: str
    table: str
    event: str
    says: str
    broken: str


def _rank(level: str) -> str:
    ranks = " ".join(f"WHEN '{one.value}' THEN {one.rank}" for one in Level)
    return f"(CASE {level} {ranks} ELSE -1 END)"


def _round(step: str, issue: str = "NEW.id") -> str:
    """A step of the present round: since the problem was last reopened."""
    since = f"SELECT MAX(z.id) FROM {STEP} z WHERE z.issue_id = {issue} AND z.step = '反弹重开'"
    return f"{step}.issue_id = {issue} AND {step}.id >= COALESCE(({since}), 0)"


def _closed(row: str) -> str:
    return f"({row}.state IN ('销号备案', '归档', '回头看') OR {row}.closed_on IS NOT NULL)"


_OURS = f"NOT (NEW.kept_elsewhere AND NOT EXISTS (SELECT 1 FROM {STEP} k WHERE k.issue_id = NEW.id))"
_CLOSING = f"{_closed('NEW')} AND NOT {_closed('OLD')} AND {_OURS}"
_LAST = f"(SELECT MAX(m.id) FROM {STEP} m WHERE m.issue_id = NEW.id)"


def _last_step(steps: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {STEP} c WHERE c.id = {_LAST} AND c.step IN {steps} "
        'AND c.unit_id = NEW.closed_by_unit_id AND c."on" = NEW.closed_on)'
    )


def _paper(kinds: str, *, last: bool = False, more: str = "") -> str:
    """Evidence of these kinds lies under a step of this round (under the last one)."""
    where = f"s.id = {_LAST}" if last else _round("s")
    return (
        f"EXISTS (SELECT 1 FROM {EVIDENCE} e JOIN {STEP} s ON s.id = e.step_id "
        f"WHERE {where} AND e.kind IN ({kinds}){more})"
    )


def _step(word: str, more: str = "") -> str:
    return f"EXISTS (SELECT 1 FROM {STEP} s WHERE {_round('s')} AND s.step = '{word}'{more})"


def _asked(more: str = "") -> str:
    """Ids of the evidence that the reporter was asked by somebody who did not rectify."""
    return (
        f"FROM {EVIDENCE} a JOIN {STEP} t ON t.id = a.step_id "
        f"WHERE {_round('t')} AND t.role <> {_MENDER} AND a.kind = '{ASKED}'{more}"
    )


def _same_hand(signer: str, issue: str) -> str:
    """A step of the rectifier in this round by the unit or the person of this signature."""
    return (
        f"EXISTS (SELECT 1 FROM {STEP} r WHERE {_round('r', issue)} AND r.role = {_MENDER} "
        f"AND (r.unit_id = {signer}.unit_id OR r.by_name = {signer}.by_name))"
    )


def _guards(days: str) -> list[Guard]:
    """Every law; ``days`` is the engine's own way of counting from {a} to {b}."""
    law = load_table("issues")
    wait, shown = int(law.row("reporter.wait").low or 0), int(law.row("key.publish").low or 0)
    unit = "(SELECT u.level FROM places_unit u WHERE u.id = NEW.closed_by_unit_id)"
    said_no, said_wait = f" AND a.answer = '{Answer.NO.value}'", f" AND a.answer = '{Answer.WAIT.value}'"
    last_answer = f"(SELECT y.answer FROM {EVIDENCE} y WHERE y.id = (SELECT MAX(a.id) {_asked()}))"
    last_no = f"(SELECT MAX(a.id) {_asked(said_no)})"
    first_wait = f'(SELECT MIN(t."on") {_asked(said_wait)})'
    again = (
        f"EXISTS (SELECT 1 FROM {EVIDENCE} g JOIN {STEP} h ON h.id = g.step_id WHERE {_round('h')} AND h.role <> {_MENDER} "
        f"AND g.kind = '{AGAIN}' AND h.id >= (SELECT q.step_id FROM {EVIDENCE} q WHERE q.id = {last_no}))"
    )

    def closing(name: str, says: str, broken: str) -> Guard:
        return Guard(name, ISSUE, "UPDATE", says, f"{_CLOSING} AND ({broken})")

    waited = days.format(a=first_wait, b="NEW.closed_on")
    published = days.format(a='s."on"', b="NEW.closed_on")
    shown_long = _step("公示", f" AND {published} >= {shown}")
    on_site, agreed, filed = (
        _last_step("('当场销号')"),
        _last_step("('提出单位同意销号')"),
        _last_step("('销号备案')"),
    )
    photo, reading = _paper("'整改后照片'", last=True, more=" AND e.file <> ''"), _paper("'读数'", last=True)
    word, after, visit = (
        _paper("'提出单位意见'", last=True),
        _paper(f"'{AFTER}'"),
        _paper(f"'现场核查记录', '{PAPERS}'"),
    )
    signature, record, upper = _paper("'签字件'"), _paper("'备案件'", last=True), _paper(f"'{UPPER}'", last=True)
    mended, verified, signed = _step("自查自验"), _step("现场核查通过"), _step("审核签字")
    return [
        closing("has_its_step", "a problem closes by a step of the unit that closes it, on its day", f"NOT {_last_step(_CLOSES)}"),
        closing(
            "rectifier_never_signs", "who rectified never signs",
            f"EXISTS (SELECT 1 FROM {STEP} c WHERE {_round('c')} AND c.step IN {_SIGNS} "
            f"AND (c.unit_id = NEW.rectifier_id OR {_same_hand('c', 'NEW.id')}))",
        ),
        closing("level_not_below", "closing is not below the issuing level", f"{_rank(unit)} < {_rank('NEW.level')}"),
        closing(
            "supervised_from_above", "a supervised problem is closed by its issuer, the county only applies",
            f"NEW.klass = '督办' AND {_rank(unit)} < {Level.CITY.rank}",
        ),
        closing(
            "evidence_of_the_spot", "closing on the spot asks for class, photo and reading",
            f"{on_site} AND (NEW.klass <> '一般' OR NOT {photo} "
            f"OR NOT {reading})",
        ),
        closing(
            "raiser_agrees", "a blockage closes when the unit that raised it agrees",
            f"(NEW.klass = '推进堵点' OR {agreed}) AND (NEW.raiser_id IS NULL "
            f"OR NEW.klass <> '推进堵点' OR NEW.raiser_id <> NEW.closed_by_unit_id OR NOT {agreed} "
            f"OR NOT {word} OR NOT {after})",
        ),
        closing(
            "evidence_of_the_line", "nothing closes without its evidence of this round",
            f"{filed} AND (NOT {mended} OR NOT {verified} OR NOT {signed} "
            f"OR NOT {after} OR NOT {visit} OR NOT {signature} "
            f"OR NOT {record} OR (NEW.klass = '督办' AND NOT {upper}))",
        ),
        closing(
            "published_first", "a 重点 or 督办 problem is published before it closes",
            f"NEW.klass IN ('重点', '督办') AND NOT {shown_long}",
        ),
        closing(
            "reporter_asked", "the reporter is asked",
            f"NEW.report_code <> '' AND (NOT EXISTS (SELECT 1 {_asked()}) "
            f"OR ({last_answer} = '{Answer.NO.value}' AND NOT {again}) "
            f"OR ({last_answer} = '{Answer.WAIT.value}' AND {waited} < {wait}))",
        ),
        closing(
            "errands_back", "what was asked of other units has come back",
            f"EXISTS (SELECT 1 FROM {ERRAND} o WHERE o.issue_id = NEW.id AND o.answered_on IS NULL AND o.kind IN ('会签', '协办'))",
        ),
        Guard(
            "exits_by_a_step", ISSUE, "UPDATE", "a problem leaves the line by a step of a unit that did not rectify",
            f"{_OURS} AND NOT {_closed('NEW')} AND NOT NEW.is_open AND OLD.is_open AND NOT EXISTS (SELECT 1 FROM {STEP} c "
            f"WHERE c.id = {_LAST} AND ((NEW.state = '不属实' AND c.step = '认定不属实' AND c.unit_id <> NEW.rectifier_id) "
            "OR (NEW.state = '重复合并' AND c.step = '并入')))",
        ),
        Guard(
            "closed_is_not_open", ISSUE, "UPDATE", "a closed problem stays out of work until it is reopened by a step",
            f"{_OURS} AND ((NEW.is_open AND NEW.state IN ('销号备案', '归档', '回头看')) OR ({_closed('OLD')} AND NOT {_closed('NEW')} "
            f"AND NOT EXISTS (SELECT 1 FROM {STEP} c WHERE c.id = {_LAST} AND c.step = '反弹重开')))",
        ),
        Guard(
            "closing_stands", ISSUE, "UPDATE", "by whom and when a problem was closed is not rewritten",
            "OLD.closed_on IS NOT NULL AND NEW.closed_on IS NOT NULL AND (OLD.closed_on <> NEW.closed_on "
            "OR OLD.closed_by_unit_id <> NEW.closed_by_unit_id)",
        ),
        Guard(
            "facts_do_not_soften", ISSUE, "UPDATE", "number, reporter, raiser, class and level of a problem are not softened",
            "NEW.key <> OLD.key OR (OLD.report_code <> '' AND NEW.report_code <> OLD.report_code) "
            "OR (OLD.raiser_id IS NOT NULL AND COALESCE(NEW.raiser_id, -1) <> OLD.raiser_id) "
            "OR (NEW.kept_elsewhere AND NOT OLD.kept_elsewhere) "
            f"OR ({_OURS} AND (({_rank('NEW.level')} < {_rank('OLD.level')}) "
            "OR (NEW.klass <> OLD.klass AND NOT (OLD.klass = '一般' AND NEW.klass = '重点'))))",
        ),
        Guard(
            "born_open", ISSUE, "INSERT", "a problem is opened before it is closed",
            f"NOT NEW.kept_elsewhere AND ({_closed('NEW')} OR NOT NEW.is_open)",
        ),
        Guard(
            "never_lost", ISSUE, "DELETE", "a problem with a history is not deleted",
            f"EXISTS (SELECT 1 FROM {STEP} k WHERE k.issue_id = OLD.id)",
        ),
        Guard("step_not_changed", STEP, "UPDATE", "the history of a problem is not changed", "1 = 1"),
        Guard("step_not_deleted", STEP, "DELETE", "the history of a problem is not deleted", "1 = 1"),
        Guard(
            "step_by_the_right_hand", STEP, "INSERT", "who rectified never signs, and days do not run backwards",
            f"(NEW.step IN {_SIGNS} AND ({_same_hand('NEW', 'NEW.issue_id')} OR NEW.role = {_MENDER} OR NEW.unit_id = "
            f"(SELECT i.rectifier_id FROM {ISSUE} i WHERE i.id = NEW.issue_id))) "
            f'OR NEW."on" < (SELECT MAX(p."on") FROM {STEP} p WHERE p.issue_id = NEW.issue_id)',
        ),
        Guard(
            "evidence_with_its_step", EVIDENCE, "INSERT", "evidence is handed in with the step, not afterwards",
            f"NEW.step_id IS NOT NULL AND (NEW.step_id <> (SELECT MAX(m.id) FROM {STEP} m WHERE m.issue_id = NEW.issue_id) "
            f"OR EXISTS (SELECT 1 FROM {ISSUE} i JOIN {STEP} c ON c.id = NEW.step_id WHERE i.id = NEW.issue_id "
            f"AND i.closed_on IS NOT NULL AND c.step IN {_CLOSES}))",
        ),
        Guard("evidence_not_changed", EVIDENCE, "UPDATE", "evidence is not changed", "OLD.step_id IS NOT NULL"),
        Guard("evidence_not_deleted", EVIDENCE, "DELETE", "evidence is not deleted", "OLD.step_id IS NOT NULL"),
    ]  # fmt: skip


_SQLITE_DAYS, _POSTGRES_DAYS = "CAST(julianday({b}) - julianday({a}) AS INTEGER)", "({b} - {a})"


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the guards, anew where they are there; nothing while the ledger's tables are not all there."""
    there = set(connection.introspection.table_names())
    if not {ISSUE, STEP, EVIDENCE, ERRAND, "places_unit"} <= there:
        return
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for g in _guards(_SQLITE_DAYS):
                cursor.execute(
                    f"CREATE TRIGGER issue_law_{g.name} BEFORE {g.event} ON {g.table} WHEN {g.broken} "
                    f"BEGIN SELECT RAISE(ABORT, 'issue law {g.name}: {g.says}'); END"
                )
            return
        for g in _guards(_POSTGRES_DAYS):
            back = "OLD" if g.event == "DELETE" else "NEW"
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION issue_law_{g.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {g.broken} "
                f"THEN RAISE EXCEPTION 'issue law {g.name}: {g.says}' USING ERRCODE = 'integrity_constraint_violation'; "
                f"END IF; RETURN {back}; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER issue_law_{g.name} BEFORE {g.event} ON {g.table} FOR EACH ROW "
                f"EXECUTE FUNCTION issue_law_{g.name}()"
            )


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take the guards away: before migrations, while a backup is put back, and for tests that play a forger."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for g in _guards(_SQLITE_DAYS):
            if g.table in there:
                on = "" if connection.vendor == "sqlite" else f" ON {g.table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS issue_law_{g.name}{on}")
