import stat
from pathlib import Path

import pytest

from core.errors import DataError
from dashboard.access import COOKIE, Remote, token_in
from dashboard.application import create_app
from tests.dashboard.shelves import shelved

TOKEN = "a-token-that-is-as-long-as-it-has-to-be"
THERE = {"REMOTE_ADDR": "192.168.0.7"}
HOST = {"Host": "atlas.example:8050"}
ACCEPT = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
BROWSER = {"Accept": ACCEPT, **HOST}


@pytest.fixture
def client(atlas):
    remote = Remote(TOKEN, names=("atlas.example",))
    client = create_app(shelved(atlas), remote=remote).server.test_client()
    client.environ_base |= THERE
    return client


def sign_in(client, token=TOKEN, view="", **headers):
    return client.post(
        "/sign-in", data={"token": token, "view": view}, headers=HOST | headers
    )


PATHS = [
    "/",
    "/atlas/animals.json",
    "/_dash-layout",
    "/assets/atlas.js",
    "/modules.js",
    "/jobs.json",
]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_told_without_the_token(client, path):
    answer = client.get(path, headers=HOST)
    assert (answer.status_code, answer.mimetype) == (401, "text/plain")
    for given in ("Bearer wrong", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}é", ""):
        refused = client.get(path, headers={**HOST, "Authorization": given})
        assert refused.status_code == 401
    client.set_cookie(COOKIE, TOKEN, domain="atlas.example")  # is not what is kept
    assert client.get(path, headers=HOST).status_code == 401
    assert "Animals" not in answer.text


def test_a_program_sends_the_token_in_a_header(client):
    headers = {**HOST, "Authorization": f"Bearer {TOKEN}"}
    answer = client.get("/atlas/animals.json", headers=headers)
    assert answer.get_json()["title"] == "Animals"
    assert "Set-Cookie" not in answer.headers


def test_a_token_in_an_address_is_none(client):
    for query in (f"token={TOKEN}", f"{COOKIE}={TOKEN}"):
        assert client.get(f"/?{query}", headers=BROWSER).status_code == 401


def test_a_person_signs_in_once_and_comes_to_the_view_of_the_link(client):
    form = client.get("/?collection=animals&task=bird", headers=BROWSER)
    assert form.status_code == 401
    assert 'value="collection=animals&amp;task=bird"' in form.text
    assert "<script" not in form.text
    assert form.headers["Referrer-Policy"] == "same-origin"  # or no origin is sent
    answer = sign_in(client, view="collection=animals&task=bird")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/?collection=animals&task=bird"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and TOKEN not in cookie
    known = client.get("/atlas/animals.json", headers=HOST)
    assert known.get_json()["title"] == "Animals"


def test_behind_a_proxy_with_tls_the_cookie_stays_on_tls(client):
    answer = sign_in(client, **{"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("view", ["//evil.example", "\r\nX: y", "https://evil.example"])
def test_signing_in_leads_nowhere_else(client, view):
    answer = sign_in(client, view=view)
    assert answer.headers["Location"].startswith("/?")
    assert "X" not in answer.headers


def test_a_wrong_token_is_said_and_guessing_ends_soon(client):
    hostile = '"><img src=x>'
    answer = sign_in(client, "wrong", view=hostile)
    assert answer.status_code == 401
    assert "This is not the token." in answer.text
    assert hostile not in answer.text
    statuses = [sign_in(client, "é" * count).status_code for count in range(10)]
    assert statuses == [401] * 9 + [429]
    assert sign_in(client).status_code == 429


def test_only_the_names_that_were_told_are_answered(client, atlas):
    assert client.get("/health", headers=HOST).text == "ok\n"
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400
    anyone = create_app(shelved(atlas), remote=Remote(TOKEN)).server.test_client()
    assert anyone.get("/health", headers={"Host": "10.0.0.9:80"}).text == "ok\n"


def test_another_page_cannot_use_the_cookie(client):
    sign_in(client)
    headers = {**HOST, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/preservation/animals.json", headers=headers).status_code == 403


def test_a_token_is_nowhere_in_what_is_printed():
    assert TOKEN not in repr(Remote(TOKEN))


# Where it is kept


def test_a_token_is_made_once_and_its_owner_s_alone(tmp_path):
    path = tmp_path / "data" / ".token"
    token = token_in(path)
    assert len(token) >= 32
    assert token_in(path) == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize("held", ["", "short", "é" * 40])
def test_a_token_that_keeps_nobody_out_is_refused(tmp_path, held):
    path = tmp_path / "token"
    path.write_text(held)
    with pytest.raises(DataError, match="has to be 32 plain letters or more"):
        token_in(path)


def test_a_token_that_cannot_be_kept_is_one_line(tmp_path):
    (tmp_path / "file").write_text("no folder")
    for path in (tmp_path / "file" / "token", tmp_path, Path("/proc/token")):
        with pytest.raises(DataError, match="Name another file with --token") as caught:
            token_in(path)
        assert "\n" not in str(caught.value)
