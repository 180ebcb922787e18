import json
import re

import numpy as np
import pandas as pd
import pytest

from core import cache
from core.__main__ import main
from core.cache import PRECOMPUTED, Store
from core.collections import taskonomy
from core.collections.taskonomy import (
    TABLE,
    attributes,
    first_order,
    joined,
    principal,
    transfers,
)
from core.errors import DataError
from core.relations import unknown_pairs
from core.tables import read_table

TASKS = taskonomy.read_tasks(read_table(TABLE))
NAMES = list(TASKS.index)


def ring(**other):
    """Affinities of a made-up measurement: every task serves the next one."""
    pairs = zip(NAMES, [*NAMES[1:], NAMES[0]], strict=True)
    return {f"{source}__{target}": 0.02 for source, target in pairs} | other


@pytest.fixture
def affinities(tmp_path):
    """Write affinities, and give the path."""

    def write(content, name="made_up.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


# The table of attributes


def test_the_table_has_the_tasks_with_a_definition_each():
    assert len(NAMES) == 25
    assert len({*TASKS["label"]}) == len({*TASKS["definition"]}) == 25
    for definition in TASKS["definition"]:
        assert re.fullmatch(r"[A-Z][^.]*\.", definition)  # one sentence


def test_attributes_agree_with_one_another():
    several = TASKS["multi_view"] == "yes"
    assert (TASKS["inputs"][several] > 1).all()
    assert (TASKS["kind"] == "semantic").equals(TASKS["semantic"] == "yes")
    assert (TASKS["kind"] == "semantic").equals(
        TASKS["supervision"] == "another network"
    )
    drawn = TASKS["reconstruction"] == "yes"
    assert drawn.equals(TASKS["output"] == "image")
    assert TASKS["kind"].value_counts().to_dict() == {
        "2D": 8,
        "3D": 8,
        "low-dimensional": 6,
        "semantic": 3,
    }


def test_every_attribute_tells_tasks_apart():
    values = attributes(TASKS)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(values.std(axis=0), 1)
    # Depth and distance have the same attributes: their definitions tell them apart.
    assert len(np.unique(values, axis=0)) < 25


def test_an_attribute_that_all_tasks_share_says_nothing():
    maps = TASKS[TASKS["output"] == "map"]
    assert attributes(maps).shape[1] < attributes(TASKS).shape[1]
    assert np.isfinite(attributes(maps)).all()


def test_principal_components_keep_what_differs_most():
    line = np.array([[-2.0], [0.0], [2.0]]) @ [[0.0, -3.0, 0.0]] + 5
    found = principal(line + np.eye(3) * 1e-3, 1)
    np.testing.assert_allclose(found, [[6], [0], [-6]], atol=0.01)
    assert principal(line, 9).shape == (3, 2)  # three rows lie in a plane


def test_two_blocks_count_the_same():
    one, other = np.full((4, 2), 9.0), np.full((4, 300), 0.1)
    both = joined(one, other)
    assert both.shape == (4, 302)
    np.testing.assert_allclose(np.linalg.norm(both[:, :2]), 2, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(both[:, 2:]), 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "2D,colour image,1,image,3",
            "2d,colour image,1,image,3",
            "table.csv, row 2, column 'kind': '2d' is none of 2D, 3D, low-dimensional, "
            "semantic; correct it.",
        ),
        (
            "2D,colour image,1,image,3",
            "2D,colour image,1.5,image,3",
            "table.csv, row 2, column 'inputs': '1.5' is no whole number above 0; "
            "correct it.",
        ),
        (
            "supervision,",
            "answers,",
            "table.csv has no column 'supervision', only 'name', 'label', ",
        ),
        ("Denoising,", "Denoising", "table.csv, row 7 has 11 cells where the header"),
    ],
)
def test_a_slip_in_the_table_is_named(tmp_path, old, new, message):
    path = tmp_path / "table.csv"
    path.write_text(TABLE.read_text(encoding="utf-8").replace(old, new, 1))
    with pytest.raises(DataError) as error:
        taskonomy.read_tasks(read_table(path))
    assert str(error.value).startswith(message)


# Affinities


def test_the_target_lies_in_the_source_as_far_as_that_serves_it():
    known = transfers({("b", "a"): 0.01, ("a", "b"): 0.9, ("a", "c"): 0.0}, "abc")
    found = dict(
        zip(zip(known.child, known.parent, strict=True), known.strength, strict=True)
    )
    assert found[0, 1] == pytest.approx(np.tanh(0.5))
    assert found[1, 0] == 1
    assert 0 < found[2, 0] < 1e-30
    assert not known.complete
    assert len(unknown_pairs(known, 3)) == 3


