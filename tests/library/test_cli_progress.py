"""One bar over all stages: it never goes back, reaches the end, and tells the time that is left."""

import pytest

from qingxi.cli.progress import STAGES, Whole


def test_the_bar_never_goes_back_and_ends_at_the_end():
    assert sum(weight for _, weight in STAGES.values()) == pytest.approx(1.0)
    whole, last = Whole(), 0.0
    told = [("read", 0.5), ("graph", 0.0), ("layout", 0.6), ("layout", 0.4), ("bound", 0.2), ("design", 0.5), ("bound", 1.0),
            ("design", 1.0), ("write", 0.1), ("write", 1.0)]  # fmt: skip
    for stage, share in told:
        done = whole.tell(stage, share)
        assert done >= last
        last = done
    assert last == pytest.approx(1.0)


def test_what_is_left_goes_as_what_is_done_went():
    whole = Whole()
    assert whole.remaining_s(3.0) == float("inf")
    whole.tell("layout", 0.0)  # reading and the graph are done: 0.06 + 0.14
    assert whole.remaining_s(10.0) == pytest.approx(40.0)
