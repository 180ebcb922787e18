import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from diskcache import Cache

from core import cache, files
from core.boxes import Boxes
from core.cache import Store
from core.errors import DataError


def renamed(boxes, names):
    return Boxes(boxes.lower[: len(names)], boxes.upper[: len(names)], tuple(names))


def refusal(read, *arguments):
    """The message of the DataError that reading raises, which is one line."""
    with pytest.raises(DataError) as caught:
        read(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Round trips


def test_a_collection_comes_back_as_it_was(store, collection):
    back = cache.load_collection(store, "animals")
    assert list(back.tasks.index) == list(collection.tasks.index)
    assert [list(above) for above in back.tasks["parents"]] == list(
        collection.tasks["parents"]
    )
    np.testing.assert_array_equal(back.features, collection.features)
    for part in ("membership", "relations"):
        for key, array in vars(getattr(collection, part)).items():
            found = getattr(getattr(back, part), key)
            assert np.asarray(found).dtype == np.asarray(array).dtype
            np.testing.assert_array_equal(found, array)
    assert collection.provenance.items() <= back.provenance.items()


def test_a_collection_read_and_saved_again_is_the_same_bytes(store, tmp_path):
    again = Store(tmp_path / "again", store.shipped)
    collection = cache.load_collection(store, "animals")
    folder = cache.save_collection(again, collection)
    assert len(list(folder.iterdir())) == 4
    for path in folder.iterdir():
        assert path.read_bytes() == (store.data / "animals" / path.name).read_bytes()


def test_a_collection_without_members_comes_back_as_it_was(store, collection):
    features = np.arange(21, dtype=np.float16).reshape(7, 3)
    alone = replace(collection, features=features, membership=None)
    cache.save_collection(store, alone)
    back = cache.load_collection(store, "animals")
    assert back.membership is None
    np.testing.assert_array_equal(back.features, features)


def test_the_official_split_comes_back_as_it_was(store, collection):
    assert cache.load_collection(store, "animals").train is None
    split = np.array([True, False, False, True])
    cache.save_collection(store, replace(collection, train=split))
    np.testing.assert_array_equal(cache.load_collection(store, "animals").train, split)


def test_boxes_come_back_as_they_were(store, boxes):
    back = cache.load_boxes(store, "animals", 2)
    np.testing.assert_array_equal(back.lower, boxes.lower)
    np.testing.assert_array_equal(back.upper, boxes.upper)
    assert back.names == boxes.names
    assert cache.load_boxes(store, "animals", 3).dim == 3


def test_a_projection_comes_back_as_it_was(store, projection):
    back = cache.load_projection(store, "animals", "pca")
    np.testing.assert_array_equal(back.points, projection.points)
    assert (back.names, back.method) == (projection.names, "pca")
    assert back.settings == {"seed": 0}


def test_an_evaluation_takes_the_place_of_its_kind_only(store, evaluation):
    other = evaluation | {"protocol": "novel"}
    better = evaluation | {"cases": 10}
    cache.save_evaluation(store, "animals", other)
    cache.save_evaluation(store, "animals", better)
    assert cache.load_evaluation(store, "animals") == [better, other]


def test_an_atlas_holds_all_that_is_kept(atlas, boxes, evaluation):
    assert set(atlas.boxes) == {2, 3}
    assert set(atlas.projections) == {"pca"}
    assert atlas.evaluation == (evaluation,)
    assert atlas.provenance["encoder"] == "drawn by hand"
    assert atlas.row_of["pet"] == 3
    assert atlas.hierarchy.parents[5] == (1, 3)


def test_an_atlas_needs_no_more_than_2d_boxes(store):
    for name in ("boxes_3d.npz", "projection_pca.npz", "evaluation.json"):
        (store.data / "animals" / name).unlink()
    atlas = cache.load_atlas(store, "animals")
    assert (set(atlas.boxes), atlas.projections, atlas.evaluation) == ({2}, {}, ())


# Two places


def test_what_a_person_computed_goes_before_what_is_shipped(store, boxes, tmp_path):
    both = Store(data=tmp_path / "mine", shipped=store.data)
    assert both.names() == ("animals",)
    np.testing.assert_array_equal(
        cache.load_boxes(both, "animals", 2).lower, boxes.lower
    )
    moved = replace(boxes, lower=boxes.lower - 1)
    cache.save_boxes(both, "animals", moved, {})
    np.testing.assert_array_equal(
        cache.load_boxes(both, "animals", 2).lower, moved.lower
    )
    np.testing.assert_array_equal(
        cache.load_boxes(store, "animals", 2).lower, boxes.lower
    )


def test_collections_of_both_places_are_named_once(store, collection, tmp_path):
    both = Store(data=tmp_path / "mine", shipped=store.data)
    cache.save_collection(both, collection)
    cache.save_collection(both, replace(collection, name="beasts"))
    assert both.names() == ("animals", "beasts")


def test_nothing_is_written_where_things_are_shipped(store, evaluation, tmp_path):
    both = Store(data=tmp_path / "mine", shipped=store.data)
    before = (store.data / "animals" / "evaluation.json").read_bytes()
    cache.save_evaluation(both, "animals", evaluation | {"dim": 3})
    assert (store.data / "animals" / "evaluation.json").read_bytes() == before
    assert len(cache.load_evaluation(both, "animals")) == 2


# What is missing


def test_an_unknown_collection_names_what_there_is(store):
    message = refusal(cache.load_atlas, store, "animal")
    assert message == (
        f"No collection 'animal' in {store.data} or {store.shipped}. "
        "There are: animals."
    )


def test_without_any_collection_there_are_none(tmp_path):
    store = Store(tmp_path / "a", tmp_path / "b")
    assert refusal(cache.load_collection, store, "x").endswith("There are: none.")
    assert store.names() == ()


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("tasks.parquet", "build animals"),
        ("relations.npz", "build animals"),
        ("boxes_2d.npz", "fit animals --dim 2"),
    ],
)
def test_a_missing_file_names_the_command_that_makes_it(store, file, command):
    (store.data / "animals" / file).unlink()
    assert refusal(cache.load_atlas, store, "animals") == (
        f"No {file} of 'animals' in {store.data} or {store.shipped}. "
        f"Make it with: python -m core {command}"
    )


