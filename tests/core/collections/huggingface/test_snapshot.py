import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import cache
from core.cache import Store
from core.collections.huggingface.dataset import DataSet, task_table, words
from core.collections.huggingface.places import text_at
from core.collections.huggingface.snapshot import TABLE, snapshot, texts_of
from core.relations import strengths_of

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The collection that is shipped."""
    nowhere = Store(tmp_path_factory.mktemp("none"))
    return cache.load_collection(nowhere, "huggingface")


@pytest.fixture(scope="module")
def rows():
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def share(collection, child, parent):
    names = list(collection.tasks.index)
    _, around = strengths_of(collection.relations, names.index(child), len(names))
    return around[names.index(parent)]


# What is shipped


def test_there_are_the_data_sets_of_all_sources(shipped):
    counts = shipped.tasks["source"].value_counts()
    assert len(shipped.tasks) == 251
    assert counts["published figure"] == 131
    assert counts["mteb"] == 32
    assert counts.filter(like="tensorflow-datasets").sum() == 86
    assert counts.filter(like="card").sum() == 13


def test_the_published_names_are_those_of_the_figure(shipped, tmp_path):
    figure = cache.load_collection(Store(tmp_path), "huggingface-published").tasks
    own = shipped.tasks[shipped.tasks["source"] == "published figure"]
    assert {*own.index} == {*figure.index}
    areas = figure["area"].reindex(own.index)
    np.testing.assert_allclose(own["area"], areas, rtol=1e-3)
    assert own["size"].isna().all()  # no source says them


def test_members_are_examples_where_they_are_known(shipped):
    tasks = shipped.tasks
    known = tasks["size"].notna()
    assert known.sum() == shipped.provenance["counts"]["with known size"] == 72
    assert (tasks["members"][known] == tasks["size"][known]).all()
    assert (tasks["members"][~known] == 1).all()
    assert tasks.loc["quickdraw", "size"] == 50_426_266
    assert tasks.loc["mnist", "labels"] == 10


def test_copies_overlap_strongly(shipped):
    for child, parent in [
        ("Ryukijano/eurosat", "Calin/eurosat-demo"),
        ("Ashish08/celeb-identities", "RKoops/celeb-identities"),
        ("MohitK/indian_food_images", "baira/indian_food_images"),
        ("mteb/cifar10", "cifar10"),
    ]:
        assert share(shipped, child, parent) > 0.8


def test_unrelated_data_sets_do_not_overlap(shipped):
    for child, parent in [
        ("mnist", "ahishamm/HAM_db"),
        ("asoria/mnist", "ahishamm/isic_db"),
        ("Ryukijano/eurosat", "Ashish08/celeb-identities"),
        ("mnist", "food101"),
    ]:
        assert share(shipped, child, parent) == share(shipped, parent, child) == 0


def test_labels_give_overlaps_a_direction(shipped):
    # Seven of CIFAR-10's classes are things that people draw.
    assert share(shipped, "cifar10", "quickdraw") == pytest.approx(0.7)
    assert share(shipped, "quickdraw", "cifar10") < 0.05
    ten = "tensorflow-datasets/imagenette"
    assert share(shipped, ten, "imagenet-1k") == 1
    assert share(shipped, "imagenet-1k", ten) < 0.05


def test_neighbours_are_mostly_of_one_topic(shipped):
    topics = shipped.tasks["topic"].to_numpy()
    strong = shipped.relations.strength >= 0.25
    child, parent = shipped.relations.child[strong], shipped.relations.parent[strong]
    assert (topics[child] == topics[parent]).mean() > 0.8


def test_what_is_shipped_says_what_it_is(shipped):
    notes = " ".join(shipped.provenance["notes"])
    for said in ("text features", "exp(-KL/", "nearest neighbour", "VOC2007"):
        assert said in notes
    assert shipped.provenance["member"] == "image"
    assert shipped.tasks["description"].str.len().max() <= 200


# The table


def test_sizes_stand_in_the_sources(rows):
    # Those of cards alone cannot be checked: no package carries them.
    checked = 0
    for row in rows:
        if row["source"] != "tensorflow-datasets" or not row["size"]:
            continue
        numbers = re.sub(r"(?<=\d)[.,'](?=\d{3})", "", text_at(row["text"]))
        for number in row["size"].split("+"):
            assert re.search(rf"\b{number}\b", numbers), (row["name"], number)
        checked += 1
    assert checked == 28


def test_every_row_is_in_order(rows):
    names = [row["name"] for row in rows]
    assert len({*names}) == len(names)
    for row in rows:
        assert row["topic"]
        assert (row["topic"] == "unknown") == (row["about"] == "")
        assert bool(row["area"]) == (row["source"] == "published figure")


def test_wordnet_ids_are_named(rows):
    labels = {one.name: one.labels for one in snapshot()}
    assert "tench" in labels["tensorflow-datasets/imagenette"]
    assert not any(
        re.match(r"n\d{8}", name) for some in labels.values() for name in some
    )


# Texts of data sets


def test_a_data_set_is_its_name_what_it_is_about_and_its_labels():
    labels = tuple(f"kind_{number}" for number in range(300))
    sets = [
        DataSet("me/redFlowers2", "x", about="flowers", labels=labels, texts=("Red.",)),
        DataSet("test", "x"),
    ]
    texts, task = texts_of(sets)
    assert texts[:3] == ["red Flowers 2", "flowers", "Red."]
    assert len(texts) == 3 + 8 + 1
    assert texts[3].startswith("kind 0, kind 3, kind 6")
    assert texts[-1] == "test"
    assert task.tolist() == [0] * 11 + [1]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Ashish08/celeb-identities", "Ashish 08 celeb identities"),
        ("euroSAT_rgb", "euroSAT rgb"),
        ("SmokeFire", "Smoke Fire"),
        ("a.b--c__d", "a b c d"),
        ("名前/🙂", "名前 🙂"),
    ],
)
def test_ids_are_read_as_words(name, wanted):
    assert words(name) == wanted


def test_long_descriptions_are_cut():
    tasks = task_table([DataSet("a/b", "x", about="word " * 1000)], [1])
    assert len(tasks["description"].iloc[0]) <= 200
    assert tasks["description"].iloc[0].endswith("…")
    assert tasks["url"].iloc[0] == "https://huggingface.co/datasets/a/b"


# Building


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The collection built from packages, with the Hub out of reach."""
    data = tmp_path_factory.mktemp("data")
    ended = subprocess.run(
        [sys.executable, "-m", "core", "build", "huggingface", "--data", data],
        cwd=ROOT,
        env=os.environ
        | {"HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:9"}
        | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return cache.load_collection(Store(data), "huggingface")


def test_a_build_gives_what_is_shipped(built, shipped):
    again = built
    pd.testing.assert_frame_equal(again.tasks, shipped.tasks)
    np.testing.assert_allclose(again.features, shipped.features, atol=2e-3)
    for key in ("child", "parent"):
        ours, theirs = (getattr(one.relations, key) for one in (again, shipped))
        # Rounding may take a pair over the least strength that is listed.
        assert abs(len(ours) - len(theirs)) <= 0.01 * len(theirs)
    found = [
        {
            (int(i), int(j)): float(strength)
            for i, j, strength in zip(
                one.relations.child,
                one.relations.parent,
                one.relations.strength,
                strict=True,
            )
        }
        for one in (again, shipped)
    ]
    both = found[0].keys() & found[1].keys()
    assert len(both) > 0.99 * len(found[1])
    assert max(abs(found[0][pair] - found[1][pair]) for pair in both) < 0.02