def test_only_transfers_between_two_tasks_are_read():
    pairs = ring(
        random__curvature=0.001,
        self__curvature=0.5,
        pixels__curvature=0.0,
        curvature__curvature=0.03,
        edge3d__reshade__curvature=0.1,
    )
    found = first_order("f.json", json.dumps({"affinity": pairs}).encode(), NAMES)
    assert len(found) == 25
    assert found["autoencoder", "class_1000"] == 0.02


@pytest.mark.parametrize("value", [1, 1.5, -0.1, "0.1", None, True, float("nan")])
def test_an_affinity_is_a_number_from_0_to_below_1(value):
    whole = json.dumps({"affinity": ring(curvature__denoise=value)}).encode()
    with pytest.raises(DataError) as error:
        first_order("f.json", whole, NAMES)
    assert str(error.value) == (
        f"f.json gives 'curvature__denoise' the affinity {value!r}, which is not a "
        "number from 0 to below 1; correct or remove it."
    )


@pytest.mark.parametrize("key", ["curvature__class_places", "curvature", "", "__"])
def test_an_unknown_task_is_named(key):
    whole = json.dumps({"affinity": ring(**{key: 0.1})}).encode()
    with pytest.raises(DataError) as error:
        first_order("f.json", whole, NAMES)
    assert str(error.value) == (
        f"f.json has the key {key!r}, which is not 'source__target' of tasks in "
        "taskonomy.csv; correct it, or add the task there."
    )


def test_a_task_that_was_never_measured_is_named():
    pairs = {key: one for key, one in ring().items() if "denoise" not in key}
    with pytest.raises(DataError, match=r"nothing of the task 'denoise'; add it, or"):
        first_order("f.json", json.dumps({"affinity": pairs}).encode(), NAMES)


@pytest.mark.parametrize("whole", ["[]", "{}", '{"affinity": []}', '{"affinity": {}}'])
def test_a_document_without_affinities_is_said(whole):
    with pytest.raises(
        DataError, match=r"f.json has no pairs under the key 'affinity'"
    ):
        first_order("f.json", whole.encode(), NAMES)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.json", "{", "f.json is not JSON: "),
        ("f.json", "", "f.json is empty; "),
        ("f.pkl", "x", "f.pkl is of the unknown kind '.pkl'; save it as one of .json."),
    ],
)
def test_another_file_is_refused_and_nothing_kept(
    affinities, tmp_path, capsys, name, content, message
):
    path, data = affinities(content, name), tmp_path / "data"
    words = ["build", "taskonomy", "--affinities", str(path), "--data", str(data)]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {message}")
    assert said.count("\n") == 1
    assert not (data / "taskonomy").exists()


def test_without_affinities_it_says_where_they_are(tmp_path, capsys):
    assert main(["build", "taskonomy", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "results/affinities/all_affinities.pkl of " in said
    assert "https://github.com/StanfordVL/taskonomy (MIT)" in said
    assert "--affinities" in said
    assert said.count("\n") == 1


# Building, and what is shipped


def test_a_build_from_other_measurements(affinities):
    built = taskonomy.build({}, affinities=affinities({"affinity": ring()}))
    assert built.features.shape == (25, 44)
    assert built.membership is None
    assert built.provenance["counts"] == {"measured pairs": 25, "targets": 25}
    assert built.provenance["command"] == (
        "python -m core build taskonomy --affinities made_up.json"
    )
    shipped = cache.load_collection(Store(affinities("").parent / "none"), "taskonomy")
    # Tasks and features do not depend on what was measured.
    pd.testing.assert_frame_equal(built.tasks, shipped.tasks)
    np.testing.assert_allclose(built.features, shipped.features, atol=0.02)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    return cache.load_collection(Store(tmp_path_factory.mktemp("none")), "taskonomy")


def test_what_is_shipped_has_every_measured_pair(shipped):
    assert shipped.provenance["counts"] == {"measured pairs": 528, "targets": 22}
    known = shipped.relations
    assert len(known.child) == 528
    assert len(np.unique(known.child)) == 22
    assert len(np.unique(known.parent)) == 25
    assert not known.complete
    never = {*NAMES} - {NAMES[row] for row in known.child}
    assert never == {"colorization", "impainting_whole", "jigsaw"}


def test_what_is_shipped_is_of_the_table_beside_the_builder(shipped):
    assert list(shipped.tasks.index) == NAMES
    for column in TASKS.columns.drop("parents"):
        assert shipped.tasks[column].tolist() == TASKS[column].tolist()
    assert shipped.tasks["parents"].map(len).eq(0).all()


def test_what_is_shipped_says_how_to_read_it(shipped):
    about = shipped.provenance
    assert about["sources"][0]["address"] == "https://github.com/StanfordVL/taskonomy"
    assert "tanh(50 x affinity)" in about["notes"][0]
    assert not list((PRECOMPUTED / "taskonomy").glob("*first_order*"))
