import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from diskcache import Cache
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from core.cache import Store
from core.errors import DataError
from core.jobs import table
from core.jobs.job import ENDED, moved, new_job

ROOT = Path(__file__).parents[3]


def points(collection="animals", seed=0):
    return new_job(collection, "project", {"method": "pca", "seed": seed})


@pytest.fixture
def known(tmp_path):
    return table.opened(Store(tmp_path))


def end(known, id, state="done"):
    table.change(known, id, lambda job: moved(job, "running"))
    table.change(known, id, lambda job: moved(job, state, ended=1.0))


def test_jobs_wait_in_the_order_in_which_they_came(known):
    first, second = table.add(known, points()), table.add(known, points("plants"))
    assert table.jobs(known) == [first, second]
    assert table.get(known, second.id) == second


def test_nothing_is_written_to_look(tmp_path):
    assert table.existing(Store(tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


def test_the_same_is_not_asked_for_twice(known):
    first = table.add(known, points())
    assert table.add(known, points()) == first
    other = table.add(known, points(seed=1))
    assert [job.id for job in table.jobs(known)] == [first.id, other.id]
    end(known, first.id)
    assert table.add(known, points()).id != first.id  # what is done can be done again


def test_two_processes_at_once_ask_for_one(tmp_path):
    code = (
        "import sys; from pathlib import Path; from core.store import Store; "
        "from core.jobs import table; from core.jobs.job import new_job; "
        "known = table.opened(Store(Path(sys.argv[1]))); "
        "sys.stdin.readline(); options = {'method': 'pca', 'seed': 0}; "
        "[table.add(known, new_job('animals', 'project', options)) for _ in range(20)]"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(2)
    ]
    for process in both:
        process.communicate(b"go\n")
        assert process.returncode == 0
    assert len(table.jobs(table.opened(Store(tmp_path)))) == 1


def test_cancelling_twice_is_cancelling_once(known):
    job = table.add(known, points())
    once = table.cancel(known, job.id)
    assert (once.state, once.why) == ("cancelled", "It had not begun.")
    assert table.cancel(known, job.id) == once


def test_a_running_job_is_asked_to_stop(known):
    job = table.add(known, points())
    table.change(known, job.id, lambda now: moved(now, "running"))
    assert table.cancel(known, job.id).stopping
    assert table.cancel(known, job.id).state == "running"
    table.change(known, job.id, lambda now: moved(now, "cancelled"))
    again = table.resume(known, job.id, from_checkpoint=True)
    assert (again.state, again.stopping, again.resume) == ("queued", False, True)
    assert table.resume(known, job.id, from_checkpoint=True) == again


def test_only_what_is_over_is_forgotten(known):
    job = table.add(known, points())
    with pytest.raises(DataError, match="not over yet; cancel it first"):
        table.forget(known, job.id)
    table.cancel(known, job.id)
    known.folder(job.id).mkdir()
    table.forget(known, job.id)
    assert table.jobs(known) == []
    assert not known.folder(job.id).exists()
    with pytest.raises(DataError, match="no such job any more"):
        table.forget(known, job.id)


def test_old_jobs_make_room(known):
    ids = []
    for seed in range(table.KEPT + 3):
        ids.append(table.add(known, points(seed=seed)).id)
        end(known, ids[-1])
    assert [job.id for job in table.jobs(known)] == ids[3:]


def test_no_more_wait_than_may(known, monkeypatch):
    monkeypatch.setattr(table, "MOST", 2)
    first, second = (table.add(known, points(seed=seed)) for seed in range(2))
    said = "2 jobs wait already, and no more may; cancel one of them"
    with pytest.raises(DataError, match=said):
        table.add(known, points(seed=2))
    assert table.add(known, points(seed=1)) == second  # it is one of them
    table.cancel(known, first.id)
    table.add(known, points(seed=2))


def test_a_table_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="Cannot keep jobs in") as caught:
        table.opened(Store(tmp_path / "file"))
    assert "\n" not in str(caught.value)


def test_a_table_that_somebody_removed_is_made_anew(known):
    table.add(known, points())
    shutil.rmtree(known.store.data)
    assert table.existing(known.store) is None
    assert table.jobs(table.opened(known.store)) == []
    job = table.add(table.opened(known.store), points())
    assert table.jobs(table.opened(known.store)) == [job]


def test_a_damaged_table_is_one_line(tmp_path):
    folder = tmp_path / ".jobs" / "table"
    folder.mkdir(parents=True)
    (folder / "cache.db").write_bytes(b"no database at all, just some words\n" * 99)
    with pytest.raises(DataError, match=r"is damaged: .* Remove that folder") as caught:
        table.opened(Store(tmp_path))
    assert "\n" not in str(caught.value)


class Runs:
    """What runs when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("where", ["key", "value", "text"])
def test_nothing_in_a_table_is_ever_run(known, tmp_path, where):
    table.add(known, points())
    ran = tmp_path / "ran"
    row = {
        "key": {"key": Runs(ran)},
        "value": {"key": zlib.compress(b'"0123456789ab"', 1), "value": Runs(ran)},
        "text": {"key": "0123456789ab"},
    }[where]
    with Cache(str(known.cache.directory)) as foreign:  # writes pickles
        foreign[row["key"]] = row.get("value", 1)
    assert not ran.exists()
    with pytest.raises(DataError, match="is damaged: it holds what is no JSON"):
        table.jobs(known)
    assert not ran.exists()


def test_whatever_people_and_the_runner_do_a_table_holds_jobs_that_make_sense(
    tmp_path_factory,
):
    class People(RuleBasedStateMachine):
        """Wishes of people and what the runner writes, in any order."""

        def __init__(self):
            super().__init__()
            self.known = table.opened(Store(tmp_path_factory.mktemp("data")))
            self.over = {}

        def teardown(self):
            self.known.cache.close()

        def one(self, pick):
            found = table.jobs(self.known)
            return found[pick % len(found)].id if found else None

        def attempt(self, act):
            try:
                act()
            except DataError as error:
                assert "\n" not in str(error)

        @rule(seed=st.integers(0, 3))
        def ask(self, seed):
            table.add(self.known, points(seed=seed))

        @rule(pick=st.integers(0, 9), wish=st.sampled_from(["cancel", "forget"]))
        def wish(self, pick, wish):
            if id := self.one(pick):
                self.attempt(lambda: getattr(table, wish)(self.known, id))

        @rule(pick=st.integers(0, 9), left=st.booleans())
        def resume(self, pick, left):
            if id := self.one(pick):
                act = table.resume
                self.attempt(lambda: act(self.known, id, from_checkpoint=left))

        @rule(pick=st.integers(0, 9), state=st.sampled_from(["running", *ENDED]))
        def run(self, pick, state):
            if id := self.one(pick):
                by = lambda job: moved(job, state)  # noqa: E731
                self.attempt(lambda: table.change(self.known, id, by))

        @invariant()
        def what_is_done_stays_done(self):
            found = {job.id: job for job in table.jobs(self.known)}
            for id, job in self.over.items():
                assert id not in found or found[id] == job
            done = {id: job for id, job in found.items() if job.state == "done"}
            self.over |= done

        @invariant()
        def what_waits_is_not_asked_to_stop(self):
            for job in table.jobs(self.known):
                assert job.stopping <= (job.state != "queued")

    few = settings(
        max_examples=15,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(People, settings=few)
