"""What a monitoring system reads: counts and durations of requests, jobs by state.

Of several processes, prometheus-client adds up what each writes into the folder that
`PROMETHEUS_MULTIPROC_DIR` names, as its documentation says.
"""

import os
import time
from collections import Counter as Count
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPMethod

from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.errors import DataError
from core.jobs import table
from core.jobs.job import NEXT
from core.store import Store
from core.version import version

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)  # s


def serve(server: Flask, store: Store | None) -> None:
    """Count requests, and answer `/metrics` with it."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
        counted = None
    else:
        ProcessCollector(registry=registry)
        counted = registry
    registry.register(_State(store))
    named = ("route", "method", "status")
    requests = Counter("task2box_requests", "Requests", named, registry=counted)
    seconds = Histogram(
        "task2box_request_seconds",
        "Seconds until the answer is ready",
        ("route",),
        registry=counted,
        buckets=BUCKETS,
    )

    @server.after_request
    def count(answer: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        # A client may write any word there, and every label stays in memory.
        method = request.method if request.method in HTTPMethod.__members__ else "other"
        requests.labels(route, method, answer.status_code).inc()
        seconds.labels(route).observe(time.perf_counter() - g.begun)
        return answer

    @server.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _State(Collector):
    """What is so at the moment when it is asked for."""

    def __init__(self, store: Store | None) -> None:
        self._store = store

    def collect(self) -> Iterator[Metric]:
        about = InfoMetricFamily("task2box", "The program")
        about.add_metric([], {"version": version()})
        yield about
        states = Count[str]()
        with suppress(DataError):  # the table is away, which `jobs.json` says
            if self._store and (known := table.existing(self._store)):
                states.update(job.state for job in table.jobs(known))
        jobs = GaugeMetricFamily("task2box_jobs", "Jobs by state", labels=["state"])
        for state in NEXT:
            jobs.add_metric([state], states[state])
        yield jobs
