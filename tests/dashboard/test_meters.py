import pytest
from prometheus_client.parser import text_string_to_metric_families

import app
from core.jobs import table
from core.jobs.job import new_job
from core.version import version
from dashboard.application import create_app


@pytest.fixture
def client(store):
    shelf, _ = app.shelf_of(store)
    return create_app(shelf, store=store).server.test_client()


def measured(client):
    """Every sample by its name and labels."""
    answer = client.get("/metrics")
    assert answer.mimetype == "text/plain"
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_not_by_what_is_asked_for(client):
    for path in ("/atlas/animals.json", "/atlas/plants.json", "/secret", "/health"):
        client.get(path)
    told = measured(client)
    route = ("route", "/atlas/<name>.json")
    for status in ("200", "404"):
        key = ("method", "GET"), route, ("status", status)
        assert told["task2box_requests_total", *key] == 1
    assert told["task2box_request_seconds_count", route] == 2
    assert 0 < told["task2box_request_seconds_sum", route] < 5
    assert not [key for key in told if "secret" in str(key)]


def test_methods_that_nobody_knows_are_counted_as_one(client):
    for k in range(20):
        client.open("/health", method=f"LOOK{k}")
    counts = {
        dict(labels)["method"]: count
        for (name, *labels), count in measured(client).items()
        if name == "task2box_requests_total"
    }
    assert counts == {"other": 20}


def test_jobs_are_counted_by_state(client, store):
    assert measured(client)["task2box_jobs", ("state", "queued")] == 0
    options = {"method": "pca", "seed": 0}
    table.add(table.opened(store), new_job("animals", "project", options))
    told = measured(client)
    assert told["task2box_jobs", ("state", "queued")] == 1
    assert told["task2box_jobs", ("state", "done")] == 0
    (store.data / ".jobs" / "table" / "cache.db").write_bytes(b"damaged" * 999)
    assert measured(client)["task2box_jobs", ("state", "queued")] in (0, 1)


def test_the_process_and_the_version_are_told(client):
    told = measured(client)
    assert told["task2box_info", ("version", version())] == 1
    assert told["process_resident_memory_bytes",] > 2**20


def test_two_apps_count_for_themselves(client, store):
    shelf, _ = app.shelf_of(store)
    other = create_app(shelf, store=store).server.test_client()
    other.get("/health")
    assert not [key for key in measured(client) if ("route", "/health") in key]
