import numpy as np
import pandas as pd
import pytest

from core import cache
from core.boxes import Boxes
from core.errors import DataError
from core.store import Store
from core.windows.reading import load_expanse
from tests.expanses import keep
from tests.forest import forest

TASKS = 300


@pytest.fixture
def store(tmp_path):
    """A collection that is a tree, with boxes and points."""
    store = Store(tmp_path, tmp_path / "shipped")
    keep(store, TASKS)
    return store


def test_a_large_tree_is_read_as_it_was_kept(store):
    found, made = load_expanse(store, "forest", least=100), forest(TASKS)
    assert len(found) == TASKS
    np.testing.assert_array_equal(found.table.corners, made.corners)
    np.testing.assert_array_equal(found.tree.parent, made.tree.parent)
    assert found.labels([7]) == [made.labels[7]]
    assert found.row("t299") == 299
    assert found.table.points["pca"].shape == (TASKS, 2)
    assert found.table.more.column_names == ["rank"]
    whole = cache.load_atlas(store, "forest")
    some = found.atlas(np.arange(TASKS))
    assert some.hierarchy == whole.hierarchy
    np.testing.assert_array_equal(some.boxes[2].lower, whole.boxes[2].lower)


def test_a_small_one_is_read_as_an_atlas(store):
    assert load_expanse(store, "forest", least=TASKS) is None
    assert load_expanse(store, "forest") is None


@pytest.mark.parametrize("file", ["tasks.parquet", "tree.npz", "boxes_2d.npz"])
def test_a_damaged_file_is_said_with_its_remedy(store, file):
    (store.data / "forest" / file).write_bytes(b"no such thing")
    with pytest.raises(DataError, match="python -m core"):
        load_expanse(store, "forest", least=100)


def test_boxes_of_other_tasks_are_refused(store):
    corners = np.zeros((5, 2))
    boxes = Boxes(corners, corners + 1, tuple("abcde"))
    cache.save_boxes(store, "forest", boxes, {})
    with pytest.raises(DataError, match="build and fit it again"):
        load_expanse(store, "forest", least=100)


def test_a_table_without_labels_is_refused(store):
    path = store.data / "forest" / "tasks.parquet"
    pd.read_parquet(path).drop(columns="label").to_parquet(path)
    with pytest.raises(DataError, match="lacks the column 'label'"):
        load_expanse(store, "forest", least=100)
