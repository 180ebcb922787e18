from pathlib import Path

import pytest

from core.errors import DataError
from core.jobs.job import NEXT, Job, arguments, document_of, job_from, moved, new_job

FIT = {"dim": 2, "recipe": "default", "seed": 0}
POINTS = {"method": "tsne", "seed": 0}


def refused(collection="animals", what="fit", options=FIT):
    with pytest.raises(DataError) as caught:
        new_job(collection, what, options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_job_is_what_its_command_is_given():
    job = new_job("animals", "fit", {**FIT, "steps": 30})
    given = arguments(job, Path("/d"), Path("/r"))
    assert " ".join(given) == (
        "fit animals --dim 2 --recipe default --seed 0 --steps 30 "
        "--data /d --report /r --record"
    )
    points = arguments(new_job("animals", "project", POINTS), Path("/d"), Path("/r"))
    assert " ".join(points) == (
        "project animals --method tsne --seed 0 --data /d --report /r"
    )


def test_a_resumed_job_says_so_to_its_command():
    job = Job("0123456789ab", "animals", "fit", FIT, resume=True)
    assert arguments(job, Path("/d"), Path("/r"))[-1] == "--resume"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dim": 1}, "'1' is no whole number for dimensions: from 2 to 16."),
        ({"dim": 17}, "'17' is no whole number for dimensions: from 2 to 16."),
        ({"dim": 2.5}, "'2.5' is no whole number for dimensions: from 2 to 16."),
        ({"dim": True}, "'True' is no whole number for dimensions: from 2 to 16."),
        ({"dim": "2"}, "'2' is no whole number for dimensions: from 2 to 16."),
        ({"seed": -1}, "'-1' is no whole number for seed: from 0 to 4,294,967,295."),
        ({"steps": 0}, "'0' is no whole number for steps: from 1 to 100,000."),
        ({"steps": 10**9}, "'1000000000' is no whole number for steps:"),
        ({"recipe": "magic"}, "There is no recipe 'magic'."),
        ({"recipe": ["--data"]}, "There is no recipe"),
        ({"data": "/etc"}, "This job knows no 'data'."),
    ],
)
def test_options_are_checked_in_words(change, said):
    assert refused(options=FIT | change).startswith(said)


def test_what_makes_no_sense_is_refused():
    assert refused(collection="../../etc") == "There is no collection '../../etc'."
    assert refused(collection="--data") == "There is no collection '--data'."
    assert refused(what="rm") == "There is no job 'rm': fit or project."
    assert refused(what=["fit"]) == "There is no job \"['fit']\": fit or project."
    assert refused(options=None) == "A job needs options."
    assert refused(options={}) == "This job needs 'dim'."
    assert refused(what="project", options={"method": "x", "seed": 0}) == (
        "There is no projection 'x'."
    )


def test_a_job_comes_back_from_json_as_it_was():
    job = new_job("animals", "project", POINTS)
    assert job_from(document_of(job)) == job
    with pytest.raises(DataError, match="Another version"):
        job_from({**document_of(job), "wings": 2})


@pytest.mark.parametrize("state", NEXT)
@pytest.mark.parametrize("after", NEXT)
def test_states_follow_on_one_another_as_they_may(state, after):
    job = Job("0123456789ab", "animals", "project", POINTS, state=state)
    if after in NEXT[state]:
        assert moved(job, after).state == after
    else:
        with pytest.raises(DataError, match=f"is {state}, and cannot become {after}"):
            moved(job, after)
