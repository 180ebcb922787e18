import gc
import math
import operator
import os
import signal
import time
from multiprocessing import active_children
from multiprocessing.process import BaseProcess

import pytest
from distributed import Client, Security

from core.collection import check_name
from core.errors import DataError
from core.parallel import calls, processes_kept


@pytest.fixture(autouse=True)
def collecting():
    yield
    gc.enable()


def test_here_values_come_with_the_number_of_their_call():
    found = list(calls(operator.pow, [(3, 2), (4, 2)], 1, gc.disable))
    assert found == [(0, 9), (1, 16)]
    assert not gc.isenabled()


def test_in_processes_too_which_begin_as_asked_and_hear_of_no_interrupt():
    def seen(number):
        heard = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        return number**2, os.getpid(), gc.isenabled(), heard

    before = signal.getsignal(signal.SIGINT)
    found = dict(calls(seen, [(number,) for number in range(9)], 2, gc.disable))
    assert {at: one[0] for at, one in found.items()} == {n: n**2 for n in range(9)}
    assert os.getpid() not in {one[1] for one in found.values()}
    assert {one[2:] for one in found.values()} == {(False, False)}
    assert gc.isenabled()
    assert signal.getsignal(signal.SIGINT) is before
    assert not active_children()


def test_processes_that_are_kept_do_later_calls_too_and_more_join_them():
    def seen(_):
        time.sleep(0.2)
        return os.getpid()

    with processes_kept():
        one, other, third = (
            {found for _, found in calls(seen, [(0,)] * count, jobs, gc.disable)}
            for count, jobs in ((8, 2), (8, 2), (12, 3))
        )
        assert one == other
        assert one < third
        assert len(active_children()) == len(third) == 3
    assert not active_children()


def test_nobody_else_on_this_machine_can_call_the_processes():
    def told():
        from distributed import get_worker

        return get_worker().scheduler.address

    with processes_kept():
        (_, address), _ = calls(told, [(), ()], 2, gc.disable)
        assert address.startswith("tls://127.0.0.1:")
        for other in (address, address.replace("tls://", "tcp://")):
            own_keys = Security.temporary() if other == address else None
            with pytest.raises(OSError):
                connected(other, own_keys)


def connected(address, security):
    with Client(address, security=security, timeout=2, set_as_default=False) as client:
        return client.scheduler_info()


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


def test_a_call_that_ends_every_process_is_said(monkeypatch):
    start = BaseProcess.start

    def slowly(process):
        """So that another process is being started when the calls end."""
        time.sleep(0.5)
        start(process)

    monkeypatch.setattr(BaseProcess, "start", slowly)
    with pytest.raises(DataError, match=r"ended, one after the other.*fewer --jobs"):
        list(calls(os._exit, [(1,), (1,)], 2, gc.disable))
    assert not active_children()


def test_no_calls_give_nothing():
    assert list(calls(math.sqrt, [], 2, gc.disable)) == []
