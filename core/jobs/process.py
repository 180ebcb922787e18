"""The process of a job: whether it is still there, and what it is told."""

import os
import signal

import psutil

from core.jobs.job import Job


def born(pid: int) -> float | None:
    """Seconds from the start of the machine to that of a process, whose clock may jump.

    What the system says of when both were moves with the clock, their distance not.
    """
    try:
        return round(psutil.Process(pid).create_time() - psutil.boot_time(), 2)
    except psutil.NoSuchProcess:
        return None


def lives(job: Job) -> bool:
    """Whether the process of a job is there: its number may be another one's by now."""
    if job.pid is None:
        return False
    try:
        process = psutil.Process(job.pid)
        gone = process.status() == psutil.STATUS_ZOMBIE
        return born(job.pid) == job.born and not gone
    except psutil.NoSuchProcess:
        return False


def is_lost(job: Job) -> bool:
    """Whether a job is said to run whose process is gone."""
    return job.state == "running" and not lives(job)


def send(job: Job, number: signal.Signals) -> None:
    """Send a signal to the process of a job and all that it started."""
    if job.pid is not None and lives(job):
        os.killpg(job.pid, number)
