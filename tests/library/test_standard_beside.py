"""A part of the work in a second process: the same answer, or none, never a broken one."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from qingxi.standard import beside
from qingxi.standard.beside import Beside

forks = pytest.mark.skipif(not beside._possible(), reason="one core, or not on Linux")


@forks
def test_the_answer_comes_from_another_process_whole():
    held = np.arange(400_000)  # 3 MB: many times what a pipe holds
    with Beside(lambda: (os.getpid(), held * 2)) as copy:
        there, answer = copy.answer()
    assert there != os.getpid()
    np.testing.assert_array_equal(answer, held * 2)


@forks
def test_work_that_fails_gives_no_answer_and_says_nothing(capfd):
    with Beside(lambda: 1 / 0) as copy:
        assert copy.answer() is None
    assert capfd.readouterr() == ("", "")


@forks
def test_a_copy_that_is_killed_gives_no_answer():
    with Beside(lambda: os.kill(os.getpid(), signal.SIGKILL)) as copy:
        assert copy.answer() is None


@forks
def test_leaving_ends_the_copy():
    with Beside(lambda: time.sleep(600)) as copy:
        pid = copy._pid
        os.kill(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_in_a_thread_and_where_it_is_not_worth_it_there_is_no_copy():
    answers = []

    def ask():
        with Beside(lambda: 1) as copy:
            answers.append(copy.answer())

    one = threading.Thread(target=ask)
    one.start()
    one.join()
    with Beside(lambda: 1, worth=False) as copy:
        answers.append(copy.answer())
    assert answers == [None, None]


@forks
def test_the_copy_ends_with_the_first_process_however_that_ends():
    code = (
        "import os, time\nfrom qingxi.standard.beside import Beside\n"
        "copy = Beside(lambda: time.sleep(600))\ntime.sleep(0.5)\nos._exit(3)\n"
    )
    # A copy that lived on would hold the output open until the time is over.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3