def test_missing_points_name_the_command_that_makes_them(store):
    message = refusal(cache.load_projection, store, "animals", "tsne")
    assert message.endswith("python -m core project animals --method tsne")


# What does not fit


def test_boxes_of_other_tasks_are_refused(store, boxes):
    names = ["cat", *boxes.names[1:]]
    cache.save_boxes(store, "animals", renamed(boxes, names), {})
    message = refusal(cache.load_atlas, store, "animals")
    assert message.startswith("The 2D boxes of 'animals' belong to other tasks")
    assert message.endswith("python -m core fit animals --dim 2")


def test_boxes_in_another_order_are_refused(store, boxes):
    cache.save_boxes(store, "animals", renamed(boxes, boxes.names[::-1]), {})
    assert "belong to other tasks" in refusal(cache.load_atlas, store, "animals")


def test_points_of_other_tasks_are_refused(store, projection):
    other = replace(projection, names=("cat", *projection.names[1:]))
    cache.save_projection(store, "animals", other)
    message = refusal(cache.load_atlas, store, "animals")
    assert message.startswith("The pca points of 'animals' belong to other tasks")
    assert message.endswith("python -m core project animals --method pca")


def test_relations_of_other_tasks_are_refused(store):
    path = store.data / "animals" / "relations.npz"
    pairs = {"child": np.array([9]), "parent": np.array([0]), "strength": np.ones(1)}
    files.write_arrays(path, {**pairs, "complete": np.array(1)})
    message = refusal(cache.load_atlas, store, "animals")
    assert "A relation of collection 'animals' names task 9" in message


def test_results_of_an_earlier_state_of_the_collection_are_refused(store, collection):
    changed = replace(collection, features=collection.features + 1)
    cache.save_collection(store, changed)
    message = refusal(cache.load_boxes, store, "animals", 2)
    assert "It was made before the collection was built anew." in message
    assert message.endswith("Make it again with: python -m core fit animals --dim 2")
    assert "built anew" in refusal(cache.load_projection, store, "animals", "pca")
    cache.save_collection(store, collection)  # and back: nothing was lost
    assert len(cache.load_boxes(store, "animals", 2).names) == 7


def test_boxes_under_the_name_of_another_dimension_are_refused(store):
    folder = store.data / "animals"
    (folder / "boxes_3d.npz").replace(folder / "boxes_2d.npz")
    message = refusal(cache.load_boxes, store, "animals", 2)
    assert "of shape (7, 3), not as 'f tasks 2'" in message
    assert message.endswith("python -m core fit animals --dim 2")


def changed(store, file, **arrays):
    path = store.data / "animals" / file
    with np.load(path) as archive:
        files.write_arrays(path, {**archive, **arrays})
    return path


