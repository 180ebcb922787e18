"""The short form of `make fuzz`: inputs that almost make sense."""

import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets

EXAMPLES = {
    "table": 100,
    "collection": 40,
    "novel": 60,
    "images": 30,
    "unpacked": 20,
    "view": 120,
    "request": 200,
}
ODD = b'" , ; NaN -1 1e999 null [] {} true = ../ %00 %ff \0 \n \xc3\xa9'.split(b" ")
# Replaced from this share of the input on, so many bytes of it, by these.
EDIT = st.tuples(
    st.floats(0, 1),
    st.integers(0, 12),
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from(ODD),
    ),
)


@st.composite
def edited(draw, seeds):
    """A seed, changed in a few places."""
    data = draw(st.sampled_from(seeds))
    for share, length, new in draw(st.lists(EDIT, max_size=4)):
        at = round(share * len(data))
        data = data[:at] + new + data[at + length :]
    return data


@pytest.mark.parametrize("name", targets.TARGETS)
def test_whatever_comes_is_answered(name):
    @settings(max_examples=EXAMPLES[name], suppress_health_check=list(HealthCheck))
    @given(st.one_of(edited(targets.seeds(name)), st.binary(max_size=40)))
    def check(data):
        targets.TARGETS[name](data)

    check()


TOKEN = "of an upload that there is"
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.lists(st.integers() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
# Each begins a process whatever it is sent: to read a zip, to do jobs.
BEGINNING = ("/own/import", "/jobs/ready")
KEYS = ["names", "dim", "collection", "what", "options", "token", "title", "task"]


@pytest.mark.parametrize(("method", "rule"), targets.routes())
def test_no_route_minds_values_of_another_type(method, rule):
    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(
        st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4) | VALUES,
        st.lists(st.sampled_from(["", "x", "cub", "..%2f" * 3, TOKEN]), max_size=2),
        st.sampled_from(
            [b"", b"dim=x&rows=-1&color=%ff&fit=..", b"dim=1e9&after=\xc3\xa9"]
        ),
    )
    def check(body, names, query):
        if rule.endswith("/warm.json"):  # of boxes that there are it begins one, too
            assume(not isinstance(body, dict) or body.get("dim") not in (2, 3))
        names = [targets.token() if one == TOKEN else one for one in names]
        sent = json.dumps(body).encode()
        targets.asked(method, rule, names, query, sent, elsewhere=BEGINNING)

    check()


def test_an_answer_that_waits_is_a_fault(monkeypatch):
    targets.asked("GET", "/health", [], b"", b"")
    monkeypatch.setattr(targets, "WAITING", 0)  # any time at all
    with pytest.raises(AssertionError, match="/health"):
        targets.asked("GET", "/health", [], b"", b"")
