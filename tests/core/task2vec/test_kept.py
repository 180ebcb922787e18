"""Embeddings on disk."""

from dataclasses import replace

import numpy as np
import pytest

from core.cache import Store, load_embeddings, save_embeddings
from core.errors import DataError
from core.task2vec.embedding import Embeddings, Origin
from core.task2vec.kept import load_about


@pytest.fixture
def embeddings():
    fisher = np.array([[1e-12, 3e-7, 0], [2e3, 1e-2, 5]])
    return Embeddings(
        names=("plain", "Größe"),
        origin=Origin("toy", "abc", ("a", "b"), "exact", ("a.0", "b.0"), (1, 2)),
        fisher=fisher,
        precision=fisher,
        scale=np.ones_like(fisher),
        classes=np.array([2, 3]),
        samples=np.array([10, 20]),
        accuracy=np.array([0.9, np.nan]),
        noise=np.zeros(2),
    )


def test_embeddings_come_back(tmp_path, embeddings):
    store = Store(tmp_path, tmp_path / "shipped")
    path = save_embeddings(store, "toy", embeddings, {"seed": 3})
    (tmp_path / "toy" / "collection.json").write_text("{}")
    found = load_embeddings(store, "toy")
    assert found.names == embeddings.names
    assert found.origin == embeddings.origin
    # Of a row, what is a millionth of its largest number is kept, to three digits.
    np.testing.assert_allclose(found.fisher, embeddings.fisher, rtol=2e-3, atol=1e-9)
    np.testing.assert_array_equal(found.accuracy, embeddings.accuracy)
    assert load_about(path, "")["seed"] == 3


def test_variational_embeddings_keep_their_precision(tmp_path, embeddings):
    made = replace(
        embeddings,
        origin=replace(embeddings.origin, method="variational"),
        precision=embeddings.fisher + 7,
        scale=np.full((2, 3), 7.0),
    )
    store = Store(tmp_path, tmp_path / "shipped")
    save_embeddings(store, "toy", made, {})
    (tmp_path / "toy" / "collection.json").write_text("{}")
    found = load_embeddings(store, "toy")
    np.testing.assert_allclose(found.precision, made.precision, rtol=1e-3)
    np.testing.assert_allclose(found.scale, 7)


def test_what_is_no_embedding_says_the_command(tmp_path):
    store = Store(tmp_path, tmp_path / "shipped")
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "collection.json").write_text("{}")
    with pytest.raises(DataError, match="python -m core embed toy"):
        load_embeddings(store, "toy")
    (tmp_path / "toy" / "task2vec.npz").write_text("rubbish")
    with pytest.raises(DataError, match="damaged"):
        load_embeddings(store, "toy")
