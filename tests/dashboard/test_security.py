import pytest

from core.errors import DataError
from dashboard.application import create_app
from tests.dashboard.shelves import shelved

THERE = {"REMOTE_ADDR": "192.168.0.7"}


@pytest.fixture
def client(atlas):
    server = create_app(shelved(atlas)).server

    @server.get("/breaks")
    def breaks():
        raise RuntimeError("inside of the program")

    @server.post("/taken")
    def taken():
        return "taken"

    return server.test_client()


# Who may ask


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost:8888"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_the_page_itself_may_send(client, headers, status):
    answer = client.post("/taken", data=b"x", headers=headers)
    assert answer.status_code == status
    assert ("Only the page itself" in answer.text) == (status == 403)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
def test_any_page_may_link_here_and_none_may_read(client, headers, status):
    answer = client.get("/atlas/animals.json", headers=headers)
    assert answer.status_code == status
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8050"])
def test_other_machines_are_refused_by_whatever_name_they_call_this_one(client, host):
    answer = client.get("/health", headers={"Host": host}, environ_overrides=THERE)
    assert answer.status_code == 403


# What is told of the program


@pytest.mark.parametrize("environment", [{}, {"FLASK_DEBUG": "1", "DASH_DEBUG": "1"}])
def test_what_breaks_shows_nothing_of_the_program(atlas, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    server = create_app(shelved(atlas)).server

    @server.get("/breaks")
    def breaks():
        raise RuntimeError("inside of the program")

    answer = server.test_client().get("/breaks")
    assert not server.debug
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "inside" not in answer.text
    assert "Traceback" not in answer.text


def test_what_a_person_can_mend_is_said(atlas):
    server = create_app(shelved(atlas)).server

    @server.post("/wrong")
    def wrong():
        raise DataError("It has no rows. Add one.")

    answer = server.test_client().post("/wrong")
    assert (answer.status_code, answer.text) == (400, "It has no rows. Add one.")
