import gc
import math
import operator
import os
import signal
import time
from multiprocessing import active_children

import pytest

from core.collection import check_name
from core.errors import DataError
from core.evaluation.parallel import calls

NUMBERS = [(number, 2) for number in range(5)]


@pytest.fixture(autouse=True)
def collecting():
    yield
    gc.enable()


@pytest.mark.parametrize("jobs", [1, 2])
def test_values_come_with_the_number_of_their_call(jobs):
    found = dict(calls(operator.pow, NUMBERS, jobs, gc.disable))
    assert found == {0: 0, 1: 1, 2: 4, 3: 9, 4: 16}
    assert not active_children()


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_process_begins_as_asked(jobs):
    gc.enable()
    assert gc.isenabled()
    assert dict(calls(gc.isenabled, [(), ()], jobs, gc.disable)) == {0: False, 1: False}


def test_processes_end_when_nobody_listens_any_more():
    found = calls(time.sleep, [(0,), (600,), (600,)], 2, gc.disable)
    assert next(found) == (0, None)
    assert len(active_children()) == 2
    found.close()
    assert not active_children()


def test_an_error_of_a_call_is_raised_and_ends_the_others():
    with pytest.raises(DataError, match="'two words' cannot name a collection"):
        list(calls(check_name, [("one",), ("two words",), ("three",)], 2, gc.disable))
    assert not active_children()


def test_a_process_that_the_system_ends_is_said():
    with pytest.raises(DataError, match=r"One of 2 processes was ended.*fewer --jobs"):
        list(calls(os._exit, [(1,), (1,)], 2, gc.disable))


def test_processes_do_not_hear_of_interrupts():
    before = signal.getsignal(signal.SIGINT)
    found = dict(calls(signal.getsignal, [(signal.SIGINT,)] * 2, 2, gc.disable))
    assert found == {0: signal.SIG_IGN, 1: signal.SIG_IGN}
    assert signal.getsignal(signal.SIGINT) is before


def test_no_calls_give_nothing():
    assert list(calls(math.sqrt, [], 2, gc.disable)) == []
