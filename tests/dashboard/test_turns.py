from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from core.errors import DataError
from dashboard.turns import Busy, Turns
from tests.browser.pages import wait_for


def test_the_next_one_is_told_at_once_and_has_a_turn_later():
    turns = Turns(at_once=1, waiting=0, patience=60)
    for _ in range(2):
        with turns.one(), pytest.raises(Busy, match="in 10 s"), turns.one():
            pass


def test_who_may_wait_does_so_until_another_ends():
    turns, waits, order = Turns(at_once=1, waiting=1, patience=60), Event(), []

    def second():
        waits.set()
        with turns.one():
            order.append("second")

    with ThreadPoolExecutor(1) as other:
        with turns.one():
            ended = other.submit(second)
            assert waits.wait(20)
            wait_for(lambda: refuses(turns))
            order.append("first")
        ended.result(20)
    assert order == ["first", "second"]


def refuses(turns):
    try:
        with turns.one():
            return False
    except Busy:
        return True


def test_who_waits_too_long_is_told_and_what_breaks_ends_a_turn():
    turns = Turns(at_once=1, waiting=1, patience=0.01)
    with turns.one(), pytest.raises(Busy), turns.one():
        pass
    for _ in range(3):
        with pytest.raises(DataError, match="broken"), turns.one():
            raise DataError("broken")
