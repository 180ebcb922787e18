"""Modules as one file: in which order, and which line is whose."""

import pytest
from flask import Flask

from dashboard import modules


@pytest.fixture
def client(tmp_path):
    (tmp_path / "b.js").write_text("b1\nb2\n")
    (tmp_path / "a.js").write_text("a1\n")
    (tmp_path / "standalone.js").write_text("not here\n")
    (tmp_path / "style.css").write_text("nor this\n")
    server = Flask("modules")
    element = modules.serve(server, tmp_path)
    client = server.test_client()
    client.address = element.removeprefix('<script src="').removesuffix('"></script>')
    return client


def test_they_follow_one_another_by_name(client):
    answer = client.get(client.address)
    assert answer.mimetype == "text/javascript"
    assert answer.text == "a1\nb1\nb2\n//# sourceMappingURL=modules.js.map\n"


def test_what_changes_has_another_address(client, tmp_path):
    (tmp_path / "a.js").write_text("a2\n")
    element = modules.serve(Flask("changed"), tmp_path)
    assert client.address.partition("=")[0] in element
    assert client.address not in element


def test_each_line_is_known_by_its_module(client):
    first, second = client.get("/modules.js.map").get_json()["sections"]
    assert first["offset"] == {"line": 0, "column": 0}
    assert first["map"]["sources"] == ["assets/a.js"]
    assert first["map"]["mappings"] == "AAAA"  # its only line is the first of a.js
    assert second["offset"] == {"line": 1, "column": 0}
    assert second["map"]["sources"] == ["assets/b.js"]
    assert second["map"]["sourcesContent"] == ["b1\nb2\n"]
    assert second["map"]["mappings"] == "AAAA;AACA"  # and the line after it
