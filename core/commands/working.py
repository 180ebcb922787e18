"""`jobs`: what was asked for on the page, and what became of it."""

import json as documents
from dataclasses import asdict
from typing import Any

from core.commands.command import Add
from core.jobs import table
from core.jobs.job import Job
from core.jobs.progress import Progress, load_progress
from core.jobs.runner import recover
from core.store import Store


def add(command: Add) -> None:
    """Add the command."""
    parser = command("jobs", "fits and projections asked for on the page", run)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--cancel", metavar="ID", help="cancel this one first")


def run(store: Store, *, json: bool, cancel: str | None) -> None:
    """Print every job with its state, the first that was asked for first."""
    known = table.opened(store) if cancel else table.existing(store)
    if known is not None:
        recover(known)
    if known is not None and cancel:
        table.cancel(known, cancel)
    found = [] if known is None else table.jobs(known)
    told = [(job, load_progress(store.data / table.FOLDER / job.id)) for job in found]
    if json:
        print(documents.dumps([_document(*one) for one in told]))
        return
    for one in told:
        print(_line(*one))


def _document(job: Job, progress: Progress) -> dict[str, Any]:
    return {**asdict(job), "progress": asdict(progress)}


def _line(job: Job, progress: Progress) -> str:
    options = " ".join(f"--{key} {one}" for key, one in job.options.items() if one)
    parts = [f"{job.id}: {job.what} {job.collection} {options}: {job.state}"]
    if job.state == "running":
        parts.append(progress.phase)
        if progress.steps:
            parts.append(f"step {progress.step:,} of {progress.steps:,}")
    return "; ".join([*parts, *([job.why] if job.why else [])])
