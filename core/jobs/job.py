"""A job: a fit or a projection that was asked for, and what became of it."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.errors import DataError
from core.learning.recipe import RECIPES
from core.projection import METHODS

What = Literal["fit", "project"]
State = Literal["queued", "running", "done", "cancelled", "failed", "interrupted"]
ENDED: tuple[State, ...] = ("done", "cancelled", "failed", "interrupted")
# What may follow on what.
NEXT: Mapping[State, tuple[State, ...]] = {
    "queued": ("running", "cancelled"),
    "running": ENDED,
    "done": (),
    "cancelled": ("queued",),
    "failed": ("queued",),
    "interrupted": ("queued",),
}
ID = re.compile(r"[0-9a-f]{12}")
NAME = re.compile(r"\w[\w.-]{0,199}")  # no path, and no option
MOST_STEPS = 100_000
MOST_DIMS = 16
SEEDS = 2**32


@dataclass(frozen=True)
class Job:
    """What was asked for, by the options of its command, and what became of it.

    Args:
        id: Twelve hexadecimal digits.
        collection: Its name.
        what: The command.
        options: Of the command: `dim`, `recipe`, `seed` and perhaps `steps` of a fit,
            `method` and `seed` of a projection.
        state: What it has come to.
        asked: When it was asked for, as seconds since 1970; so are the next two.
        started: When it last began to run.
        ended: When it came to an end.
        pid: Of its process.
        born: Seconds from the start of the machine to that of the process: another one
            may get its number later.
        resume: Whether it goes on where it was left.
        stopping: Whether somebody asked it to stop.
        why: What is to be said of its end.
    """

    id: str
    collection: str
    what: What
    options: Mapping[str, Any]
    state: State = "queued"
    asked: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None
    pid: int | None = None
    born: float | None = None
    resume: bool = False
    stopping: bool = False
    why: str = ""

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise DataError(f"A job has no id like {self.id[:40]!r}.")
        if not NAME.fullmatch(self.collection):
            raise DataError(f"There is no collection {self.collection[:40]!r}.")
        CHECKS[self.what](self.options)

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end, from which it may still be resumed."""
        return self.state in ENDED


def new_job(collection: object, what: object, options: object) -> Job:
    """A job that is asked for, by whatever a browser sent.

    Raises:
        DataError: It makes no sense; the message says which part of it.
    """
    if not isinstance(options, dict):
        raise DataError("A job needs options.")
    known: Any = what
    if not isinstance(what, str) or what not in CHECKS:
        raise DataError(f"There is no job {str(what)[:40]!r}: fit or project.")
    return Job(secrets.token_hex(6), str(collection), known, options)


def moved(job: Job, state: State, **changes: Any) -> Job:
    """The job in another state.

    Raises:
        DataError: It cannot come to that from where it is.
    """
    if state not in NEXT[job.state]:
        raise DataError(f"This job is {job.state}, and cannot become {state}.")
    return replace(job, state=state, **changes)


def job_from(document: Any) -> Job:
    """The job that `dataclasses.asdict` described, as it was found in the table.

    Raises:
        DataError: Another version of this program wrote it.
    """
    try:
        return Job(**document)
    except (TypeError, KeyError) as error:
        raise DataError("Another version of this program wrote this job.") from error


def document_of(job: Job) -> dict[str, Any]:
    """The job as JSON can hold it."""
    return asdict(job)


def arguments(job: Job, data: Path, report: Path) -> list[str]:
    """What `python -m core` is given to do it."""
    told = {**job.options, "data": data, "report": report}
    words = [
        word
        for key, value in told.items()
        if value is not None
        for word in (f"--{key}", str(value))
    ]
    flags = ["--record"] if job.what == "fit" else []
    flags += ["--resume"] if job.resume else []
    return [job.what, job.collection, *words, *flags]


def _check_fit(options: Mapping[str, Any]) -> None:
    _check_keys(options, {"dim", "recipe", "seed"}, {"steps"})
    _check_number(options, "dim", "dimensions", range(2, MOST_DIMS + 1))
    _check_number(options, "seed", "seed", range(SEEDS))
    if options["recipe"] not in (*RECIPES, "published"):
        raise DataError(f"There is no recipe {str(options['recipe'])[:40]!r}.")
    if options.get("steps") is not None:
        _check_number(options, "steps", "steps", range(1, MOST_STEPS + 1))


def _check_project(options: Mapping[str, Any]) -> None:
    _check_keys(options, {"method", "seed"}, set())
    _check_number(options, "seed", "seed", range(SEEDS))
    if options["method"] not in METHODS:
        raise DataError(f"There is no projection {str(options['method'])[:40]!r}.")


CHECKS = {"fit": _check_fit, "project": _check_project}


def _check_keys(options: Mapping[str, Any], needed: set[str], more: set[str]) -> None:
    for key in sorted(needed - options.keys()):
        raise DataError(f"This job needs {key!r}.")
    for key in sorted(options.keys() - needed - more):
        raise DataError(f"This job knows no {key[:40]!r}.")


def _check_number(
    options: Mapping[str, Any], key: str, word: str, known: range
) -> None:
    value = options[key]
    if not isinstance(value, int) or isinstance(value, bool) or value not in known:
        raise DataError(
            f"{str(value)[:40]!r} is no whole number for {word}: from {known[0]:,} to "
            f"{known[-1]:,}."
        )
