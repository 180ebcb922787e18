import pytest

from dashboard import rates
from dashboard.application import create_app
from tests.dashboard.shelves import shelved


@pytest.fixture
def client(atlas, monkeypatch):
    monkeypatch.setattr(rates, "RATES", {"/jobs": 3, "/new": 2})
    return create_app(shelved(atlas)).server.test_client()


def statuses(client, path, count):
    return [client.post(path).status_code for _ in range(count)]


def test_who_asks_too_often_waits(client):
    assert statuses(client, "/jobs.json", 5) == [405] * 3 + [429] * 2
    answer = client.post("/jobs/0123456789ab/cancel")
    assert answer.mimetype == "text/plain"
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.text.startswith("This was asked for too often; wait ")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_dear_and_other_addresses_do_not_wait(client):
    assert 429 in statuses(client, "/jobs.json", 4)
    assert statuses(client, "/new", 2) == [405] * 2
    assert client.get("/jobs.json").status_code != 429
    client.environ_base |= {"REMOTE_ADDR": "::1"}
    assert statuses(client, "/jobs.json", 3) == [405] * 3
