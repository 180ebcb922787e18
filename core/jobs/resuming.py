"""Whether a job can go on where it was stopped."""

from core import weights
from core.jobs.job import Job
from core.jobs.progress import load_kept
from core.jobs.table import Table


def is_resumable(table: Table, job: Job) -> bool:
    """Whether a fit can go on where it was stopped: the checkpoint there is its own."""
    if job.what != "fit" or job.state not in ("cancelled", "failed", "interrupted"):
        return False
    kept = load_kept(table.folder(job.id))
    dim = job.options["dim"]
    return bool(kept) and kept == weights.checkpointed(table.store, job.collection, dim)
