"""Whether a job can go on where it was stopped."""

from collections.abc import Sequence

from core import weights
from core.jobs.job import Job
from core.store import Store


def is_resumable(store: Store, job: Job, found: Sequence[Job]) -> bool:
    """Whether a fit can go on where it was stopped: the checkpoint there is its own."""
    if job.what != "fit" or job.state not in ("cancelled", "failed", "interrupted"):
        return False
    dim = job.options["dim"]
    when = weights.checkpointed(store, job.collection, dim)
    if when is None:
        return False
    begun = [
        (one.started, one.id)
        for one in found
        if one.started is not None
        and (one.what, one.collection) == ("fit", job.collection)
        and one.options["dim"] == dim
        and one.started <= when
    ]
    return bool(begun) and max(begun)[1] == job.id
