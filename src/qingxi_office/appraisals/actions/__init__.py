"""Every change to appraisals and what is paid by them."""

from qingxi.appraisal import against_moving
from qingxi_office.appraisals.actions.judging import (
    Refused,
    Written,
    accept,
    answer,
    final_marks,
    keep_scheme,
    law_mark,
    move_on,
    object_to,
    open_appraisal,
    set_veto,
    standing,
    write_clean,
    write_marks,
)
from qingxi_office.appraisals.actions.paying import (
    FORMULAS,
    compute,
    measured,
    month_after,
    score_before,
    set_terms,
    work_out,
)

__all__ = [
    "FORMULAS", "Refused", "Written", "accept", "against_moving", "answer", "compute", "final_marks", "keep_scheme", "law_mark", "measured",
    "month_after", "move_on", "object_to", "open_appraisal", "score_before", "set_terms", "set_veto", "standing",
    "work_out", "write_clean", "write_marks",
]  # fmt: skip
