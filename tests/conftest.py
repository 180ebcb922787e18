"""One small collection that can be checked by eye, as collection, boxes and atlas.

Four members lie in a row: eagle, parrot, goldfish, shark. Every task is a stretch of
that row, and its box is that stretch, so containment of boxes is the truth:

    0        1        2          3       4
    | eagle  | parrot | goldfish | shark |
    |----------------animal--------------|
    |------bird-------|-------fish-------|
             |-------pet---------|
"""

import os
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from core.boxes import Boxes
from core.cache import (
    Store,
    load_atlas,
    save_boxes,
    save_collection,
    save_evaluation,
    save_projection,
)
from core.collection import Collection
from core.projection import Projection
from core.relations import membership_of, relations_of

# The same examples in every run, and no verdict on how busy the machine is.
settings.register_profile(
    "atlas",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("atlas")

ROOT = Path(__file__).parents[1]
# Few tests that take long, mostly waiting for processes that they start.
LONG = {
    "test_distributed.py",
    "test_gunicorn.py",
    "test_inaturalist_full.py",
    "test_redis.py",
    "test_scheduler.py",
}


def pytest_configure():
    """As many files as there are cores run at once: each, and what it starts, has one.

    A second thread would mostly wait, and burn what it waits for.
    """
    os.environ["OMP_NUM_THREADS"] = "1"


def pytest_collection_modifyitems(items):
    """Begin with what takes long, so that in the end no core waits for it."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    """Commands start no processes of their own, as the tests are some already."""
    monkeypatch.setattr("core.commands.workers.cores", lambda: 1)


MEMBERS = {
    "animal": [0, 1, 2, 3],
    "bird": [0, 1],
    "fish": [2, 3],
    "pet": [1, 2],
    "eagle": [0],
    "parrot": [1],
    "goldfish": [2],
}
PARENTS = {
    "animal": [],
    "bird": ["animal"],
    "fish": ["animal"],
    "pet": ["animal"],
    "eagle": ["bird"],
    "parrot": ["bird", "pet"],
    "goldfish": ["fish", "pet"],
}


@pytest.fixture
def collection():
    """Seven tasks of four members with three channels."""
    tasks = pd.DataFrame(
        {
            "label": [name.capitalize() for name in MEMBERS],
            "parents": list(PARENTS.values()),
            "depth": [0, 1, 1, 1, 2, 2, 2],
            "members": [len(rows) for rows in MEMBERS.values()],
        },
        index=pd.Index(list(MEMBERS), name="name"),
    )
    membership = membership_of(list(MEMBERS.values()))
    features = np.array([[0, 1, 0], [1, 1, 0], [2, 0, 1], [3, 0, 1]], dtype=np.float32)
    provenance = {
        "title": "Animals",
        "description": "Four animals in a row.",
        "sources": [
            {"name": "us", "package": "none", "version": "1", "licence": "MIT"}
        ],
        "encoder": "drawn by hand",
        "member": "animal",
        "command": "python -m core build animals",
        "tasks": len(tasks),
        "members": len(features),
    }
    return Collection(
        "animals", tasks, features, membership, relations_of(membership), provenance
    )


@pytest.fixture
def boxes():
    """The stretch of every task along the first axis, from 0 to 1 along the second."""
    return stretches(2)


def stretches(dim):
    """Boxes of the seven tasks in `dim` dimensions."""
    lower = np.zeros((len(MEMBERS), dim), dtype=np.float32)
    upper = np.ones((len(MEMBERS), dim), dtype=np.float32)
    lower[:, 0] = [rows[0] for rows in MEMBERS.values()]
    upper[:, 0] = [rows[-1] + 1 for rows in MEMBERS.values()]
    return Boxes(lower, upper, tuple(MEMBERS))


@pytest.fixture
def projection(boxes):
    """The middle of every box as its point."""
    points = (boxes.lower + boxes.upper) / 2
    return Projection(points, boxes.names, "pca", {"seed": 0})


@pytest.fixture
def evaluation():
    """What one evaluation of the collection said."""
    return {
        "collection": "animals",
        "protocol": "existing",
        "dim": 2,
        "cases": 2,
        "tasks": 7,
        "test_pairs": 4,
        "positives": 2,
        "models": {"default": {"f1_mean": 0.9, "f1_std": 0.1, "seconds": 1.0}},
    }


@pytest.fixture
def store(tmp_path, collection, boxes, projection, evaluation):
    """All of it on disk, in a data directory; nothing is shipped."""
    store = Store(data=tmp_path / "data", shipped=tmp_path / "shipped")
    save_collection(store, collection)
    save_boxes(store, "animals", boxes, {"seed": 0})
    save_boxes(store, "animals", stretches(3), {"seed": 0})
    save_projection(store, "animals", projection)
    save_evaluation(store, "animals", evaluation)
    return store


@pytest.fixture
def atlas(store):
    """The collection as the dashboard reads it."""
    return load_atlas(store, "animals")


@pytest.fixture(scope="session")
def not_for_viewing():
    """Modules of packages that `make run` does not install."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    named = {
        group: {re.split("[^a-z-]", one)[0] for one in told if isinstance(one, str)}
        for group, told in groups.items()
    }
    others = set().union(*named.values()) - named["view"]
    found = packages_distributions().items()
    return [module for module, packages in found if others & {*packages}]


@pytest.fixture
def begins_with(tmp_path, monkeypatch):
    """A function that takes what Python processes that are started here do first."""
    folder = tmp_path / "begins-with"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def add(code):
        with (folder / "sitecustomize.py").open("a") as file:
            file.write(code)

    return add


@pytest.fixture
def viewing_only(begins_with, not_for_viewing):
    """Processes that are started from here have what `make run` installs, no more."""
    begins_with(f"import sys\nsys.modules.update(dict.fromkeys({not_for_viewing!r}))\n")


@pytest.fixture
def no_egress(begins_with, tmp_path):
    """Processes that are started from here ask nobody but this machine.

    Every name that is looked up and every address that is connected to is written down,
    by all that they start as well.
    """
    told = tmp_path / "asked.txt"
    told.touch()
    begins_with(EGRESS.format(path=str(told)))
    yield told
    asked = {tuple(line.split()) for line in told.read_text().splitlines()}
    assert ("begun",) in asked
    assert {one for one in asked if one[-1] not in OWN} == set()


OWN = {"begun", "0.0.0.0", "127.0.0.1", "localhost", "::1", "None", "unix"}
EGRESS = """
import sys

def watch(event, given):
    if event == "socket.connect":
        address = given[1]
        said = address[0] if isinstance(address, tuple) else "unix"
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        said = given[0]
    elif event == "socket.sendto":
        said = given[1][0]
    else:
        return
    said = said.decode() if isinstance(said, bytes) else said
    with open({path!r}, "a") as file:
        file.write(f"{{event}} {{said}}\\n")

with open({path!r}, "a") as file:
    file.write("begun\\n")
sys.addaudithook(watch)
"""