def test_broken_boxes_name_their_file_and_task(store, boxes):
    lower = boxes.lower.copy()
    lower[3] = np.nan
    path = changed(store, "boxes_2d.npz", lower=lower)
    message = refusal(cache.load_boxes, store, "animals", 2)
    assert message.startswith(f"{path}: 1 of 7 boxes have a corner that is not")
    assert "'pet'" in message
    assert message.endswith("Make it again with: python -m core fit animals --dim 2")


@pytest.mark.parametrize("settings", ["not JSON", ""])
def test_broken_settings_name_their_file(store, settings):
    path = changed(store, "projection_pca.npz", settings=np.array(settings))
    message = refusal(cache.load_projection, store, "animals", "pca")
    assert message.startswith(f"{path}: ")


@pytest.mark.parametrize(
    "arrays",
    [
        {"start": np.array([], dtype=int)},
        {"start": np.array([0, 1])},
        {"start": np.zeros((2, 2), dtype=int)},
        {"start": np.array(["a"])},
        {"member": np.array([-1] * 13)},
        {"member": np.zeros(13)},
        {"train": np.zeros(4)},
        {"train": np.zeros(3, dtype=int)},
    ],
)
def test_broken_members_name_their_file(store, arrays):
    path = changed(store, "features.npz", **arrays)
    assert refusal(cache.load_collection, store, "animals").startswith(str(path))


def test_members_without_bounds_are_refused(store):
    path = store.data / "animals" / "features.npz"
    half = {"features": np.zeros((4, 3)), "member": np.arange(4)}
    files.write_arrays(path, half)
    assert "has no array 'start'" in refusal(cache.load_collection, store, "animals")


@pytest.mark.parametrize("strength", [np.zeros(20), np.ones(3), np.ones((20, 1))])
def test_broken_relations_name_their_file(store, collection, strength):
    strength = strength[: len(collection.relations.child)]
    path = changed(store, "relations.npz", strength=strength)
    assert refusal(cache.load_atlas, store, "animals").startswith(str(path))


def test_a_task_table_with_other_columns_names_its_file(store, collection):
    path = store.data / "animals" / "tasks.parquet"
    files.write_table(path, collection.tasks[["label"]])
    message = refusal(cache.load_atlas, store, "animals")
    assert message == f"The task table {path} lacks the column 'parents'; add it."


@pytest.mark.parametrize("document", [[], "text", {}, {"tasks": 7}, None])
def test_a_foreign_description_of_a_collection_names_its_file(store, document):
    path = store.data / "animals" / "collection.json"
    path.write_text(json.dumps(document))
    message = refusal(cache.load_provenance, store, "animals")
    assert message.startswith(f"{path} does not say")
    assert message.endswith("python -m core build animals")


@pytest.mark.parametrize("document", [{}, [{}], ["text"], 7, [{"protocol": "novel"}]])
def test_a_foreign_evaluation_names_its_file(store, evaluation, document):
    path = store.data / "animals" / "evaluation.json"
    path.write_text(json.dumps(document))
    message = refusal(cache.save_evaluation, store, "animals", evaluation)
    assert message.startswith(f"{path} does not say")


# Computed results


def kept(store):
    """All that is kept, and one more."""
    with cache.computed(store) as known:
        found = {key: known[key] for key in list(known)}
        known["new"] = "{}"
    return found


def test_computed_results_come_back_until_they_are_removed(tmp_path):
    store = Store(tmp_path)
    assert kept(store) == {}
    assert kept(store) == {"new": "{}"}
    shutil.rmtree(tmp_path / ".cache")
    assert kept(store) == {}


@pytest.mark.parametrize("where", ["all", "half", "rows", "a file", "a pickle"])
def test_damaged_results_are_one_line_with_a_remedy(tmp_path, where):
    store = Store(tmp_path)
    with cache.computed(store) as known:
        for number in range(60):
            known[str(number)] = "text" * 300 + str(number)
        known["long"] = " ".join(map(str, np.random.default_rng(0).random(9999)))
    path = tmp_path / ".cache" / "cache.db"
    data = path.read_bytes()
    if where == "all":
        path.write_bytes(b"no database at all, just some words\n" * 99)
    elif where == "half":
        path.write_bytes(data[: len(data) // 2])
    elif where == "rows":
        path.write_bytes(data.replace(b"x\x9c", b"??").replace(b"x\x01", b"??"))
    elif where == "a file":
        (long,) = (tmp_path / ".cache").rglob("*.val")
        long.write_bytes(long.read_bytes()[:99])
    else:
        with Cache(str(tmp_path / ".cache")) as foreign:  # writes pickles
            foreign[b"key"] = Store(tmp_path)
    message = refusal(kept, store)
    assert message.startswith(f"Cannot keep results in {tmp_path / '.cache'}: ")
    assert "Remove that folder" in message
